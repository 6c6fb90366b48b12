"""Errands about files, a row each beside the attachment: entered when there is something to do, claimed for a while by
one worker, tried again when it was of no avail."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from hub.models import Attachment, AttachmentState, DraftTranscript, ForgottenCopy, Message

Errand = TypeVar("Errand", DraftTranscript, ForgottenCopy)


def enter_errands(
    session: Session, errand: type[Errand], inbox_ids: Sequence[int], now: datetime, limit: int, *conditions: Any
) -> None:
    """For the newest files of these inboxes that the hub has and that bear no such errand yet."""
    found = (
        select(Attachment.id)
        .join(Message, col(Message.id) == col(Attachment.message_id))
        .outerjoin(errand, col(errand.attachment_id) == col(Attachment.id))
        .where(
            col(Message.inbox_id).in_(inbox_ids),
            Attachment.state == AttachmentState.STORED,
            col(errand.attachment_id).is_(None),
            *conditions,
        )
        .order_by(col(Attachment.id).desc())
    )
    for attachment_id in session.exec(found.limit(limit)).all():
        session.add(errand(attachment_id=attachment_id, due_at=now))
    session.flush()


def claim_errands(
    session: Session, errand: type[Errand], inbox_ids: Sequence[int], now: datetime, lease: timedelta, limit: int
) -> list[tuple[Errand, Attachment, Message]]:
    """Those that are due, the longest waiting first; each is this worker's until the lease is over."""
    found = (
        select(errand, Attachment, Message)
        .join(Attachment, col(Attachment.id) == col(errand.attachment_id))
        .join(Message, col(Message.id) == col(Attachment.message_id))
        .where(col(errand.due_at) <= now, col(Message.inbox_id).in_(inbox_ids))
        .order_by(col(errand.due_at))
        .limit(limit)
        .with_for_update(of=errand, skip_locked=True)
    )
    claimed = session.exec(found).all()
    for row, _, _ in claimed:
        row.due_at, row.attempts = now + lease, row.attempts + 1
    return list(claimed)
