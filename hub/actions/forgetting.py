"""Copies that a provider keeps of what the hub has fetched: claimed when they are to go, noted when they are gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from hub.models import Attachment, AttachmentState, ForgottenCopy, Message

_LEASE = timedelta(minutes=2)
_TRIES = 8


@dataclass(frozen=True, slots=True)
class Copy:
    """A file at the provider that the hub has its own of."""

    attachment_id: int
    inbox_id: int
    ref: str
    attempts: int  # this one included


def claim_copies(session: Session, inbox_ids: Sequence[int], now: datetime, limit: int = 10) -> list[Copy]:
    """Of these inboxes, whose provider is to keep nothing; each is this worker's for two minutes."""
    _enter_new(session, inbox_ids, now, limit)
    found = (
        select(ForgottenCopy, Attachment, Message)
        .join(Attachment, col(Attachment.id) == col(ForgottenCopy.attachment_id))
        .join(Message, col(Message.id) == col(Attachment.message_id))
        .where(col(ForgottenCopy.due_at) <= now)
        .order_by(col(ForgottenCopy.due_at))
    )
    claimed = []
    for copy, attachment, message in session.exec(found.limit(limit)).all():
        copy.due_at, copy.attempts = now + _LEASE, copy.attempts + 1
        claimed.append(Copy(attachment.id, message.inbox_id or 0, attachment.ref or "", copy.attempts))
    return claimed


def _enter_new(session: Session, inbox_ids: Sequence[int], now: datetime, limit: int) -> None:
    """What has been fetched since. Looked for among the newest, since the older ones were entered before."""
    found = (
        select(Attachment.id)
        .join(Message, col(Message.id) == col(Attachment.message_id))
        .outerjoin(ForgottenCopy, col(ForgottenCopy.attachment_id) == col(Attachment.id))
        .where(
            col(Message.inbox_id).in_(inbox_ids),
            Attachment.state == AttachmentState.STORED,
            col(Attachment.ref).is_not(None),
            col(ForgottenCopy.attachment_id).is_(None),
        )
        .order_by(col(Attachment.id).desc())
    )
    for attachment_id in session.exec(found.limit(limit)).all():
        session.add(ForgottenCopy(attachment_id=attachment_id, due_at=now))
    session.flush()


def record_gone(session: Session, attachment_id: int, now: datetime) -> None:
    copy = session.get_one(ForgottenCopy, attachment_id)
    copy.due_at, copy.gone_at, copy.error = None, now, ""


def record_kept(session: Session, attachment_id: int, why: str, retry_at: datetime | None) -> None:
    """The provider still has it: tried again at `retry_at`, or given up."""
    copy = session.get_one(ForgottenCopy, attachment_id)
    copy.error = why
    copy.due_at = retry_at if copy.attempts < _TRIES else None
