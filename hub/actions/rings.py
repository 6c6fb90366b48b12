"""Agents' phones: rung for the next in line, for a case, for a callback; and what the line reports of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from channels.calling import RingNews
from hub.actions._events import add_event, locked_case, new_ids
from hub.actions._telling_calls import retell
from hub.actions.cases import claim
from hub.db.session import wake
from hub.errors import Conflict, Invalid, NotFound
from hub.models import (
    Address,
    AgentPhone,
    Call,
    Callback,
    CallbackState,
    CallResult,
    CallState,
    Case,
    Direction,
    Inbox,
    Message,
    MessageStatus,
    Queue,
    Receipt,
    Ring,
    RingState,
)
from hub.models.base import utcnow
from hub.queries.calls import LIVE_RINGS, live_ring_of, waiting_calls

TRY_AGAIN = timedelta(minutes=15)  # a callback that reached nobody
_LEASE = timedelta(seconds=60)
_MOST_TRIES = 3
_RANK = {state: rank for rank, state in enumerate(RingState)}


# --- what an agent asks for ----------------------------------------------------------------------------------------


def take_next(session: Session, agent_id: int, queue_ids: Sequence[int]) -> int:
    """Rings the agent's phone for whoever is first in line in these queues; returns the ring's id.

    Raises Conflict when nobody waits, when colleagues are being rung for all of them, or the agent's phone is busy.
    """
    number = _own_number(session, agent_id)
    for waiting in waiting_calls(session, queue_ids):
        call = session.get_one(Call, waiting.id)
        rung = select(func.count()).where(
            Ring.purpose == "next",
            Ring.queue_id == call.queue_id,
            Ring.inbox_id == call.inbox_id,
            col(Ring.state).in_([state for state in LIVE_RINGS if state is not RingState.CONNECTED]),
        )
        in_line = select(func.count()).where(
            Call.queue_id == call.queue_id, Call.inbox_id == call.inbox_id, Call.state == CallState.WAITING
        )
        if session.exec(rung).one() < session.exec(in_line).one():
            return _ring(session, agent_id, number, call.inbox_id, "next", queue_id=call.queue_id)
    raise Conflict("Nobody waits in line whom no colleague is being rung for.")


def call_citizen(session: Session, case_id: int, agent_id: int) -> int:
    """Rings the agent's phone, then calls the citizen of the case; returns the ring's id. Raises Invalid, Conflict."""
    number = _own_number(session, agent_id)
    case = locked_case(session, case_id)
    uri = _number_of(session, case)
    inbox = _line_out(session, case)
    call = _outgoing(session, case, inbox, agent_id, uri)
    return _ring(session, agent_id, number, inbox.id or 0, "case", queue_id=case.queue_id, call_id=call.id)


def call_back(session: Session, callback_id: int, agent_id: int) -> int:
    """Carries out a callback; the first agent wins. Returns the ring's id."""
    number = _own_number(session, agent_id)
    callback = _locked_callback(session, callback_id)
    if callback.state is CallbackState.CALLING:
        raise Conflict("A colleague is calling them at this moment.")
    if callback.state is not CallbackState.OPEN:
        raise Conflict("This callback is done.")
    case = locked_case(session, callback.case_id)
    inbox = session.get_one(Inbox, callback.inbox_id)
    call = _outgoing(session, case, inbox, agent_id, callback.uri)
    callback.state, callback.agent_id = CallbackState.CALLING, agent_id
    return _ring(
        session, agent_id, number, callback.inbox_id, "callback",
        queue_id=callback.queue_id, call_id=call.id, callback_id=callback.id,
    )  # fmt: skip


