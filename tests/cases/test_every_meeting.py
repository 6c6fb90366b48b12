"""Faults sit where two features meet: every verb and every event from outside, in every status that a case may have,
and with whatever else it may have (an alarm, a rule that restricts it, a clock of the law, a second department).

No outcome is listed here. After each step is asked what must hold always: `broken` says in words what doesn't.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, col, func, select

from channels.contract import DeliveryStatus, DeliveryUpdate
from hub.actions.casework.alarms import KIND, acknowledge_alarms, record_false_alarm
from hub.actions.casework.cases import assign, claim, close_resolved, note, release, reopen, resolve, transfer
from hub.actions.casework.distribute import distribute
from hub.actions.casework.holding import works_on
from hub.actions.casework.joined import joined_to
from hub.actions.casework.merging import merge, unmerge
from hub.actions.casework.presence import set_presence
from hub.actions.casework.raising import raise_by_hand
from hub.actions.casework.shares import share, unshare
from hub.actions.casework.wrong_queue import correct_queue
from hub.actions.intake.arrivals import Arrival
from hub.actions.intake.updates import take_status
from hub.actions.sending.fates import settle
from hub.actions.sending.reply import Enclosed, reply
from hub.actions.sending.undo import undo_reply
from hub.actions.time.calendar_later import date_all_anew
from hub.actions.time.case_types import extend_clock, meet_clock, pause_clock, resume_clock, set_type
from hub.actions.time.firing import due_timers, fire_timer
from hub.actions.time.snoozing import KIND as WAKE
from hub.actions.time.snoozing import snooze, unsnooze
from hub.actions.time.targets import deadlines, rules_of
from hub.calendars import Calendars
from hub.db.dialects import table_of
from hub.errors import HubError, NotFound
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
    Direction,
    Merge,
    Message,
    MessageStatus,
    Priority,
    Queue,
    Restriction,
    Share,
    Timer,
    TypedCase,
)  # fmt: skip
from hub.models.base import utcnow
from routing.time.clocks import Run, end_of, last_day
from tests.alarms.conftest import RULES
from tests.cases.anytown import COUNCIL, MAIL_DOMAIN, Town, living, mailed
from tests.time.test_case_types import TYPES
from tests.time.test_escalations import STEPS

TARGETS = (
    'first_response = "4h"\nnext_response = "1d"\nresolution = "3d"\nassignment = "round-robin"\naccept_within = "1h"'
)
ANYTOWN = (
    COUNCIL.replace('first_response = "4h"', TARGETS)
    + RULES
    + TYPES.replace("rolls = true", 'rolls = true\nuntil = "replied"')
    + STEPS
)
KEPT = (Case, Restriction, Share, Timer, Alarm, CaseClock, CaseTargets, TypedCase, Assignment, Merge, Message)
TABLES = {model: table_of(model) for model in KEPT}
YEAR = timedelta(days=365)
GOES_ON = (ClockState.PENDING, ClockState.RUNNING, ClockState.PAUSED)
ON_RECORD = ("status", "priority", "queue_id", "agent_id", "outcome")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Three cases of three citizens: `case` is acted upon, `other` is as it is but for its status, `plain` is plain."""

    session: Session
    town: Town
    words: Mapping[str, Arrival]
    case: int
    other: int
    plain: int
    who: int  # works in the case's queue

    def row(self, case_id: int | None = None) -> Case:
        return self.session.get_one(Case, case_id or self.case, populate_existing=True)

    def do(self, step: "Step") -> None:
        """As in a session of its own."""
        step(self)
        self.session.flush()
        self.session.expire_all()

    def hear(self, words: str, case_id: int = 0) -> int:
        """The citizen's mail about that case; the id of the case that it came to."""
        arrival = replace(self.words[words], quoted_cases=(case_id,) if case_id else ())
        [[receipt]] = self.town.desk._receive(self.session, [[arrival]])
        return self.session.exec(select(Message.case_id).where(Message.id == receipt.message_id)).one()

    def fire(self, *kinds: str) -> None:
        for timer_id in due_timers(self.session, utcnow() + YEAR, 1000):
            timer = self.session.get(Timer, timer_id)
            if timer is not None and (not kinds or timer.kind in kinds):
                fire_timer(self.session, timer_id, timer.due_at)

    def our_latest(self) -> Message:
        ours = select(Message).where(Message.case_id == self.case, Message.direction == Direction.OUT)
        latest = self.session.exec(ours.order_by(col(Message.automatic), col(Message.id).desc())).first()
        if latest is None:
            raise NotFound("Nothing was answered.")
        return latest


