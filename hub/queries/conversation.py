"""What a channel may see: the citizen's side of a conversation, and the state of the citizen's own case."""

from sqlmodel import Session, col, func, select

from channels.contract import CaseStatus, Utterance
from hub.models import Address, Agent, Case, Direction, Message, Queue
from hub.models import CaseStatus as Status
from hub.reference import case_id_of

_CHANNELS_OF = {"tel": ("sms", "voice"), "mailto": ("email",), "chat": ("webchat",)}


def utterances(session: Session, uri: str, after: int, limit: int = 500) -> list[Utterance]:
    """Said with this address on its own channel, oldest first, from the one after message id `after` on."""
    found = (
        select(Message, Agent.name)
        .join(Case, col(Case.id) == col(Message.case_id))
        .join(Address, col(Address.contact_id) == col(Case.contact_id))
        .outerjoin(Agent, col(Agent.id) == col(Message.author_id))
        .where(
            Address.uri == uri,
            col(Message.id) > after,
            col(Message.channel).in_(_CHANNELS_OF.get(uri.partition(":")[0], ())),
            (col(Message.sender) == uri) | (col(Message.recipient) == uri),
        )
        .order_by(col(Message.id))
        .limit(limit)
    )
    return [
        Utterance(
            id=message.id,
            direction="in" if message.direction is Direction.IN else "out",
            text=message.text,
            author=author or "",
            at=message.at,
            external_id=message.external_id,
        )
        for message, author in session.exec(found)
    ]


def case_status(session: Session, reference: str, uri: str) -> CaseStatus | None:
    """None unless the case exists and is this address's contact's."""
    case_id = case_id_of(reference)
    if case_id is None:
        return None
    found = (
        select(Case.reference, Case.status, Queue.name)
        .join(Queue, col(Queue.id) == col(Case.queue_id))
        .join(Address, col(Address.contact_id) == col(Case.contact_id))
        .where(Case.id == case_id, Address.uri == uri)
    )
    row = session.exec(found).first()
    return CaseStatus(reference=row[0], status=row[1], queue_name=row[2]) if row else None


def waiting(session: Session, queue_id: int) -> int:
    """Open cases of the queue that nobody holds."""
    found = select(func.count()).where(
        Case.queue_id == queue_id,
        col(Case.agent_id).is_(None),
        col(Case.status).not_in([Status.RESOLVED, Status.CLOSED]),
    )
    return session.exec(found).one()


def addresses_of(session: Session, contact_id: int) -> list[str]:
    """The address URIs of a contact."""
    return list(session.exec(select(Address.uri).where(Address.contact_id == contact_id)))
