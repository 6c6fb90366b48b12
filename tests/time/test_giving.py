"""Cases that are given to people: to whom, when they come back, and when they go over to another queue."""

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlmodel import Session

from hub.actions.casework.cases import claim, release, resolve, transfer
from hub.actions.casework.distribute import distribute, gives_out, next_giving
from hub.actions.casework.holding import WAKE
from hub.actions.casework.presence import see_page, set_presence
from hub.actions.sending.reply import reply
from hub.actions.time.firing import due_timers, fire_timer
from hub.actions.time.snoozing import snooze
from hub.calendars import Calendars
from hub.errors import Invalid
from hub.models import Agent, Case, Contact, Notice, Presence, Priority, Queue, Timer
from hub.models.base import utcnow
from hub.queries.time import presences
from routing.giving import Candidate, chosen
from routing.time.calendars import Hours
from tests.cases.anytown import Town
from tests.time.storm import fill, staff

NOW = utcnow()
HOUR = timedelta(hours=1)


async def with_queue(town: Town, slug: str = "waste", **values: Any) -> None:
    [queue] = [queue for queue in await town.rows(Queue) if queue.slug == slug]
    await town.change(Queue, queue.id, **values)
    await town.desk.reload()


async def texts(town: Town, count: int) -> list[Case]:
    return [await town.case(await town.say("My missed bin", f"+44770090030{n}")) for n in range(count)]


async def holder(town: Town, case: Case) -> int | None:
    return (await town.one(Case, id=case.id)).agent_id


async def fire_all(town: Town, now: datetime) -> None:
    for timer_id in await town.db.read(due_timers, now):
        await town.db.write(fire_timer, timer_id, now)


async def test_each_case_goes_to_the_next_in_turn_who_is_here(town: Town) -> None:
    await with_queue(town, assignment="round-robin")
    first, second = await town.db.write(staff, "waste", 2)
    await town.db.write(set_presence, town.agents["ann"], "break", "lunch")
    cases = await texts(town, 4)
    assert await town.db.read(gives_out)

    assert await town.db.write(distribute, NOW) == 4
    assert await town.db.write(distribute, NOW) == 0

    assert sorted([await holder(town, case) or 0 for case in cases]) == [first, first, second, second]
    kinds = await town.kinds(cases[0].id)
    assert kinds[-1] == "given"
    assert len(await town.rows(Notice)) == 4
    assert (await town.one(Presence, agent_id=town.agents["ann"])).reason == "lunch"


async def test_turns_are_kept_when_a_second_worker_waited_or_another_machines_clock_is_behind(town: Town) -> None:
    await with_queue(town, assignment="round-robin")
    await town.db.write(staff, "waste", 3)
    await texts(town, 3)
    assert await town.db.write(distribute, NOW) == 3
    cases = await texts(town, 9)

    assert await town.db.write(distribute, NOW - timedelta(seconds=5)) == 6

    held = Counter([await holder(town, case) for case in cases])
    assert sorted(held.values()) == [3, 3, 3]


async def test_who_closed_the_last_page_is_given_nothing_until_they_open_one(town: Town) -> None:
    await with_queue(town, assignment="least-loaded")
    [case] = await texts(town, 1)
    ann, later = town.agents["ann"], NOW + timedelta(minutes=10)
    await town.db.write(set_presence, ann, "here", "", NOW)
    await town.db.write(see_page, ann, NOW + timedelta(minutes=1))

    assert await town.db.write(distribute, later) == 0
    shown = {view.email: (view.state, view.since) for view in await town.db.read(presences, later)}
    assert shown["ann@anytown.example"] == ("away", NOW + timedelta(minutes=1))
    with town.db.signals.listen(WAKE) as listening:
        await town.db.write(see_page, ann, later)
        assert await listening.wait(5)
    assert await town.db.write(distribute, later) == 1
    assert await holder(town, case) == ann


async def test_an_open_page_brings_nobody_back_from_a_break(town: Town) -> None:
    await town.db.write(set_presence, town.agents["ann"], "break", "lunch", NOW)
    await town.db.write(see_page, town.agents["ann"], NOW)
    assert (await town.one(Presence, agent_id=town.agents["ann"])).seen_at is None


async def test_who_works_by_a_program_alone_needs_no_page(town: Town) -> None:
    await with_queue(town, assignment="least-loaded")
    await texts(town, 1)
    await town.db.write(set_presence, town.agents["ann"], "here", "", NOW)
    assert await town.db.write(distribute, NOW + timedelta(minutes=30)) == 1


