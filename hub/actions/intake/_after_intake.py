"""What the intake leaves to be done for the few cases that need it: types with their clocks, escalations, targets of
cases that a citizen wrote to again, and somebody who gives the new ones out. In the same transaction."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from sqlmodel import Session

from hub.actions.casework.holding import WAKE as ASSIGNMENT
from hub.actions.events import new_ids
from hub.actions.intake._threading import OpenCase
from hub.actions.time.calendar_later import date_later, first_step, note_words_or_later, set_type_or_later
from hub.actions.time.escalating import KIND
from hub.actions.time.timers import WAKE as TIMERS
from hub.db.dialects import dialect_of
from hub.db.session import wake
from hub.directory import Directory
from hub.models import Timer

Row = Mapping[str, Any]


def after_intake(
    session: Session,
    directory: Directory,
    opened: Sequence[Row],
    changed: Iterable[OpenCase],
    typed: Iterable[tuple[int, str]],
    undated: AbstractSet[int],
    now: datetime,
) -> None:
    """`opened`: rows of new cases as written; `changed`: cases that were there; `typed`: (case id, slug of a type);
    `undated`: ids of queues whose calendar can't be read."""
    woken = [case for case in changed if case.woken or case.reopened]
    if woken:
        waiting = [case.id for case in woken if not case.reopened]
        note_words_or_later(session, waiting, [case.id for case in woken if case.reopened], now)
        wake(session, ASSIGNMENT)
    still_open = [row for row in opened if row["closed_at"] is None]
    if directory.escalates:
        dated = [row for row in still_open if row["queue_id"] not in undated]
        undated = undated | _set_timers(session, directory, dated)
    if undated:
        date_later(session, [row["id"] for row in still_open if row["queue_id"] in undated], now)
    for case_id, slug in typed:
        set_type_or_later(session, case_id, slug, now)
    if any(directory.queues[row["queue_id"]].is_given_out for row in opened):
        wake(session, ASSIGNMENT)


def _set_timers(session: Session, directory: Directory, opened: Sequence[Row]) -> set[int]:
    """The first escalation of each new case, all in one statement. Ids of the queues whose calendar can't be read."""
    first: dict[int, datetime | None] = {}
    undated = set()
    rows = []
    for row in opened:
        queue = directory.queues[row["queue_id"]]
        if queue.id not in first:
            first[queue.id], is_known = first_step(directory, queue, directory.local(row["opened_at"]))
            if not is_known:
                undated.add(queue.id)
        moment = first[queue.id]
        if moment is not None:
            rows.append({"case_id": row["id"], "kind": KIND, "due_at": moment})
    if rows:
        ids = new_ids(session, len(rows))
        dialect_of(session).insert(session, Timer, [{"id": each, **row} for each, row in zip(ids, rows, strict=True)])
        wake(session, TIMERS)
    return undated
