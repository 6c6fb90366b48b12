"""Timers: due dates in rows that the worker claims. Time is given; a timer is fired once, whatever dies."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from hub.actions.casework.cases import note
from hub.actions.time.firing import TRIES, Due, due_timers, fire_timer, next_timer, postpone_timer
from hub.actions.time.snoozing import snooze
from hub.actions.time.timers import drop_timers, set_timer
from hub.models import CaseStatus, Timer
from hub.models.base import utcnow
from tests.cases.anytown import Town, living

NOW = utcnow()
MINUTE = timedelta(minutes=1)


def put(
    session: Session, kind: str, due_at: datetime, case_id: int | None = None, name: str = "", agent: int = 0
) -> None:
    set_timer(session, kind, due_at, case_id, name, agent=agent)


def jot(session: Session, due: Due, now: Any) -> None:
    assert due.case_id is not None
    note(session, due.case_id, due.detail["agent"], f"{due.name} at {due.due_at.isoformat()}")


async def fire(town: Town) -> None:
    for timer_id in await town.db.read(due_timers, NOW):
        await town.db.write(fire_timer, timer_id, NOW, {"jot": jot})


async def test_a_timer_is_fired_when_it_is_due_and_only_once(town: Town) -> None:
    case = await town.case(await town.say("My missed bin", inbox="brief"))
    await town.db.write(put, "jot", NOW + MINUTE, case.id, "later", agent=town.agents["ann"])
    await town.db.write(put, "jot", NOW - MINUTE, case.id, "now", agent=town.agents["ann"])

    assert await town.db.read(next_timer, NOW) == 0
    await fire(town)
    await fire(town)

    assert await town.kinds(case.id) == ["opened", "noted"]
    assert [timer.name for timer in await town.rows(Timer)] == ["later"]
    assert await town.db.read(next_timer, NOW) == 60


async def test_of_two_workers_one_fires_it(database_url: str, tmp_path: Path) -> None:
    async with living(database_url, tmp_path) as one, living(database_url, tmp_path) as two:
        case = await one.case(await one.say("My missed bin", inbox="brief"))
        for n in range(5):
            await one.db.write(put, "jot", NOW, case.id, str(n), agent=one.agents["ann"])
        await asyncio.gather(fire(one), fire(two))
        assert (await one.kinds(case.id)).count("noted") == 5


async def test_a_timer_of_the_same_name_takes_the_place_of_the_other(town: Town) -> None:
    case = await town.case(await town.say("My missed bin"))
    for due_at in (NOW, NOW + MINUTE):
        await town.db.write(put, "jot", due_at, case.id, "a")
        await town.db.write(put, "jot", due_at, None, "a")
    assert [timer.due_at for timer in await town.rows(Timer)] == [NOW + MINUTE] * 2
    await town.db.write(drop_timers, "jot", case.id)
    assert [timer.case_id for timer in await town.rows(Timer)] == [None]


async def test_one_that_fails_stays_and_is_tried_again_later(town: Town) -> None:
    await town.db.write(put, "jot", NOW)
    [timer] = await town.rows(Timer)
    with pytest.raises(AssertionError):
        await fire(town)
    assert await town.db.write(postpone_timer, timer.id, NOW) == 1
    assert await town.db.read(next_timer, NOW) == 10
    for _ in range(TRIES):
        await town.db.write(postpone_timer, timer.id, NOW)
    assert await town.db.read(next_timer, NOW) == 3_600
    assert await town.db.write(postpone_timer, 999, NOW) == 0


async def test_a_case_that_was_put_off_comes_back_though_the_clock_was_set_back_a_little(town: Town) -> None:
    receipt = await town.say("My missed bin")
    await town.act(snooze, receipt, "ann", utcnow() + timedelta(days=1))
    [timer] = await town.rows(Timer)

    await town.db.write(fire_timer, timer.id, timer.due_at - timedelta(seconds=1))

    assert (await town.case(receipt)).status is CaseStatus.OPEN
