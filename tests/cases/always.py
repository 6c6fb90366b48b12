"""What must hold always, whatever happens to a case: each breach in words, nothing when all is well."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, SQLModel, col, func, select

from hub.actions.casework.alarms import KIND
from hub.actions.casework.holding import works_on
from hub.actions.casework.joined import joined_to
from hub.actions.time.firing import fire_timer
from hub.actions.time.snoozing import KIND as WAKE
from hub.actions.time.targets import deadlines, rules_of
from hub.calendars import Calendars
from hub.db.dialects import table_of
from hub.models import (
    Agent,
    Alarm,
    Assignment,
    Case,
    CaseClock,
    CaseEvent,
    CaseStatus,
    CaseTargets,
    CaseType,
    ClockState,
    Council,
    Merge,
    Message,
    Priority,
    Queue,
    Restriction,
    Share,
    Timer,
    TypedCase,
)  # fmt: skip
from routing.time.clocks import Run, end_of, last_day
from tests.cases.scenes import VERBS, Scene, taken_back

KEPT = (Case, Restriction, Share, Timer, Alarm, CaseClock, CaseTargets, TypedCase, Assignment, Merge, Message)


TABLES = {model: table_of(model) for model in KEPT}


GOES_ON = (ClockState.PENDING, ClockState.RUNNING, ClockState.PAUSED)


ON_RECORD = ("status", "priority", "queue_id", "agent_id", "outcome")


@dataclass(frozen=True, kw_only=True)
class Before:
    rows: Mapping[type[SQLModel], Sequence[Any]]
    seqs: Mapping[int, int]
    secret: frozenset[int]  # messages that not everybody sees
    shown: frozenset[int]  # to everybody
    clocks: frozenset[int]  # that run, wait or stand still

    @classmethod
    def of(cls, s: Scene) -> "Before":
        s.session.flush()
        restricted = set(s.session.exec(select(Restriction.case_id)))
        where = dict(s.session.execute(select(Message.id, Message.case_id)).all())
        clocks = select(CaseClock.id).where(col(CaseClock.state).in_(GOES_ON))
        return cls(
            rows={
                model: s.session.execute(table.select().order_by(*table.primary_key.columns)).all()
                for model, table in TABLES.items()
            },
            seqs=dict(s.session.execute(select(Case.id, Case.seq)).all()),
            secret=frozenset(each for each, case_id in where.items() if case_id in restricted),
            shown=frozenset(each for each, case_id in where.items() if case_id not in restricted),
            clocks=frozenset(s.session.exec(clocks)),
        )


def of_change(s: Scene, before: Before, after: Before, name: str) -> Iterator[str]:
    """What changes is on the record; what is secret stays so; no clock of the law is lost."""
    if name in VERBS and before.seqs == after.seqs and before.rows != after.rows:
        yield f"changed without a word: {[model.__name__ for model in KEPT if before.rows[model] != after.rows[model]]}"
    for case, was in _pairs(before.rows[Case], after.rows[Case]):
        changed = [key for key in ON_RECORD if getattr(case, key) != getattr(was, key)]
        if changed and case.seq <= was.seq:
            yield f"case {case.id} changed without a word: {changed}"
    numbers = select(CaseEvent.case_id, func.count(), func.max(CaseEvent.seq)).group_by(col(CaseEvent.case_id))
    yield from (f"case {each} has {n} events up to {last}" for each, n, last in s.session.exec(numbers) if n != last)
    if name not in ("false alarm", "unmerge the plain one") and (told := before.secret & after.shown):
        yield f"messages {sorted(told)} are shown to everybody"
    if name not in ("type", "another type") and (gone := before.clocks - after.clocks - _met(after)):
        yield f"clocks {sorted(gone)} are lost"


def _pairs(before: Sequence[Any], after: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    known = {row.id: row for row in before}
    return ((row, known[row.id]) for row in after if row.id in known)


def _met(after: Before) -> set[int]:
    return {row.id for row in after.rows[CaseClock] if row.state is ClockState.MET}


def of_case(session: Session, case: Case) -> Iterator[str]:
    timers = {(timer.kind, timer.name): timer for timer in session.exec(select(Timer).where(Timer.case_id == case.id))}
    status, is_joined = case.status, joined_to(session, case.id) is not None
    yield from _of_alarms(session, case, timers)
    yield from _of_clocks(session, case)
    yield from _of_holder(session, case)
    queue, calendars = session.get_one(Queue, case.queue_id), Calendars.of(session.get_one(Council, 1))
    owed = deadlines(session, case, queue, calendars.hours(queue), calendars)
    if case.due_at != (owed[0].at if owed else None):
        yield f"is due at {case.due_at}, and owes {owed}"
    by_targets = [deadline.of for deadline in owed if not deadline.statutory]
    if by_targets and (status is CaseStatus.WAITING or not status.is_open):
        yield f"owes {by_targets}"
    if status in (CaseStatus.NEW, CaseStatus.OPEN) and queue.resolution and not by_targets:
        yield "owes nothing by the targets of its queue"
    if status is CaseStatus.SNOOZED and (
        case.snoozed_until is None or (WAKE, "") not in timers or timers[WAKE, ""].due_at != case.snoozed_until
    ):
        yield f"is never woken: {case.snoozed_until}"
    if (status is CaseStatus.RESOLVED and case.resolved_at is None) or (
        status is CaseStatus.CLOSED and case.closed_at is None
    ):
        yield "ended nobody knows when"
    if status.is_open and (case.resolved_at or case.closed_at or case.outcome):
        yield f"has an end: {case.resolved_at}, {case.closed_at}, {case.outcome}"
    if is_joined and status is not CaseStatus.CLOSED:
        yield "is joined to another and goes on"
    if case.priority_rank != -case.priority.rank:
        yield f"stands in lists as {case.priority_rank}, not {case.priority}"
    if not status.is_open and timers:
        with taken_back(session):
            for timer in list(timers.values()):
                fire_timer(session, timer.id, timer.due_at)
            if session.get_one(Case, case.id).status is not status:
                yield "comes back by a timer"


def _of_alarms(session: Session, case: Case, timers: Mapping[tuple[str, str], Timer]) -> Iterator[str]:
    right = session.exec(select(Alarm).where(Alarm.case_id == case.id, col(Alarm.is_false).is_(False))).all()
    waiting = [alarm for alarm in right if alarm.acknowledged_at is None]
    calling = {name for kind, name in timers if kind == KIND}
    if {str(alarm.id) for alarm in waiting if any(alarm.calls)} != calling:
        yield f"alarms {[alarm.id for alarm in waiting]} wait, timers {calling} call"
    if waiting and (not case.status.is_open or case.status is CaseStatus.SNOOZED):
        yield "an alarm waits in it"
    if waiting and case.priority is not Priority.URGENT:
        yield f"an alarm waits in it, and it is {case.priority}"
    if right and case.status is CaseStatus.CLOSED:
        yield "there was danger in it"


def _of_clocks(session: Session, case: Case) -> Iterator[str]:
    calendars = Calendars.of(session.get_one(Council, 1))
    for clock in session.exec(select(CaseClock).where(CaseClock.case_id == case.id)):
        state, rule = clock.state, rules_of(session.get_one(CaseType, clock.type_id))[clock.name]
        if state is not ClockState.ENDED and (state is ClockState.PAUSED) is not (
            clock.paused_on is not None and clock.pause_reason != ""
        ):
            yield f"a clock is {state}, paused on {clock.paused_on} for “{clock.pause_reason}”"
        if (state is ClockState.MET) is not (clock.met_at is not None):
            yield f"a clock is {state}, met at {clock.met_at}"
        if state is not ClockState.PENDING and state is not ClockState.ENDED and clock.started_on is None:
            yield f"a clock is {state} and never started"
        if clock.started_on is not None and clock.state is not ClockState.ENDED:
            run = Run(started_on=clock.started_on, extended_by=clock.extended_by, paused_for=clock.paused_for)
            day = last_day(rule, run, calendars.working_days(rule.holidays))
            if clock.due_at != end_of(day, calendars.zone):
                yield f"a clock's last day is {day}, and it is due at {clock.due_at}"


def _of_holder(session: Session, case: Case) -> Iterator[str]:
    held = session.exec(
        select(Assignment.agent_id).where(Assignment.case_id == case.id, col(Assignment.until).is_(None))
    )
    if list(held) != ([case.agent_id] if case.agent_id else []):
        yield f"{case.agent_id} holds it, and the record says otherwise"
    if case.agent_id is None:
        return
    agent = session.get_one(Agent, case.agent_id)
    if not works_on(session, agent, case):
        yield f"{agent.email} holds it and doesn't work there"
    typed = session.get(TypedCase, case.id)
    if typed is not None and agent.id in typed.barred:
        yield f"{agent.email} holds it and must not"
