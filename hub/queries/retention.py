"""What is to be forgotten, what keeps a case from it, and which contents nothing has any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from hub.db.dialects import dialect_of
from hub.models import Case, CaseType, DroppedContent, Queue

KEEP = "keep"  # a citizen's flag: nothing of them is forgotten while they bear it, such as before a court
MOST = 100  # cases at once
_MOST_CONTENTS = 1_000  # at once: to look whether they are used costs the same for few and for many

_KEPT = {  # of cases c
    "it is restricted": "EXISTS (SELECT 1 FROM restrictions WHERE case_id = c.id)",
    f"its citizen bears the flag {KEEP}": "EXISTS (SELECT 1 FROM contact_flags f "
    "WHERE f.contact_id = c.contact_id AND f.flag = :flag)",
    "a message of it is on its way": "EXISTS (SELECT 1 FROM messages WHERE case_id = c.id "
    "AND status IN ('queued', 'sending'))",
    "a file of it is being fetched": "EXISTS (SELECT 1 FROM attachments a JOIN messages m ON m.id = a.message_id "
    "WHERE m.case_id = c.id AND a.state = 'pending')",
    "its citizen is to be called back": "EXISTS (SELECT 1 FROM callbacks WHERE case_id = c.id "
    "AND state IN ('open', 'calling'))",
    "it is part of another case that isn't forgotten": "EXISTS (SELECT 1 FROM merges g "
    "JOIN cases w ON w.id = g.into_id WHERE g.case_id = c.id AND g.undone_at IS NULL AND w.forgotten_at IS NULL)",
}
_OVER = (
    "SELECT c.id FROM cases c WHERE c.status = 'closed' AND c.forgotten_at IS NULL AND c.closed_at <= :before "
    "AND WANTED AND NOT (KEPT) ORDER BY c.closed_at LIMIT :limit"
).replace("KEPT", " OR ".join(_KEPT.values()))
_OF_QUEUE = _OVER.replace(
    "WANTED",
    "c.queue_id = :of AND NOT EXISTS (SELECT 1 FROM typed_cases t JOIN case_types y ON y.id = t.type_id "
    "WHERE t.case_id = c.id AND y.forget_after > 0)",
)
_OF_TYPE = _OVER.replace("WANTED", "c.id IN (SELECT case_id FROM typed_cases WHERE type_id = :of)")


@dataclass(frozen=True, slots=True)
class ToForget:
    """A case whose time is over."""

    case_id: int
    after_days: int


def to_forget(session: Session, now: datetime, most: int = MOST) -> list[ToForget]:
    """So many of each queue's and each type's cases whose time is over and that nothing keeps."""
    queues = session.exec(select(Queue.id, Queue.forget_after).where(Queue.forget_after > 0)).all()
    types = session.exec(select(CaseType.id, CaseType.forget_after).where(CaseType.forget_after > 0)).all()
    found: list[ToForget] = []
    for sql, (of, days) in [*((_OF_QUEUE, each) for each in queues), *((_OF_TYPE, each) for each in types)]:
        values = {"of": of, "before": now - timedelta(days=days), "flag": KEEP, "limit": most}
        found += [ToForget(row[0], days) for row in dialect_of(session).fetch(session, sql, **values)]
    return found


def why_kept(session: Session, case: Case) -> str:
    """What keeps it from being forgotten, in words; "" = nothing does."""
    for why, condition in _KEPT.items():
        sql = f"SELECT 1 FROM cases c WHERE c.id = :id AND {condition}"  # noqa: S608  # our own words
        values = {"id": case.id, **({"flag": KEEP} if ":flag" in sql else {})}
        if dialect_of(session).fetch(session, sql, **values):
            return why
    return ""


def dropped_contents(session: Session, before: datetime) -> Sequence[str]:
    """Some of those (sha256) that were dropped before this moment."""
    found = select(DroppedContent.sha256).where(col(DroppedContent.at) < before).order_by(col(DroppedContent.at))
    return session.exec(found.limit(_MOST_CONTENTS)).all()


def still_used(session: Session, contents: Sequence[str]) -> frozenset[str]:
    """Those that an attachment or a file of an unsent message still has. It reads all attachments."""
    sql = (
        "SELECT sha256 FROM attachments WHERE sha256 IN MANY(:contents) "
        "UNION SELECT sha256 FROM uploads WHERE sha256 IN MANY(:contents)"
    )
    return frozenset(row[0] for row in dialect_of(session).fetch(session, sql, contents=list(contents)))
