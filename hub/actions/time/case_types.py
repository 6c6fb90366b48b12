"""What type a case is of, and the statutory clocks that come with it: started, paused, resumed, extended, met.

As in hub.actions.casework.cases: each is one transaction with its CaseEvents, takes the agent (None: the hub itself)
and `seq`, and raises NotFound, Conflict and Invalid. Dates are local to the council.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from hub.actions.casework.holding import hand_to
from hub.actions.events import add_event, locked_case, new_ids
from hub.actions.time.reckoning import reckoned
from hub.actions.time.targets import retarget, rules_of
from hub.calendars import Calendars
from hub.characters import printable
from hub.errors import Conflict, Invalid
from hub.models import Agent, Assignment, Case, CaseClock, CaseType, ClockState, Council, TypedCase
from hub.models.base import utcnow
from routing.time.clocks import ClockRule, Run, days_paused, end_of, last_day

LONGEST_REASON = 500  # characters
EARLIEST = timedelta(days=366)  # that a case may have been received before the hub heard of it


@reckoned
def set_type(
    session: Session,
    case_id: int,
    agent_id: int | None,
    type_slug: str,
    received_on: date | None = None,
    seq: int | None = None,
) -> int:
    """Makes the case one of this type: its clocks start. Those of the type before end, if they still run.

    The clocks count from `received_on`; None: the day the case was opened, or today for a further stage.
    """
    case = locked_case(session, case_id, seq)
    if not case.status.is_open:
        raise Conflict("This case is resolved. Reopen it first.")
    case_type = session.exec(select(CaseType).where(CaseType.slug == type_slug, col(CaseType.active))).first()
    if case_type is None:
        raise Invalid("There is no such type of case.", {"type": "Give the slug of a type of the council file."})
    before = session.get(TypedCase, case.id)
    assert case_type.id is not None
    if before is not None and before.type_id == case_type.id:
        raise Conflict(f"This case is of the type {case_type.name} already.")
    calendars = Calendars.of(session.get_one(Council, 1))
    start = _received(case, before, received_on, calendars)
    barred = _investigators(session, case, before, case_type)
    _end_clocks(session, case.id)
    if before is None:
        before = TypedCase(case_id=case.id, type_id=case_type.id, received_on=start)
        session.add(before)
    before.type_id, before.received_on, before.barred = case_type.id, start, barred
    session.flush()
    add_event(session, case, "typed", agent_id=agent_id, type=case_type.slug, name=case_type.name, since=str(start))
    _start_clocks(session, case, case_type, start, calendars)
    if case.agent_id in barred:
        held_by = session.get_one(Agent, case.agent_id).email
        hand_to(session, case, None)
        add_event(session, case, "released", agent_id=agent_id, held_by=held_by, why="another investigator")
    retarget(session, case)
    return case.seq


@reckoned
def pause_clock(
    session: Session, case_id: int, agent_id: int | None, clock_name: str, reason: str, seq: int | None = None
) -> int:
    """Stops a clock for one of the reasons that its type allows, until `resume_clock`."""
    case, clock, _, rule, calendars = _clock(session, case_id, clock_name, seq)
    _must_run(clock, rule)
    if not rule.pauses:
        raise Invalid(f"The law lets nobody pause this clock: {rule.title}.", {"clock": "It can't be paused."})
    if reason not in rule.pauses:
        raise Invalid("That is no lawful reason.", {"reason": f"One of {', '.join(sorted(rule.pauses))}."})
    if clock.due_at is not None and clock.due_at < utcnow():
        raise Conflict(f"{rule.title} is over its time: pausing it now would change nothing.")
    clock.state, clock.pause_reason = ClockState.PAUSED, reason
    clock.paused_on = calendars.local(utcnow()).date()
    seq = add_event(session, case, "clock_paused", agent_id=agent_id, clock=rule.title, reason=reason)
    retarget(session, case)
    return seq


@reckoned
def resume_clock(session: Session, case_id: int, agent_id: int | None, clock_name: str, seq: int | None = None) -> int:
    """Lets a paused clock run again: for as long as was left, or all over, as its type says of the reason."""
    case, clock, _, rule, calendars = _clock(session, case_id, clock_name, seq)
    if clock.state is not ClockState.PAUSED:
        raise Conflict(f"{rule.title} isn't paused.")
    due_on = _resume(clock, rule, calendars, utcnow())
    seq = add_event(session, case, "clock_resumed", agent_id=agent_id, clock=rule.title, due_on=str(due_on))
    retarget(session, case)
    return seq


@reckoned
def extend_clock(
    session: Session,
    case_id: int,
    agent_id: int | None,
    clock_name: str,
    reason: str,
    by: int | None = None,
    seq: int | None = None,
) -> int:
    """Puts a clock's last day off, by `by` of its own units (None: the longest), as often as its type allows."""
    case, clock, _, rule, calendars = _clock(session, case_id, clock_name, seq)
    _must_run(clock, rule)
    reason = printable(reason.strip())[:LONGEST_REASON]
    if rule.extension is None or clock.extensions >= rule.extensions:
        allowed = "It can't be extended." if rule.extension is None else "It was extended already."
        raise Invalid(f"{rule.title}: no further extension is allowed.", {"clock": allowed})
    if not reason:
        raise Invalid("Say why.", {"reason": "The citizen must be told why it takes longer."})
    by = rule.extension.count if by is None else by
    if not 1 <= by <= rule.extension.count:
        raise Invalid("That is too long.", {"by": f"From 1 to {rule.extension.count} {rule.extension.unit}."})
    clock.extensions += 1
    clock.extended_by += by
    due_on = _set_due(clock, rule, calendars)
    detail: dict[str, Any] = {"by": by, "unit": rule.extension.unit, "reason": reason, "due_on": str(due_on)}
    seq = add_event(session, case, "clock_extended", agent_id=agent_id, clock=rule.title, **detail)
    retarget(session, case)
    return seq


