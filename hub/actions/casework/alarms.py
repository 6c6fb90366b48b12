"""Alarms: raised by the intake when a message speaks of danger, or by an agent's hand; people are called step by step
until somebody says that they deal with it. Nobody else ends one, and its case is never closed by the hub itself."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from hub.actions.casework.alerts import ALARM, council_clock, council_words, tell
from hub.actions.events import add_event, locked_case, new_ids
from hub.actions.time.timers import drop_timers, set_timer
from hub.characters import printable
from hub.errors import Conflict
from hub.models import Agent, Alarm, CalledAgent, Case, Notice, Priority, Restriction
from hub.models.base import utcnow
from routing.dangers import Danger

if TYPE_CHECKING:
    from hub.actions.time.firing import Due

KIND = "alarm"
_MANY = 50  # calls that nobody heeds; after these it calls less often
_LESS_OFTEN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ByHand:
    """The agent who raised an alarm that was not heard; they see the case from then on, wherever it stands."""

    agent_id: int
    reason: str


def alarms_of(session: Session, case_id: int) -> dict[str, bool]:
    """The names of the dangers of which the case has an alarm that isn't false, and whether one waits for somebody to
    acknowledge it."""
    found = select(Alarm.name, Alarm.acknowledged_at).where(Alarm.case_id == case_id, col(Alarm.is_false).is_(False))
    waits: dict[str, bool] = {}
    for name, acknowledged_at in session.exec(found):
        waits[name] = waits.get(name, False) or acknowledged_at is None
    return waits


def is_calling(session: Session, case_id: int) -> bool:
    """Whether an alarm of the case waits for somebody to acknowledge it."""
    return any(alarms_of(session, case_id).values())


def raise_alarm(
    session: Session,
    case_id: int,
    message_id: int,
    danger: Danger,
    public_url: str,
    mail_domain: str,
    by: ByHand | None = None,
) -> int:
    """Calls the first step at once and sets the timer of the next. Returns the alarm's id."""
    case = locked_case(session, case_id)
    alarm = Alarm(
        id=new_ids(session, 1)[0],
        case_id=case_id,
        message_id=message_id,
        name=danger.name,
        calls=[list(step) for step in danger.calls],
        every=int(danger.acknowledge_within.total_seconds()),
    )
    if by is not None:
        alarm.raised_by, alarm.reason = by.agent_id, by.reason
        session.merge(CalledAgent(case_id=case_id, agent_id=by.agent_id, at=utcnow()))
        add_event(session, case, "alarm", agent_id=by.agent_id, alarm=danger.name, reason=by.reason)
    else:
        add_event(session, case, "alarm", message_id=message_id, alarm=danger.name)
    session.add(alarm)
    session.flush()
    _call(session, case, alarm, utcnow(), public_url, mail_domain)
    return alarm.id


def call_again(session: Session, due: "Due", now: datetime) -> None:
    """What the timer does: nobody has acknowledged it yet, so the next step is called; the last one again and again."""
    case = locked_case(session, due.case_id or 0)  # before the alarm, as whoever acknowledges it does
    alarm = session.get(Alarm, int(due.name), populate_existing=True)
    if alarm is not None and alarm.acknowledged_at is None:
        _call(session, case, alarm, now, str(due.detail["url"]), str(due.detail["domain"]))


def acknowledge_alarms(session: Session, case_id: int, agent_id: int, seq: int | None = None) -> int:
    """The agent deals with all that the case's alarms are about. Raises Conflict when there is none left."""
    case = locked_case(session, case_id, seq)
    alarms = _unacknowledged(session, case_id)
    if not alarms:
        raise Conflict("Somebody else has acknowledged this alarm.")
    for alarm in alarms:
        _end(session, alarm, agent_id)
    return add_event(session, case, "alarm_acknowledged", agent_id=agent_id, alarm=alarms[0].name)