def drop_callback(session: Session, callback_id: int, agent_id: int, outcome: str) -> None:
    """An agent decides that nobody needs to be called: it says why on the case."""
    callback = _locked_callback(session, callback_id)
    if callback.state not in (CallbackState.OPEN, CallbackState.CALLING):
        raise Conflict("This callback is done.")
    if not outcome.strip():
        raise Invalid("Say why.", {"outcome": "A few words for the colleagues who read the case."})
    callback.state, callback.outcome, callback.done_at = CallbackState.DROPPED, outcome.strip()[:500], utcnow()
    case = locked_case(session, callback.case_id)
    add_event(session, case, "callback-dropped", agent_id=agent_id, outcome=callback.outcome)


def set_phone(session: Session, agent_id: int, number: str) -> None:
    """The agent's own number in E.164; "" forgets it."""
    phone = session.get(AgentPhone, agent_id)
    if not number:
        if phone is not None:
            session.delete(phone)
        return
    if phone is None:
        session.add(AgentPhone(agent_id=agent_id, number=number))
    else:
        phone.number = number


def withdraw(session: Session, agent_id: int) -> tuple[int, str]:
    """Ends what keeps the agent's phone busy; returns the inbox's id and the leg to hang up, "" = none yet."""
    ring = live_ring_of(session, agent_id)
    if ring is None:
        raise Conflict("Your phone isn't ringing.")
    _end_ring(session, ring, RingState.ENDED, "")
    return ring.inbox_id, ring.sid


def _own_number(session: Session, agent_id: int) -> str:
    phone = session.get(AgentPhone, agent_id)
    if phone is None:
        raise Invalid("The hub doesn't know your phone.", {"phone": "Say first at which number you take calls."})
    if live_ring_of(session, agent_id) is not None:
        raise Conflict("Your phone rings or is in a call already.")
    return phone.number


def _number_of(session: Session, case: Case) -> str:
    known = select(Address.uri).where(Address.contact_id == case.contact_id, col(Address.uri).startswith("tel:+"))
    uri = session.exec(known.order_by(col(Address.id).desc()).limit(1)).first()
    if uri is None:
        raise Invalid("The citizen can't be called.", {"number": "No telephone number of theirs is known."})
    return uri


def _line_out(session: Session, case: Case) -> Inbox:
    """The line that the citizen called, else the first one."""
    lines = session.exec(select(Inbox).where(Inbox.channel == "voice", col(Inbox.active)).order_by(col(Inbox.id))).all()
    if not lines:
        raise Invalid("No line can call.", {"inbox": "Add a voice inbox to the council file."})
    return next((line for line in lines if line.id == case.inbox_id), lines[0])


def _outgoing(session: Session, case: Case, inbox: Inbox, agent_id: int, uri: str) -> Call:
    call_id = new_ids(session, 1)[0]
    call = Call(
        id=call_id, inbox_id=inbox.id or 0, sid=f"ring-{call_id}", direction="out", uri=uri, case_id=case.id,
        state=CallState.DIALLING, queue_id=case.queue_id, agent_id=agent_id,
    )  # fmt: skip
    session.add(call)
    session.flush()
    return call


def _ring(session: Session, agent_id: int, number: str, inbox_id: int, purpose: str, **more: Any) -> int:
    ring_id = new_ids(session, 1)[0]
    session.add(
        Ring(id=ring_id, inbox_id=inbox_id, agent_id=agent_id, number=number, purpose=purpose, due_at=utcnow(), **more)
    )
    session.flush()
    wake(session, "rings")
    wake(session, "events")
    return ring_id


def _locked_callback(session: Session, callback_id: int) -> Callback:
    callback = session.get(Callback, callback_id, with_for_update=True, populate_existing=True)
    if callback is None:
        raise NotFound("There is no such callback.")
    return callback


# --- the worker's side ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Due:
    """A phone to ring."""

    id: int
    inbox_id: int
    number: str
    attempts: int  # this one included


def claim_rings(session: Session, now: datetime, limit: int = 10) -> list[Due]:
    """Rings that are due; each is this worker's for a minute."""
    found = select(Ring).where(Ring.state == RingState.QUEUED, col(Ring.due_at) <= now).order_by(col(Ring.due_at))
    rows = session.exec(found.limit(limit).with_for_update(skip_locked=True)).all()
    for ring in rows:
        ring.due_at, ring.attempts = now + _LEASE, ring.attempts + 1
    return [Due(ring.id, ring.inbox_id, ring.number, ring.attempts) for ring in rows]


