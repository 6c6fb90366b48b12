"""An agent's answer: stored as `queued`, which is its place in the outbox; the worker sends it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_
from sqlmodel import Session, col, select

from channels.contract import FileLimits
from hub.actions.casework.alerts import EMERGENCY
from hub.actions.casework.cases import required_text
from hub.actions.casework.holding import note_idle
from hub.actions.casework.joined import must_go_on
from hub.actions.events import add_event, locked_case, new_ids
from hub.actions.files.uploads import attach
from hub.actions.intake.rows import first_status, mail_message_id, sent_receipt
from hub.actions.sending._ways import Way, way_back
from hub.actions.sending.length import Longest, any_length, refuse_too_long
from hub.actions.sending.recipients import add_participants, addresses_in, of_contact
from hub.actions.sending.undo import as_it_is
from hub.actions.time.calendar_later import note_answer_or_later, note_done_or_later, retarget_or_later
from hub.db.session import wake
from hub.errors import Invalid
from hub.models import Address, Case, CaseStatus, Direction, Envelope, Message, Receipt
from hub.models.base import utcnow


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """What goes with a reply beside its text; all but the files are a mail's alone."""

    cc: str | Sequence[str] = ""  # addresses as typed; they become participants of the case
    bcc: str | Sequence[str] = ""
    uploads: Sequence[int] = ()  # ids
    quotes: bool = False  # what was said before stands below
    undo_for: timedelta = timedelta()  # how long it waits, and can be undone
    limits: Callable[[int], FileLimits | None] = lambda inbox_id: None  # by inbox: which files it may carry


@dataclass(frozen=True, slots=True)
class Sent:
    """What a reply became."""

    message_id: int
    seq: int


def reply(
    session: Session,
    case_id: int,
    agent_id: int,
    text: str,
    *,
    mail_domain: str,
    channel: str | None = None,
    inbox: str | None = None,
    seq: int | None = None,
    enclosed: Enclosed | None = None,
    longest: Longest = any_length,
) -> Sent:
    """Answers the citizen, on the channel of their latest message unless another one is named.

    `mail_domain` names the hub in Message-IDs. Raises Invalid when the citizen can't be reached that way, with what
    to do; Conflict when the case changed since `seq`, or was joined to another.
    """
    text, enclosed = required_text(text), enclosed or Enclosed()
    case = locked_case(session, case_id, seq)
    must_go_on(session, case)
    latest = _latest_from_citizen(session, case)
    way = way_back(session, case, latest, channel, inbox)
    refuse_too_long(text, way.inbox.id, longest)
    now = utcnow()
    leaves = now + enclosed.undo_for if way.is_mail else now
    message_id = _queue(session, case, agent_id, text, mail_domain, way, latest, now, leaves).id
    _enclose(session, case, agent_id, message_id, way, enclosed, leaves)
    _wait_for_citizen(session, case, agent_id, now)
    return Sent(message_id, add_event(session, case, "replied", agent_id=agent_id, message_id=message_id, at=now))


def tell_emergency(
    session: Session, case: Case, agent_id: int | None, text: str, mail_domain: str, longest: Longest = any_length
) -> None:
    """What the council tells whoever is in danger, by an agent or the hub itself, as the citizen's latest message came.
    It leaves before everything else, and answers nothing: the case and its targets stay as they are. Raises Invalid."""
    latest = _latest_from_citizen(session, case)
    way = way_back(session, case, latest, None, None)
    refuse_too_long(text, way.inbox.id, longest)
    now = utcnow()
    message = _queue(session, case, agent_id, text, mail_domain, way, latest, now, now)
    message.automatic, message.automatic_why = True, EMERGENCY
    add_event(session, case, "answered", agent_id=agent_id, message_id=message.id, at=now)


