"""What providers say later: on a message of ours, on a recording; and what nobody could read."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select

from channels.contract import DeliveryUpdate, MessageUpdate
from channels.contract import Receipt as PortReceipt
from hub.actions.casework.administrators import tell_administrators
from hub.actions.events import add_event, locked_case, new_ids
from hub.actions.intake.consent import close_by_provider
from hub.actions.intake.early_words import claim_words, keep_words
from hub.actions.intake.rows import pending_attachment
from hub.actions.sending.undelivered import note_undelivered
from hub.actions.telephone.telling_calls import left_a_message, replace_text, title_by_transcript
from hub.db.dialects import dialect_of
from hub.db.session import wake
from hub.models import (
    Address,
    Attachment,
    Case,
    Direction,
    EarlyUpdate,
    Envelope,
    Message,
    MessageStatus,
    Receipt,
    Textless,
    Unreadable,
)
from hub.models.base import utcnow

AGAIN = "It is sent again by itself."

# `unknown` yields to any word of the provider; a late `sent` never overwrites `delivered`
RANK = {
    MessageStatus.UNKNOWN: 0,
    MessageStatus.QUEUED: 1,
    MessageStatus.SENDING: 1,
    MessageStatus.SENT: 2,
    MessageStatus.FAILED: 3,
    MessageStatus.DELIVERED: 4,
}

NOT_OURS = "A report on a mail that isn't ours, or is no longer here."


@dataclass(frozen=True, slots=True)
class About:
    """What the tag of an address that we gave out says: its case and, of an envelope sender, the message."""

    case_id: int
    message_id: int | None


def apply_delivery(session: Session, inbox_id: int, update: DeliveryUpdate, about: About | None = None) -> PortReceipt:
    """Takes a provider's word on one of our messages; kept for later when its sending isn't recorded yet.

    `about`: what the signed address that a bounce came to names; it needs no external id.
    """
    message_id = _message_id(session, inbox_id, update.external_id) or _told_about(session, about)
    if message_id is None and update.raw is not None:
        message_id = _mail_named(session, update.external_id)
        if message_id is None:
            return keep_unreadable(session, inbox_id, update.raw, "message/rfc822", NOT_OURS)
    if message_id is None and not update.external_id:
        return PortReceipt()  # it named nothing that is still here
    if message_id is None:
        hold_external_id(session, inbox_id, update.external_id)
        message_id = _message_id(session, inbox_id, update.external_id)
    if message_id is None:
        keep_early(session, inbox_id, update)
        return PortReceipt()
    case, message = locked_message(session, message_id)
    take_status(session, case, message, update)
    return PortReceipt(reference=case.reference, message_id=message.id)


def take_status(session: Session, case: Case, message: Message, update: DeliveryUpdate) -> None:
    """Moves the message's status up its ranks; the same word twice changes nothing. The case is locked."""
    status = MessageStatus(update.status.value)
    is_report = update.raw is not None
    if status is not MessageStatus.DELIVERED and update.external_id != message.external_id and not is_report:
        return  # of an earlier try: it has been sent again since
    if is_report and _is_about_a_copy(session, message, update):
        _note_trouble(session, case, message, update, f"A copy wasn't delivered. {update.error}")
        return
    if update.flag:
        flag_address(session, message, update.flag, update.error_code)
    if is_report and update.error and status is message.status is MessageStatus.SENT:
        _note_trouble(session, case, message, update, update.error)
    if RANK[status] <= RANK.get(message.status, 9):
        return
    if update.alert:
        tell_administrators(session, case.id, update.error)
    if update.again_after is not None and message.attempts < update.tries:
        _send_again(session, case, message, update)
        return
    if status is MessageStatus.DELIVERED and (textless := session.get(Textless, message.recipient)):
        session.delete(textless)
    message.status = status
    message.error, message.error_code = update.error, update.error_code
    detail: dict[str, Any] = {"error": update.error, "code": update.error_code} if update.error else {}
    add_event(session, case, status.value, message_id=message.id, **detail)
    if status is MessageStatus.FAILED:
        note_undelivered(session, case, message)


def _send_again(session: Session, case: Case, message: Message, update: DeliveryUpdate) -> None:
    """It certainly didn't arrive, and may the next time: it goes back to the outbox under a name yet to be given."""
    message.status = MessageStatus.QUEUED
    message.due_at = utcnow() + timedelta(seconds=update.again_after or 0)
    message.external_id = ""
    what, _, _advice = update.error.partition(". ")  # what to do is told when no try is left
    message.error, message.error_code = f"{what.rstrip('.')}. {AGAIN}", update.error_code
    wake(session, "outbox")
    add_event(session, case, "delayed", message_id=message.id, error=update.error, code=update.error_code)


def flag_address(session: Session, message: Message, flag: str, code: str = "") -> None:
    """Notes what a provider said about the address of a message of ours: an AddressFlag of the contract."""
    if flag == "opted_out":
        close_by_provider(session, message.recipient, message, code)
    elif flag == "no_texts":
        session.merge(Textless(uri=message.recipient, code=code))
    else:
        _mark_unreachable(session, message.recipient)


def hold_external_id(session: Session, inbox_id: int, external_id: str) -> None:
    """Until COMMIT. Its sending is recorded, or a word on it kept as early: one after the other, so that the second
    sees what the first did."""
    dialect_of(session).hold(session, f"{inbox_id} {external_id}")


def keep_early(session: Session, inbox_id: int, update: DeliveryUpdate) -> None:
    words = {
        "channel": update.channel,
        "inbox": update.inbox,
        "external_id": update.external_id,
        "status": update.status.value,
        "error": update.error,
        "error_code": update.error_code,
        "flag": update.flag,
        "again_after": update.again_after,
        "tries": update.tries,
        "alert": update.alert,
    }
    row_id = new_ids(session, 1)[0]
    session.add(EarlyUpdate(id=row_id, inbox_id=inbox_id, external_id=update.external_id, update=words))


