"""Types of case and their clocks, from the council file to the case: started, paused, extended, met."""

from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.actions.casework.cases import assign, claim, release, resolve
from hub.actions.casework.merging import merge
from hub.actions.council.apply_council import apply_council
from hub.actions.sending.reply import reply
from hub.actions.time.case_types import extend_clock, meet_clock, pause_clock, resume_clock, set_type
from hub.actions.time.firing import due_timers, fire_timer
from hub.calendars import Calendars
from hub.council_file import CouncilFileErrors, parse
from hub.errors import Conflict, Invalid
from hub.models import Case, CaseClock, CaseEvent, Timer
from hub.models.base import utcnow
from hub.queries.case_page import case_page
from hub.queries.time import calendar_warning, case_types
from hub.queries.views import CaseView
from tests.cases.anytown import COUNCIL, MAIL_DOMAIN, Town, living

LONDON = ZoneInfo("Europe/London")
TYPES = """
[[type]]
slug = "complaint-1"
name = "Complaint, stage 1"

[[type.clock]]
name = "acknowledge"
within = "5 working days"
until = "replied"
holidays = "ENG"

[[type.clock]]
name = "answer"
within = "10 working days"
after = "acknowledge"
extension = "10 working days"
holidays = "ENG"

[[type]]
slug = "complaint-2"
name = "Complaint, stage 2"
another_than = "complaint-1"

[[type.clock]]
name = "answer"
within = "20 working days"

[[type]]
slug = "access"
name = "Subject access"

[[type.clock]]
name = "answer"
within = "1 month"
rolls = true
extension = "2 months"
pauses = { identification = "restarts", clarification = "continues" }

[[type]]
slug = "foi"
name = "Freedom of information"

[[type.clock]]
name = "answer"
title = "Answer by section 10"
within = "20 working days"
"""