def _answer(s: Scene) -> Any:
    undo_for = Enclosed(undo_for=timedelta(minutes=1))
    return reply(s.session, s.case, s.who, "Which street?", mail_domain=MAIL_DOMAIN, enclosed=undo_for)


def _raise(s: Scene, name: str, case_id: int = 0) -> int:
    about: dict[str, Any] = {"public_url": "http://hub", "mail_domain": MAIL_DOMAIN, "directory": s.town.hub.directory}
    return raise_by_hand(s.session, case_id or s.case, s.who, name, "They say goodbye.", answers=True, **about)


def _deliver(s: Scene) -> None:
    update = DeliveryUpdate(channel="email", inbox="help", external_id="", status=DeliveryStatus.DELIVERED)
    take_status(s.session, s.row(), s.our_latest(), update)


def _let_over(s: Scene) -> None:
    s.session.get_one(Queue, s.row().queue_id).overflow = {"to": "roads", "over": 0}
    distribute(s.session, utcnow())


def _calendar_changes(s: Scene) -> None:
    date_all_anew(s.session, utcnow())
    s.fire("calendar")


def _to(s: Scene, case_id: int) -> str:
    return s.row(case_id).reference


Step = Callable[[Scene], Any]
VERBS: dict[str, Step] = {
    "claim": lambda s: claim(s.session, s.case, s.who),
    "claim by a leader": lambda s: claim(s.session, s.case, s.town.agents["lea"]),
    "release": lambda s: release(s.session, s.case, s.who),
    "assign": lambda s: assign(s.session, s.case, s.who, "lea@anytown.example"),
    "transfer": lambda s: transfer(s.session, s.case, s.who, "roads", "A pothole"),
    "transfer to targets": lambda s: transfer(s.session, s.case, s.who, "waste", "A bin"),
    "wrong queue": lambda s: correct_queue(s.session, s.case, s.who, "triage"),
    "share": lambda s: share(s.session, s.case, s.who, "triage", "Theirs, too"),
    "unshare": lambda s: unshare(s.session, s.case, s.who, "roads"),
    "snooze": lambda s: snooze(s.session, s.case, s.who, utcnow() + timedelta(days=9)),
    "unsnooze": lambda s: unsnooze(s.session, s.case, s.who),
    "merge": lambda s: merge(s.session, s.case, s.who, _to(s, s.other)),
    "merge into a plain one": lambda s: merge(s.session, s.case, s.who, _to(s, s.plain)),
    "merge a like one into it": lambda s: merge(s.session, s.other, s.who, _to(s, s.case)),
    "merge a plain one into it": lambda s: merge(s.session, s.plain, s.who, _to(s, s.case)),
    "unmerge": lambda s: unmerge(s.session, s.case, s.who),
    "unmerge the plain one": lambda s: unmerge(s.session, s.plain, s.who),
    "reply": _answer,
    "undo the reply": lambda s: undo_reply(s.session, s.case, s.who, s.our_latest().id),
    "note": lambda s: note(s.session, s.case, s.who, "Looked at it"),
    "resolve": lambda s: resolve(s.session, s.case, s.who, "Done"),
    "reopen": lambda s: reopen(s.session, s.case, s.who),
    "type": lambda s: set_type(s.session, s.case, s.who, "access"),
    "another type": lambda s: set_type(s.session, s.case, s.who, "complaint-1"),
    "pause": lambda s: pause_clock(s.session, s.case, s.who, "answer", "clarification"),
    "resume": lambda s: resume_clock(s.session, s.case, s.who, "answer"),
    "extend": lambda s: extend_clock(s.session, s.case, s.who, "answer", "Much to read"),
    "meet": lambda s: meet_clock(s.session, s.case, s.who, "answer"),
    "raise an alarm": lambda s: _raise(s, "Self-harm"),
    "raise an open alarm": lambda s: _raise(s, "Gas leak"),
    "acknowledge": lambda s: acknowledge_alarms(s.session, s.case, s.who),
    "false alarm": lambda s: record_false_alarm(s.session, s.case, s.who, "A song"),
}
EVENTS: dict[str, Step] = {
    "the citizen writes": lambda s: s.hear("more", s.case),
    "the citizen speaks of danger": lambda s: s.hear("danger", s.case),
    "an answer arrives": _deliver,
    "an answer fails": lambda s: settle(s.session, s.row(), s.our_latest(), MessageStatus.FAILED, "No such box.", ""),
    "woken": lambda s: s.fire(WAKE),
    "timers fire": lambda s: s.fire(),
    "given out": lambda s: distribute(s.session, utcnow()),
    "let over": _let_over,
    "closed": lambda s: close_resolved(s.session, utcnow() + timedelta(days=15)),
    "the calendar changes": _calendar_changes,
}
STEPS_OF = VERBS | EVENTS
STATUSES: dict[str, tuple[str, ...]] = {  # by what it comes to be so
    "new": (),
    "offered": ("given out",),
    "open": ("claim",),
    "waiting": ("claim", "reply"),
    "put off, then waiting": ("claim", "snooze", "reply", "woken"),
    "answered again": ("claim", "reply", "the citizen writes"),
    "snoozed": ("claim", "snooze"),
    "snoozed while waiting": ("reply", "snooze"),
    "resolved": ("claim", "resolve"),
    "closed": ("claim", "resolve", "closed"),
    "joined": ("claim", "merge"),
    "joined while snoozed": ("claim", "snooze", "merge", "woken"),
    "with another in it": ("claim", "merge a plain one into it"),
}


