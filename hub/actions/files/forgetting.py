"""Copies that a provider keeps of what the hub has fetched: claimed when they are to go, noted when they are gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col

from hub.actions.files._errands import claim_errands, enter_errands
from hub.models import Attachment, ForgottenCopy

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
    enter_errands(session, ForgottenCopy, inbox_ids, now, limit, col(Attachment.ref).is_not(None))
    return [
        Copy(attachment.id, message.inbox_id or 0, attachment.ref or "", copy.attempts)
        for copy, attachment, message in claim_errands(session, ForgottenCopy, inbox_ids, now, _LEASE, limit)
    ]


def record_gone(session: Session, attachment_id: int, now: datetime) -> None:
    copy = session.get_one(ForgottenCopy, attachment_id)
    copy.due_at, copy.gone_at, copy.error = None, now, ""


def record_kept(session: Session, attachment_id: int, why: str, retry_at: datetime | None) -> None:
    """The provider still has it: tried again at `retry_at`, or given up."""
    copy = session.get_one(ForgottenCopy, attachment_id)
    copy.error = why
    copy.due_at = retry_at if copy.attempts < _TRIES else None