@pytest.fixture
async def lawful(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """Anytown with types of case."""
    async with living(database_url, tmp_path, council=COUNCIL + TYPES) as town:
        yield town


async def view(town: Town, case_id: int) -> CaseView:
    return (await town.db.read(case_page, case_id)).case


async def typed(town: Town, slug: str, received: str | None = None) -> int:
    """A case of that type, received on that day."""
    case = await town.case(await town.say("hello", inbox="brief"))
    if received:
        opened = datetime.fromisoformat(received).replace(hour=12, tzinfo=LONDON)
        await town.change(Case, case.id, opened_at=opened)
    await town.db.write(set_type, case.id, town.agents["ann"], slug)
    return case.id


async def test_a_type_starts_its_clocks_on_the_day_of_receipt(lawful: Town) -> None:
    case_id = await typed(lawful, "foi", "2026-03-02")
    case = await view(lawful, case_id)
    [clock] = case.clocks
    assert (case.type, case.received_on) == ("foi", date(2026, 3, 2))
    assert (clock.title, clock.state, clock.due_on) == ("Answer by section 10", "running", date(2026, 3, 31))
    assert case.due_at == datetime(2026, 3, 31, 23, 59, 59, tzinfo=LONDON)
    assert (await lawful.kinds(case_id))[-1] == "typed"


async def test_a_complaint_is_acknowledged_and_then_answered(lawful: Town) -> None:
    case_id = await typed(lawful, "complaint-1", "2026-06-01")
    first, second = (await view(lawful, case_id)).clocks
    assert (first.due_on, second.state, second.due_on) == (date(2026, 6, 8), "pending", None)
    [acknowledge, answer] = await lawful.rows(CaseClock, case_id=case_id)
    with pytest.raises(Conflict, match="it is pending"):
        await lawful.db.write(extend_clock, case_id, None, "answer", "Busy")

    await lawful.db.write(reply, case_id, lawful.agents["ann"], "We have it.", mail_domain=MAIL_DOMAIN)

    first, second = (await view(lawful, case_id)).clocks
    assert (first.state, first.late, second.state) == ("met", True, "running")
    assert second.started_on == lawful.hub.directory.local(utcnow()).date()
    await lawful.change(CaseClock, answer.id, started_on=date(2026, 6, 8))
    await lawful.db.write(extend_clock, case_id, lawful.agents["ann"], "answer", "The crew is away", 5)
    assert (await view(lawful, case_id)).clocks[1].due_on == date(2026, 6, 29)
    with pytest.raises(Invalid, match="no further extension"):
        await lawful.db.write(extend_clock, case_id, lawful.agents["ann"], "answer", "Once more")
    await lawful.db.write(resolve, case_id, lawful.agents["ann"], "Upheld")
    assert [clock.state for clock in (await view(lawful, case_id)).clocks] == ["met", "met"]
    assert acknowledge.due_at == datetime(2026, 6, 8, 23, 59, 59, tzinfo=LONDON)


async def test_a_lawful_pause_stops_the_clock_and_gives_the_days_back(lawful: Town) -> None:
    case_id = await typed(lawful, "access")
    ann = lawful.agents["ann"]
    before = (await view(lawful, case_id)).clocks[0]
    with pytest.raises(Invalid, match="no lawful reason"):
        await lawful.db.write(pause_clock, case_id, ann, "answer", "holiday")
    await lawful.db.write(pause_clock, case_id, ann, "answer", "clarification")
    case = await view(lawful, case_id)
    assert (case.clocks[0].state, case.due_at) == ("paused", None)
    with pytest.raises(Conflict, match="it is paused"):
        await lawful.db.write(pause_clock, case_id, ann, "answer", "clarification")
    [clock] = await lawful.rows(CaseClock)
    assert clock.paused_on is not None
    await lawful.change(CaseClock, clock.id, paused_on=clock.paused_on - timedelta(days=7))

    await lawful.db.write(resume_clock, case_id, ann, "answer")

    after = (await view(lawful, case_id)).clocks[0]
    assert before.due_on is not None
    assert after.due_on is not None
    assert 7 <= (after.due_on - before.due_on).days <= 11  # a week, and off a weekend or Christmas
    with pytest.raises(Conflict, match="isn't paused"):
        await lawful.db.write(resume_clock, case_id, ann, "answer")


async def test_what_is_done_while_the_clock_is_paused_is_in_time(lawful: Town) -> None:
    case_id = await typed(lawful, "access")
    await lawful.db.write(pause_clock, case_id, None, "answer", "clarification")
    [clock] = await lawful.rows(CaseClock)
    assert clock.paused_on is not None
    ago = {"started_on": clock.paused_on - timedelta(days=41), "paused_on": clock.paused_on - timedelta(days=40)}
    await lawful.change(CaseClock, clock.id, due_at=utcnow() - timedelta(days=10), **ago)
    await lawful.db.write(meet_clock, case_id, lawful.agents["ann"], "answer")
    [met] = await lawful.rows(CaseEvent, case_id=case_id, kind="clock_met")
    assert met.detail == {"clock": "Answer", "late": False}
    [shown] = (await view(lawful, case_id)).clocks
    assert (shown.state, shown.late) == ("met", False)


async def test_an_answer_of_before_meets_no_clock_that_starts_today(lawful: Town) -> None:
    case_id, ann = await typed(lawful, "foi"), lawful.agents["ann"]
    await lawful.db.write(reply, case_id, ann, "We have it.", mail_domain=MAIL_DOMAIN)
    await lawful.change(Case, case_id, first_reply_at=utcnow() - timedelta(days=3))
    await lawful.db.write(set_type, case_id, ann, "complaint-1")
    assert [clock.state for clock in (await view(lawful, case_id)).clocks] == ["running", "pending"]


async def test_some_pauses_begin_the_time_anew(lawful: Town) -> None:
    case_id = await typed(lawful, "access", "2026-01-31")
    assert (await view(lawful, case_id)).clocks[0].due_on == date(2026, 3, 2)
    with pytest.raises(Conflict, match="over its time"):
        await lawful.db.write(pause_clock, case_id, None, "answer", "identification")
    await lawful.db.write(extend_clock, case_id, None, "answer", "Complex")
    assert (await view(lawful, case_id)).clocks[0].due_on == date(2026, 4, 30)
    recent = await typed(lawful, "access")
    await lawful.db.write(pause_clock, recent, None, "answer", "identification")
    await lawful.db.write(resume_clock, recent, None, "answer")
    today = lawful.hub.directory.local(utcnow()).date()
    assert (await view(lawful, recent)).clocks[0].started_on == today


async def test_stage_two_is_for_another_person(lawful: Town) -> None:
    case_id = await typed(lawful, "complaint-1")
    ann, lea = lawful.agents["ann"], lawful.agents["lea"]
    await lawful.db.write(claim, case_id, ann)
    await lawful.db.write(set_type, case_id, lea, "complaint-2")
    case = await view(lawful, case_id)
    assert (case.agent, case.type, [clock.name for clock in case.clocks]) == ("", "complaint-2", ["answer"])
    with pytest.raises(Conflict, match="somebody else must look at it"):
        await lawful.db.write(claim, case_id, ann)
    with pytest.raises(Conflict, match="Ann Ash worked on this"):
        await lawful.db.write(assign, case_id, lea, "ann@anytown.example")
    await lawful.db.write(claim, case_id, lea)
    await lawful.db.write(release, case_id, lea)


async def test_a_caseworker_may_say_that_it_was_done(lawful: Town) -> None:
    case_id = await typed(lawful, "complaint-1")
    await lawful.db.write(meet_clock, case_id, lawful.agents["ann"], "acknowledge")
    assert [clock.state for clock in (await view(lawful, case_id)).clocks] == ["met", "running"]
    with pytest.raises(Conflict, match="doesn't run"):
        await lawful.db.write(meet_clock, case_id, lawful.agents["ann"], "acknowledge")
    [met] = [event for event in await lawful.rows(CaseEvent, case_id=case_id) if event.kind == "clock_met"]
    assert met.detail == {"clock": "Acknowledge", "late": False}


async def test_what_can_not_be_is_refused(lawful: Town) -> None:
    case_id = await typed(lawful, "foi")
    tomorrow = lawful.hub.directory.local(utcnow()).date() + timedelta(days=1)
    for error, match, args in (
        (Conflict, "already", (set_type, case_id, None, "foi")),
        (Invalid, "no such type", (set_type, case_id, None, "nothing")),
        (Invalid, "day of receipt", (set_type, case_id, None, "access", tomorrow)),
        (Invalid, "no such clock", (meet_clock, case_id, None, "nothing")),
        (Invalid, "lets nobody pause", (pause_clock, case_id, None, "answer", "tea")),
    ):
        with pytest.raises(error, match=match):
            await lawful.db.write(*args)
    plain = await lawful.case(await lawful.say("x", "+447700900888"))
    with pytest.raises(Invalid, match="no such clock"):
        await lawful.db.write(meet_clock, plain.id, None, "answer")


async def test_the_types_are_told_in_words(lawful: Town) -> None:
    found = {each.slug: each.clocks for each in await lawful.db.read(case_types)}
    assert found["foi"] == ("Answer by section 10: 20 working days, until resolved",)
    await lawful.db.write(apply_council, parse(COUNCIL))
    assert await lawful.db.read(case_types) == ()


@pytest.mark.parametrize("broken", ["hours", "working_days"])
async def test_while_the_calendar_cannot_be_read_a_type_is_refused_in_words_and_nothing_is_changed(
    lawful: Town, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def unreadable(*_: object) -> None:
        raise ZeroDivisionError

    receipt = await lawful.say("x")
    case = await lawful.case(receipt)
    monkeypatch.setattr(Calendars, broken, unreadable)
    with pytest.raises(Conflict, match="calendar can’t be read"):
        await lawful.act(set_type, receipt, "ann", "foi")
    assert await lawful.rows(CaseClock) == []
    assert (await lawful.case(receipt)).seq == case.seq

    monkeypatch.undo()
    await lawful.act(set_type, receipt, "ann", "foi")
    assert [clock.state for clock in await lawful.rows(CaseClock)] == ["running"]


async def test_a_calendar_that_ends_soon_is_told(lawful: Town) -> None:
    soon = datetime(2027, 11, 1, tzinfo=LONDON)
    assert "until 31 December 2027 only" in await lawful.db.read(calendar_warning, soon)
    assert await lawful.db.read(calendar_warning, datetime(2026, 11, 1, tzinfo=LONDON)) == ""
    known = COUNCIL.replace('name = "Anytown Council"', 'name = "Anytown Council"\nholidays_until = "2029-12-31"')
    await lawful.db.write(apply_council, parse(known))
    assert await lawful.db.read(calendar_warning, soon) == ""


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ('[[holiday]]\ndate = "24.12."\nname = "x"', "holiday.date: must be a day"),
        ('[[holiday]]\ndate = "12-24"\nname = "x"\nqueues = ["mars"]', 'holiday.queues[0]: there is no queue "mars"'),
        ('[[holiday]]\ndate = "12-24"\nname = "x"\nhours = "9 to 5"', "holiday.hours: must be two times"),
        ('[[type]]\nslug = "A"\nname = "x"', "type.slug: must be lower-case"),
        ('[[type]]\nslug = "a"\nname = "x"\nanother_than = "b"', 'type.another_than: there is no other type "b"'),
        ('[[type]]\nslug = "a"\nname = "x"\n[[type.clock]]\nname = "n"', "type.clock[0].within: is missing"),
        ('[[escalation]]\nname = "x"', "escalation.then: must be a table"),
        ('[[escalation]]\nname = "x"\nthen = { shout = true }', "escalation.then.shout: there is no such key"),
        ('[[escalation]]\nname = "x"\nof = "tea"\nthen = { release = true }', "escalation.of: must be one of"),
        ('[[escalation]]\nname = "x"\nbefore = "1y"\nthen = { release = true }', "escalation.before: must be"),
        ('[[escalation]]\nname = "x"\nthen = { notify = ["me"] }', "escalation.then.notify[0]: there is no agent"),
        ('[[queue]]\nslug="q"\nname="Q"\ndepartment="town"\nassignment="dice"', "queue.assignment: "),
        ('[[queue]]\nslug="q"\nname="Q"\ndepartment="town"\nholidays="ZZ"', "queue.holidays: must be a part of GB"),
        (
            '[[queue]]\nslug="q"\nname="Q"\ndepartment="town"\noverflow={to="q",over=1}',
            "queue.overflow.to: there is no",
        ),
        ('[[queue]]\nslug="q"\nname="Q"\ndepartment="town"\noverflow={to="roads"}', "queue.overflow: says not when"),
        ('[[agent]]\nemail="q@a.example"\nname="Q"\ncapacity={total=-1}', "agent.capacity: total must be"),
        ('[[agent]]\nemail="q@a.example"\nname="Q"\nlanguages=["Welsh"]', "agent.languages[0]: must be a language"),
    ],
)
def test_what_a_council_file_can_not_mean_is_told_with_its_place(table: str, complaint: str) -> None:
    with pytest.raises(CouncilFileErrors) as refused:
        parse(f"{COUNCIL}\n{table}\n")
    line = COUNCIL.count("\n") + 2
    [problem] = refused.value.problems
    assert str(problem).partition(": ")[2].startswith(complaint)
    assert line <= problem.line <= line + 7


