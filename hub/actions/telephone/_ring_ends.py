"""The end of a ring, whoever brings it about, and what it means for the call and the callback that it was for."""

from datetime import datetime, timedelta

from sqlmodel import Session

from hub.actions.events import add_event, locked_case
from hub.actions.telephone.callbacks import due_after
from hub.actions.time.calendar_later import retarget_or_later
from hub.db.session import wake
from hub.errors import NotFound
from hub.models import Call, Callback, CallbackState, CallState, Ring, RingState
from hub.models.base import utcnow

TRY_AGAIN = timedelta(minutes=15)  # of the queue's working time: a callback that reached nobody


def locked_callback(session: Session, callback_id: int) -> Callback:
    """Raises NotFound."""
    callback = session.get(Callback, callback_id, with_for_update=True, populate_existing=True)
    if callback is None:
        raise NotFound("There is no such callback.")
    return callback


def end_ring(session: Session, ring: Ring, state: RingState, why: str, now: datetime | None = None) -> None:
    now = now or utcnow()
    tried = ring.state in (RingState.ACCEPTED, RingState.CONNECTED)
    ring.state, ring.error, ring.due_at, ring.ended_at = state, why, None, now
    call = session.get(Call, ring.call_id) if ring.call_id is not None else None
    if call is not None and call.direction == "out" and call.state is not CallState.ENDED:
        call.state, call.ended_at = CallState.ENDED, now
    if ring.callback_id is not None:
        _after_try(session, ring, call, now, tried=tried)
    wake(session, "events")


def _after_try(session: Session, ring: Ring, call: Call | None, now: datetime, *, tried: bool) -> None:
    """A callback is done when the citizen was reached; else it is due again, and the try stands on the case."""
    callback = locked_callback(session, ring.callback_id or 0)
    if callback.state is not CallbackState.CALLING:
        return
    callback.attempts += tried
    reached = call is not None and call.answered_at is not None
    callback.state = CallbackState.DONE if reached else CallbackState.OPEN
    callback.done_at = now if reached else None
    if tried and not reached:
        callback.due_at = due_after(session, callback.queue_id, now, TRY_AGAIN)
    if tried:
        case = locked_case(session, callback.case_id)
        retarget_or_later(session, case)
        kind = "callback-done" if reached else "callback-tried"
        add_event(session, case, kind, agent_id=ring.agent_id, attempt=callback.attempts)
