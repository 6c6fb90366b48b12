"""Recordings whose words the hub's own machine drafts: claimed when they are due, noted when they are drafted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from hub.actions._events import add_event, locked_case
from hub.models import Attachment, AttachmentState, DraftTranscript, Message

VOICEMAIL = "voicemail-"  # how a line names the files that callers leave
_LEASE = timedelta(minutes=30)  # longer than any drafting
_TRIES = 5
_LOOKS_BACK = timedelta(days=7)  # older ones stay as they are when a line is set so


@dataclass(frozen=True, slots=True)
class Due:
    """A recording to be written down."""

    attachment_id: int
    inbox_id: int
    external_id: str  # of its message
    sha256: str
    attempts: int  # this one included


def claim_drafts(session: Session, inbox_ids: Sequence[int], now: datetime, limit: int = 1) -> list[Due]:
    """Voicemails of these inboxes; each is this worker's for half an hour."""
    _enter_new(session, inbox_ids, now)
    found = (
        select(DraftTranscript, Attachment, Message)
        .join(Attachment, col(Attachment.id) == col(DraftTranscript.attachment_id))
        .join(Message, col(Message.id) == col(Attachment.message_id))
        .where(col(DraftTranscript.due_at) <= now, col(Message.inbox_id).in_(inbox_ids))
        .order_by(col(DraftTranscript.due_at))
        .limit(limit)
        .with_for_update(of=DraftTranscript, skip_locked=True)
    )
    claimed = []
    for draft, attachment, message in session.exec(found).all():
        draft.due_at, draft.attempts = now + _LEASE, draft.attempts + 1
        claimed.append(
            Due(attachment.id, message.inbox_id or 0, message.external_id, attachment.sha256, draft.attempts)
        )
    return claimed


def _enter_new(session: Session, inbox_ids: Sequence[int], now: datetime) -> None:
    """What has been fetched since, and has no words from elsewhere."""
    found = (
        select(Attachment.id)
        .join(Message, col(Message.id) == col(Attachment.message_id))
        .outerjoin(DraftTranscript, col(DraftTranscript.attachment_id) == col(Attachment.id))
        .where(
            col(Message.inbox_id).in_(inbox_ids),
            Message.at > now - _LOOKS_BACK,
            Message.transcript == "",
            Attachment.state == AttachmentState.STORED,
            col(Attachment.filename).startswith(VOICEMAIL),
            col(DraftTranscript.attachment_id).is_(None),
        )
        .order_by(col(Attachment.id))
    )
    for attachment_id in session.exec(found.limit(10)).all():
        session.add(DraftTranscript(attachment_id=attachment_id, due_at=now))
    session.flush()


def record_drafted(session: Session, attachment_id: int, now: datetime, problem: str = "") -> None:
    """The words stand at the message. problem: there were none to be understood."""
    draft = session.get_one(DraftTranscript, attachment_id)
    draft.due_at, draft.done_at, draft.error = None, now, ""
    if problem:
        _say(session, draft, problem)


def record_undrafted(session: Session, attachment_id: int, why: str, retry_at: datetime) -> None:
    """It was of no avail: tried again at `retry_at`, or given up; the case shows why."""
    draft = session.get_one(DraftTranscript, attachment_id)
    draft.due_at = retry_at if draft.attempts < _TRIES else None
    if draft.error != why:
        _say(session, draft, why)


def _say(session: Session, draft: DraftTranscript, why: str) -> None:
    draft.error = why
    attachment = session.get_one(Attachment, draft.attachment_id)
    message = session.get_one(Message, attachment.message_id)
    case = locked_case(session, message.case_id)
    add_event(session, case, "undrafted", message_id=message.id, error=why)
