"""What people do to a case in the moment in which another process gives it out, lets it over, takes it as next or
closes it: only PostgreSQL has two that write at once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, create_engine

from hub.actions.casework import next_case
from hub.actions.casework.cases import close_resolved, reopen, resolve, transfer
from hub.actions.casework.distribute import distribute
from hub.actions.casework.next_case import Wanted, take_next
from hub.actions.casework.shares import share
from hub.actions.events import locked_case
from hub.actions.time.firing import fire_timer
from hub.actions.time.snoozing import KIND, snooze
from hub.actions.time.timers import drop_timers
from hub.models import Assignment, CaseStatus, Queue, Share, Timer
from hub.models.base import utcnow
from hub.reference import case_id_of
from tests.cases.anytown import Town, living
from tests.time.storm import staff

TICK = 0.3  # seconds: until the other process waits for the row


@pytest.fixture
async def town(postgres_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with living(postgres_url, tmp_path) as town:
        yield town


@contextmanager
def elsewhere(url: str) -> Iterator[Session]:
    """A session of another process; what it did is there once this ends."""
    engine = create_engine(url)
    with Session(engine) as session:
        yield session
        session.commit()
    engine.dispose()


async def with_queue(town: Town, **values: Any) -> None:
    [queue] = [queue for queue in await town.rows(Queue) if queue.slug == "waste"]
    await town.change(Queue, queue.id, **values)
    await town.desk.reload()


Verb = Callable[[Session, int, int], Any]


def ends(session: Session, case_id: int, agent_id: int) -> None:
    resolve(session, case_id, agent_id, "It was there twice")


def moves(session: Session, case_id: int, agent_id: int) -> None:
    transfer(session, case_id, agent_id, "roads", "A pothole")


@pytest.mark.parametrize(("verb", "status", "queue"), [(ends, "resolved", "waste"), (moves, "new", "roads")])
@pytest.mark.parametrize(
    "way", [{"assignment": "round-robin"}, {"overflow": {"to": "triage", "over": 0}}], ids=["given", "let over"]
)
async def test_what_is_resolved_or_transferred_meanwhile_is_neither_given_nor_let_over(
    town: Town, postgres_url: str, way: dict[str, Any], verb: Verb, status: str, queue: str
) -> None:
    await with_queue(town, **way)
    await town.db.write(staff, "waste", 1)
    receipt = await town.say("My missed bin")

    with elsewhere(postgres_url) as session:
        verb(session, case_id_of(receipt.reference) or 0, town.agents["ann"])
        session.flush()
        giving = asyncio.create_task(town.db.write(distribute, utcnow()))
        await asyncio.sleep(TICK)
        assert not giving.done()
    assert await giving == 0

    case = await town.case(receipt)
    assert (case.status, case.agent_id, await town.rows(Assignment)) == (CaseStatus(status), None, [])
    assert (await town.one(Queue, id=case.queue_id)).slug == queue


async def test_what_is_transferred_meanwhile_is_nobodys_next_case_there(
    town: Town, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, next_one = await town.say("My missed bin"), await town.say("My missed bin", "+447700900302")
    claim = next_case._Taking._claim
    meanwhile = iter([gone.reference])

    def claim_later(taking: Any, chosen: Any) -> Any:
        for reference in meanwhile:
            with elsewhere(postgres_url) as session:
                moves(session, case_id_of(reference) or 0, town.agents["bob"])
        return claim(taking, chosen)

    monkeypatch.setattr(next_case._Taking, "_claim", claim_later)
    [taken] = await town.db.write(take_next, [Wanted(town.agents["ann"], "waste")])

    assert taken.reference == next_one.reference
    assert (await town.case(gone)).agent_id is None


async def test_what_is_reopened_meanwhile_is_not_closed_and_keeps_the_queues_that_share_it(
    town: Town, postgres_url: str
) -> None:
    receipt = await town.say("My missed bin")
    await town.act(share, receipt, "ann", "roads", "It lies in a pothole")
    await town.act(resolve, receipt, "ann", "done")

    with elsewhere(postgres_url) as session:
        reopen(session, case_id_of(receipt.reference) or 0, town.agents["ann"])
        session.flush()
        closing = asyncio.create_task(town.db.write(close_resolved, utcnow() + timedelta(days=1)))
        await asyncio.sleep(TICK)
        assert not closing.done()
    assert await closing == 0

    assert (await town.case(receipt)).status is CaseStatus.OPEN
    assert len(await town.rows(Share)) == 1


async def test_who_works_on_a_case_never_waits_for_its_timer_that_waits_for_them(town: Town, postgres_url: str) -> None:
    receipt = await town.say("My missed bin")
    await town.act(snooze, receipt, "ann", utcnow() + timedelta(days=1))
    [timer] = await town.rows(Timer)

    with elsewhere(postgres_url) as session:
        session.execute(text("SET LOCAL lock_timeout = '1ms'"))
        case = locked_case(session, case_id_of(receipt.reference) or 0)
        firing = asyncio.create_task(town.db.write(fire_timer, timer.id, timer.due_at))
        await asyncio.sleep(TICK)
        drop_timers(session, KIND, case.id)
        assert not firing.done()
    await firing

    assert (await town.case(receipt)).status is CaseStatus.SNOOZED
