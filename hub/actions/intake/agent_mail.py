"""A caseworker answers from their own mail program: their words are the council's, not a citizen's.

Only what our own mail server has authenticated is sent on to the citizen. Anybody can write an agent's address above a
mail; what is unproven becomes a note that says so, for a caseworker to look at.
"""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from channels.contract import Receipt as PortReceipt
from channels.contract import Verification
from hub.actions.casework.joined import where_it_goes_on
from hub.actions.casework.notices import tell_agents
from hub.actions.events import add_event, locked_case, new_ids
from hub.actions.intake.arrivals import Arrival, StoredFile
from hub.actions.sending.recipients import MAX_COPIES
from hub.actions.sending.reply import Enclosed, reply
from hub.db.session import wake
from hub.errors import Invalid
from hub.models import (
    Address,
    Attachment,
    AttachmentState,
    Case,
    Direction,
    Inbox,
    Message,
    MessageStatus,
    Original,
    Receipt,
)
from hub.models.base import utcnow
from hub.queries.people import agent_view
from hub.queries.restrictions import visible_ids

UNPROVEN = (
    "Written from {name}'s address, but nobody has proven that it was them. "
    "If it is meant for the citizen, send it from here."
)
UNPROVEN_COPY = (
    "Written from {name}'s address to the citizen themselves, but nobody has proven that it was them. "
    "If it is false, warn the citizen."
)
NOT_SENT = "Written from {name}'s address as an answer to the citizen, and not sent: {why}"

NOT_SEEN = "this case is restricted, and they don't see it."
FILES_HELD = "its files wait for the virus scanner. Once they are seen, send it from here."
TOLD = "Your mail was not sent on to the citizen: it stands in the case as a note. Send it from here."


def take_agent_mail(
    session: Session, arrival: Arrival, agent_id: int, name: str, mail_domain: str
) -> PortReceipt | None:
    """None when it answers no case, or one in which the agent is the citizen: then it is a mail like any other."""
    earlier = session.get(Receipt, arrival.key)
    case = _case_of(session, arrival)
    if earlier is not None or case is None or _is_the_citizen(session, case, arrival):
        return None
    case = locked_case(session, case.id)
    message_id = _taken_elsewhere(session, case, arrival)
    if is_new := message_id is None:
        message_id = _sent(session, case, arrival, agent_id, name, mail_domain)
        _attach(session, message_id, arrival.files)
    session.add(Receipt(inbox_id=arrival.inbox.id, external_id=arrival.message.external_id, message_id=message_id))
    wake(session, "events")
    return PortReceipt(reference=case.reference, message_id=message_id, duplicate=not is_new)


def _sent(session: Session, case: Case, arrival: Arrival, agent_id: int, name: str, mail_domain: str) -> int:
    """The message that it became: the council's answer, or a note that says why it is none."""
    said = arrival.message
    reached = _has_reached_the_citizen(session, case, arrival)
    why = (UNPROVEN_COPY if reached else UNPROVEN).format(name=name)
    if not visible_ids(session, agent_view(session, agent_id), [case.id]):
        why = NOT_SENT.format(name=name, why=NOT_SEEN)
    elif said.verification is Verification.VERIFIED and not reached and _is_held(arrival):
        why = NOT_SENT.format(name=name, why=FILES_HELD)
    elif said.verification is Verification.VERIFIED:
        try:
            named = Enclosed(cc=[address.value for address in said.cc][:MAX_COPIES]) if reached else None
            channel = "email" if reached else None
            sent = reply(
                session, case.id, agent_id, said.text, mail_domain=mail_domain, channel=channel, enclosed=named
            )
        except Invalid as error:
            why = NOT_SENT.format(name=name, why=error.message)
        else:
            if reached:
                _note_sent(session, case, arrival, sent.message_id)
            return sent.message_id
    if not reached and NOT_SEEN not in why:
        tell_agents(session, case, [agent_id], TOLD)
    return _noted(session, case, arrival, why)


def _is_held(arrival: Arrival) -> bool:
    """The original, which goes to nobody, may wait for the scanner."""
    return any(file.held and file.disposition != "raw" for file in arrival.files)


def _has_reached_the_citizen(session: Session, case: Case, arrival: Arrival) -> bool:
    """They stand in its To or Cc: what is sent on would come a second time."""
    named = [str(address) for address in arrival.message.cc]
    found = select(Address.id).where(Address.contact_id == case.contact_id, col(Address.uri).in_(named))
    return bool(named) and session.exec(found.limit(1)).first() is not None


def _note_sent(session: Session, case: Case, arrival: Arrival, message_id: int) -> None:
    """The agent's own mail program has sent it, under its own Message-ID, which the citizen's answer will name."""
    message = session.get_one(Message, message_id)
    message.status, message.due_at = MessageStatus.SENT, None
    message.sender, message.message_id = arrival.uri, arrival.message.message_id
    message.subject = arrival.message.subject
    add_event(session, case, "sent", message_id=message_id)


def _taken_elsewhere(session: Session, case: Case, arrival: Arrival) -> int | None:
    """What the same mail became that came to another inbox, too."""
    same = select(Receipt.message_id).where(
        Receipt.external_id == arrival.message.external_id, col(Receipt.inbox_id).in_(select(Inbox.id))
    )
    found = select(Message.id).where(col(Message.id).in_(same), Message.case_id == case.id)
    return session.exec(found.limit(1)).first()


def _case_of(session: Session, arrival: Arrival) -> Case | None:
    """By the signed reply address, else by the mails that it answers, the nearest first; the case in which a joined
    one goes on; never a forgotten one."""
    case_id = arrival.token_case
    if case_id is None and arrival.message.references:
        named = select(Message.message_id, Message.case_id).where(
            col(Message.message_id).in_(arrival.message.references), Message.message_id != ""
        )
        cases = dict(session.exec(named).all())
        case_id = next((cases[each] for each in arrival.message.references if each in cases), None)
    case = session.get(Case, where_it_goes_on(session, case_id)) if case_id is not None else None
    return case if case is not None and case.forgotten_at is None else None


def _is_the_citizen(session: Session, case: Case, arrival: Arrival) -> bool:
    address = session.exec(select(Address).where(Address.uri == arrival.uri)).first()
    return address is not None and address.contact_id == case.contact_id


def _noted(session: Session, case: Case, arrival: Arrival, why: str) -> int:
    said = arrival.message
    message_id = new_ids(session, 1)[0]
    session.add(
        Message(
            id=message_id,
            case_id=case.id,
            direction=Direction.NOTE,
            sender=arrival.uri,
            subject=said.subject,
            text=said.text,
            html=said.html,
            status=MessageStatus.RECEIVED,
            problems=[*said.problems, why],
            at=arrival.sent_at(utcnow()),
        )
    )
    session.flush()
    case.updated_at = utcnow()
    add_event(session, case, "noted", message_id=message_id)
    return message_id


def _attach(session: Session, message_id: int, files: Sequence[StoredFile]) -> None:
    ids = new_ids(session, len(files))
    for row_id, file in zip(ids, files, strict=True):
        session.add(
            Attachment(
                id=row_id,
                message_id=message_id,
                filename=file.filename,
                media_type=file.media_type,
                size=file.size,
                sha256=file.sha256,
                content_id=file.content_id,
                disposition=file.disposition,
                state=AttachmentState.HELD if file.held else AttachmentState.STORED,
                due_at=utcnow() if file.held else None,
            )
        )
    session.flush()
    small = ((row_id, file.content) for row_id, file in zip(ids, files, strict=True) if file.content is not None)
    session.add_all(Original(attachment_id=row_id, content=content) for row_id, content in small)