async def test_nobody_here_nobody_given_until_somebody_comes(town: Town) -> None:
    await with_queue(town, assignment="least-loaded")
    [case] = await texts(town, 1)
    assert await town.db.write(distribute, NOW) == 0
    await town.db.write(set_presence, town.agents["ann"], "here")
    assert await town.db.write(distribute, NOW) == 1
    assert await holder(town, case) == town.agents["ann"]


async def test_capacity_bounds_what_is_given_and_the_most_urgent_go_first(town: Town) -> None:
    await with_queue(town, assignment="longest-idle")
    [agent] = await town.db.write(staff, "waste", 1)
    await town.change(Agent, agent, capacity={"total": 2})
    cases = await texts(town, 4)
    await town.change(Case, cases[3].id, priority="urgent", priority_rank=-3)
    assert await town.db.write(distribute, NOW) == 2
    assert [await holder(town, case) for case in cases] == [agent, None, None, agent]
    await town.db.write(resolve, cases[0].id, agent, "Done")
    assert await town.db.write(distribute, NOW) == 1


async def test_when_all_have_something_in_hand_the_longest_idle_still_take_turns(town: Town) -> None:
    await with_queue(town, assignment="longest-idle")
    agents = await town.db.write(staff, "waste", 3)
    await town.change(Presence, agents[0], idle_since=NOW - HOUR)
    cases = await texts(town, 6)
    assert await town.db.write(distribute, utcnow()) == 6
    assert sorted([await holder(town, case) or 0 for case in cases]) == sorted([*agents, *agents])


@pytest.mark.parametrize(
    "done",
    [
        lambda case_id, agent_id: (partial(reply, mail_domain="x"), case_id, agent_id, "Answered."),
        lambda case_id, agent_id: (snooze, case_id, agent_id, utcnow() + HOUR),
        lambda case_id, agent_id: (transfer, case_id, agent_id, "triage", "Theirs"),
        lambda case_id, agent_id: (resolve, case_id, agent_id, "Done"),
    ],
    ids=["answered", "put off", "transferred", "resolved"],
)
async def test_who_has_room_again_is_given_the_next_at_once_and_counts_as_idle_from_then(town: Town, done: Any) -> None:
    await with_queue(town, assignment="longest-idle")
    [agent] = await town.db.write(staff, "waste", 1)
    await town.change(Agent, agent, capacity={"total": 1})
    first, second = await texts(town, 2)
    assert await town.db.write(distribute, utcnow()) == 1
    given = await town.one(Presence, agent_id=agent)
    with town.db.signals.listen(WAKE) as listening:
        await town.db.write(*done(first.id, agent))
        assert await listening.wait(5)
    assert await town.db.write(distribute, utcnow()) == 1
    assert await holder(town, second) == agent
    assert (await town.one(Presence, agent_id=agent)).idle_since > given.idle_since


async def test_a_citizen_comes_back_to_who_knows_them(town: Town) -> None:
    await with_queue(town, assignment="round-robin")
    _, second = await town.db.write(staff, "waste", 2)
    before = await town.case(await town.say("missed bin", inbox="brief"))
    await town.db.write(claim, before.id, second)
    await town.db.write(resolve, before.id, second, "Done")
    again = await town.case(await town.say("missed bin, another matter", inbox="brief"))
    assert again.id != before.id
    await town.db.write(distribute, NOW)
    assert await holder(town, again) == second


async def test_what_is_not_accepted_in_time_goes_to_somebody_else(town: Town) -> None:
    await with_queue(town, assignment="round-robin", accept_within="5m")
    first, second = await town.db.write(staff, "waste", 2)
    [case] = await texts(town, 1)
    await town.db.write(distribute, NOW)
    given = await holder(town, case)
    assert given == first
    await fire_all(town, NOW + timedelta(minutes=4))
    assert await holder(town, case) == first

    await fire_all(town, NOW + timedelta(minutes=6))

    assert await holder(town, case) is None
    assert (await town.one(Presence, agent_id=first)).state == "away"
    await town.db.write(distribute, NOW)
    assert await holder(town, case) == second
    await town.db.write(claim, case.id, second)
    assert await town.rows(Timer) == []
    await fire_all(town, NOW + HOUR)
    assert await holder(town, case) == second
    assert (await town.kinds(case.id))[-4:] == ["given", "returned", "given", "accepted"]