def apply_message_update(session: Session, inbox_id: int, update: MessageUpdate) -> PortReceipt:
    """Adds a recording or its transcript to a call; each file once. Without its message it is kept until that comes."""
    message_id = _message_id(session, inbox_id, update.external_id)
    if message_id is None:
        hold_external_id(session, inbox_id, update.external_id)
        message_id = _message_id(session, inbox_id, update.external_id)
    if message_id is None:
        keep_words(session, inbox_id, update)
        return PortReceipt()
    case, message = locked_message(session, message_id)
    return add_words(session, case, message, update)


def add_early_words(session: Session, case: Case, message: Message) -> None:
    """What came before its message, now that this is here; the case is locked."""
    assert message.inbox_id is not None
    hold_external_id(session, message.inbox_id, message.external_id)
    for update in claim_words(session, message.inbox_id, message.external_id):
        add_words(session, case, message, update)


def add_words(session: Session, case: Case, message: Message, update: MessageUpdate) -> PortReceipt:
    changed = _add_files(session, message, update)
    if changed:
        left_a_message(session, case, message.id)
    if update.text is not None and update.text != message.text:
        replace_text(case, message, update.text)
        changed = True
    if update.transcript is not None and update.transcript != message.transcript:
        message.transcript = update.transcript
        title_by_transcript(case, message)
        changed = True
    if changed:
        add_event(session, case, "updated", message_id=message.id)
    return PortReceipt(reference=case.reference, message_id=message.id, duplicate=not changed)


def keep_unreadable(session: Session, inbox_id: int, raw: bytes, media_type: str, why: str) -> PortReceipt:
    """Authentic, but nobody knows what it means: kept raw, once, and shown to leaders."""
    row_id = new_ids(session, 1)[0]
    name = {"inbox_id": inbox_id, "external_id": hashlib.sha256(raw).hexdigest()}
    if not dialect_of(session).insert_new(session, Receipt, [{**name, "message_id": row_id, "at": utcnow()}]):
        return PortReceipt(duplicate=True)
    session.add(Unreadable(id=row_id, inbox_id=inbox_id, raw=raw, media_type=media_type, why=why))
    return PortReceipt()


def _is_about_a_copy(session: Session, message: Message, update: DeliveryUpdate) -> bool:
    """Did somebody beside the citizen, who got a copy, not get it? Then it is their address that is flagged."""
    if update.about is None or str(update.about) == message.recipient:
        return False
    envelope = session.get(Envelope, message.id)
    if envelope is None or str(update.about) not in (*envelope.cc, *envelope.bcc):
        return False
    if update.flag == "unreachable":
        _mark_unreachable(session, str(update.about))
    return True


def _note_trouble(session: Session, case: Case, message: Message, update: DeliveryUpdate, trouble: str) -> None:
    """Shown at the message, whose status stays."""
    if message.error != trouble:
        message.error, message.error_code = trouble, update.error_code
        add_event(session, case, "delayed", message_id=message.id, error=trouble, code=update.error_code)


def _mark_unreachable(session: Session, uri: str) -> None:
    address = session.exec(select(Address).where(Address.uri == uri)).first()
    if address is not None:
        address.unreachable_at = utcnow()


def mail_told_about(session: Session, message_id: str, about: About | None) -> int | None:
    """Our mail that a report is about: the very one of an envelope sender, the one of this Message-ID, else the latest
    of the case that a reply address names."""
    of_message = about if about is not None and about.message_id is not None else None
    return _told_about(session, of_message) or _mail_named(session, message_id) or _told_about(session, about)


def _mail_named(session: Session, message_id: str) -> int | None:
    """The mail of ours that bears this Message-ID, whichever inbox sent it."""
    found = select(Message.id).where(Message.message_id == message_id, Message.direction == Direction.OUT)
    return session.exec(found.limit(1)).first() if message_id else None


def _told_about(session: Session, about: About | None) -> int | None:
    """The very message of a bounce token, else the latest mail that left from the case of a reply token."""
    if about is None:
        return None
    found = select(Message.id).where(Message.direction == Direction.OUT, Message.message_id != "")  # not forgotten
    if about.message_id is not None:
        found = found.where(Message.id == about.message_id)
    else:
        found = found.where(Message.case_id == about.case_id)
    return session.exec(found.order_by(col(Message.id).desc()).limit(1)).first()


def _message_id(session: Session, inbox_id: int, external_id: str) -> int | None:
    receipt = session.get(Receipt, (inbox_id, external_id))
    return receipt.message_id if receipt else None


def locked_message(session: Session, message_id: int) -> tuple[Case, Message]:
    """The case first, always: whoever changes a message holds its case."""
    case_id = session.exec(select(Message.case_id).where(Message.id == message_id)).one()
    case = locked_case(session, case_id)
    return case, session.get_one(Message, message_id, populate_existing=True)


def _add_files(session: Session, message: Message, update: MessageUpdate) -> bool:
    """A recording is known by its name, too: the provider's list may give it another address than its webhook."""
    files = select(Attachment.ref, Attachment.filename).where(col(Attachment.message_id) == message.id)
    known = {word for file in session.exec(files) for word in file if word}
    new = {file.ref: file for file in update.remote_files if not known & {file.ref, file.filename}}
    if not new:
        return False
    ids = new_ids(session, len(new))
    now = utcnow()
    rows: list[dict[str, Any]] = [
        pending_attachment(row_id, message.id, file, now) for row_id, file in zip(ids, new.values(), strict=True)
    ]
    dialect_of(session).insert(session, Attachment, rows)
    wake(session, "attachments")
    return True
