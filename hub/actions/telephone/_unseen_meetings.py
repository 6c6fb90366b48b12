"""A caller and an agent who met while nobody told the hub: a webhook was lost, or the provider sends none."""

from datetime import datetime

from sqlmodel import Session, col, or_, select

from hub.actions.telephone.ring_news import bring_together
from hub.models import Call, CallState, Ring, RingState


def met_unseen(session: Session, call: Call, at: datetime) -> None:
    """The call was answered at that moment: by whoever alone took a caller out of that line, else by somebody."""
    ring = _whose(session, call)
    if ring is not None:
        bring_together(session, ring, call, at)
    call.state, call.answered_at = CallState.TALKING, at


def _whose(session: Session, call: Call) -> Ring | None:
    taken = select(Ring).where(
        Ring.inbox_id == call.inbox_id,
        Ring.queue_id == call.queue_id,
        Ring.purpose == "next",
        col(Ring.call_id).is_(None),
        col(Ring.state).in_([RingState.ACCEPTED, RingState.ENDED]),
        or_(col(Ring.ended_at).is_(None), col(Ring.ended_at) >= call.waiting_at),
    )
    found = session.exec(taken.limit(2)).all()
    return found[0] if len(found) == 1 else None
