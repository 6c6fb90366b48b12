"""What rules ask about beyond the message itself. Looked up for a whole batch, and only what some rule asks about."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel import Session

from hub.actions.intake._threading import Contact
from hub.db.dialects import dialect_of
from hub.db.types import as_moment
from hub.directory import Directory

log = structlog.get_logger()

_DAY = 86_400.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """Of one contact."""

    days_since: float | None = None  # since their last case was touched
    flags: tuple[str, ...] = ()


UNKNOWN = Background()


def find_backgrounds(
    session: Session, asks: AbstractSet[str], contacts: Sequence[Contact], now: datetime
) -> dict[int, Background]:
    """By contact id; nothing of those who are new, or when no rule asks."""
    known = sorted({contact.id for contact in contacts if not contact.is_new})
    if not known or not asks & {"days_since", "flags"}:
        return {}
    since = _days_since(session, known, now) if "days_since" in asks else {}
    flags = _flags(session, known) if "flags" in asks else {}
    return {each: Background(days_since=since.get(each), flags=flags.get(each, ())) for each in known}


def open_hours(directory: Directory, now: datetime) -> tuple[tuple[str, bool], ...]:
    """Of the queues whose hours rules ask about: are they open?

    A queue whose calendar can't be read is left out and told of in the log: the condition misses and says so in the
    case's explanation, and the message finds a queue all the same.
    """
    local = directory.local(now)
    found = []
    for asked in sorted(directory.rules.asks):
        slug = asked.removeprefix("hours:")
        queue = directory.queue_by_slug.get(slug) if slug != asked else None
        if queue is not None:
            try:
                found.append((slug, queue.hours.is_open(local)))
            except Exception as error:  # whatever breaks there keeps no message out
                log.exception("a queue's hours can't be read", queue=slug, error=type(error).__name__)
    return tuple(found)


def _days_since(session: Session, contact_ids: list[int], now: datetime) -> dict[int, float]:
    sql = (
        "SELECT contact_id, max(updated_at) AS touched_at FROM cases WHERE contact_id IN MANY(:ids) GROUP BY contact_id"
    )
    rows = dialect_of(session).run(session, sql, ids=contact_ids)
    return {row.contact_id: _days(now, as_moment(row.touched_at)) for row in rows}


def _days(now: datetime, then: datetime | None) -> float:
    return round(max((now - then).total_seconds(), 0.0) / _DAY, 3) if then else 0.0


def _flags(session: Session, contact_ids: list[int]) -> Mapping[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    sql = "SELECT contact_id, flag FROM contact_flags WHERE contact_id IN MANY(:ids) ORDER BY flag"
    for row in dialect_of(session).run(session, sql, ids=contact_ids):
        found[row.contact_id] = (*found.get(row.contact_id, ()), row.flag)
    return found
