"""Files that stay with a provider until the worker has fetched them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from channels.contract import File
from hub.actions._events import add_event
from hub.actions.updates import locked_message
from hub.db.dialects import dialect_of
from hub.models import Attachment, AttachmentState

_LEASE = timedelta(minutes=2)  # a worker that dies leaves it to be fetched again
_TRIES = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to fetch."""

    id: int
    inbox_id: int
    ref: str
    attempts: int  # this one included


def claim_wanted(session: Session, now: datetime, limit: int = 10) -> list[Wanted]:
    """Files that are due; each is this worker's for two minutes."""
    sql = (
        "UPDATE attachments SET due_at = :later, attempts = attempts + 1 WHERE id IN "
        "(SELECT id FROM attachments WHERE state = 'pending' AND due_at <= :now ORDER BY due_at LIMIT :limit) "
        "AND due_at <= :now RETURNING id"
    )
    dialect = dialect_of(session)
    ids = [row[0] for row in dialect.run(session, sql, now=now, later=now + _LEASE, limit=limit)]
    if not ids:
        return []
    sql = (
        "SELECT a.id, a.ref, a.attempts, m.inbox_id FROM attachments a JOIN messages m ON m.id = a.message_id "
        "WHERE a.id IN MANY(:ids) ORDER BY a.id"
    )
    rows = dialect.run(session, sql, ids=ids)
    return [Wanted(row.id, row.inbox_id, row.ref, row.attempts) for row in rows]


def record_fetched(session: Session, attachment_id: int, file: File, sha256: str) -> None:
    """Its content is on disk under that sha256."""
    attachment = session.get_one(Attachment, attachment_id)
    if attachment.state is AttachmentState.STORED:
        return
    case, message = locked_message(session, attachment.message_id)
    attachment.state = AttachmentState.STORED
    attachment.sha256, attachment.size = sha256, len(file.content)
    attachment.media_type = file.media_type or attachment.media_type
    attachment.due_at, attachment.error = None, ""
    add_event(session, case, "fetched", message_id=message.id, filename=attachment.filename)


def record_unfetched(session: Session, attachment_id: int, error: str, retry_at: datetime | None) -> None:
    """It didn't come: tried again at `retry_at`, or given up, which the case shows."""
    attachment = session.get_one(Attachment, attachment_id)
    attachment.error = error
    if retry_at is not None and attachment.attempts < _TRIES:
        attachment.due_at = retry_at
        return
    case, message = locked_message(session, attachment.message_id)
    attachment.state, attachment.due_at = AttachmentState.FAILED, None
    add_event(session, case, "unfetched", message_id=message.id, filename=attachment.filename, error=error)
