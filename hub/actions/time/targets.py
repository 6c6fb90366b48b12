"""When a case is due: by its queue's targets, in working time, and by its statutory clocks. `cases.due_at` is the
earliest of what it owes, so that lists are in the right order without knowing why.

The queue's targets stand still while the citizen is waited for, also where the case is put off meanwhile; what was left
of them is kept in `case_targets`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from hub.actions.casework.holding import WAKE as ASSIGNMENT
from hub.actions.telephone import callbacks
from hub.actions.time.escalating import schedule_escalations
from hub.calendars import Calendars
from hub.db.session import wake
from hub.models import (
    Case,
    CaseClock,
    CaseEvent,
    CaseStatus,
    CaseTargets,
    CaseType,
    ClockState,
    Council,
    Direction,
    Message,
    Queue,
)
from hub.models.base import utcnow
from routing.time.calendars import Hours, parse_duration
from routing.time.clocks import ClockRule, parse_clocks
from routing.time.escalations import Deadline

TITLES = {
    "first_response": "First answer",
    "next_response": "Next answer",
    "resolution": "Resolution",
    callbacks.OF: "The promised call",
}


def retarget(session: Session, case: Case) -> None:
    """Sets when a locked case is due, and what escalates it, after anything that may have changed either. Whoever gives
    cases out looks again: this one may be free, or takes no room any more."""
    session.flush()
    wake(session, ASSIGNMENT)
    council = session.get_one(Council, 1)
    calendars, queue = Calendars.of(council), session.get_one(Queue, case.queue_id)
    hours = calendars.hours(queue)
    kept, now = session.get(CaseTargets, case.id), calendars.local(utcnow())
    if kept is not None and case.status in (CaseStatus.NEW, CaseStatus.OPEN):
        _go_on(kept, hours, now)
        if queue.next_response and kept.response_due is None and _is_asked(session, case):
            kept.response_due = _later(hours, now, queue.next_response)  # the queue before had no such target
    owed = deadlines(session, case, queue, hours, calendars)
    case.due_at = owed[0].at if owed and case.status.is_open else None
    schedule_escalations(session, case, escalations_of(council), queue.slug, owed, hours)


def escalations_of(council: Council) -> list[dict[str, Any]]:
    """As in the council file; late callbacks are told of whether it speaks of them or not."""
    own = council.escalations
    return own if any(table.get("of") == callbacks.OF for table in own) else [*own, callbacks.LATE]


def deadlines(session: Session, case: Case, queue: Queue, hours: Hours, calendars: Calendars) -> list[Deadline]:
    """What the case owes, the earliest first, in the council's zone; over, it owes nothing but a promised call."""
    owed: list[Deadline] = []
    if case.status.is_open:
        kept = session.get(CaseTargets, case.id)
        owed += [*_of_queue(session, case, kept, queue, hours, calendars), *_of_law(session, case, calendars)]
    if call_at := callbacks.next_due(session, case.id):
        owed.append(_deadline(callbacks.OF, calendars.local(call_at)))
    return sorted(owed, key=lambda deadline: deadline.at)


def _of_queue(
    session: Session, case: Case, kept: CaseTargets | None, queue: Queue, hours: Hours, calendars: Calendars
) -> list[Deadline]:
    if case.status is CaseStatus.WAITING:
        return []
    if kept is not None:
        answer = "first_response" if _awaits_first_answer(session, case) else "next_response"
        moments = {
            answer: kept.response_due,
            "resolution": kept.resolution_due if kept.resolution_left is None else None,
        }
        return [_deadline(of, calendars.local(at)) for of, at in moments.items() if at is not None]
    targets = {"resolution": queue.resolution}
    if case.first_reply_at is None:
        targets["first_response"] = queue.first_response
    start = calendars.local(case.opened_at)
    return [_deadline(of, _later(hours, start, target)) for of, target in targets.items() if target]


def _deadline(of: str, at: datetime) -> Deadline:
    return Deadline(of=of, title=TITLES[of], at=at)


def _of_law(session: Session, case: Case, calendars: Calendars) -> list[Deadline]:
    found = (
        select(CaseClock, CaseType)
        .join(CaseType, col(CaseType.id) == col(CaseClock.type_id))
        .where(CaseClock.case_id == case.id, CaseClock.state == ClockState.RUNNING)
    )
    return [
        Deadline(of=clock.name, title=title_of(case_type, clock.name), at=calendars.local(clock.due_at), statutory=True)
        for clock, case_type in session.exec(found)
        if clock.due_at is not None
    ]


