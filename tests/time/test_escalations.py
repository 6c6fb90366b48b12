"""Escalations: told, raised, moved, each once, by a row that survives a restart."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from hub.actions.casework.cases import claim, transfer
from hub.actions.casework.distribute import distribute
from hub.actions.casework.notices import see_notices
from hub.actions.casework.shares import share, unshare
from hub.actions.council.apply_council import apply_council
from hub.actions.sending.reply import reply
from hub.actions.time.firing import due_timers, fire_timer
from hub.council_file import parse
from hub.models import Case, CaseEvent, Notice, Queue, Restriction, Timer
from hub.models.base import utcnow
from hub.queries.people import agent_view
from hub.queries.time import notices_of, unseen
from routing.time.calendars import Hours
from routing.time.escalations import Deadline, Escalation, steps_of
from tests.cases.anytown import COUNCIL, MAIL_DOMAIN, Town, living

STEPS = """
[[escalation]]
name = "Soon due"
queues = ["waste"]
of = "first_response"
before = "30m"
then = { notify = ["holder", "leaders"], priority = "high" }

[[escalation]]
name = "Over time"
queues = ["waste"]
after = "1h"
then = { assign = "lea@anytown.example", notify = ["queue"] }

[[escalation]]
name = "Far over"
queues = ["waste"]
after = "1d"
then = { queue = "triage", notify = ["lea@anytown.example"] }
"""


async def with_steps(town: Town) -> None:
    await town.db.write(apply_council, parse(COUNCIL + STEPS))
    await town.desk.reload()


async def fire_all(town: Town, now: datetime) -> None:
    while due := await town.db.read(due_timers, now):
        for timer_id in due:
            await town.db.write(fire_timer, timer_id, now)


async def escalated(town: Town, case: Case) -> list[str]:
    return [event.detail["name"] for event in await town.rows(CaseEvent, case_id=case.id) if event.kind == "escalated"]


async def test_each_step_is_taken_when_it_is_due_and_once(town: Town) -> None:
    await with_steps(town)
    case = await town.case(await town.say("My missed bin"))
    assert case.due_at is not None
    [timer] = await town.rows(Timer)
    assert timer.due_at == case.due_at - timedelta(minutes=30)

    await fire_all(town, timer.due_at - timedelta(minutes=1))
    assert await escalated(town, case) == []
    await fire_all(town, timer.due_at)
    assert (await town.one(Case, id=case.id)).priority == "high"
    assert [notice.agent_id for notice in await town.rows(Notice)] == [town.agents["lea"]]

    await fire_all(town, case.due_at + timedelta(hours=2))
    assert (await town.one(Case, id=case.id)).agent_id == town.agents["lea"]
    told = [notice.agent_id for notice in await town.rows(Notice) if "was due" in notice.text]
    assert sorted(told) == sorted([town.agents["ann"], town.agents["lea"]])  # its queue, and whose it is now
    await fire_all(town, case.due_at + timedelta(hours=30))
    moved = await town.one(Case, id=case.id)
    assert (moved.queue_id, moved.agent_id) == (town.hub.directory.queue_by_slug["triage"].id, None)
    assert await escalated(town, case) == ["Soon due", "Over time", "Far over"]
    assert await town.rows(Timer) == []


async def test_an_answer_in_time_calls_it_off(town: Town) -> None:
    await with_steps(town)
    case = await town.case(await town.say("My missed bin"))
    await town.db.write(reply, case.id, town.agents["ann"], "A crew comes.", mail_domain=MAIL_DOMAIN)
    assert await town.rows(Timer) == []


async def test_a_transfer_brings_the_steps_of_the_other_queue(town: Town) -> None:
    await with_steps(town)
    case = await town.case(await town.say("Hello"))
    assert await town.rows(Timer) == []
    await town.db.write(transfer, case.id, town.agents["ann"], "waste", "It is about bins")
    assert len(await town.rows(Timer)) == 1
    await town.db.write(transfer, case.id, town.agents["ann"], "roads", "It isn't")
    assert await town.rows(Timer) == []


async def test_what_was_due_while_nobody_was_there_is_done_by_the_next(database_url: str, tmp_path: Path) -> None:
    async with living(database_url, tmp_path) as before:
        await with_steps(before)
        case = await before.case(await before.say("My missed bin"))
        await before.db.write(claim, case.id, before.agents["ann"])
    async with living(database_url, tmp_path) as after:
        await with_steps(after)
        await fire_all(after, utcnow() + timedelta(hours=4))
        await fire_all(after, utcnow() + timedelta(hours=4))
        assert await escalated(after, case) == ["Soon due"]
        told = {notice.agent_id for notice in await after.rows(Notice)}
        assert told == {after.agents["ann"], after.agents["lea"]}


OF_ROADS = """
[[escalation]]
name = "Ours, too"
queues = ["roads"]
of = "first_response"
before = "1h"
then = { notify = ["queue", "leaders"], priority = "urgent", queue = "roads", assign = "bob@anytown.example" }
"""


async def test_the_queues_that_share_a_case_are_told_and_their_steps_move_nothing(town: Town) -> None:
    await town.db.write(apply_council, parse(COUNCIL + STEPS + OF_ROADS))
    await town.desk.reload()
    case = await town.case(await town.say("My missed bin"))
    ann, bob, lea = (town.agents[name] for name in ("ann", "bob", "lea"))
    await town.db.write(share, case.id, ann, "roads", "the crew can't get there")
    [timer] = await town.rows(Timer)
    assert case.due_at is not None
    assert timer.due_at == case.due_at - timedelta(hours=1)
    await town.db.write(unshare, case.id, bob, "roads")
    assert (await town.one(Timer)).due_at == case.due_at - timedelta(minutes=30)

    await town.db.write(share, case.id, ann, "roads", "they know now")
    await fire_all(town, timer.due_at)
    now = await town.one(Case, id=case.id)
    assert (now.priority, now.queue_id, now.agent_id) == ("urgent", case.queue_id, None)
    assert sorted(notice.agent_id for notice in await town.rows(Notice)) == sorted([ann, bob, lea])
    await fire_all(town, case.due_at + timedelta(hours=2))
    assert [notice.agent_id for notice in await town.rows(Notice)].count(
        bob
    ) == 2  # by the step of the case's own queue


async def test_no_clock_shows_a_restricted_case_to_anybody(town: Town) -> None:
    """Lea leads, and works nowhere; the words are in no notice."""
    await with_steps(town)
    case = await town.case(await town.say("My missed bin is on fire"))
    await town.db.write(lambda session: session.add(Restriction(case_id=case.id, why="Fire")))
    await town.change(Queue, case.queue_id, overflow={"to": "triage", "after": "1m", "over": 1, "closed": True})
    assert case.due_at is not None
    later = case.due_at + timedelta(days=9)
    assert await town.db.write(distribute, later) == 0
    await fire_all(town, later)

    after = await town.one(Case, id=case.id)
    assert (after.queue_id, after.agent_id, after.priority) == (case.queue_id, None, "high")
    assert await escalated(town, case) == ["Soon due", "Over time", "Far over"]
    notices = await town.rows(Notice)
    assert {notice.agent_id for notice in notices} == {town.agents["ann"]}
    assert not any("bin" in notice.text or "fire" in notice.text for notice in notices)


def _unseen(session: Session, agent_id: int) -> int:
    return unseen(session, agent_view(session, agent_id))


async def test_notices_stand_until_they_are_seen(town: Town) -> None:
    await with_steps(town)
    case = await town.case(await town.say("My missed bin"))
    assert case.due_at is not None
    await fire_all(town, case.due_at)
    lea = town.agents["lea"]
    [notice] = await town.db.read(lambda session: notices_of(session, agent_view(session, lea)))
    assert notice.reference == case.reference
    assert notice.text.startswith("First answer is due on")
    assert await town.db.read(_unseen, lea) == 1
    await town.db.write(see_notices, lea, notice.id - 1)
    assert await town.db.read(_unseen, lea) == 1
    await town.db.write(see_notices, lea)
    assert await town.db.read(_unseen, lea) == 0


@pytest.mark.parametrize(("before", "after", "at"), [("2h", "", "2026-06-05T15:00"), ("", "2h", "2026-06-08T11:00")])
def test_steps_are_counted_in_working_time(before: str, after: str, at: str) -> None:
    hours = Hours.parse({"mon-fri": "09:00-17:00"})
    deadline = Deadline(of="resolution", title="Resolution", at=datetime.fromisoformat("2026-06-05T17:00+00:00"))
    [step] = steps_of([Escalation(name="x", before=before, after=after)], [deadline], hours)
    assert step.at == datetime.fromisoformat(f"{at}+00:00")
