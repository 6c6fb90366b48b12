"""What a telephone line reports of agents' phones: answered, accepted, connected, over."""

from datetime import datetime

from sqlmodel import Session, select

from channels.calling import RingNews
from hub.actions.casework.cases import claim
from hub.actions.events import add_event, locked_case, new_ids
from hub.actions.telephone._ring_ends import end_ring
from hub.actions.telephone.telling_calls import retell
from hub.actions.time.calendar_later import note_answer_or_later, note_done_or_later, retarget_or_later
from hub.db.session import wake
from hub.models import (
    Call,
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
from hub.queries.line import is_browser

_NOT_IN_BROWSER = "Your browser didn't answer. Open your phone window, switch it on, and try again."
REACHED = ("completed", "answered")  # the provider's words on a conversation that came about
_RANK = {state: rank for rank, state in enumerate(RingState)}


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
    ring.state, ring.due_at = RingState.CONNECTED, None
    bring_together(session, ring, call, now)


def bring_together(session: Session, ring: Ring, call: Call, now: datetime) -> None:
    """Citizen and agent speak: on the call, on its case, and in its targets."""
    ring.call_id = call.id
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
        _have_answered(session, case, ring.agent_id, now)


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


def _have_answered(session: Session, case: Case, agent_id: int, now: datetime) -> None:
    """To speak with the citizen is an answer, and acknowledges what they want."""
    if not case.status.is_open:
        return
    note_answer_or_later(session, case, now)
    case.first_reply_at = case.first_reply_at or now
    note_done_or_later(session, case, ("acknowledged",), now, agent_id)
    retarget_or_later(session, case)


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
            _end_outgoing(session, call, news, now)
    why = "" if ring.state is RingState.CONNECTED else _why_not(ring, news)
    end_ring(session, ring, RingState.FAILED if why else RingState.ENDED, why, now)


def _why_not(ring: Ring, news: RingNews) -> str:
    if news.state == "failed" and is_browser(ring.number):
        return "" if news.result == "canceled" else _NOT_IN_BROWSER
    if news.state == "failed":
        return {
            "busy": "Your phone was busy.",
            "no-answer": "Your phone wasn't answered.",
            "canceled": "",
        }.get(news.result, "Your phone couldn't be reached. Check its number.")
    if ring.purpose == "next" and ring.state is RingState.ACCEPTED and not news.sid and news.result in REACHED:
        return ""  # they met, and the word of it was lost on the way
    if ring.purpose == "next":
        return (
            "The caller had gone before you were connected."
            if ring.state is RingState.ACCEPTED
            else "No key was pressed."
        )
    return "" if ring.state is RingState.ACCEPTED else "No key was pressed."


def _end_outgoing(session: Session, call: Call, news: RingNews, now: datetime) -> None:
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
