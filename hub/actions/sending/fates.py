"""What became of a sending: taken, refused, to be tried again, or unknown until the provider was asked."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from channels.contract import DeliveryStatus, DeliveryUpdate, SendResult
from hub.actions.casework.administrators import tell_administrators
from hub.actions.events import add_event
from hub.actions.intake.updates import flag_address, hold_external_id, locked_message, take_status
from hub.actions.sending._failover import move_to, was_refused, was_taken
from hub.actions.sending.undelivered import note_undelivered
from hub.db.session import wake
from hub.models import Case, EarlyUpdate, Message, MessageStatus, Receipt
from hub.models.base import utcnow

GIVE_UP = timedelta(hours=24)

PROVEN_AFTER = timedelta(minutes=5)  # a provider's list may lag; sooner, "not there" proves nothing

_CONFIRMED = "The provider has confirmed the opt-out itself; this text was not needed."


def record_sent(session: Session, message_id: int, result: SendResult) -> None:
    """The provider has it: its own id is kept, and what it said too early is applied now."""
    case, message = locked_message(session, message_id)
    if message.inbox_id is None or message.status not in (MessageStatus.SENDING, MessageStatus.UNKNOWN):
        return
    known = session.get(Receipt, (message.inbox_id, result.external_id))
    if known is not None and known.message_id != message.id:
        return  # the provider's list named another message of the same words: this one stays unknown
    message.external_id = result.external_id
    message.error = message.error_code = ""
    message.problems = [*message.problems, *result.problems]
    was_taken(session, message.inbox_id)
    hold_external_id(session, message.inbox_id, result.external_id)
    session.merge(Receipt(inbox_id=message.inbox_id, external_id=result.external_id, message_id=message.id))
    take_status(session, case, message, _update_of(message, result.status))
    early = select(EarlyUpdate).where(
        EarlyUpdate.inbox_id == message.inbox_id, EarlyUpdate.external_id == result.external_id
    )
    for kept in session.exec(early.order_by(col(EarlyUpdate.id))).all():
        update = DeliveryUpdate(**{**kept.update, "status": DeliveryStatus(kept.update["status"])})
        take_status(session, case, message, update)
        session.delete(kept)


def record_failure(
    session: Session,
    message_id: int,
    outcome: str,
    error: str,
    code: str,
    flag: str | None,
    delay: float,
    alert: bool = False,
) -> None:
    """It didn't leave: `retry` after `delay` seconds (until a day is over), `failed` for good, or `unknown`.

    alert: administrators are told what is wrong with the account.
    """
    case, message = locked_message(session, message_id)
    if message.status is not MessageStatus.SENDING:
        return
    now = utcnow()
    if alert:
        tell_administrators(session, case.id, error)
    if flag == "opted_out" and message.automatic_why == "stop":
        _confirmed_by_provider(session, case, message)
        return
    if flag:
        flag_address(session, message, flag, code)
    refused = outcome == "retry" or (outcome == "failed" and alert)
    if refused and message.inbox_id is not None and not message.recipient.startswith("whatsapp:"):
        other = was_refused(session, message.inbox_id, now)
        if other is not None:
            move_to(session, case, message, other, now)
            return
    if outcome == "retry" and now - message.at < GIVE_UP:
        message.status = MessageStatus.QUEUED
        message.due_at = now + timedelta(seconds=delay)
        message.error, message.error_code = error, code
        wake(session, "outbox")
        add_event(session, case, "delayed", message_id=message.id, error=error)
        return
    status = MessageStatus.UNKNOWN if outcome == "unknown" else MessageStatus.FAILED
    settle(session, case, message, status, error, code)


def give_up_sending(session: Session, before: datetime | None) -> int:
    """Messages left in `sending` by a process that died become `unknown`: claimed before this moment, None = all."""
    found = select(Message.id).where(Message.status == MessageStatus.SENDING)
    if before is not None:
        found = found.where(col(Message.claimed_at) < before)
    ids = session.exec(found.order_by(col(Message.id))).all()
    for message_id in ids:
        case, message = locked_message(session, message_id)
        if message.status is MessageStatus.SENDING:
            error = "The hub stopped while it was sending this. It may have gone out; the provider is being asked."
            settle(session, case, message, MessageStatus.UNKNOWN, error, "")
    return len(ids)


def requeue_absent(session: Session, message_id: int, now: datetime) -> None:
    """The provider doesn't have it, and has had time to list it: proven absent, so it is sent once more."""
    case, message = locked_message(session, message_id)
    if message.status is not MessageStatus.UNKNOWN or message.claimed_at is None:
        return
    if now - message.claimed_at < PROVEN_AFTER:
        return
    message.status = MessageStatus.QUEUED
    message.due_at = now
    message.error = message.error_code = ""
    wake(session, "outbox")
    add_event(session, case, "requeued", message_id=message.id)


def settle(session: Session, case: Case, message: Message, status: MessageStatus, error: str, code: str) -> None:
    """It is `failed` or `unknown`, with what to do about it; the case is locked."""
    message.status = status
    message.error, message.error_code = error, code
    message.due_at = utcnow()
    add_event(session, case, status.value, message_id=message.id, error=error, code=code)
    if status is MessageStatus.FAILED:
        note_undelivered(session, case, message)


def _confirmed_by_provider(session: Session, case: Case, message: Message) -> None:
    """A provider that refuses our confirmation of a STOP has confirmed it itself: that is no failure."""
    flag_address(session, message, "opted_out", "21610")
    message.status = MessageStatus.SENT
    message.problems = [*message.problems, _CONFIRMED]
    add_event(session, case, MessageStatus.SENT.value, message_id=message.id, by="provider")


def _update_of(message: Message, status: DeliveryStatus) -> DeliveryUpdate:
    return DeliveryUpdate(channel=message.channel, inbox="", external_id=message.external_id, status=status)
