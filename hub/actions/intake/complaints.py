"""Somebody marked a mail of ours as unwanted: it is said on the case, and nothing that is sent to many goes there any
more. What is about something of theirs does, as the law wants answers to be given."""

from sqlmodel import Session

from channels.contract import Complaint
from channels.contract import Receipt as PortReceipt
from hub.actions.events import add_event
from hub.actions.intake.consent import close_to_bulk
from hub.actions.intake.updates import About, keep_unreadable, locked_message, mail_told_about
from hub.models import Envelope, Message

NOT_OURS = "A complaint about a mail that isn't ours, or is no longer here."
TOLD = (
    "Whoever got this mail marked it as unwanted, says {by}. They get no more messages that are sent to many; "
    "ask before you write again."
)


def apply_complaint(session: Session, inbox_id: int, complaint: Complaint, about: About | None) -> PortReceipt:
    """`about`: the message, or at least the case, that the address names which the mail came from.

    The same complaint twice changes nothing; one about nothing of ours is kept as unreadable.
    """
    message_id = mail_told_about(session, complaint.message_id, about)
    if message_id is None:
        return keep_unreadable(session, inbox_id, complaint.raw, "message/rfc822", NOT_OURS)
    case, message = locked_message(session, message_id)
    close_to_bulk(session, _whose(session, message, complaint), message, complaint.kind)
    told = TOLD.format(by=complaint.by or "their mail provider")
    if told in message.problems:
        return PortReceipt(reference=case.reference, message_id=message.id, duplicate=True)
    message.problems = [*message.problems, told]
    add_event(session, case, "complained", message_id=message.id, by=complaint.by, type=complaint.kind)
    return PortReceipt(reference=case.reference, message_id=message.id)


def _whose(session: Session, message: Message, complaint: Complaint) -> str:
    """The address URI: of somebody who got a copy where the report names one, else the citizen's own."""
    envelope = session.get(Envelope, message.id)
    copies = (*envelope.cc, *envelope.bcc) if envelope else ()
    named = str(complaint.about) if complaint.about else ""
    return named if named in copies else message.recipient
