"""What an agent's pages show of the telephone: their own phone, who waits in their lines, whom to call back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists
from sqlmodel import Session, col, func, select
from typing_extensions import TypedDict

from hub.models import (
    AgentPhone,
    Call,
    Callback,
    CallResult,
    CallState,
    Case,
    Inbox,
    Ring,
    RingState,
)
from hub.queries.callbacks import OPEN_CALLBACKS, list_callbacks
from hub.queries.calls import CallFilter, CallView, list_calls, one_call, waiting_calls
from hub.queries.line import in_lines, is_browser, lines_of, live_ring_of
from hub.queries.restrictions import is_visible
from hub.queries.views import AgentView


@dataclass(frozen=True, slots=True, kw_only=True)
class RingView:
    """The phone of an agent that rings or is in a conversation."""

    id: int
    purpose: str
    state: str
    error: str
    created_at: datetime
    reference: str
    call: CallView | None
    in_browser: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneDesk:
    """What an agent's desk shows of the telephone."""

    number: str  # their own, "" = none
    in_browser: bool  # they chose to take calls in the browser, where the line can ring it
    waiting: tuple[CallView, ...]  # in their queues, first in line first
    ring: RingView | None  # their phone, now
    failed: RingView | None  # the last ring, when it came to nothing
    unwrapped: tuple[CallView, ...]
    callbacks: int = 0  # open, in their queues

    @property
    def has_phone(self) -> bool:
        return bool(self.number) or self.in_browser


class PhoneCounts(TypedDict):
    has_phone: bool
    in_line: int
    callbacks: int


def phone_counts(session: Session, viewer: AgentView) -> PhoneCounts:
    """What stands beside every page: whether there is a line, who waits in it, whom we promised to call. One
    statement, of few rows."""
    lines = select(Inbox.id).where(Inbox.channel == "voice", col(Inbox.active))
    waiting = select(func.count(col(Call.id))).where(
        Call.state == CallState.WAITING, Call.result != CallResult.CALLBACK, *in_lines(viewer, col(Call.queue_id))
    )
    promised = (
        select(func.count(col(Callback.id)))
        .join(Case, col(Case.id) == col(Callback.case_id))
        .where(col(Callback.state).in_(OPEN_CALLBACKS), *in_lines(viewer, col(Callback.queue_id), col(Case.queue_id)))
    )
    if (visible := is_visible(viewer)) is not None:
        promised = promised.where(visible)
    counted = select(exists(lines), waiting.scalar_subquery(), promised.scalar_subquery())
    has_phone, in_line, callbacks = session.exec(counted).one()
    return {"has_phone": bool(has_phone), "in_line": in_line, "callbacks": callbacks}


def phone_desk(session: Session, viewer: AgentView) -> PhoneDesk:
    """What the agent's desk shows of the telephone."""
    seen, agent_id = lines_of(viewer), viewer.id
    phone = session.get(AgentPhone, agent_id)
    newest = session.exec(select(Ring).where(Ring.agent_id == agent_id).order_by(col(Ring.id).desc()).limit(1)).first()
    ring = live_ring_of(session, agent_id)
    failed = newest if newest is not None and newest.state is RingState.FAILED else None
    return PhoneDesk(
        number=phone.number if phone else "",
        in_browser=phone is not None and phone.in_browser,
        waiting=waiting_calls(session, seen, viewer),
        ring=_ring_view(session, ring) if ring else None,
        failed=_ring_view(session, failed) if failed else None,
        unwrapped=list_calls(session, CallFilter(agent_id=agent_id, unwrapped=True, limit=10)),
        callbacks=len(list_callbacks(session, viewer=viewer)),
    )


def _ring_view(session: Session, ring: Ring) -> RingView:
    call = one_call(session, ring.call_id) if ring.call_id is not None else None
    return RingView(
        id=ring.id,
        purpose=ring.purpose,
        state=ring.state.value,
        error=ring.error,
        created_at=ring.created_at,
        reference=call.reference if call else "",
        call=call,
        in_browser=is_browser(ring.number),
    )