@reckoned
def meet_clock(session: Session, case_id: int, agent_id: int | None, clock_name: str, seq: int | None = None) -> int:
    """A caseworker's word that what the clock asks for was done, such as an acknowledgement by letter."""
    case, clock, case_type, rule, calendars = _clock(session, case_id, clock_name, seq)
    if clock.state not in (ClockState.RUNNING, ClockState.PAUSED):
        raise Conflict(f"{rule.title} doesn't run.")
    _meet(session, case, clock, case_type, calendars, utcnow(), agent_id)
    retarget(session, case)
    return case.seq


def note_done(session: Session, case: Case, done: tuple[str, ...], now: datetime, agent_id: int | None = None) -> None:
    """Meets the clocks that ask for one of `done` (acknowledged, replied, resolved); the case is locked.

    The caller retargets the case.
    """
    typed = session.get(TypedCase, case.id)
    if typed is None:
        return
    case_type, calendars = session.get_one(CaseType, typed.type_id), Calendars.of(session.get_one(Council, 1))
    rules = rules_of(case_type)
    for clock in _clocks(session, case.id, case_type):
        rule = rules.get(clock.name)
        if rule is not None and rule.until in done and clock.state in (ClockState.RUNNING, ClockState.PAUSED):
            _meet(session, case, clock, case_type, calendars, now, agent_id)


def reckon_clocks(session: Session, case: Case) -> None:
    """The last days of the locked case's clocks that run, by the calendar as it is now. The caller retargets it."""
    typed = session.get(TypedCase, case.id)
    if typed is None:
        return
    case_type, calendars = session.get_one(CaseType, typed.type_id), Calendars.of(session.get_one(Council, 1))
    rules = rules_of(case_type)
    for clock in _clocks(session, case.id, case_type):
        before = clock.due_at
        if clock.state is ClockState.RUNNING and clock.name in rules:
            due_on = _set_due(clock, rules[clock.name], calendars)
            if clock.due_at != before:
                add_event(session, case, "clock_moved", clock=rules[clock.name].title, due_on=str(due_on))


def move_clocks(session: Session, case: Case, since: datetime, at: datetime) -> None:
    """What happened to the clocks after `since` happened at `at`: for the demo's days, which pass in a second."""
    typed = session.get(TypedCase, case.id)
    if typed is None:
        return
    calendars = Calendars.of(session.get_one(Council, 1))
    case_type = session.get_one(CaseType, typed.type_id)
    rules, first, day = rules_of(case_type), calendars.local(since).date(), calendars.local(at).date()
    typed.received_on = min(typed.received_on, day)
    for clock in _clocks(session, case.id, case_type):
        if clock.met_at is not None and clock.met_at >= since:
            clock.met_at = at
        if clock.started_on is not None and clock.started_on >= first and clock.name in rules:
            clock.started_on = day
            _set_due(clock, rules[clock.name], calendars)


# --- the parts -------------------------------------------------------------------------------------------------


def _received(case: Case, before: TypedCase | None, given: date | None, calendars: Calendars) -> date:
    today, opened = calendars.local(utcnow()).date(), calendars.local(case.opened_at).date()
    if given is None:
        return opened if before is None else today
    if not opened - EARLIEST <= given <= today:
        raise Invalid(
            "That can't be the day of receipt.", {"received_on": f"From {opened - EARLIEST} to today, {today}."}
        )
    return given


def _investigators(session: Session, case: Case, before: TypedCase | None, case_type: CaseType) -> list[int]:
    """Who held the case, or the one that it follows, while it was of the type that another person must look at."""
    if not case_type.another_than:
        return []
    barred = set(before.barred) if before else set()
    for case_id in filter(None, (case.id, case.follow_up_of)):
        typed = before if case_id == case.id else session.get(TypedCase, case_id)
        if typed is not None and session.get_one(CaseType, typed.type_id).slug == case_type.another_than:
            held = select(Assignment.agent_id).where(Assignment.case_id == case_id)
            barred.update(session.exec(held))
    return sorted(barred)


