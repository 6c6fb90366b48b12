"""How a call stands, as the line and the worker must know it: place, wait, who rings, what was never ended."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, or_, select

from channels.calling import RingStanding, Standing
from hub.models import (
    Agent,
    Call,
    Callback,
    CallbackState,
    CallResult,
    CallState,
    Case,
    Message,
    Queue,
    Ring,
    RingState,
)
from hub.queries.views import AgentView
from hub.reference import reference_of

_LATEST_WAITS = 20  # answered calls of a queue that an estimate is made of

LIVE_RINGS = (RingState.QUEUED, RingState.RINGING, RingState.ANSWERED, RingState.ACCEPTED, RingState.CONNECTED)


def call_standing(session: Session, call_id: int, today: str) -> Standing:
    """How a call stands; whether its queue is open is the desk's to say. Six statements at most."""
    call = session.get_one(Call, call_id)
    queue = _queue_of(session, call)
    is_waiting = call.state is CallState.WAITING
    position = _position(session, call) if is_waiting else 1
    return Standing(
        reference=reference_of(call.case_id) if call.case_id is not None else "",
        queue=queue.slug if queue else "",
        queue_name=queue.name if queue else "",
        records=bool(queue and queue.record_calls),
        today=today,
        language=_language_before(session, call),
        position=position,
        wait_seconds=estimate(session, call.queue_id, position) if is_waiting else None,
        is_waiting=is_waiting,
        wants_callback=call.result is CallResult.CALLBACK,
        held_by=call.agent_id if call.state is CallState.HELD else None,
        goes_to=call.goes_to,
    )


def _queue_of(session: Session, call: Call) -> Queue | None:
    if call.queue_id is not None:
        return session.get(Queue, call.queue_id)
    case = session.get(Case, call.case_id) if call.case_id is not None else None
    return session.get(Queue, case.queue_id) if case else None


def _position(session: Session, call: Call) -> int:
    """Its place in line: callers who came before, and those who keep their place to be called back."""
    ahead = select(func.count()).where(
        Call.queue_id == call.queue_id,
        Call.state == CallState.WAITING,
        Call.result != CallResult.CALLBACK,
        or_(
            col(Call.waiting_at) < call.waiting_at,
            (col(Call.waiting_at) == call.waiting_at) & (col(Call.id) < call.id),
        ),
    )
    kept = select(func.count()).where(
        Callback.queue_id == call.queue_id,
        Callback.state == CallbackState.OPEN,
        Callback.attempts == 0,
        col(Callback.place_at) < call.waiting_at,
    )
    return 1 + session.exec(ahead).one() + session.exec(kept).one()


def estimate(session: Session, queue_id: int | None, position: int) -> int | None:
    """Seconds until a caller at this place is answered, by how long the latest ones waited; None without any."""
    found = (
        select(Call.waiting_at, Call.answered_at)
        .where(
            Call.queue_id == queue_id,
            Call.direction == "in",
            col(Call.answered_at).is_not(None),
            col(Call.waiting_at).is_not(None),
        )
        .order_by(col(Call.id).desc())
    )
    rows = session.exec(found.limit(_LATEST_WAITS)).all()
    waits = [(answered - since).total_seconds() for since, answered in rows if since and answered]
    return int(sum(waits) / len(waits)) * max(1, position) if waits else None


def _language_before(session: Session, call: Call) -> str:
    """That the same caller chose the last time."""
    if not call.uri:
        return ""
    found = select(Call.language).where(Call.uri == call.uri, Call.inbox_id == call.inbox_id, Call.id != call.id)
    return session.exec(found.order_by(col(Call.id).desc()).limit(1)).first() or ""


def ring_standing(session: Session, inbox_id: int, ring_id: int) -> RingStanding | None:
    """None: no such ring in this inbox."""
    ring = session.get(Ring, ring_id)
    if ring is None or ring.inbox_id != inbox_id:
        return None
    call = session.get(Call, ring.call_id) if ring.call_id is not None else None
    queue = session.get(Queue, ring.queue_id) if ring.queue_id is not None else None
    agent = session.get_one(Agent, ring.agent_id)
    return RingStanding(
        purpose=ring.purpose,  # type: ignore[arg-type]  # only actions write it
        agent=ring.agent_id,
        agent_name=agent.name,
        queue=queue.slug if queue else "",
        queue_name=queue.name if queue else "",
        number=call.uri.removeprefix("tel:") if call and call.direction == "out" else "",
        reference=reference_of(call.case_id) if call and call.case_id is not None else "",
        records=bool(queue and queue.record_calls),
        language=call.language if call else "",
        external_id=_external_id(session, call),
        over=ring.state.is_over,
        in_browser=is_browser(ring.number),
        holding=call is not None and call.state is CallState.HELD and call.agent_id == ring.agent_id,
    )


def is_browser(number: str) -> bool:
    """Whether a ring went to the agent's browser instead of a telephone."""
    return number.startswith("client:")


def _external_id(session: Session, call: Call | None) -> str:
    message = session.get(Message, call.message_id) if call and call.message_id is not None else None
    return message.external_id if message else ""


def live_ring_of(session: Session, agent_id: int) -> Ring | None:
    """The ring that keeps this agent's phone busy."""
    found = select(Ring).where(Ring.agent_id == agent_id, col(Ring.state).in_(LIVE_RINGS))
    return session.exec(found.order_by(col(Ring.id).desc()).limit(1)).first()


def forgotten_calls(session: Session, before: datetime, limit: int = 50) -> list[tuple[int, str, str]]:
    """Calls that nobody has heard of since then, as (inbox id, sid, address): their end was never told."""
    found = select(Call.inbox_id, Call.sid, Call.uri).where(
        col(Call.state).in_([CallState.GREETING, CallState.VOICEMAIL]),
        col(Call.started_at) < before,
        Call.direction == "in",
    )
    return list(session.exec(found.order_by(col(Call.id)).limit(limit)).all())


def in_lines(viewer: AgentView, *columns: Any) -> list[Any]:
    """As conditions: one of the columns names a queue whose line they see."""
    own = lines_of(viewer)
    return [] if own is None else [or_(*(column.in_(sorted(own)) for column in columns))]


def lines_of(viewer: AgentView) -> frozenset[int] | None:
    """The queues whose lines and callbacks they see: agents their own, leaders all (None)."""
    return viewer.queue_ids if viewer.role == "agent" else None
