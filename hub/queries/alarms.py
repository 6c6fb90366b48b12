"""Alarms as people see them: those that nobody has acknowledged, those of a case, and the record of all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from hub.errors import Invalid
from hub.models import Agent, Alarm, Case, CaseEvent, Queue
from hub.queries.restrictions import is_visible
from hub.queries.views import AgentView

State = Literal["waiting", "acknowledged", "false"]
Wanted = Literal[State, "by-hand"]  # raised so, whatever became of it
_RAISER = aliased(Agent)
_LIMIT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmView:
    """An alarm that nobody has acknowledged, or the record of one."""

    id: int
    case_id: int
    reference: str
    name: str  # of the danger in the council file
    queue: str  # slug
    queue_name: str
    raised_at: datetime
    raised_by: str  # the name of who raised it by hand, "" = it was heard
    raised_by_email: str
    reason: str  # theirs
    step: int  # how many steps have called
    acknowledged_at: datetime | None
    agent_name: str  # who acknowledged it, or said that it is false
    agent_email: str
    is_false: bool
    note: str  # why it is false
    false_at: datetime | None

    @property
    def state(self) -> State:
        if self.is_false:
            return "false"
        return "waiting" if self.acknowledged_at is None else "acknowledged"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFilter:
    """What a list of alarms shows, the newest first; None leaves a thing open."""

    state: Wanted | None = None
    name: str | None = None  # of the danger
    case_id: int | None = None
    after: int | None = None  # the id of the last one on the page before


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmListing:
    items: tuple[AlarmView, ...]
    names: tuple[str, ...]  # of the dangers that ever raised one that the viewer sees
    next: int | None  # the `after` of the next page, None = this is the last


def list_alarms(session: Session, viewer: AgentView, wanted: AlarmFilter) -> AlarmListing:
    """Of the cases that the viewer sees."""
    conditions: list[Any] = []
    if wanted.state == "false":
        conditions.append(col(Alarm.is_false).is_(True))
    elif wanted.state == "by-hand":
        conditions.append(col(Alarm.raised_by).is_not(None))
    elif wanted.state is not None:
        is_waiting = col(Alarm.acknowledged_at).is_(None)
        conditions += [col(Alarm.is_false).is_(False), is_waiting if wanted.state == "waiting" else ~is_waiting]
    if wanted.name is not None:
        conditions.append(Alarm.name == wanted.name)
    if wanted.case_id is not None:
        conditions.append(Alarm.case_id == wanted.case_id)
    if wanted.after is not None:
        conditions.append(col(Alarm.id) < wanted.after)
    found = _found(viewer, conditions).order_by(col(Alarm.id).desc()).limit(_LIMIT + 1)
    views = tuple(_view(*row) for row in session.exec(found))
    return AlarmListing(
        items=views[:_LIMIT],
        names=_names(session, viewer),
        next=views[_LIMIT - 1].id if len(views) > _LIMIT else None,
    )


def alarm_filter(state: str, name: str, after: str) -> AlarmFilter:
    """From the words of an address; "" leaves a thing open. Raises Invalid."""
    if state not in ("", "waiting", "acknowledged", "false", "by-hand"):
        raise Invalid("There are no such alarms.", {"state": "One of waiting, acknowledged, false, by-hand."})
    if after and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Invalid("This cursor belongs to no page.", {"after": "Give the `next` of the page before."})
    wanted: Any = state or None
    return AlarmFilter(state=wanted, name=name or None, after=int(after) if after else None)


def waiting_alarms(session: Session, viewer: AgentView) -> tuple[AlarmView, ...]:
    """Those that nobody has acknowledged, of cases that this agent sees; the oldest first."""
    found = _found(viewer, [col(Alarm.acknowledged_at).is_(None)])
    return tuple(_view(*row) for row in session.exec(found.order_by(col(Alarm.id))))


def alarms_of_case(session: Session, case_id: int) -> tuple[AlarmView, ...]:
    """All of this case, the oldest first."""
    return tuple(_view(*row) for row in session.exec(_found(None, [Alarm.case_id == case_id]).order_by(col(Alarm.id))))


def alarms_beside(session: Session, viewer: AgentView) -> tuple[tuple[AlarmView, ...], bool]:
    """What stands beside every page: the waiting ones, and whether there ever was one of a case that they see. Where
    no danger was ever spoken of, one statement."""
    if session.exec(select(Alarm.id).limit(1)).first() is None:
        return (), False
    waiting = waiting_alarms(session, viewer)
    return waiting, bool(waiting) or session.exec(_found(viewer, []).limit(1)).first() is not None


def _names(session: Session, viewer: AgentView) -> tuple[str, ...]:
    found = select(Alarm.name).join(Case, col(Case.id) == col(Alarm.case_id)).distinct().order_by(col(Alarm.name))
    if (visible := is_visible(viewer)) is not None:
        found = found.where(visible)
    return tuple(session.exec(found))


def _found(viewer: AgentView | None, conditions: list[Any]) -> Any:
    said_false = select(func.max(CaseEvent.at)).where(
        col(CaseEvent.case_id) == col(Alarm.case_id), CaseEvent.kind == "alarm_false"
    )
    found = (
        select(Alarm, Case.reference, Queue, Agent)
        .add_columns(said_false.scalar_subquery(), _RAISER)
        .join(Case, col(Case.id) == col(Alarm.case_id))
        .join(Queue, col(Queue.id) == col(Case.queue_id))
        .outerjoin(Agent, col(Agent.id) == col(Alarm.agent_id))
        .outerjoin(_RAISER, col(_RAISER.id) == col(Alarm.raised_by))
        .where(*conditions)
    )
    visible = is_visible(viewer) if viewer is not None else None
    return found if visible is None else found.where(visible)


def _view(
    alarm: Alarm, reference: str, queue: Queue, agent: Agent | None, false_at: datetime | None, raiser: Agent | None
) -> AlarmView:
    return AlarmView(
        id=alarm.id,
        case_id=alarm.case_id,
        reference=reference,
        name=alarm.name,
        queue=queue.slug,
        queue_name=queue.name,
        raised_at=alarm.raised_at,
        raised_by=raiser.name if raiser else "",
        raised_by_email=raiser.email if raiser else "",
        reason=alarm.reason,
        step=alarm.step,
        acknowledged_at=alarm.acknowledged_at,
        agent_name=agent.name if agent else "",
        agent_email=agent.email if agent else "",
        is_false=alarm.is_false,
        note=alarm.note,
        false_at=false_at if alarm.is_false else None,
    )
