"""Files that stay with a provider until the worker has fetched them, and files held until a scanner has seen them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from channels.contract import File
from hub.actions.events import add_event
from hub.actions.intake.updates import locked_message
from hub.db.dialects import dialect_of
from hub.db.session import wake
from hub.errors import Conflict, NotFound
from hub.models import Attachment, AttachmentState
from hub.models.base import BIGGEST_ID, utcnow

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


def record_fetched(session: Session, attachment_id: int, file: File, sha256: str, *, held: bool = False) -> None:
    """Its content is stored under that sha256; `held` until a virus scanner has looked at it."""
    attachment = session.get_one(Attachment, attachment_id)
    if attachment.state not in (AttachmentState.PENDING, AttachmentState.FAILED):
        return
    case, message = locked_message(session, attachment.message_id)
    attachment.state = AttachmentState.HELD if held else AttachmentState.STORED
    attachment.sha256, attachment.size = sha256, len(file.content)
    attachment.media_type = file.media_type or attachment.media_type
    attachment.due_at, attachment.error = utcnow() if held else None, ""
    if held:
        attachment.attempts = 0
        wake(session, "attachments")
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


def fetch_again(session: Session, attachment_id: int, agent_id: int) -> int:
    """The worker tries it as if for the first time; returns the case's id. Raises NotFound, Conflict."""
    found = session.get(Attachment, attachment_id) if 0 < attachment_id <= BIGGEST_ID else None
    if found is None:
        raise NotFound("There is no such attachment.")
    case, message = locked_message(session, found.message_id)
    file = session.get_one(Attachment, attachment_id, populate_existing=True)
    if file.state is not AttachmentState.FAILED or file.ref is None:
        raise Conflict("This file is here already, or is being fetched.")
    file.state, file.due_at, file.attempts, file.error = AttachmentState.PENDING, utcnow(), 0, ""
    wake(session, "attachments")
    add_event(session, case, "refetched", agent_id=agent_id, message_id=message.id, filename=file.filename)
    return case.id


# --- held ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """A file to scan."""

    id: int
    sha256: str
    attempts: int  # this one included


def claim_held(session: Session, now: datetime, limit: int = 10) -> list[Held]:
    """Files that wait for the scanner; each is this worker's for two minutes."""
    sql = (
        "UPDATE attachments SET due_at = :later, attempts = attempts + 1 WHERE id IN "
        "(SELECT id FROM attachments WHERE state = 'held' AND due_at <= :now ORDER BY due_at LIMIT :limit) "
        "AND due_at <= :now RETURNING id, sha256, attempts"
    )
    rows = dialect_of(session).run(session, sql, now=now, later=now + _LEASE, limit=limit).fetchall()
    return [Held(row.id, row.sha256, row.attempts) for row in rows]


def record_scanned(session: Session, attachment_id: int, found: str) -> None:
    """Clean ("") files are handed out from now on; one with a virus never is, and the case says so."""
    attachment = session.get_one(Attachment, attachment_id)
    case, message = locked_message(session, attachment.message_id)
    if attachment.state is not AttachmentState.HELD:
        return
    attachment.due_at = None
    attachment.state = AttachmentState.INFECTED if found else AttachmentState.STORED
    attachment.error = f"The virus scanner found {found}." if found else ""
    if found:
        add_event(session, case, "infected", message_id=message.id, filename=attachment.filename, found=found)
    else:
        add_event(session, case, "scanned", message_id=message.id, filename=attachment.filename)


def record_unscanned(session: Session, attachment_id: int, retry_at: datetime, why: str) -> None:
    """There was no verdict: the file stays held, and is tried again."""
    attachment = session.get_one(Attachment, attachment_id)
    if attachment.state is AttachmentState.HELD:
        attachment.due_at = retry_at
        attachment.error = why
