"""Agents' phones: rung for the next in line, for a case, for a callback. `ring_news` has what the line reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from channels.calling import browser_of, rings_browsers
from channels.contract import Address as CalledAt
from hub.actions.events import add_event, locked_case, new_ids
from hub.actions.telephone._ring_ends import end_ring, locked_callback
from hub.actions.time.calendar_later import retarget_or_later
from hub.db.session import wake
from hub.errors import Conflict, Invalid
from hub.models import (
    Address,
    AgentPhone,
    Call,
    CallbackState,
    CallState,
    Case,
    Inbox,
    Ring,
    RingState,
)
from hub.models.base import utcnow
from hub.queries.calls import waiting_calls
from hub.queries.line import LIVE_RINGS, is_browser, live_ring_of

_LEASE = timedelta(seconds=60)
_MOST_TRIES = 3


# --- what an agent asks for ----------------------------------------------------------------------------------------


def take_next(session: Session, agent_id: int, queue_ids: Sequence[int]) -> int:
    """Rings the agent's phone for whoever is first in line in these queues; returns the ring's id.

    Raises Conflict when nobody waits, when colleagues are being rung for all of them, or the agent's phone is busy.
    """
    phone = _own_phone(session, agent_id)
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
            return _ring(session, phone, call.inbox_id, "next", queue_id=call.queue_id)
    raise Conflict("Nobody waits in line whom no colleague is being rung for.")


def call_citizen(session: Session, case_id: int, agent_id: int) -> int:
    """Rings the agent's phone, then calls the citizen of the case; returns the ring's id. Raises Invalid, Conflict."""
    phone = _own_phone(session, agent_id)
    case = locked_case(session, case_id)
    uri = _number_of(session, case)
    inbox = _line_out(session, case)
    call = _outgoing(session, case, inbox, agent_id, uri)
    return _ring(session, phone, inbox.id or 0, "case", queue_id=case.queue_id, call_id=call.id)


def call_back(session: Session, callback_id: int, agent_id: int) -> int:
    """Carries out a callback; the first agent wins. Returns the ring's id."""
    phone = _own_phone(session, agent_id)
    callback = locked_callback(session, callback_id)
    if callback.state is CallbackState.CALLING:
        raise Conflict("A colleague is calling them at this moment.")
    if callback.state is not CallbackState.OPEN:
        raise Conflict("This callback is done.")
    case = locked_case(session, callback.case_id)
    inbox = session.get_one(Inbox, callback.inbox_id)
    call = _outgoing(session, case, inbox, agent_id, callback.uri)
    callback.state, callback.agent_id = CallbackState.CALLING, agent_id
    return _ring(
        session, phone, callback.inbox_id, "callback",
        queue_id=callback.queue_id, call_id=call.id, callback_id=callback.id,
    )  # fmt: skip


def drop_callback(session: Session, callback_id: int, agent_id: int, outcome: str) -> None:
    """An agent decides that nobody needs to be called: it says why on the case."""
    callback = locked_callback(session, callback_id)
    if callback.state not in (CallbackState.OPEN, CallbackState.CALLING):
        raise Conflict("This callback is done.")
    if not outcome.strip():
        raise Invalid("Say why.", {"outcome": "A few words for the colleagues who read the case."})
    callback.state, callback.outcome, callback.done_at = CallbackState.DROPPED, outcome.strip()[:500], utcnow()
    case = locked_case(session, callback.case_id)
    retarget_or_later(session, case)
    add_event(session, case, "callback-dropped", agent_id=agent_id, outcome=callback.outcome)


def set_phone(session: Session, agent_id: int, number: str, *, in_browser: bool = False) -> None:
    """The agent's own number in E.164, "" = none; whether they take calls in the browser instead."""
    phone = session.get(AgentPhone, agent_id)
    if not number and not in_browser:
        if phone is not None:
            session.delete(phone)
        return
    if phone is None:
        session.add(AgentPhone(agent_id=agent_id, number=number, in_browser=in_browser))
    else:
        phone.number, phone.in_browser = number, in_browser


def withdraw(session: Session, agent_id: int) -> tuple[int, str]:
    """Ends what keeps the agent's phone busy; returns the inbox's id and the leg to hang up, "" = none yet."""
    ring = live_ring_of(session, agent_id)
    if ring is None:
        raise Conflict("Your phone isn't ringing.")
    end_ring(session, ring, RingState.ENDED, "")
    return ring.inbox_id, ring.sid


def _own_phone(session: Session, agent_id: int) -> AgentPhone:
    phone = session.get(AgentPhone, agent_id)
    if phone is None:
        raise Invalid("The hub doesn't know your phone.", {"phone": "Say first at which number you take calls."})
    if live_ring_of(session, agent_id) is not None:
        raise Conflict("Your phone rings or is in a call already.")
    return phone


def _place(session: Session, phone: AgentPhone, inbox_id: int) -> str:
    """Where this line rings the agent: in the browser when they chose so and the line can, else at their number."""
    if phone.in_browser and rings_browsers(session.get_one(Inbox, inbox_id).config):
        return str(browser_of(phone.agent_id))
    if not phone.number:
        raise Invalid("This line can't ring browsers.", {"phone": "Say at which number you take its calls."})
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


def _ring(session: Session, phone: AgentPhone, inbox_id: int, purpose: str, **more: Any) -> int:
    ring_id = new_ids(session, 1)[0]
    session.add(
        Ring(
            id=ring_id, inbox_id=inbox_id, agent_id=phone.agent_id, number=_place(session, phone, inbox_id),
            purpose=purpose, due_at=utcnow(), **more,
        )
    )  # fmt: skip
    session.flush()
    wake(session, "rings")
    wake(session, "events")
    return ring_id


# --- the worker's side ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Due:
    """A phone to ring."""

    id: int
    inbox_id: int
    to: CalledAt
    attempts: int  # this one included


def claim_rings(session: Session, now: datetime, limit: int = 10) -> list[Due]:
    """Rings that are due; each is this worker's for a minute."""
    found = select(Ring).where(Ring.state == RingState.QUEUED, col(Ring.due_at) <= now).order_by(col(Ring.due_at))
    rows = session.exec(found.limit(limit).with_for_update(skip_locked=True)).all()
    for ring in rows:
        ring.due_at, ring.attempts = now + _LEASE, ring.attempts + 1
    return [Due(ring.id, ring.inbox_id, _called_at(ring.number), ring.attempts) for ring in rows]


def _called_at(number: str) -> CalledAt:
    return CalledAt.parse(number) if is_browser(number) else CalledAt("tel", number)


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
    end_ring(session, ring, RingState.FAILED, why)
