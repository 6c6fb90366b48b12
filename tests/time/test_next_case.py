"""[Next case]: the most urgent one that I may take, never the same for two, whatever database, however many ask."""

import asyncio
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from hub.actions.casework.cases import release, resolve
from hub.actions.casework.next_case import Taken, Wanted, take_next
from hub.db.engine import reader_engine
from hub.models import (
    Agent,
    Assignment,
    Case,
    CaseEvent,
    CaseType,
    Contact,
    Presence,
    Queue,
    Restriction,
    TypedCase,
)
from hub.models.base import utcnow
from tests.cases.anytown import Town, living
from tests.time.storm import fill, staff


async def ask(town: Town, agent_id: int, queue: str | None = "waste") -> Taken:
    return await town.db.write_batched(take_next, Wanted(agent_id, queue))


async def pull_all(town: Town, agent_id: int, got: list[int], times: list[float]) -> None:
    """As long as there is something."""
    while True:
        start = time.perf_counter()
        taken = await ask(town, agent_id)
        times.append(time.perf_counter() - start)
        if taken.case_id is None:
            return
        got.append(taken.case_id)


async def test_cases_are_given_in_the_order_of_their_urgency(town: Town) -> None:
    expected = await town.db.write(fill, "waste", 60)
    got: list[int] = []
    await pull_all(town, town.agents["ann"], got, [])
    assert got == expected
    held = await town.rows(Assignment)
    assert [each.case_id for each in held] == expected
    [first, *_] = await town.rows(CaseEvent, case_id=expected[0])
    assert (first.kind, first.seq, first.detail) == ("claimed", 1, {"by": "next"})
    case = await town.one(Case, id=expected[0])
    assert (case.agent_id, case.status, case.seq) == (town.agents["ann"], "open", 1)


async def test_of_many_who_ask_at_once_no_two_get_the_same_and_none_is_skipped(
    database_url: str, tmp_path: Path
) -> None:
    """From two processes at the same time, where the database lets there be two."""
    async with living(database_url, tmp_path) as one, living(database_url, tmp_path) as two:
        expected = await one.db.write(fill, "waste", 150)
        agents = await one.db.write(staff, "waste", 50)
        got: list[list[int]] = [[] for _ in agents]
        towns = (one, two)
        await asyncio.gather(*(pull_all(towns[n % 2], agent, got[n], []) for n, agent in enumerate(agents)))
        assert sorted(case for each in got for case in each) == sorted(expected)
        places = {case: place for place, case in enumerate(expected)}
        for each in got:
            assert each == sorted(each, key=places.__getitem__)


@pytest.mark.soak
async def test_fifty_agents_empty_a_queue_of_five_thousand(database_url: str, tmp_path: Path) -> None:
    async with living(database_url, tmp_path) as town:
        expected = await town.db.write(fill, "waste", 5000)
        agents = await town.db.write(staff, "waste", 50)
        got: list[list[int]] = [[] for _ in agents]
        times: list[float] = []
        await asyncio.gather(*(pull_all(town, agent, got[n], times) for n, agent in enumerate(agents)))
        assert sorted(case for each in got for case in each) == sorted(expected)
        places = {case: place for place, case in enumerate(expected)}
        assert all(each == sorted(each, key=places.__getitem__) for each in got)
        times.sort()
        print(f"p50 {times[len(times) // 2] * 1000:.1f} ms, p99 {times[int(len(times) * 0.99)] * 1000:.1f} ms")
        assert times[int(len(times) * 0.99)] < 0.1


async def test_what_waits_long_enough_comes_before_what_is_more_urgent(town: Town) -> None:
    low, high = await town.case(await town.say("hello")), await town.case(await town.say("x", "+447700900999"))
    await town.change(Case, low.id, priority="low", priority_rank=0)
    await town.change(Case, high.id, priority="high", priority_rank=-2)
    assert (await ask(town, town.agents["ann"], "triage")).case_id == high.id
    await town.db.write(release, high.id, town.agents["ann"])
    await town.age(low.id, days=30)
    assert (await ask(town, town.agents["ann"], "triage")).case_id == low.id


async def test_nobody_is_given_more_than_they_have_room_for(town: Town) -> None:
    await town.change(Agent, town.agents["ann"], capacity={"total": 2, "webchat": 0})
    await town.db.write(fill, "waste", 5)
    got = [await ask(town, town.agents["ann"]) for _ in range(3)]
    assert [bool(taken.case_id) for taken in got] == [True, True, False]
    assert "as many cases as you may" in got[2].why
    await town.db.write(resolve, got[0].case_id or 0, town.agents["ann"], "Done")
    assert (await ask(town, town.agents["ann"])).case_id
    together = await asyncio.gather(*(ask(town, town.agents["ann"]) for _ in range(2)))
    assert not any(taken.case_id for taken in together)

    await town.say("by chat", "5f" * 16, channel="webchat")
    await town.change(Agent, town.agents["ann"], capacity={"webchat": 0})
    assert (await ask(town, town.agents["ann"], "triage")).why == "Nothing waits here that you may take."