def record_false_alarm(session: Session, case_id: int, agent_id: int, note: str, seq: int | None = None) -> int:
    """There is no danger: recorded with the agent's words, so that its phrases can be bettered. Said of the alarms
    that wait, or (none does) of all. Where none is left that was right, the case is an ordinary one from then on; what
    a rule restricts stays so. Raises Conflict when the case has no alarm that isn't false already."""
    case = locked_case(session, case_id, seq)
    found = select(Alarm).where(Alarm.case_id == case_id, col(Alarm.is_false).is_(False))
    right = session.exec(found.order_by(col(Alarm.id))).all()
    if not right:
        raise Conflict("This case has no alarm.")
    false = [alarm for alarm in right if alarm.acknowledged_at is None] or right
    note = printable(note.strip()[:500])
    for alarm in false:
        if alarm.acknowledged_at is None:
            _end(session, alarm, agent_id)
        alarm.is_false, alarm.note, alarm.agent_id = True, note, agent_id
    if len(false) == len(right):
        _make_ordinary(session, case)
    return add_event(session, case, "alarm_false", agent_id=agent_id, alarm=false[0].name, note=note)


def _make_ordinary(session: Session, case: Case) -> None:
    names = session.exec(select(Alarm.name).where(Alarm.case_id == case.id)).all()
    restriction = session.get(Restriction, case.id)
    if restriction is not None and restriction.why in names:
        session.delete(restriction)
    if case.priority is Priority.URGENT:
        case.priority, case.priority_rank = Priority.NORMAL, -Priority.NORMAL.rank


def move_alarms(session: Session, message_ids: Collection[int], case_id: int) -> None:
    """The alarms that these messages raised, none of which waits, are of this case from now on, which the hub
    therefore never closes."""
    for alarm in session.exec(select(Alarm).where(col(Alarm.message_id).in_(message_ids))):
        alarm.case_id = case_id


def _unacknowledged(session: Session, case_id: int) -> list[Alarm]:
    found = select(Alarm).where(Alarm.case_id == case_id, col(Alarm.acknowledged_at).is_(None))
    return list(session.exec(found.order_by(col(Alarm.id))))


def _end(session: Session, alarm: Alarm, agent_id: int) -> None:
    alarm.acknowledged_at, alarm.agent_id = utcnow(), agent_id
    drop_timers(session, KIND, alarm.case_id, str(alarm.id))


def _call(session: Session, case: Case, alarm: Alarm, now: datetime, public_url: str, mail_domain: str) -> None:
    steps = alarm.calls or [[]]
    people = steps[min(alarm.step, len(steps) - 1)]
    words = council_words(session, case, f"ALARM: {alarm.name}")
    if alarm.step:
        words += f" Nobody has acknowledged it since {council_clock(session, alarm.raised_at):%H:%M}."
    told, unreachable = tell(session, case, people, f"ALARM: {alarm.name}", words, public_url, mail_domain, ALARM)
    _notice(session, case, people, words)
    alarm.step += 1
    add_event(session, case, "alarm_called", alarm=alarm.name, step=alarm.step, told=told, unreachable=unreachable)
    if not any(steps):
        return  # it stands on every page; there is nobody to be called again
    every = timedelta(seconds=alarm.every)
    again = now + (every if alarm.step < _MANY else max(every, _LESS_OFTEN))
    set_timer(session, KIND, again, alarm.case_id, str(alarm.id), url=public_url, domain=mail_domain)


def _notice(session: Session, case: Case, people: list[str], words: str) -> None:
    """Those of them who are agents read it in the console, too, and see the case from now on, restricted or not."""
    addresses = [person.lower() for person in people if "@" in person]
    if not addresses:
        return
    for agent_id in session.exec(select(Agent.id).where(col(Agent.email).in_(addresses), col(Agent.active))).all():
        if agent_id is not None:
            session.add(Notice(id=new_ids(session, 1)[0], agent_id=agent_id, case_id=case.id, text=words))
            session.merge(CalledAgent(case_id=case.id, agent_id=agent_id, at=utcnow()))
    session.flush()