async def test_the_council_file_says_what_changed(town: Town) -> None:
    def changes(more: str) -> Any:
        return town.db.write(apply_council, parse(COUNCIL + more))

    assert "type foi: added" in await changes(TYPES)
    assert await changes(TYPES) == []
    assert await changes(TYPES.replace("1 month", "30 days").replace("2 months", "9 days")) == [
        "type access: clocks changed"
    ]
    holiday = '[[holiday]]\ndate = "12-24"\nname = "Christmas Eve"\n'
    assert await changes(TYPES + holiday) == ["council: holidays none → 1 entry", "type access: clocks changed"]
    renamed = TYPES + holiday.replace("Eve", "Day")
    assert (await changes(renamed))[0] == "council: holidays changed"


async def test_a_bank_holiday_that_is_proclaimed_later_moves_the_clocks_that_run(lawful: Town) -> None:
    runs, paused = await typed(lawful, "foi", "2026-03-02"), await typed(lawful, "access", "2026-12-01")
    await lawful.db.write(pause_clock, paused, lawful.agents["ann"], "answer", "identification")
    before = (await view(lawful, paused)).clocks
    holiday = '[[holiday]]\ndate = "2026-03-10"\nname = "A royal wedding"\nbank_holiday = true\n'

    await lawful.db.write(apply_council, parse(COUNCIL + TYPES + holiday))
    await fire_all(lawful)

    [clock] = (await view(lawful, runs)).clocks
    assert clock.due_on == date(2026, 4, 1)
    moved = (await lawful.rows(CaseEvent, case_id=runs))[-1]
    assert (moved.kind, moved.detail) == ("clock_moved", {"clock": "Answer by section 10", "due_on": "2026-04-01"})
    assert (await view(lawful, paused)).clocks == before

    assert await lawful.db.write(apply_council, parse(COUNCIL + TYPES + holiday)) == []
    assert await lawful.rows(Timer, kind="calendar") == []


