"""Telephone calls for people and programs: what there was, and who waits."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from hub.errors import Invalid, NotFound
from hub.models import (
    Agent,
    Attachment,
    Call,
    CallResult,
    CallState,
    DraftTranscript,
    Inbox,
    Queue,
)
from hub.models.base import BIGGEST_ID
from hub.queries.callbacks import CallbackView, list_callbacks
from hub.queries.restrictions import hidden_ids, is_seen
from hub.queries.views import AgentView
from hub.reference import case_id_of, reference_of

_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """A call as pages and programs see it. Datetimes are aware and in UTC."""

    id: int
    direction: str  # in, out
    inbox: str  # its name
    number: str  # of the citizen, E.164; "" = withheld
    reference: str  # of its case, "" = none
    message_id: int | None
    state: str
    result: str  # "" while it goes on
    language: str
    path: tuple[str, ...]  # the labels of what the caller chose, in order
    queue: str  # slug, "" = it never waited
    queue_name: str
    agent: str  # e-mail address, "" = nobody
    agent_name: str
    started_at: datetime
    waiting_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    seconds: int | None  # of the whole call, by the provider
    repeats: int  # further missed calls that its entry stands for
    has_message: bool  # the caller left one
    is_recorded: bool
    is_paused: bool
    outcome: str
    note: str
    wrapped_at: datetime | None

    @property
    def is_live(self) -> bool:
        return self.state != CallState.ENDED

    @property
    def waited_seconds(self) -> int | None:
        """How long the caller waited for a person; None = they didn't."""
        until = self.answered_at or self.ended_at
        return int((until - self.waiting_at).total_seconds()) if self.waiting_at and until else None

    @property
    def talked_seconds(self) -> int | None:
        if not (self.answered_at and self.ended_at):
            return None
        return int((self.ended_at - self.answered_at).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """What a list of calls shows, newest first; None leaves a thing open."""

    state: str | None = None
    result: str | None = None
    queue: str | None = None
    case_id: int | None = None
    agent_id: int | None = None
    unwrapped: bool = False  # answered, over, and nobody has said how it ended
    queue_ids: Collection[int] | None = None
    viewer: AgentView | None = None  # calls of cases that they don't see are left out; None: the hub itself looks
    before: int | None = None  # the id of the last one on the page before
    limit: int = 50


def list_calls(session: Session, wanted: CallFilter) -> tuple[CallView, ...]:
    """Newest first. Raises Invalid by field."""
    if not 1 <= wanted.limit <= _MOST:
        raise Invalid("The page is too large or too small.", {"limit": f"From 1 to {_MOST}."})
    conditions: list[Any] = []
    if wanted.state is not None:
        conditions.append(Call.state == _word(CallState, wanted.state, "state"))
    if wanted.result is not None:
        conditions.append(Call.result == _word(CallResult, wanted.result, "result"))
    if wanted.queue is not None:
        conditions.append(col(Call.queue_id).in_(select(Queue.id).where(Queue.slug == wanted.queue)))
    if wanted.case_id is not None:
        conditions.append(Call.case_id == wanted.case_id)
    if wanted.agent_id is not None:
        conditions.append(Call.agent_id == wanted.agent_id)
    if wanted.queue_ids is not None:
        conditions.append(col(Call.queue_id).in_(sorted(wanted.queue_ids)))
    if wanted.unwrapped:
        conditions += [col(Call.answered_at).is_not(None), Call.state == CallState.ENDED]
        conditions.append(col(Call.wrapped_at).is_(None))
    if wanted.viewer is not None and (seen := is_seen(wanted.viewer, col(Call.case_id))) is not None:
        conditions.append(or_(seen, col(Call.agent_id) == wanted.viewer.id))
    if wanted.before is not None:
        conditions.append(col(Call.id) < wanted.before)
    ids = session.exec(select(Call.id).where(*conditions).order_by(col(Call.id).desc()).limit(wanted.limit)).all()
    return call_views(session, ids)


def _word(enum: Any, written: str, name: str) -> Any:
    try:
        return enum(written)
    except ValueError:
        known = ", ".join(each for each in enum if each)
        raise Invalid(f"There is no such {name}.", {name: f"One of {known}."}) from None


def one_call(session: Session, call_id: int) -> CallView:
    """Raises NotFound."""
    found = call_views(session, [call_id]) if 0 < call_id <= BIGGEST_ID else ()
    if not found:
        raise NotFound("There is no such call.")
    return found[0]


def call_views(session: Session, ids: Collection[int]) -> tuple[CallView, ...]:
    """In the order of the ids; at most two statements."""
    if not ids:
        return ()
    found = (
        select(Call, Queue, Agent, Inbox)
        .join(Inbox, col(Inbox.id) == col(Call.inbox_id))
        .outerjoin(Queue, col(Queue.id) == col(Call.queue_id))
        .outerjoin(Agent, col(Agent.id) == col(Call.agent_id))
        .where(col(Call.id).in_(list(ids)))
    )
    rows = {row[0].id: row for row in session.exec(found)}
    messages = [row[0].message_id for row in rows.values() if row[0].message_id is not None]
    files = select(Attachment.message_id).where(col(Attachment.message_id).in_(messages))
    with_file = set(session.exec(files)) if messages else set()
    return tuple(_call_view(*rows[call_id], with_file) for call_id in ids if call_id in rows)


def _call_view(call: Call, queue: Queue | None, agent: Agent | None, inbox: Inbox, with_file: set[int]) -> CallView:
    return CallView(
        id=call.id,
        direction=call.direction,
        inbox=inbox.name,
        number=call.uri.removeprefix("tel:"),
        reference=reference_of(call.case_id) if call.case_id is not None else "",
        message_id=call.message_id,
        state=call.state.value,
        result=call.result.value,
        language=call.language,
        path=tuple(str(step.get("label", "")) for step in call.path),
        queue=queue.slug if queue else "",
        queue_name=queue.name if queue else "",
        agent=agent.email if agent else "",
        agent_name=agent.name if agent else "",
        started_at=call.started_at,
        waiting_at=call.waiting_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        seconds=call.seconds,
        repeats=call.repeats,
        has_message=call.result is CallResult.VOICEMAIL and call.message_id in with_file,
        is_recorded=call.is_recorded,
        is_paused=call.is_paused,
        outcome=call.outcome,
        note=call.note,
        wrapped_at=call.wrapped_at,
    )


def waiting_calls(
    session: Session, queue_ids: Collection[int] | None, viewer: AgentView | None = None
) -> tuple[CallView, ...]:
    """Who stands in line, the first first; in these queues, or (None) in all. Who calls about a case that the viewer
    doesn't see stands there without number and case."""
    found = select(Call.id).where(Call.state == CallState.WAITING, Call.result != CallResult.CALLBACK)
    if queue_ids is not None:
        found = found.where(col(Call.queue_id).in_(sorted(queue_ids)))
    views = call_views(session, session.exec(found.order_by(col(Call.waiting_at), col(Call.id)).limit(_MOST)).all())
    cases = {view.id: case_id for view in views if (case_id := case_id_of(view.reference))}
    hidden = hidden_ids(session, viewer, set(cases.values())) if viewer is not None and cases else frozenset()
    return tuple(
        replace(view, number="", reference="", message_id=None, path=()) if cases.get(view.id) in hidden else view
        for view in views
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCalls:
    """What a case's page shows of its calls."""

    by_message: dict[int, CallView] = field(default_factory=dict)
    callbacks: tuple[CallbackView, ...] = ()
    unwrapped: tuple[CallView, ...] = ()  # answered or made by this agent, to be said how they ended
    undrafted: dict[int, str] = field(default_factory=dict)  # why a voicemail has no transcript, by message


def case_calls(session: Session, case_id: int, agent_id: int) -> CaseCalls:
    calls = list_calls(session, CallFilter(case_id=case_id, limit=_MOST))
    by_message = {call.message_id: call for call in reversed(calls) if call.message_id is not None}
    unwrapped = CallFilter(case_id=case_id, agent_id=agent_id, unwrapped=True, limit=5)
    return CaseCalls(
        by_message=by_message,
        undrafted=_undrafted(session, [message_id for message_id, call in by_message.items() if call.has_message]),
        callbacks=list_callbacks(session, case_id=case_id, open_only=False),
        unwrapped=list_calls(session, unwrapped) if calls else (),
    )


def _undrafted(session: Session, message_ids: Collection[int]) -> dict[int, str]:
    if not message_ids:
        return {}
    found = select(Attachment.message_id, DraftTranscript.error).join(
        DraftTranscript, col(DraftTranscript.attachment_id) == col(Attachment.id)
    )
    conditions = (col(Attachment.message_id).in_(message_ids), DraftTranscript.error != "")
    return dict(session.exec(found.where(*conditions)).all())
