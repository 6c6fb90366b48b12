"""Firing timers. A timer's row is deleted in the transaction that does what it says: once, whatever dies meanwhile."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from hub.actions.casework import alarms
from hub.actions.casework.distribute import take_back
from hub.actions.casework.holding import OFFER
from hub.actions.time import calendar_later, escalating, snoozing
from hub.actions.time.escalate import escalate
from hub.db.dialects import dialect_of, table_of
from hub.models import Timer

TRIES = 10
_PAUSES = (10, 60, 300, 900)  # seconds after each failure; the last one for all that follow


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A timer whose moment has come."""

    case_id: int | None
    name: str
    due_at: datetime
    detail: Mapping[str, Any]


Fire = Callable[[Session, Due, datetime], object]

KINDS: Mapping[str, Fire] = {
    alarms.KIND: alarms.call_again,
    snoozing.KIND: snoozing.wake_snoozed,
    OFFER: lambda session, due, now: take_back(session, due.case_id or 0, due.detail["agent"], now),
    escalating.KIND: lambda session, due, now: escalate(session, due.case_id or 0, now),
    calendar_later.KIND: calendar_later.catch_up,
}

_TIMERS = table_of(Timer)
_LOCKED = "SELECT id FROM cases WHERE id = (SELECT case_id FROM timers WHERE id = :timer) {lock}"


def due_timers(session: Session, now: datetime, limit: int = 100) -> list[int]:
    """Ids of the timers to fire now, the earliest first."""
    found = select(Timer.id).where(Timer.due_at <= now).order_by(col(Timer.due_at), col(Timer.id))
    return list(session.exec(found.limit(limit)))


def next_timer(session: Session, now: datetime) -> float | None:
    """Seconds until the next timer: 0 = now, None = there is none."""
    due_at = session.exec(select(Timer.due_at).order_by(col(Timer.due_at)).limit(1)).first()
    return None if due_at is None else max(0.0, (due_at - now).total_seconds())


def fire_timer(session: Session, timer_id: int, now: datetime, kinds: Mapping[str, Fire] = KINDS) -> None:
    """Does what the timer says; nothing when somebody else did it, or it was dropped meanwhile. Its case is locked
    before it, as whoever drops it has done: no two wait for each other.

    Raises what its action raised: the row is then still there, and `postpone_timer` is for it.
    """
    dialect = dialect_of(session)
    dialect.run(session, _LOCKED.format(lock=dialect.row_lock), timer=timer_id).all()
    fired = delete(_TIMERS).where(_TIMERS.c.id == timer_id).returning(*_TIMERS.c)
    row = session.execute(fired).first()
    if row is not None:
        due = Due(case_id=row.case_id, name=row.name, due_at=row.due_at, detail=row.detail)
        kinds[row.kind](session, due, now)


def postpone_timer(session: Session, timer_id: int, now: datetime) -> int:
    """After a failure: tried again later, TRIES times ever more rarely, then every hour until somebody has mended it.

    Returns how often it has failed; 0 when it is gone.
    """
    timer = session.get(Timer, timer_id, with_for_update=True)
    if timer is None:
        return 0
    timer.attempts += 1
    pause = _PAUSES[min(timer.attempts, len(_PAUSES)) - 1] if timer.attempts < TRIES else 3_600
    timer.due_at = now + timedelta(seconds=pause)
    return timer.attempts