def record_ringing(session: Session, ring_id: int, sid: str) -> None:
    """The provider has taken the call to the agent's phone; its own reports may have come first."""
    ring = session.get_one(Ring, ring_id, with_for_update=True, populate_existing=True)
    ring.sid, ring.due_at = ring.sid or sid, None
    if ring.state is RingState.QUEUED:
        ring.state = RingState.RINGING
    wake(session, "events")


def record_not_rung(session: Session, ring_id: int, why: str, retry_at: datetime | None) -> None:
    """It didn't ring: tried again at `retry_at`, or given up, which the agent sees."""
    ring = session.get_one(Ring, ring_id, with_for_update=True, populate_existing=True)
    if ring.state is not RingState.QUEUED:
        return
    if retry_at is not None and ring.attempts < _MOST_TRIES:
        ring.due_at, ring.error = retry_at, why
        return
    _end_ring(session, ring, RingState.FAILED, why)


# --- what the line reports -----------------------------------------------------------------------------------------


def note_ring(session: Session, inbox_id: int, news: RingNews, now: datetime) -> None:
    """Takes a word on an agent's phone; what lies behind is taken without going back."""
    ring = session.get(Ring, news.ring, with_for_update=True, populate_existing=True)
    if ring is None or ring.inbox_id != inbox_id:
        return
    if news.sid and not ring.sid:
        ring.sid = news.sid
    state = RingState(news.state)
    if state is RingState.CONNECTED:
        _connect(session, ring, news, now)
    elif state.is_over:
        _over(session, ring, news, now)
    elif _RANK[state] > _RANK[ring.state]:
        ring.state, ring.due_at = state, None
        if state is RingState.ACCEPTED and ring.call_id is not None:
            _enter(session, ring, now)
    wake(session, "events")


def _enter(session: Session, ring: Ring, now: datetime) -> None:
    """The agent is there and the citizen is being called: from here on it stands on the case."""
    call = session.get_one(Call, ring.call_id)
    if call.message_id is not None or call.case_id is None:
        return
    case = locked_case(session, call.case_id)
    inbox = session.get_one(Inbox, ring.inbox_id)
    message_id = new_ids(session, 1)[0]
    session.add(
        Message(
            id=message_id, case_id=case.id, inbox_id=inbox.id, direction=Direction.OUT, channel="voice",
            sender=inbox.address or "", recipient=call.uri, text="We called", status=MessageStatus.SENT,
            author_id=ring.agent_id, external_id=f"ring-{ring.id}", at=now,
        )
    )  # fmt: skip
    session.add(Receipt(inbox_id=ring.inbox_id, external_id=f"ring-{ring.id}", message_id=message_id))
    session.flush()
    call.message_id, call.started_at = message_id, now
    retell(session, case, call)
    add_event(session, case, "called", agent_id=ring.agent_id, message_id=message_id)
    _take_case(session, case, ring.agent_id)


def _connect(session: Session, ring: Ring, news: RingNews, now: datetime) -> None:
    call = _met(session, ring, news)
    if call is None or ring.state.is_over or call.state is CallState.ENDED:
        return
    ring.call_id, ring.state, ring.due_at = call.id, RingState.CONNECTED, None
    is_first = call.answered_at is None
    call.state, call.agent_id, call.goes_to = CallState.TALKING, ring.agent_id, ""
    call.answered_at = call.answered_at or now
    queue = session.get(Queue, ring.queue_id) if ring.queue_id is not None else None
    call.is_recorded = bool(queue and queue.record_calls)
    if call.case_id is None:
        return
    case = locked_case(session, call.case_id)
    retell(session, case, call)
    if is_first:
        add_event(session, case, "call-answered", agent_id=ring.agent_id, message_id=call.message_id)
        _take_case(session, case, ring.agent_id)


