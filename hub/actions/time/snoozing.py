"""Putting a case off until a moment. A timer brings it back; the citizen's words do so earlier."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlmodel import Session

from hub.actions.casework.alarms import is_calling
from hub.actions.casework.holding import note_idle
from hub.actions.events import add_event, locked_case
from hub.actions.time.calendar_later import retarget_or_later
from hub.actions.time.timers import drop_timers, set_timer
from hub.errors import Conflict, Invalid
from hub.models import CaseStatus
from hub.models.base import utcnow

if TYPE_CHECKING:
    from hub.actions.time.firing import Due

KIND = "wake"
LONGEST = timedelta(days=366)


def snooze(session: Session, case_id: int, agent_id: int, until: datetime, seq: int | None = None) -> int:
    """`until` is aware and lies ahead, at most a year. Raises Invalid, Conflict. Returns the event's seq."""
    now = utcnow()
    if until.tzinfo is None:
        raise Invalid("Say when.", {"until": "Give a time with its zone, such as 2026-12-01T09:00:00Z."})
    if not now < until <= now + LONGEST:
        raise Invalid("Say when.", {"until": "Give a time in the future, at most a year from now."})
    case = locked_case(session, case_id, seq)
    if not case.status.is_open:
        raise Conflict("This case is resolved. Reopen it first.")
    if is_calling(session, case_id):
        raise Conflict("There is an alarm in this case. Acknowledge it, or record that it is false, then put it off.")
    case.status, case.snoozed_until = CaseStatus.SNOOZED, until
    set_timer(session, KIND, until, case_id)
    note_idle(session, case.agent_id, now)
    retarget_or_later(session, case)
    return add_event(session, case, "snoozed", agent_id=agent_id, until=until.isoformat())


def unsnooze(session: Session, case_id: int, agent_id: int | None, seq: int | None = None) -> int:
    """Brings it back now. Raises Conflict when it isn't put off."""
    case = locked_case(session, case_id, seq)
    if case.status is not CaseStatus.SNOOZED:
        raise Conflict("This case isn't put off.")
    drop_timers(session, KIND, case_id)
    case.status, case.snoozed_until = CaseStatus.OPEN, None
    retarget_or_later(session, case)
    return add_event(session, case, "woken", agent_id=agent_id)


def wake_snoozed(session: Session, due: "Due", now: datetime) -> None:
    """What the timer does: a case that was meanwhile answered, resolved or put off for longer stays as it is. Its own
    moment counts, not `now`: a clock that was set back a little leaves no case put off for ever."""
    case = locked_case(session, due.case_id or 0)
    if case.status is CaseStatus.SNOOZED and case.snoozed_until is not None and case.snoozed_until <= due.due_at:
        case.status, case.snoozed_until = CaseStatus.OPEN, None
        retarget_or_later(session, case)
        add_event(session, case, "woken")