def _typed(s: Scene, case_id: int) -> None:
    set_type(s.session, case_id, s.who, "access")


def _paused(s: Scene, case_id: int) -> None:
    _typed(s, case_id)
    pause_clock(s.session, case_id, s.who, "answer", "clarification")
    clock = s.session.exec(select(CaseClock).where(CaseClock.case_id == case_id)).one()
    clock.paused_on = clock.paused_on and clock.paused_on - timedelta(days=3)


def _shared(s: Scene, case_id: int) -> None:
    share(s.session, case_id, s.who, "roads", "A bin in a pothole")


@dataclass(frozen=True)
class Plight:
    """What else there is to a case: said by the citizen, or done to it."""

    said: str = "My missed bin"
    who: str = "ann"
    done: Callable[[Scene, int], Any] = lambda s, case_id: None


PLIGHTS = {
    "plain": Plight(),
    "alarm waiting": Plight("I will kill myself", "cat"),
    "alarm acknowledged": Plight(
        "I will kill myself", "cat", lambda s, case: acknowledge_alarms(s.session, case, s.who)
    ),
    "alarm of an open kind": Plight("I smell gas", "bob", lambda s, case: acknowledge_alarms(s.session, case, s.who)),
    "restricted by a rule": Plight("My missed bin at our shop, number 4"),
    "clock running": Plight(done=_typed),
    "clock paused": Plight(done=_paused),
    "shared": Plight(who="bob", done=_shared),
}


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> Any:
    async with living(database_url, tmp_path, council=ANYTOWN) as town:
        yield town


