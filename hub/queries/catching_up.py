"""What the hub knows already of what a provider lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from hub.models import Attachment, Call, CallState, Direction, Message, Ring
from hub.queries.watching import bookmark

_MANY = 500  # values of one statement


@dataclass(frozen=True, slots=True)
class Known:
    ended: frozenset[str]  # sids of calls whose end has been told
    files: frozenset[str]  # names of the files that these calls have


@dataclass(frozen=True, slots=True)
class OfLeg:
    external_id: str
    files: frozenset[str]


def caught_up_since(session: Session, inbox_id: int, place: str) -> datetime | None:
    """Up to when everything has been taken in: its bookmark, else its latest arrival; None = the inbox is new."""
    marked = bookmark(session, inbox_id, place).get("at")
    if marked:
        return datetime.fromisoformat(marked)
    found = select(Message.at).where(Message.inbox_id == inbox_id, Message.direction == Direction.IN)
    return session.exec(found.order_by(col(Message.id).desc()).limit(1)).first()


def known_calls(session: Session, inbox_id: int, sids: Sequence[str]) -> Known:
    ended: set[str] = set()
    files: set[str] = set()
    for start in range(0, len(sids), _MANY):
        some = list(sids[start : start + _MANY])
        calls = select(Call.sid, Call.state, Call.message_id).where(Call.inbox_id == inbox_id, col(Call.sid).in_(some))
        rows = session.exec(calls).all()
        ended |= {sid for sid, state, _ in rows if state is CallState.ENDED}
        files |= _files(session, [message_id for _, _, message_id in rows if message_id is not None])
    return Known(frozenset(ended), frozenset(files))


def message_of_leg(session: Session, inbox_id: int, sid: str) -> OfLeg | None:
    """The call that an agent's leg was brought to; None: no such leg, or no case speaks of its call."""
    found = (
        select(Message)
        .join(Call, col(Call.message_id) == col(Message.id))
        .join(Ring, col(Ring.call_id) == col(Call.id))
        .where(Ring.inbox_id == inbox_id, Ring.sid == sid)
    )
    message = session.exec(found.limit(1)).first()
    if message is None or not message.external_id:
        return None
    return OfLeg(message.external_id, frozenset(_files(session, [message.id])))


def _files(session: Session, message_ids: list[int]) -> set[str]:
    return set(session.exec(select(Attachment.filename).where(col(Attachment.message_id).in_(message_ids))))
