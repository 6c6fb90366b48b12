"""Recordings whose words the hub's own machine drafts: claimed when they are due, noted when they are drafted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col

from hub.actions.events import add_event, locked_case
from hub.actions.files._errands import claim_errands, enter_errands
from hub.models import Attachment, DraftTranscript, Message

VOICEMAIL = "voicemail-"  # how a line names the files that callers leave
_LEASE = timedelta(minutes=30)  # longer than any drafting
_TRIES = 5
_ENTERED = 10  # at once
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
    words_wanted = (
        Message.at > now - _LOOKS_BACK,
        Message.transcript == "",
        col(Attachment.filename).startswith(VOICEMAIL),
    )
    enter_errands(session, DraftTranscript, inbox_ids, now, _ENTERED, *words_wanted)
    return [
        Due(attachment.id, message.inbox_id or 0, message.external_id, attachment.sha256, draft.attempts)
        for draft, attachment, message in claim_errands(session, DraftTranscript, inbox_ids, now, _LEASE, limit)
    ]


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