async def test_a_case_that_ended_meanwhile_stays_with_whom_it_was_given(town: Town) -> None:
    await with_queue(town, assignment="round-robin", accept_within="5m")
    [first] = await town.db.write(staff, "waste", 1)
    [case] = await texts(town, 1)
    await town.db.write(distribute, NOW)
    await town.db.write(resolve, case.id, town.agents["lea"], "Collected")
    await fire_all(town, NOW + timedelta(minutes=6))
    assert await holder(town, case) == first
    assert (await town.one(Presence, agent_id=first)).state == "here"


async def test_a_case_that_waited_too_long_goes_over_once(town: Town) -> None:
    await with_queue(town, "waste", overflow={"to": "triage", "after": "2h"})
    await with_queue(town, "triage", overflow={"to": "waste", "after": "1m"})
    [case] = await texts(town, 1)
    assert await town.db.read(next_giving, utcnow()) == pytest.approx(2 * 3600, abs=120)
    assert await town.db.write(distribute, utcnow()) == 0
    await town.age(case.id, days=0.1)
    assert await town.db.write(distribute, utcnow()) == 1
    assert await town.db.write(distribute, utcnow()) == 0
    moved = await town.one(Case, id=case.id)
    assert moved.queue_id == town.hub.directory.queue_by_slug["triage"].id
    assert await town.db.read(next_giving, utcnow()) is None


@pytest.mark.parametrize(
    ("overflow", "hours", "left"),
    [
        ({"to": "triage", "over": 2}, {}, 2),
        ({"to": "triage", "closed": True}, {"tue": "00:00-00:01"}, 0),
        ({"to": "triage", "closed": True}, {}, 3),
    ],
)
async def test_a_queue_lets_over_what_is_too_much_or_comes_while_it_is_closed(
    town: Town, overflow: dict[str, Any], hours: dict[str, str], left: int
) -> None:
    await with_queue(town, "waste", overflow=overflow, hours=hours)
    cases = await texts(town, 3)
    await town.db.write(distribute, NOW)
    stayed = [case for case in cases if (await town.one(Case, id=case.id)).queue_id == case.queue_id]
    assert len(stayed) == left
    assert stayed == cases[:left]


@pytest.mark.parametrize(
    ("language", "capacity", "colleague"),
    [
        ("cy", {}, {"languages": ["cy"], "capacity": {"total": 0}}),
        ("en", {"sms": 0}, {"capacity": {"sms": 0}}),
        ("cy", {"sms": 1}, {"languages": ["cy"], "capacity": {"sms": 0}}),
    ],
    ids=["a language that nobody who has room speaks", "a channel without room", "no one with both"],
)
async def test_on_a_storm_day_what_nobody_may_take_stands_in_nobodys_way(
    town: Town, language: str, capacity: dict[str, int], colleague: dict[str, Any]
) -> None:
    await with_queue(town, assignment="least-loaded")
    agent, other = await town.db.write(staff, "waste", 2)
    await town.change(Agent, agent, capacity=capacity)
    await town.change(Agent, other, **colleague)
    *_, last = await town.db.write(fill, "waste", 1001)
    [mailed] = await town.db.write(fill, "triage", 1)
    waste, somebody = (await town.one(Case, id=last)).queue_id, (await town.one(Case, id=mailed)).contact_id
    await town.change(Contact, (await town.one(Case, id=last)).contact_id, language=language)
    await town.change(Case, mailed, queue_id=waste, channel="email", priority="low", priority_rank=0)
    await town.change(Contact, somebody, language="en")

    assert await town.db.write(distribute, NOW) == 1

    assert await holder(town, await town.one(Case, id=mailed)) == agent


@pytest.mark.parametrize(
    ("overflow", "left"),
    [({"to": "triage", "over": 600}, 600), ({"to": "triage", "after": "200h"}, 500)],
)
async def test_a_long_queue_lets_over_what_it_says_wherever_that_stands_in_turn(
    town: Town, overflow: dict[str, Any], left: int
) -> None:
    await with_queue(town, "waste", overflow=overflow)
    cases = await town.db.write(fill, "waste", 700)
    by_age = sorted(cases)  # their ids are in the order in which they came

    def aged(session: Session) -> None:
        for place, case_id in enumerate(by_age):
            case = session.get_one(Case, case_id)
            case.opened_at = NOW - (300 if place < 200 else 10) * HOUR
            case.priority = Priority.LOW if place < 200 else Priority.URGENT
            case.priority_rank = -case.priority.rank

    if "after" in overflow:
        await town.db.write(aged)
    while await town.db.write(distribute, NOW):
        pass
    waste = town.hub.directory.queue_by_slug["waste"]
    stayed = [case.id for case in await town.rows(Case) if case.queue_id == waste.id]
    assert len(stayed) == left
    assert set(stayed) == set(cases[:600] if "over" in overflow else by_age[200:])