@pytest.mark.parametrize("plight", PLIGHTS)
@pytest.mark.parametrize(
    "thorough", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["each pair", "everything"]
)
async def test_whatever_meets_whatever_what_must_hold_holds(town: Town, plight: str, thorough: bool) -> None:
    said = {"case": PLIGHTS[plight].said, "other": PLIGHTS[plight].said, "plain": "My missed bin"}
    mails = {name: mailed(text, f"{name}@example.org") for name, text in said.items()}
    mails["more"], mails["danger"] = (
        mailed("Elm Road", "case@example.org"),
        mailed("I will end my life", "case@example.org"),
    )
    words = {name: await town.desk._arrival(mail) for name, mail in mails.items()}
    found = await town.db.write(_all_meetings, town, plight, words, thorough)
    assert found == [], "\n".join(found)


def _all_meetings(session: Session, town: Town, name: str, words: Mapping[str, Arrival], thorough: bool) -> list[str]:
    """What is broken, after which steps; everything is taken back. Else than thorough each two of status, step and
    plight meet at least once."""
    plight, nth = PLIGHTS[name], list(PLIGHTS).index(name)
    scene = Scene(session=session, town=town, words=words, case=0, other=0, plain=0, who=town.agents[plight.who])
    cases: dict[str, Any] = {each: scene.hear(each) for each in ("other", "plain", "case")}
    scene = replace(scene, **cases)
    scene.do(lambda s: plight.done(s, s.other))
    scene.do(lambda s: plight.done(s, s.case))
    scene.do(lambda s: set_presence(s.session, s.who, "here"))
    found: list[str] = []
    for row, (status, way) in enumerate(STATUSES.items()):
        with _taken_back(session):
            try:
                for step in way:
                    scene.do(STEPS_OF[step])
            except HubError:
                continue  # it can't come to be so
            before = _Before.of(scene)
            for name in list(STEPS_OF) if thorough else list(STEPS_OF)[(nth - row) % len(PLIGHTS) :: len(PLIGHTS)]:
                with _taken_back(session):
                    found += [f"{status}, {name}: {words}" for words in _step(scene, before, name)]
    return found


@contextmanager
def _taken_back(session: Session) -> Iterator[None]:
    begun = session.begin_nested()
    session.connection()  # from here on, also where the intake asks the driver itself
    try:
        yield
    finally:
        begun.rollback()
        session.expire_all()


@dataclass(frozen=True, kw_only=True)
class _Before:
    rows: Mapping[type[SQLModel], Sequence[Any]]
    seqs: Mapping[int, int]
    secret: frozenset[int]  # messages that not everybody sees
    shown: frozenset[int]  # to everybody
    clocks: frozenset[int]  # that run, wait or stand still

    @classmethod
    def of(cls, s: Scene) -> "_Before":
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


def _step(s: Scene, before: _Before, name: str) -> Iterator[str]:
    try:
        s.do(STEPS_OF[name])
    except HubError as error:
        if not error.message.endswith(".") or (name in EVENTS and not isinstance(error, NotFound)):
            yield f"refused: {error.message}"
        return
    except Exception as error:  # noqa: BLE001  # a fault like any other
        yield f"{type(error).__name__}: {error}"
        return
    after = _Before.of(s)
    yield from _of_change(s, before, after, name)
    for case in s.session.exec(select(Case)).all():
        if case.seq == before.seqs.get(case.id):
            continue
        yield from (f"case {case.id}, {case.status}, {words}" for words in _of_case(s.session, case))


def _of_change(s: Scene, before: _Before, after: _Before, name: str) -> Iterator[str]:
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


def _met(after: _Before) -> set[int]:
    return {row.id for row in after.rows[CaseClock] if row.state is ClockState.MET}


def _of_case(session: Session, case: Case) -> Iterator[str]:
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
        with _taken_back(session):
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
