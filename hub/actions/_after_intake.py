"""What the intake leaves to be done for the few cases that need it: types with their clocks, escalations, targets of
cases that a citizen wrote to again, and somebody who gives the new ones out. In the same transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from hub.actions._escalating import KIND
from hub.actions._events import new_ids
from hub.actions._holding import WAKE as ASSIGNMENT
from hub.actions._targets import note_words
from hub.actions._threading import OpenCase
from hub.actions._timers import WAKE as TIMERS
from hub.actions.case_types import set_type
from hub.db.dialects import dialect_of
from hub.db.session import wake
from hub.directory import Directory
from hub.errors import HubError
from hub.models import Timer

Row = Mapping[str, Any]


def after_intake(
    session: Session,
    directory: Directory,
    opened: Sequence[Row],
    changed: Iterable[OpenCase],
    typed: Iterable[tuple[int, str]],
    now: datetime,
) -> None:
    """`opened`: rows of new cases as written; `changed`: cases that were there; `typed`: (case id, slug of a type)."""
    woken = [case for case in changed if case.woken or case.reopened]
    if woken:
        waiting = [case.id for case in woken if not case.reopened]
        note_words(session, waiting, [case.id for case in woken if case.reopened], now)
        wake(session, ASSIGNMENT)
    if directory.escalates:
        _set_timers(session, directory, opened)
    for case_id, slug in typed:
        _set_type(session, case_id, slug)
    if any(directory.queues[row["queue_id"]].is_given_out for row in opened):
        wake(session, ASSIGNMENT)


def _set_timers(session: Session, directory: Directory, opened: Sequence[Row]) -> None:
    """The first escalation of each new case, all in one statement."""
    first: dict[int, datetime | None] = {}
    rows = []
    for row in opened:
        queue = directory.queues[row["queue_id"]]
        if queue.id not in first:
            first[queue.id] = directory.first_escalation(queue, directory.local(row["opened_at"]))
        moment = first[queue.id]
        if moment is not None and row["closed_at"] is None:
            rows.append({"case_id": row["id"], "kind": KIND, "due_at": moment})
    if rows:
        ids = new_ids(session, len(rows))
        dialect_of(session).insert(session, Timer, [{"id": each, **row} for each, row in zip(ids, rows, strict=True)])
        wake(session, TIMERS)


def _set_type(session: Session, case_id: int, slug: str) -> None:
    """A type that is gone by now must not keep a citizen's words out."""
    try:
        set_type(session, case_id, None, slug)
    except HubError:
        return