def _queue(
    session: Session,
    case: Case,
    agent_id: int | None,
    text: str,
    mail_domain: str,
    way: Way,
    latest: Message | None,
    now: datetime,
    leaves: datetime,
) -> Message:
    message_id = new_ids(session, 1)[0]
    message = Message(
        id=message_id,
        case_id=case.id,
        inbox_id=way.inbox.id,
        direction=Direction.OUT,
        channel=way.inbox.channel,
        sender=way.inbox.address or "",
        recipient=way.address.uri,
        text=text,
        status=first_status(way.inbox.channel),
        author_id=agent_id,
        at=now,
        due_at=leaves,
    )
    if way.is_mail:
        message.subject = _subject(case, latest)
        message.message_id = mail_message_id(message_id, case.reference, mail_domain)
        message.references = _references(session, case)
    if way.inbox.channel == "webchat":
        message.external_id = str(message_id)
        session.add(Receipt(**sent_receipt(way.inbox.id or 0, message_id, now)))
    session.add(message)
    session.flush()
    wake(session, "outbox")
    return message


def _wait_for_citizen(session: Session, case: Case, agent_id: int, now: datetime) -> None:
    """The case after an answer, with its targets and clocks."""
    note_answer_or_later(session, case, now)
    note_idle(session, case.agent_id, now)
    case.status = CaseStatus.WAITING
    case.resolved_at = case.closed_at = case.snoozed_until = None
    case.outcome = ""
    case.first_reply_at = case.first_reply_at or now
    case.updated_at = now
    note_done_or_later(session, case, ("acknowledged", "replied"), now, agent_id)
    retarget_or_later(session, case)


def _enclose(
    session: Session, case: Case, agent_id: int, message_id: int, way: Way, enclosed: Enclosed, leaves: datetime
) -> None:
    """Files, copies, and what undoing needs. Raises Invalid by field."""
    attach(session, agent_id, message_id, enclosed.uploads, enclosed.limits(way.inbox.id or 0))
    cc, bcc = addresses_in(enclosed.cc, "cc"), addresses_in(enclosed.bcc, "bcc")
    if (cc or bcc) and not way.is_mail:
        field = "cc" if cc else "bcc"
        raise Invalid("Only a mail has copies.", {field: "Answer by mail, or leave the copies out."})
    cc = tuple(uri for uri in cc if uri != way.address.uri)
    bcc = tuple(uri for uri in bcc if uri not in (*cc, way.address.uri))
    before = as_it_is(session, case) if leaves > utcnow() else {}
    if cc or bcc or enclosed.quotes or before:
        own = of_contact(session, case.contact_id) if cc else set()
        added = add_participants(session, case.id, agent_id, [uri for uri in cc if uri not in own])
        if before:
            before = {**before, "participants": added}
        envelope = Envelope(message_id=message_id, cc=list(cc), bcc=list(bcc), before=before)
        envelope.quotes = enclosed.quotes and way.is_mail
        session.add(envelope)
        session.flush()


def _latest_from_citizen(session: Session, case: Case) -> Message | None:
    """The latest words of the case's own contact; a stranger's in the case are no way back.

    A contact without an address, who only claims that of another, is answered where the case began.
    """
    own = select(Address.uri).where(Address.contact_id == case.contact_id)
    inbound = (Message.case_id == case.id, Message.direction == Direction.IN)
    opening = select(func.min(Message.id)).where(*inbound).scalar_subquery()
    found = (
        select(Message)
        .where(*inbound, or_(col(Message.sender).in_(own), and_(~own.exists(), col(Message.id) == opening)))
        .order_by(col(Message.automatic), col(Message.id).desc())
    )
    return session.exec(found.limit(1)).first()


def _subject(case: Case, latest: Message | None) -> str:
    return (latest.subject if latest and latest.subject else case.subject) or f"Your message, case {case.reference}"


def _references(session: Session, case: Case) -> list[str]:
    """The mails of this case, oldest first, the citizen's latest last: that is what the answer answers."""
    found = (
        select(Message.message_id, Message.direction)
        .where(Message.case_id == case.id, Message.message_id != "")
        .order_by(col(Message.id))
    )
    mails = session.exec(found).all()
    latest = next((message_id for message_id, direction in reversed(mails) if direction is Direction.IN), None)
    others = [message_id for message_id, _ in mails if message_id != latest]
    return ([*others, latest] if latest else others)[-20:]
