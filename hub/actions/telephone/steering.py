"""What an agent does with a call that goes on: hold, take back, transfer, keep card details out of the recording."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from channels.calling import Steering
from hub.actions.events import add_event, locked_case
from hub.actions.telephone.telling_calls import retell
from hub.errors import Conflict, Invalid
from hub.models import Call, CallState, Queue, Ring
from hub.models.base import utcnow
from hub.queries.line import live_ring_of


@dataclass(frozen=True, slots=True)
class Order:
    """For the channel of this inbox; `undo` puts the call back when the provider refuses."""

    inbox_id: int
    call_id: int
    steering: Steering
    before: str  # the call's state before


def hold(session: Session, agent_id: int) -> Order:
    """The caller hears music; the agent stays on the line."""
    ring, call = _conversation(session, agent_id, CallState.TALKING)
    call.state = CallState.HELD
    return Order(ring.inbox_id, call.id, Steering(what="hold", sid=call.sid, ring=ring.id), CallState.TALKING)


def take_back(session: Session, agent_id: int) -> Order:
    """Off hold."""
    ring, call = _conversation(session, agent_id, CallState.HELD)
    return Order(ring.inbox_id, call.id, Steering(what="retrieve", sid=ring.sid, ring=ring.id), CallState.HELD)


def send_on(session: Session, agent_id: int, *, queue: str = "", number: str = "") -> Order:
    """The caller goes into another queue's line, or to another number (E.164); the agent's part is over."""
    ring, call = _conversation(session, agent_id, CallState.TALKING, CallState.HELD)
    before = call.state
    if bool(queue) == bool(number):
        raise Invalid("Where to?", {"queue": "Give a queue or a number, not both."})
    if queue:
        found = session.exec(select(Queue).where(Queue.slug == queue, Queue.active)).first()
        if found is None:
            raise Invalid("There is no such queue.", {"queue": "Give the slug of an active queue."})
        call.queue_id, call.state, call.waiting_at, call.goes_to = found.id, CallState.WAITING, utcnow(), ""
    else:
        call.goes_to, call.state = number, CallState.TALKING
    _tell(session, call, agent_id, "call-sent-on", queue=queue)
    return Order(ring.inbox_id, call.id, Steering(what="send", sid=call.sid, ring=ring.id), before)


def pause_recording(session: Session, agent_id: int, *, paused: bool) -> Order:
    """While card details are read out, nothing is recorded."""
    ring, call = _conversation(session, agent_id, CallState.TALKING)
    if not call.is_recorded:
        raise Conflict("This call isn't recorded.")
    call.is_paused = paused
    _tell(session, call, agent_id, "recording-paused" if paused else "recording-resumed")
    what = Steering(what="pause" if paused else "resume", sid=ring.sid, ring=ring.id)
    return Order(ring.inbox_id, call.id, what, call.state)


def undo(session: Session, order: Order) -> None:
    """The provider didn't do it: the call is as it was."""
    call = session.get_one(Call, order.call_id)
    if call.state is CallState.ENDED:
        return
    call.state = CallState(order.before)
    call.goes_to = ""
    if order.steering.what in ("pause", "resume"):
        call.is_paused = order.steering.what == "resume"


def _conversation(session: Session, agent_id: int, *states: CallState) -> tuple[Ring, Call]:
    ring = live_ring_of(session, agent_id)
    call = session.get(Call, ring.call_id) if ring and ring.call_id is not None else None
    if ring is None or call is None or call.state not in states:
        raise Conflict("You aren't in such a call.")
    return ring, call


def _tell(session: Session, call: Call, agent_id: int, kind: str, **detail: Any) -> None:
    if call.case_id is None:
        return
    case = locked_case(session, call.case_id)
    retell(session, case, call)
    add_event(session, case, kind, agent_id=agent_id, message_id=call.message_id, **detail)
