"""Who wants messages that are sent to many: as they say by the link in each, and as an agent writes down for them."""

from sqlmodel import Session, col, select

from hub.actions.events import add_event, locked_case
from hub.actions.intake.consent import note_bulk
from hub.actions.intake.updates import locked_message
from hub.characters import printable
from hub.errors import Invalid, NotFound
from hub.models import Address, Case, Contact, Message
from hub.queries.unsubscribing import BULK

LONGEST_REASON = 200  # characters
BY_LINK = "The link in a mail"

_KINDS = {False: "unsubscribed", True: "resubscribed"}


def say_by_link(session: Session, message_id: int, wanted: bool) -> None:
    """The reader of this bulk message has said it; it stands in its case's record. Twice changes nothing.

    Raises NotFound when it is no such message, or isn't here any more.
    """
    row = session.get(Message, message_id)
    if row is None or row.automatic_why != BULK:
        raise NotFound("This link isn't good any more. Answer the mail instead: a person reads it.")
    case, message = locked_message(session, message_id)
    if note_bulk(session, message.recipient, wanted, "citizen", BY_LINK, message):
        add_event(session, case, _KINDS[wanted], message_id=message.id, address=message.recipient.partition(":")[2])


def say_for_contact(session: Session, contact_id: int, agent_id: int, uri: str, wanted: bool, reason: str) -> None:
    """An agent writes down what the citizen has told them; it stands in the record of the contact's latest case.

    Raises NotFound, Invalid by field.
    """
    if session.get(Contact, contact_id) is None:
        raise NotFound("There is no such contact.")
    latest = session.exec(select(Case.id).where(Case.contact_id == contact_id).order_by(col(Case.id).desc())).first()
    _say(session, None if latest is None else locked_case(session, latest), contact_id, agent_id, uri, wanted, reason)


def say_for_citizen(
    session: Session, case_id: int, agent_id: int, uri: str, wanted: bool, reason: str, seq: int | None = None
) -> None:
    """The same in the record of this case."""
    case = locked_case(session, case_id, seq)
    _say(session, case, case.contact_id, agent_id, uri, wanted, reason)


def _say(
    session: Session, case: Case | None, contact_id: int, agent_id: int, uri: str, wanted: bool, reason: str
) -> None:
    reason = printable(" ".join(reason.split()))
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid("Say how you know.", {"reason": f"One to {LONGEST_REASON} characters, such as: told by phone."})
    known = select(Address.id).where(Address.uri == uri, Address.contact_id == contact_id)
    if session.exec(known).first() is None:
        raise Invalid("This isn't an address of theirs.", {"uri": "One of the contact's addresses."})
    if note_bulk(session, uri, wanted, "agent", reason) and case is not None:
        address = uri.partition(":")[2]
        add_event(session, case, _KINDS[wanted], agent_id=agent_id, address=address, reason=reason)