async def test_a_language_that_a_colleague_speaks_is_left_to_them(town: Town) -> None:
    welsh = await town.case(await town.say("Bore da", language="cy-GB"))
    assert (await town.one(Contact, id=welsh.contact_id)).language == "cy-GB"
    await town.change(Agent, town.agents["lea"], languages=["cy"])
    assert (await ask(town, town.agents["ann"], "triage")).case_id is None
    assert (await ask(town, town.agents["lea"], "triage")).case_id == welsh.id
    await town.db.write(release, welsh.id, town.agents["lea"])
    await town.change(Agent, town.agents["lea"], languages=[])
    assert (await ask(town, town.agents["ann"], "triage")).case_id == welsh.id


async def test_a_queue_that_asks_for_skills_gives_only_to_who_has_them(town: Town) -> None:
    [waste] = [queue for queue in await town.rows(Queue) if queue.slug == "waste"]
    await town.change(Queue, waste.id, skills=["crane"])
    case = await town.case(await town.say("My missed bin"))
    assert (await ask(town, town.agents["ann"])).why == "You don't work in a queue whose cases you may take."
    await town.change(Agent, town.agents["ann"], skills=["crane", "first aid"])
    await town.db.write(staff, "waste", 1)
    assert (await ask(town, town.agents["ann"], None)).case_id == case.id


async def test_what_is_shown_to_few_or_barred_is_passed_over(town: Town) -> None:
    expected = await town.db.write(fill, "waste", 6)
    for case_id in expected[:2]:
        await town.db.write(_restrict, case_id)
    await town.db.write(_bar, expected[2], town.agents["ann"])
    ann, lea = town.agents["ann"], town.agents["lea"]
    together = await asyncio.gather(*(ask(town, agent) for agent in (lea, ann, lea, ann)))
    assert [taken.case_id for taken in together] == [expected[2], expected[0], expected[3], expected[1]]


def _restrict(session: Session, case_id: int) -> None:
    session.add(Restriction(case_id=case_id, why="a child"))


def _bar(session: Session, case_id: int, agent_id: int) -> None:
    case_type = CaseType(slug="two", name="Stage 2")
    session.add(case_type)
    session.flush()
    session.add(TypedCase(case_id=case_id, type_id=case_type.id or 0, received_on=date(2026, 3, 2), barred=[agent_id]))


async def test_of_equally_urgent_cases_the_one_of_a_citizen_whom_they_know_comes_first(town: Town) -> None:
    ann, bob = town.agents["ann"], town.agents["bob"]
    zoe = await town.case(await town.say("My missed bin", "+447700900777"))
    assert (await ask(town, ann)).case_id == zoe.id
    await town.db.write(resolve, zoe.id, ann, "Done")
    await town.age(zoe.id, 30)
    first, second, third = [await town.case(await town.say("My missed bin", f"+44770090077{n}")) for n in (5, 6, 7)]
    assert third.contact_id == zoe.contact_id
    due = utcnow() + timedelta(hours=1)
    await town.change(Case, first.id, due_at=due)
    await town.change(Case, second.id, due_at=due + timedelta(hours=1))
    await town.change(Case, third.id, due_at=due + timedelta(hours=1))

    assert (await ask(town, ann)).case_id == first.id  # what is more urgent comes first all the same
    assert (await ask(town, ann)).case_id == third.id
    assert (await town.rows(CaseEvent, case_id=third.id))[-1].detail == {"by": "next", "why": "who knows the citizen"}

    await town.db.write(release, first.id, ann)
    await town.db.write(release, third.id, ann)
    await town.change(Case, third.id, due_at=due + timedelta(hours=9))
    together = await asyncio.gather(*(ask(town, agent) for agent in (ann, bob, bob)))
    assert [taken.case_id for taken in together] == [third.id, second.id, first.id]
    held = [each for each in await town.rows(Assignment) if each.until is None and each.case_id != zoe.id]
    assert [each.case_id for each in held] == [first.id, second.id, third.id]


async def test_auditors_and_cases_that_wait_are_left_alone(town: Town) -> None:
    case = await town.case(await town.say("My missed bin"))
    assert "active caseworkers" in (await ask(town, town.agents["aud"])).why
    await town.change(Case, case.id, status="waiting")
    assert (await ask(town, town.agents["ann"])).case_id is None
    assert (await ask(town, town.agents["ann"], "nowhere")).case_id is None


async def test_the_next_case_is_read_from_an_index(sqlite_url: str, tmp_path: Path) -> None:
    heard: list[tuple[str, Any]] = []
    async with living(sqlite_url, tmp_path) as town:
        await town.db.write(fill, "waste", 10)

        def asking(session: Session) -> None:
            connection = session.connection()

            def hear(conn: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
                heard.append((statement, values))

            event.listen(connection, "before_cursor_execute", hear)
            take_next(session, [Wanted(town.agents["ann"], "waste")])
            event.remove(connection, "before_cursor_execute", hear)

        await town.db.write(asking)
    engine = reader_engine(sqlite_url)
    with engine.connect() as connection:
        [heads] = [each for each in heard if "UNION ALL" in each[0]]
        plan = [str(step[3]) for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {heads[0]}", heads[1])]
    engine.dispose()
    assert sum("ix_cases_unheld" in step for step in plan) == 8
    assert not [step for step in plan if "TEMP B-TREE" in step or step.startswith("SCAN c")]
    assert len(heard) <= 14


async def test_presence_notes_when_a_case_was_given(town: Town) -> None:
    [agent] = await town.db.write(staff, "waste", 1)
    await town.db.write(fill, "waste", 1)
    await ask(town, agent)
    assert (await town.one(Presence, agent_id=agent)).given_at is not None