def _met(session: Session, ring: Ring, news: RingNews) -> Call | None:
    """Whom the agent is connected with: the citizen whom the hub called, or whoever was first in line."""
    if ring.call_id is not None:
        call = session.get_one(Call, ring.call_id, with_for_update=True, populate_existing=True)
        if call.direction == "out" and news.caller_sid and call.sid.startswith("ring-"):
            call.sid = news.caller_sid
        return call
    found = select(Call).where(Call.inbox_id == ring.inbox_id, Call.sid == news.caller_sid)
    return session.exec(found.with_for_update()).first()


def _take_case(session: Session, case: Case, agent_id: int) -> None:
    """Whoever speaks with the citizen holds the case, unless a colleague does."""
    if case.agent_id is None and case.status.is_open:
        claim(session, case.id, agent_id)


def _over(session: Session, ring: Ring, news: RingNews, now: datetime) -> None:
    """Agent and citizen have parted, or the agent's phone is down; on hold only the first of it counts."""
    call = session.get(Call, ring.call_id) if ring.call_id is not None else None
    is_leg = bool(news.sid)  # of the agent's phone itself, not of the conversation
    holds = call is not None and call.state is CallState.HELD and call.agent_id == ring.agent_id
    if ring.state.is_over or (holds and not is_leg):
        return
    if call is not None:
        if holds:
            call.state, call.waiting_at, call.agent_id = CallState.WAITING, now, None
        elif call.direction == "out":
            _end_outgoing(session, ring, call, news, now)
    why = "" if ring.state is RingState.CONNECTED else _why_not(ring, news)
    _end_ring(session, ring, RingState.FAILED if why else RingState.ENDED, why, now)


def _why_not(ring: Ring, news: RingNews) -> str:
    if news.state == "failed":
        return {
            "busy": "Your phone was busy.",
            "no-answer": "Your phone wasn't answered.",
            "canceled": "",
        }.get(news.result, "Your phone couldn't be reached. Check its number.")
    if ring.purpose == "next":
        return (
            "The caller had gone before you were connected."
            if ring.state is RingState.ACCEPTED
            else "No key was pressed."
        )
    return "" if ring.state is RingState.ACCEPTED else "No key was pressed."


def _end_outgoing(session: Session, ring: Ring, call: Call, news: RingNews, now: datetime) -> None:
    if call.state is CallState.ENDED:
        return
    call.state, call.ended_at = CallState.ENDED, now
    call.result = CallResult.ANSWERED if call.answered_at else CallResult.UNREACHED
    call.seconds = news.seconds if call.answered_at else 0
    if call.message_id is None or call.case_id is None:
        call.result = CallResult.UNKNOWN  # the citizen's phone never rang
        return
    case = locked_case(session, call.case_id)
    retell(session, case, call)
    message = session.get_one(Message, call.message_id)
    message.status = MessageStatus.DELIVERED if call.answered_at else MessageStatus.FAILED
    message.error = "" if call.answered_at else "Nobody answered. Try again later, or write."
    add_event(session, case, "call-ended", message_id=call.message_id, result=call.result.value)


def _end_ring(session: Session, ring: Ring, state: RingState, why: str, now: datetime | None = None) -> None:
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
    callback = _locked_callback(session, ring.callback_id or 0)
    if callback.state is not CallbackState.CALLING:
        return
    callback.attempts += tried
    reached = call is not None and call.answered_at is not None
    callback.state = CallbackState.DONE if reached else CallbackState.OPEN
    callback.done_at = now if reached else None
    if tried and not reached:
        callback.due_at = now + TRY_AGAIN
    if tried:
        case = locked_case(session, callback.case_id)
        kind = "callback-done" if reached else "callback-tried"
        add_event(session, case, kind, agent_id=ring.agent_id, attempt=callback.attempts)