def _start_clocks(session: Session, case: Case, case_type: CaseType, start: date, calendars: Calendars) -> None:
    _forget_clocks(session, case.id, case_type)
    assert case_type.id is not None
    for rule in rules_of(case_type).values():
        clock = CaseClock(id=new_ids(session, 1)[0], case_id=case.id, type_id=case_type.id, name=rule.name)
        session.add(clock)
        if rule.after:
            clock.state = ClockState.PENDING
        else:
            clock.started_on = start
            _set_due(clock, rule, calendars)
    session.flush()
    if case.acknowledged_at is not None:
        note_done(session, case, ("acknowledged",), case.acknowledged_at)
    if case.first_reply_at is not None and calendars.local(case.first_reply_at).date() >= start:
        note_done(session, case, ("acknowledged", "replied"), case.first_reply_at)


def _forget_clocks(session: Session, case_id: int, case_type: CaseType) -> None:
    """Of an earlier time that the case was of this type; the record of them stays in its events."""
    for clock in _clocks(session, case_id, case_type):
        session.delete(clock)
    session.flush()


def _end_clocks(session: Session, case_id: int) -> None:
    running = (ClockState.PENDING, ClockState.RUNNING, ClockState.PAUSED)
    found = select(CaseClock).where(CaseClock.case_id == case_id, col(CaseClock.state).in_(running))
    for clock in session.exec(found):
        clock.state = ClockState.ENDED


def _meet(
    session: Session,
    case: Case,
    clock: CaseClock,
    case_type: CaseType,
    calendars: Calendars,
    now: datetime,
    agent_id: int | None,
) -> None:
    rules = rules_of(case_type)
    if clock.state is ClockState.PAUSED and clock.name in rules:
        _resume(clock, rules[clock.name], calendars, now)  # so that its last day is the one by which it was met
    late = clock.due_at is not None and clock.due_at < now
    clock.state, clock.met_at, clock.paused_on, clock.pause_reason = ClockState.MET, now, None, ""
    title = rules[clock.name].title if clock.name in rules else clock.name
    add_event(session, case, "clock_met", agent_id=agent_id, clock=title, late=late)
    for following in _clocks(session, case.id, case_type):
        rule = rules.get(following.name)
        if rule is not None and rule.after == clock.name and following.state is ClockState.PENDING:
            following.state, following.started_on = ClockState.RUNNING, calendars.local(now).date()
            _set_due(following, rule, calendars)


def _resume(clock: CaseClock, rule: ClockRule, calendars: Calendars, now: datetime) -> date:
    """A paused clock gets its days back, or begins anew; its last day."""
    assert clock.paused_on is not None
    today = calendars.local(now).date()
    if rule.pauses.get(clock.pause_reason) == "restarts":
        clock.started_on, clock.paused_for = today, 0
    else:
        clock.paused_for += days_paused(rule, clock.paused_on, today, calendars.working_days(rule.holidays))
    clock.state, clock.paused_on, clock.pause_reason = ClockState.RUNNING, None, ""
    return _set_due(clock, rule, calendars)


def _set_due(clock: CaseClock, rule: ClockRule, calendars: Calendars) -> date:
    assert clock.started_on is not None
    run = Run(started_on=clock.started_on, extended_by=clock.extended_by, paused_for=clock.paused_for)
    day = last_day(rule, run, calendars.working_days(rule.holidays))
    clock.due_at = end_of(day, calendars.zone)
    return day


def _clocks(session: Session, case_id: int, case_type: CaseType) -> list[CaseClock]:
    found = select(CaseClock).where(CaseClock.case_id == case_id, CaseClock.type_id == case_type.id)
    return list(session.exec(found.order_by(col(CaseClock.id))))


def _clock(
    session: Session, case_id: int, name: str, seq: int | None
) -> tuple[Case, CaseClock, CaseType, ClockRule, Calendars]:
    case = locked_case(session, case_id, seq)
    typed = session.get(TypedCase, case.id)
    if typed is not None:
        case_type = session.get_one(CaseType, typed.type_id)
        clock = next((clock for clock in _clocks(session, case.id, case_type) if clock.name == name), None)
        rule = rules_of(case_type).get(name)
        if clock is not None and rule is not None:
            return case, clock, case_type, rule, Calendars.of(session.get_one(Council, 1))
    raise Invalid("This case has no such clock.", {"clock": "Give the name of one of its clocks."})


def _must_run(clock: CaseClock, rule: ClockRule) -> None:
    if clock.state is not ClockState.RUNNING:
        raise Conflict(f"{rule.title} doesn't run: it is {clock.state.value}.")
