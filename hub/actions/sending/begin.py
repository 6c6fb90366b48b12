"""A conversation that the council begins: a case whose first message goes to the citizen."""

from dataclasses import dataclass
from typing import Literal

from sqlmodel import Session, select

from channels.contract import Verification
from channels.numbers import e164, is_shared
from hub.actions.casework.cases import required_text
from hub.actions.casework.holding import hand_to
from hub.actions.events import add_event, new_ids
from hub.actions.intake.rows import mail_message_id
from hub.actions.sending._ways import open_inbox
from hub.actions.sending.length import Longest, any_length, refuse_too_long
from hub.actions.sending.recipients import addresses_in
from hub.actions.time.calendar_later import note_answer_or_later, retarget_or_later
from hub.characters import printable
from hub.db.dialects import dialect_of
from hub.db.session import wake
from hub.errors import Invalid, OptedOut
from hub.models import Address, Case, CaseStatus, Contact, Council, Direction, Inbox, Message, MessageStatus, Queue
from hub.models.base import utcnow
from hub.queries.unsubscribing import BULK, closed_to_bulk
from hub.reference import reference_of

CHANNELS = ("sms", "email")  # those by which somebody can be written to who hasn't written first
NOTICE_SENT = "Notice sent"  # the outcome of a case that is a bulk message until its citizen answers

_SUBJECT_LETTERS = 80

Purpose = Literal["service", "bulk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What an agent, or a program for one, wants to say to whom.

    purpose: `service` is about something of the citizen's; `bulk` is sent to many, waits for quiet hours to end, and
    goes to nobody who said no to such messages.
    """

    channel: str
    to: str  # a number or a mail address, in any spelling
    text: str
    inbox: str | None = None  # None: the channel's first
    subject: str = ""
    queue: str | None = None  # slug; None: the inbox's own
    purpose: Purpose = "service"


@dataclass(frozen=True, slots=True)
class Begun:
    case_id: int
    reference: str
    message_id: int


def begin(
    session: Session, agent_id: int, wanted: Beginning, *, mail_domain: str, longest: Longest = any_length
) -> Begun:
    """Opens a case and queues its first message; a service case is held by its agent.

    Raises Invalid by field, OptedOut where the citizen wants no such message: then nothing is opened.
    """
    text = required_text(wanted.text)
    if wanted.channel not in CHANNELS:
        raise Invalid("Nobody can be written to first by this channel.", {"channel": f"One of {', '.join(CHANNELS)}."})
    inbox = open_inbox(session, wanted.channel, wanted.inbox)
    refuse_too_long(text, inbox.id, longest)
    uri = _uri(session, wanted)
    queue_id = _queue_id(session, wanted, inbox)
    address = _address(session, uri)
    _refuse_closed(session, wanted, address)
    case, message_id = _opened(session, agent_id, wanted, text, inbox, address, queue_id, mail_domain)
    if wanted.purpose == "service":
        hand_to(session, case, agent_id)
        note_answer_or_later(session, case, case.opened_at)
        retarget_or_later(session, case)
    add_event(session, case, "replied", agent_id=agent_id, message_id=message_id)
    wake(session, "outbox")
    return Begun(case.id, case.reference, message_id)


def _opened(
    session: Session,
    agent_id: int,
    wanted: Beginning,
    text: str,
    inbox: Inbox,
    address: Address,
    queue_id: int,
    mail_domain: str,
) -> tuple[Case, int]:
    now, is_bulk = utcnow(), wanted.purpose == "bulk"
    case_id = dialect_of(session).reserve(session, "cases", 1)[0]
    message_id = new_ids(session, 1)[0]
    assert inbox.id is not None
    subject = printable(" ".join(wanted.subject.split())) or _first_words(text)
    case = Case(
        id=case_id,
        reference=reference_of(case_id),
        subject=subject,
        status=CaseStatus.RESOLVED if is_bulk else CaseStatus.WAITING,
        queue_id=queue_id,
        contact_id=address.contact_id,
        inbox_id=inbox.id,
        channel=inbox.channel,
        opened_at=now,
        updated_at=now,
        first_reply_at=None if is_bulk else now,
        resolved_at=now if is_bulk else None,
        outcome=NOTICE_SENT if is_bulk else "",
    )
    session.add(case)
    session.flush()
    is_mail = inbox.channel == "email"
    message = Message(
        id=message_id,
        case_id=case_id,
        inbox_id=inbox.id,
        direction=Direction.OUT,
        channel=inbox.channel,
        sender=inbox.address or "",
        recipient=address.uri,
        subject=subject if is_mail else "",
        text=text,
        status=MessageStatus.QUEUED,
        automatic=is_bulk,
        automatic_why=BULK if is_bulk else "",
        author_id=agent_id,
        message_id=mail_message_id(message_id, case.reference, mail_domain) if is_mail else "",
        at=now,
        due_at=now,
    )
    session.add(message)
    session.flush()
    queue = session.get_one(Queue, queue_id)
    add_event(session, case, "opened", agent_id=agent_id, message_id=message_id, queue=queue.slug)
    return case, message_id


def _uri(session: Session, wanted: Beginning) -> str:
    written = wanted.to.strip()
    if wanted.channel == "email":
        found = addresses_in(written, "to")
        if len(found) != 1:
            raise Invalid("One mail address is needed.", {"to": "Such as jo@example.org."})
        return found[0]
    council = session.get(Council, 1)
    number = e164(written, council.country if council else "GB")
    if number is None or is_shared(number):
        raise Invalid("This isn't a telephone number.", {"to": "Such as 07700 900123, or +44 7700 900123."})
    return f"tel:{number}"


def _queue_id(session: Session, wanted: Beginning, inbox: Inbox) -> int:
    if not wanted.queue:
        return inbox.queue_id
    queue = session.exec(select(Queue).where(Queue.slug == wanted.queue)).first()
    if queue is None or not queue.active or queue.id is None:
        raise Invalid("There is no such queue.", {"queue": "Give the slug of an active queue."})
    return queue.id


def _address(session: Session, uri: str) -> Address:
    """The address, made when unknown: somebody claims that the citizen can be reached there."""
    now = utcnow()
    row_id, contact_id = new_ids(session, 2)
    row = {"id": row_id, "uri": uri, "contact_id": contact_id, "verification": Verification.CLAIMED, "created_at": now}
    tail = "ON CONFLICT (uri) DO UPDATE SET uri = excluded.uri RETURNING contact_id"
    [found] = dialect_of(session).insert_returning(session, Address, [row], tail)
    if found[0] == contact_id:
        session.add(Contact(id=contact_id, created_at=now))
        session.flush()
    return session.exec(select(Address).where(Address.uri == uri)).one()


def _refuse_closed(session: Session, wanted: Beginning, address: Address) -> None:
    if wanted.channel == "sms" and address.opted_out_at is not None:
        raise OptedOut("The citizen has opted out of texts.", {"to": "Call or write, until they text START."})
    if wanted.purpose == "bulk" and closed_to_bulk(session, [address.uri]):
        raise OptedOut("The citizen wants no messages that are sent to many.", {"to": "Leave them out."})


def _first_words(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SUBJECT_LETTERS else words[: _SUBJECT_LETTERS - 1].rsplit(" ", 1)[0] + "…"