async def test_a_holiday_of_the_council_that_is_applied_later_puts_off_what_stands_open(lawful: Town) -> None:
    case = await lawful.case(await lawful.say("My missed bin"))
    today = f"{lawful.hub.directory.local(utcnow()):%m-%d}"
    holiday = f'[[holiday]]\ndate = "{today}"\nname = "Fair"\nqueues = ["waste"]\n'

    await lawful.db.write(apply_council, parse(COUNCIL + TYPES + holiday))
    await fire_all(lawful)

    due_at, opened = (await lawful.one(Case, id=case.id)).due_at, lawful.hub.directory.local(case.opened_at).date()
    assert due_at == datetime.combine(opened + timedelta(days=1), time(4), LONDON)


async def fire_all(town: Town) -> None:
    for timer_id in await town.db.read(due_timers, utcnow()):
        await town.db.write(fire_timer, timer_id, utcnow())


async def test_no_joining_of_cases_ends_a_clock_of_the_law(lawful: Town) -> None:
    early, late = await typed(lawful, "foi", "2026-03-02"), await typed(lawful, "foi", "2026-03-09")
    plain = await lawful.case(await lawful.say("Where is my answer?", inbox="brief"))
    references = {case.id: case.reference for case in await lawful.rows(Case)}
    ann = lawful.agents["ann"]

    for case_id, into in ((early, plain.id), (early, late)):
        with pytest.raises(Conflict, match="join that one to this one"):
            await lawful.db.write(merge, case_id, ann, references[into])
    for case_id in (plain.id, late):
        await lawful.db.write(merge, case_id, ann, references[early])

    [clock] = (await view(lawful, early)).clocks
    assert (clock.state, clock.due_on) == ("running", date(2026, 3, 31))
