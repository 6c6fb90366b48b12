"""A caseworker answers from their own mail program: their words are the council's, not a citizen's.

Only what our own mail server has authenticated is sent on to the citizen. Anybody can write an agent's address above a
mail; what is unproven becomes a note that says so, for a caseworker to look at.
"""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from channels.contract import Receipt as PortReceipt
from channels.contract import Verification
from hub.actions.events import add_event, locked_case, new_ids
from hub.actions.intake.arrivals import Arrival, StoredFile
from hub.actions.sending.reply import reply
from hub.db.session import wake
from hub.errors import Invalid
from hub.models import (
    Address,
    Attachment,
    AttachmentState,
    Case,
    CaseStatus,
    Direction,
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
NOT_SENT = "Written from {name}'s address as an answer to the citizen, and not sent: {why}"

NOT_SEEN = "this case is restricted, and they don't see it."


def take_agent_mail(
    session: Session, arrival: Arrival, agent_id: int, name: str, mail_domain: str
) -> PortReceipt | None:
    """None when it answers no case, or one in which the agent is the citizen: then it is a mail like any other."""
    earlier = session.get(Receipt, arrival.key)
    case = _case_of(session, arrival)
    if earlier is not None or case is None or _is_the_citizen(session, case, arrival):
        return None
    case = locked_case(session, case.id)
    held = any(file.held for file in arrival.files)
    message_id, why = None, UNPROVEN.format(name=name)
    if not visible_ids(session, agent_view(session, agent_id), [case.id]):
        why = NOT_SENT.format(name=name, why=NOT_SEEN)
    elif arrival.message.verification is Verification.VERIFIED and not held:
        try:
            message_id = reply(session, case.id, agent_id, arrival.message.text, mail_domain=mail_domain).message_id
        except Invalid as error:
            why = NOT_SENT.format(name=name, why=error.message)
    if message_id is None:
        message_id = _noted(session, case, arrival, why)
    _attach(session, message_id, arrival.files)
    session.add(Receipt(inbox_id=arrival.inbox.id, external_id=arrival.message.external_id, message_id=message_id))
    wake(session, "events")
    return PortReceipt(reference=case.reference, message_id=message_id)


def _case_of(session: Session, arrival: Arrival) -> Case | None:
    """By the signed reply address, else by the mails that it answers, the nearest first; never a closed one."""
    case_id = arrival.token_case
    if case_id is None and arrival.message.references:
        named = select(Message.message_id, Message.case_id).where(
            col(Message.message_id).in_(arrival.message.references), Message.message_id != ""
        )
        cases = dict(session.exec(named).all())
        case_id = next((cases[each] for each in arrival.message.references if each in cases), None)
    case = session.get(Case, case_id) if case_id is not None else None
    return case if case is not None and case.status is not CaseStatus.CLOSED else None


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
