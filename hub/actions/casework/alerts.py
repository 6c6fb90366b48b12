"""Telling people about a case by mail and text: messages of the case, so that they leave, arrive and fail like others.

They hold no word of the citizen's: where the case is, and what it is about in the council's own words.
"""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from hub.actions.events import new_ids
from hub.actions.intake.rows import mail_message_id
from hub.db.session import wake
from hub.models import Case, Council, Direction, Inbox, Message, MessageStatus
from hub.models.base import utcnow
from hub.reference import spoken

ALERT = "alert"  # of a message: why it is automatic
ALARM = "alarm"  # the same of one that leaves before everything else
EMERGENCY = "emergency"  # the same of what tells the citizen what to do
_CHANNELS = {True: "email", False: "sms"}  # is it a mail address?


def tell(
    session: Session,
    case: Case,
    people: Iterable[str],
    subject: str,
    words: str,
    public_url: str,
    domain: str,
    why: str = ALERT,
) -> tuple[list[str], list[str]]:
    """Queues a message to each mail address and number. Returns whom it goes to, and whom no inbox can reach."""
    told, unreachable = [], []
    now = utcnow()
    for person in dict.fromkeys(people):
        channel = _CHANNELS["@" in person]
        inbox = _inbox(session, case, channel)
        if inbox is None:
            unreachable.append(person)
            continue
        told.append(person)
        text = f"{words} {public_url}/cases/{case.reference}"
        message = _message(session, case, inbox, person, subject, text, domain, now)
        message.automatic_why = why
        session.add(message)
    if told:
        session.flush()
        wake(session, "outbox")
    return told, unreachable


def council_words(session: Session, case: Case, what: str) -> str:
    """ "Anytown Council: Gas leak. Case 4821 0937, by text.\""""
    council = session.get(Council, 1)
    return f"{council.name if council else 'Contact hub'}: {what}. Case {spoken(case.reference)}."


def council_clock(session: Session, moment: datetime) -> datetime:
    """The moment as the council's clocks say it."""
    council = session.get(Council, 1)
    return moment.astimezone(ZoneInfo(council.timezone)) if council else moment


def _inbox(session: Session, case: Case, channel: str) -> Inbox | None:
    """The case's own where it is of that channel, else the first that can send."""
    offered = session.exec(select(Inbox).where(Inbox.channel == channel, Inbox.active).order_by(Inbox.id)).all()  # type: ignore[arg-type]
    usable = [inbox for inbox in offered if inbox.address]
    return next((inbox for inbox in usable if inbox.id == case.inbox_id), usable[0] if usable else None)


def _message(
    session: Session, case: Case, inbox: Inbox, person: str, subject: str, text: str, domain: str, now: datetime
) -> Message:
    message_id = new_ids(session, 1)[0]
    is_mail = inbox.channel == "email"
    return Message(
        id=message_id,
        case_id=case.id,
        inbox_id=inbox.id,
        direction=Direction.OUT,
        channel=inbox.channel,
        sender=inbox.address or "",
        recipient=f"{'mailto' if is_mail else 'tel'}:{person.lower() if is_mail else person}",
        subject=subject if is_mail else "",
        text=text,
        status=MessageStatus.QUEUED,
        automatic=True,
        message_id=mail_message_id(message_id, case.reference, domain) if is_mail else "",
        at=now,
        due_at=now,
    )
