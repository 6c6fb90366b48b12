"""What was said in a case before a message, as far as whom it goes to has written or got it."""

from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from channels.contract import Quoted
from hub.models import Address, Case, Contact, Council, Direction, Message, MessageStatus

MOST = 50  # messages


def said_before(session: Session, message_id: int) -> tuple[Quoted, ...]:
    """The newest first, of the same channel: the citizen's own words and what went to them. No note, nothing that a
    machine wrote, nothing that didn't leave, and nobody else's words."""
    own = session.get_one(Message, message_id)
    name = _name_of_citizen(session, own)
    theirs = select(Address.uri).join(Case, col(Case.contact_id) == col(Address.contact_id))
    known = theirs.where(Case.id == own.case_id)
    written = and_(
        col(Message.direction) == Direction.IN,
        or_(col(Message.sender) == own.recipient, col(Message.sender).in_(known)),
    )
    got = and_(
        col(Message.direction) == Direction.OUT,
        col(Message.status) != MessageStatus.FAILED,
        or_(col(Message.recipient) == own.recipient, col(Message.recipient).in_(known)),
    )
    found = (
        select(Message)
        .where(
            Message.case_id == own.case_id,
            col(Message.id) < message_id,
            Message.channel == own.channel,
            col(Message.automatic).is_(False),
            or_(written, got),
        )
        .order_by(col(Message.id).desc())
        .limit(MOST)
    )
    zone = ZoneInfo(session.exec(select(Council.timezone)).one())
    return tuple(_quoted(message, name, zone) for message in session.exec(found))


def _quoted(message: Message, name: str, zone: ZoneInfo) -> Quoted:
    is_theirs = message.direction == Direction.IN
    author = (name or message.sender.partition(":")[2]) if is_theirs else ""
    return Quoted(author=author, at=message.at.astimezone(zone), text=message.text)


def _name_of_citizen(session: Session, message: Message) -> str:
    of_case = select(Contact.name).join(Case, col(Case.contact_id) == col(Contact.id))
    return session.exec(of_case.where(Case.id == message.case_id)).first() or ""
