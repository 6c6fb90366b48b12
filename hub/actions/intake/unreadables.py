"""What somebody does about a thing that couldn't be read: it becomes part of a case after all, or is put away."""

from sqlmodel import Session, col, select

from hub.errors import Conflict, NotFound
from hub.models import Receipt, Unreadable
from hub.models.base import utcnow


def settle_unreadable(session: Session, unreadable_id: int, agent_id: int, became: str = "") -> None:
    """Takes it off the list; the original stays. became: the case's reference. Raises NotFound, Conflict."""
    unreadable = _unsettled(session, unreadable_id)
    unreadable.settled_at = utcnow()
    unreadable.settled_by = agent_id
    unreadable.became = became


def say_why_again(session: Session, unreadable_id: int, why: str) -> None:
    """It still can't be read, perhaps for another reason. Raises NotFound, Conflict."""
    _unsettled(session, unreadable_id).why = why


def forget_receipt(session: Session, unreadable_id: int) -> None:
    """So that reading it again isn't a repetition of the first time. Raises NotFound, Conflict."""
    unreadable = _unsettled(session, unreadable_id)
    of_it = select(Receipt).where(Receipt.inbox_id == unreadable.inbox_id, col(Receipt.message_id) == unreadable_id)
    for receipt in session.exec(of_it):
        session.delete(receipt)


def drop_replaced(session: Session, unreadable_id: int) -> None:
    """It was read again and kept anew, under another id. Raises NotFound, Conflict."""
    session.delete(_unsettled(session, unreadable_id))


def _unsettled(session: Session, unreadable_id: int) -> Unreadable:
    """Locked, so that of two people who settle it one is told."""
    found = session.exec(select(Unreadable).where(Unreadable.id == unreadable_id).with_for_update()).first()
    if found is None:
        raise NotFound("There is no such thing.")
    if found.settled_at is not None:
        raise Conflict("Somebody has settled this already.")
    return found