def rules_of(case_type: CaseType) -> dict[str, ClockRule]:
    """The clocks of a type as the council file has them now; they were checked when it was applied."""
    return {rule.name: rule for rule in parse_clocks(case_type.clocks, lambda key, reason: None)}


def title_of(case_type: CaseType, clock: str) -> str:
    rule = rules_of(case_type).get(clock)
    return rule.title if rule else clock


# --- what moves the queue's targets ----------------------------------------------------------------------------


def note_answer(session: Session, case: Case, now: datetime) -> None:
    """An answer has gone out, or a question, before the status says so: what is left until the resolution waits with
    the citizen."""
    kept = session.get(CaseTargets, case.id)
    calendars, queue = Calendars.of(session.get_one(Council, 1)), session.get_one(Queue, case.queue_id)
    hours = calendars.hours(queue)
    if kept is None:
        kept = CaseTargets(case_id=case.id)
        if queue.resolution:
            kept.resolution_due = _later(hours, calendars.local(case.opened_at), queue.resolution)
        session.add(kept)
    kept.response_due = None
    if kept.resolution_due is not None and kept.resolution_left is None and kept.resolution_due > now:
        left = hours.working_time_between(calendars.local(now), calendars.local(kept.resolution_due))
        kept.resolution_left = int(left.total_seconds())


def note_reopened(session: Session, case: Case, now: datetime) -> None:
    """The targets were of its first round: it owes an answer to what was said now, and nothing else."""
    calendars, queue = Calendars.of(session.get_one(Council, 1)), session.get_one(Queue, case.queue_id)
    kept = session.get(CaseTargets, case.id) or CaseTargets(case_id=case.id)
    kept.resolution_due = kept.resolution_left = None
    kept.response_due = None
    if queue.next_response:
        kept.response_due = _later(calendars.hours(queue), calendars.local(now), queue.next_response)
    session.add(kept)


def note_unanswered(session: Session, case: Case, now: datetime) -> None:
    """The answer didn't arrive, and the status says so: what the targets ask for is owed again. Where it was the first,
    from when the case was opened; else as if the citizen had written now."""
    kept = session.get(CaseTargets, case.id)
    if kept is not None and _awaits_first_answer(session, case):
        session.delete(kept)
    elif kept is not None:
        note_words(session, [case.id], [], now)
        return
    retarget(session, case)


def _awaits_first_answer(session: Session, case: Case) -> bool:
    """Nobody has answered yet; a case that was reopened owes the next answer all the same."""
    if case.first_reply_at is not None:
        return False
    reopened = select(CaseEvent.id).where(col(CaseEvent.case_id) == case.id, CaseEvent.kind == "reopened")
    return session.exec(reopened.limit(1)).first() is None


def note_words(session: Session, waiting: Sequence[int], reopened: Sequence[int], now: datetime) -> None:
    """Citizens have written to cases that waited for them or were put off, or that were resolved: their targets run
    again."""
    calendars = Calendars.of(session.get_one(Council, 1))
    for case_id in (*waiting, *reopened):
        case = session.get_one(Case, case_id, populate_existing=True)
        if case_id in reopened:
            note_reopened(session, case, now)
        elif (kept := session.get(CaseTargets, case_id)) is not None:
            _resume(session, case, kept, calendars, now)
        retarget(session, case)
    session.flush()


def _resume(session: Session, case: Case, kept: CaseTargets, calendars: Calendars, now: datetime) -> None:
    queue = session.get_one(Queue, case.queue_id)
    hours, local = calendars.hours(queue), calendars.local(now)
    _go_on(kept, hours, local)
    target = queue.first_response if _awaits_first_answer(session, case) else queue.next_response
    if kept.response_due is None and target:
        kept.response_due = _later(hours, local, target)


def _is_asked(session: Session, case: Case) -> bool:
    """The citizen had the last word."""
    said = select(Message.direction).where(
        Message.case_id == case.id, Message.direction != Direction.NOTE, col(Message.automatic).is_(False)
    )
    return session.exec(said.order_by(col(Message.id).desc()).limit(1)).first() is Direction.IN


def _go_on(kept: CaseTargets, hours: Hours, now: datetime) -> None:
    """What was left of the resolution runs from now on, in the council's zone."""
    if kept.resolution_left is not None:
        kept.resolution_due = hours.add_working_time(now, timedelta(seconds=kept.resolution_left))
        kept.resolution_left = None


def _later(hours: Hours, start: datetime, target: str) -> datetime:
    """`start` in the council's zone and so much working time."""
    return hours.add_working_time(start, parse_duration(target, hours))
