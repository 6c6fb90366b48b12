"""Callbacks: whom the council has promised to call back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from hub.errors import NotFound
from hub.models import (
    Agent,
    Callback,
    CallbackState,
    Case,
    Contact,
    Queue,
)
from hub.models.base import BIGGEST_ID
from hub.queries.line import in_lines
from hub.queries.restrictions import is_visible
from hub.queries.views import AgentView

_MOST = 200

OPEN_CALLBACKS = (CallbackState.OPEN, CallbackState.CALLING)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackView:
    id: int
    reference: str
    subject: str  # of the case
    number: str  # E.164
    contact_name: str
    queue: str
    queue_name: str
    place_at: datetime
    due_at: datetime
    state: str
    attempts: int
    agent: str
    agent_name: str
    outcome: str
    done_at: datetime | None

    def is_late(self, now: datetime) -> bool:
        return self.state in OPEN_CALLBACKS and self.due_at < now


def list_callbacks(
    session: Session,
    *,
    open_only: bool = True,
    case_id: int | None = None,
    viewer: AgentView | None = None,
) -> tuple[CallbackView, ...]:
    """The soonest due first. The viewer's: in their queues, or about a case that stands in one of them; about a case
    that they don't see there is none. None: all."""
    found = (
        select(Callback, Case, Queue, Agent)
        .join(Case, col(Case.id) == col(Callback.case_id))
        .join(Queue, col(Queue.id) == col(Callback.queue_id))
        .outerjoin(Agent, col(Agent.id) == col(Callback.agent_id))
    )
    if open_only:
        found = found.where(col(Callback.state).in_(OPEN_CALLBACKS))
    if viewer is not None:
        found = found.where(*in_lines(viewer, col(Callback.queue_id), col(Case.queue_id)))
    if viewer is not None and (visible := is_visible(viewer)) is not None:
        found = found.where(visible)
    if case_id is not None:
        found = found.where(Callback.case_id == case_id)
    rows = session.exec(found.order_by(col(Callback.due_at), col(Callback.id)).limit(_MOST)).all()
    names = _contact_names(session, {case.contact_id for _, case, _, _ in rows})
    return tuple(_callback_view(*row, names) for row in rows)


def one_callback(session: Session, callback_id: int) -> CallbackView:
    """Raises NotFound."""
    row = session.get(Callback, callback_id) if 0 < callback_id <= BIGGEST_ID else None
    found = list_callbacks(session, open_only=False, case_id=row.case_id) if row else ()
    view = next((each for each in found if each.id == callback_id), None)
    if view is None:
        raise NotFound("There is no such callback.")
    return view


def _contact_names(session: Session, ids: Collection[int]) -> dict[int, str]:
    if not ids:
        return {}
    return dict(session.exec(select(Contact.id, Contact.name).where(col(Contact.id).in_(sorted(ids)))).all())


def _callback_view(
    callback: Callback, case: Case, queue: Queue, agent: Agent | None, names: dict[int, str]
) -> CallbackView:
    return CallbackView(
        id=callback.id,
        reference=case.reference,
        subject=case.subject,
        number=callback.uri.removeprefix("tel:"),
        contact_name=names.get(case.contact_id, ""),
        queue=queue.slug,
        queue_name=queue.name,
        place_at=callback.place_at,
        due_at=callback.due_at,
        state=callback.state.value,
        attempts=callback.attempts,
        agent=agent.email if agent else "",
        agent_name=agent.name if agent else "",
        outcome=callback.outcome,
        done_at=callback.done_at,
    )