async def test_a_queue_whose_calendar_cannot_be_read_keeps_no_case_of_another_waiting(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    for slug in ("waste", "triage"):
        await with_queue(town, slug, assignment="least-loaded", overflow={"to": "roads", "after": "1h"})
    await town.db.write(set_presence, town.agents["ann"], "here")
    here, broken = await town.case(await town.say("Hello", "+447700900301")), (await texts(town, 1))[0]
    hours_of = Calendars.hours

    def hours(calendars: Calendars, queue: Queue) -> Hours:
        if queue.slug == "waste":
            raise ZeroDivisionError
        return hours_of(calendars, queue)

    monkeypatch.setattr(Calendars, "hours", hours)
    assert await town.db.write(distribute, utcnow()) == 1
    assert (await holder(town, here), await holder(town, broken)) == (town.agents["ann"], None)
    await town.say("Hello", "+447700900399")
    await town.db.write(set_presence, town.agents["ann"], "away")
    assert await town.db.read(next_giving, utcnow()) == pytest.approx(3600, abs=120)  # then it goes over


async def test_a_closed_queue_gives_nothing_out_until_the_moment_it_opens(town: Town) -> None:
    await with_queue(town, assignment="round-robin", hours={"tue": "00:00-00:01"})
    await town.db.write(staff, "waste", 1)
    await texts(town, 1)
    wednesday = datetime.fromisoformat("2026-11-25T12:00:00+00:00")
    assert await town.db.write(distribute, wednesday) == 0
    opens = await town.db.read(next_giving, wednesday)
    assert opens == timedelta(days=5, hours=12).total_seconds()
    assert await town.db.write(distribute, wednesday + timedelta(seconds=opens)) == 1
    assert await town.db.read(next_giving, wednesday + timedelta(seconds=opens + 50)) == 10


async def test_a_state_that_there_is_not_is_refused(town: Town) -> None:
    with pytest.raises(Invalid, match="no such state"):
        await town.db.write(set_presence, town.agents["ann"], "asleep")


def who(agent_id: int, load: int = 0, given: float | None = None, idle: float = 0) -> Candidate:
    given_at = None if given is None else NOW - given * HOUR
    return Candidate(agent_id=agent_id, load=load, given_at=given_at, idle_since=NOW - idle * HOUR)


@pytest.mark.parametrize(
    ("way", "candidates", "more", "expected"),
    [
        ("round-robin", [who(1, given=1), who(2, given=2), who(3, given=0)], {}, (2, False)),
        ("round-robin", [who(1, given=1), who(2)], {}, (2, False)),
        ("least-loaded", [who(1, load=2), who(2, load=1, given=0), who(3, load=1, given=5)], {}, (3, False)),
        ("longest-idle", [who(1, idle=1), who(2, idle=3), who(3, load=1, idle=9)], {}, (2, False)),
        ("longest-idle", [who(1, load=1, given=0, idle=9), who(2, load=4, given=2, idle=3)], {}, (2, False)),
        ("round-robin", [who(1), who(2, given=0)], {"known": [9, 2]}, (2, True)),
        ("round-robin", [who(1, given=0), who(2)], {"refused": {2}}, (1, False)),
        ("round-robin", [who(2)], {"refused": {2}, "known": [2]}, (2, False)),
    ],
)
def test_who_is_chosen(way: Any, candidates: list[Candidate], more: dict[str, Any], expected: tuple[int, bool]) -> None:
    found = chosen(way, candidates, **more)
    assert found is not None
    assert (found[0].agent_id, found[1]) == expected


def test_of_nobody_nobody_is_chosen() -> None:
    assert chosen("round-robin", []) is None


async def test_a_released_case_is_given_out_again(town: Town) -> None:
    await with_queue(town, assignment="least-loaded")
    first, second = await town.db.write(staff, "waste", 2)
    [case] = await texts(town, 1)
    await town.db.write(distribute, NOW)
    await town.db.write(release, case.id, first)
    assert await town.db.write(distribute, NOW) == 1
    assert await holder(town, case) in (first, second)
