"""Many at once: two processes, few statements, a stream without gaps, conversations without loss."""

import asyncio
import re
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlmodel import Session

from channels.contract import Address, Utterance
from hub.actions.sending.reply import reply
from hub.errors import Unavailable
from hub.models import Case, CaseEvent, Contact, Message
from hub.reference import case_id_of
from tests.cases.anytown import MAIL_DOMAIN, Town, living, said

# of a batch of plain texts, by how many; on SQLite many rows are several statements
MOST_STATEMENTS = {
    True: {("new", 1): 12, ("new", 100): 50, ("known", 1): 12, ("known", 100): 40},
    False: {("new", 1): 12, ("new", 100): 12, ("known", 1): 12, ("known", 100): 12},
}


async def test_50_texts_of_one_new_number_through_two_processes_are_one_case(postgres_url: str, tmp_path: Path) -> None:
    async with living(postgres_url, tmp_path) as one, living(postgres_url, tmp_path) as two:
        texts = [said(f"text {n}") for n in range(50)]
        receipts = await asyncio.gather(
            *((one, two)[n % 2].desk.receive([text]) for n, text in enumerate(texts)),
            *((two, one)[n % 2].desk.receive([text]) for n, text in enumerate(texts)),  # and the provider's retries
        )
        assert len({receipt.reference for [receipt] in receipts}) == 1
        assert sum(not receipt.duplicate for [receipt] in receipts) == 50
        assert len(await one.rows(Message, direction="in")) == 50
        assert len(await one.rows(Message, direction="out")) == 1
        assert len(await one.rows(Contact)) == len(await one.rows(Case)) == 1


@contextmanager
def counted(town: Town, tmp_path: Path) -> Iterator[list[str]]:
    """Every statement that the lane's driver sends meanwhile, BEGIN and COMMIT included:
    what SQLAlchemy hears of is the least of it."""
    heard: list[str] = []
    connection = town.db._lane._connection
    assert connection is not None
    driver: Any = connection.connection.dbapi_connection
    if town.db.is_sqlite:  # tells of a statement again for each row that a trigger answers
        told: list[str] = []
        driver.set_trace_callback(told.append)
        yield heard
        driver.set_trace_callback(None)
        heard += [sql for sql in dict.fromkeys(told) if not sql.startswith("--") and "messages_search" not in sql]
        return
    trace = tmp_path / "trace"
    with trace.open("w") as file:
        driver.pgconn.trace(file.fileno())
        yield heard
        driver.pgconn.untrace()
    heard += [line for line in trace.read_text().splitlines() if re.search(r"F\t\d+\t(Bind|Query)\b", line)]


@pytest.mark.parametrize("size", [1, 100])
async def test_a_batch_takes_few_statements_however_large(town: Town, tmp_path: Path, size: int) -> None:
    warm_up = [said("My missed bin", f"+4477008{n:05}") for n in range(size)]
    await town.receive(*warm_up)
    texts = [said("My missed bin", f"+4477009{n:05}", sender_name="Jo") for n in range(size)]
    with counted(town, tmp_path) as heard:
        await town.receive(*texts)
    assert 5 < len(heard) <= MOST_STATEMENTS[town.db.is_sqlite]["new", size], heard


@pytest.mark.parametrize("size", [1, 100])
async def test_known_numbers_take_as_few(town: Town, tmp_path: Path, size: int) -> None:
    numbers = [f"+4477009{n:05}" for n in range(size)]
    await town.receive(*(said("My missed bin", number) for number in numbers))
    with counted(town, tmp_path) as heard:
        await town.receive(*(said("Still there", number) for number in numbers))
    assert 5 < len(heard) <= MOST_STATEMENTS[town.db.is_sqlite]["known", size], heard


# --- the stream ------------------------------------------------------------------------------------------------


async def test_the_events_of_a_case_are_numbered_without_gaps(town: Town) -> None:
    receipts = await town.receive(*(said(f"text {n}", f"+44770090012{n % 3}") for n in range(12)))
    await asyncio.gather(*(town.act(reply, r, "ann", "Hello", mail_domain=MAIL_DOMAIN) for r in receipts))
    for case in await town.rows(Case):
        seqs = sorted(event.seq for event in await town.rows(CaseEvent, case_id=case.id))
        assert seqs == list(range(1, case.seq + 1))


async def test_subscribers_hear_every_event_once_in_order(town: Town) -> None:
    with town.hub.live.subscribe() as events:
        receipts = await town.receive(*(said(f"text {n}", f"+44770090012{n}") for n in range(5)))
        await town.act(reply, receipts[0], "ann", "Hello", mail_domain=MAIL_DOMAIN)
        written = await town.rows(CaseEvent)
        async with asyncio.timeout(5):
            heard = [await anext(events) for _ in written]
    assert sorted((event.id, event.seq) for event in heard) == [(event.id, event.seq) for event in written]
    of_case: dict[int, list[int]] = {}
    for each in heard:
        of_case.setdefault(each.case_id, []).append(each.seq)
    assert all(seqs == sorted(seqs) for seqs in of_case.values())


async def test_who_doesnt_listen_at_the_moment_hears_nothing_and_all_that_comes_after(town: Town) -> None:
    listens = False
    with town.hub.live.subscribe(while_=lambda: listens) as idly:
        with town.hub.live.subscribe() as always:
            await town.say("unheard")
            async with asyncio.timeout(5):
                unheard = [await anext(always) for _ in range(2)]
        listens = True
        await town.say("heard", "+447700900124")
        async with asyncio.timeout(5):
            heard = [await anext(idly) for _ in range(2)]
    assert {event.case_id for event in heard}.isdisjoint(event.case_id for event in unheard)


async def test_a_slow_commit_is_never_skipped(postgres_url: str, tmp_path: Path) -> None:
    """One process takes its ids first and commits last: the tail tells both, and the slow one too."""
    async with living(postgres_url, tmp_path) as slow, living(postgres_url, tmp_path) as quick:
        case_id = case_id_of((await slow.say("slow")).reference) or 0
        inside, go_on = threading.Event(), threading.Event()

        def note_slowly(session: Any) -> None:
            from hub.actions.casework.cases import note

            note(session, case_id, slow.agents["ann"], "slow note")
            session.flush()
            inside.set()
            go_on.wait(5)

        with quick.hub.live.subscribe() as events:
            noting = asyncio.create_task(slow.db.write(note_slowly))
            await asyncio.to_thread(inside.wait, 5)
            await quick.say("quick", "+447700900124")
            go_on.set()
            await noting
            heard: Counter[str] = Counter()
            async with asyncio.timeout(5):
                while heard["noted"] < 1 or heard["acknowledged"] < 1:
                    heard[(await anext(events)).kind] += 1
        assert heard == {"noted": 1, "opened": 1, "acknowledged": 1}


async def test_a_subscriber_who_lags_too_far_is_told_to_look_at_everything(town: Town) -> None:
    with town.hub.live.subscribe() as events:
        await town.receive(*(said("My missed bin", f"+4477009{n:05}") for n in range(600)))
        await _until_quiet(town)
        assert (await anext(events)).kind == "behind"


async def _until_quiet(town: Town) -> None:
    """The live tail has told all that was committed."""
    last = (await town.rows(CaseEvent))[-1].id
    with town.hub.live.subscribe() as events:
        await town.say("the last")
        async for each in events:
            if each.id > last:
                return


# --- conversations ---------------------------------------------------------------------------------------------


async def heard_by(follower: AsyncIterator[Utterance], count: int) -> list[Utterance]:
    async with asyncio.timeout(5):
        return [await anext(follower) for _ in range(count)]


async def test_a_conversation_is_followed_and_resumed_without_loss_or_doubling(town: Town) -> None:
    address = Address("chat", "session-1")
    first = await town.say("one", "session-1", channel="webchat")
    async with aclosing(town.desk.follow(address, 0)) as follower:  # type: ignore[type-var]  # it is a generator
        assert [u.text for u in await heard_by(follower, 1)] == ["one"]
        await town.act(reply, first, "ann", "two", mail_domain=MAIL_DOMAIN)
        [two] = await heard_by(follower, 1)
        assert (two.text, two.direction, two.author) == ("two", "out", "Ann Ash")
    await town.act(reply, first, "ann", "three", mail_domain=MAIL_DOMAIN)
    await town.say("four", "session-1", channel="webchat")
    async with aclosing(town.desk.follow(address, two.id)) as follower:  # type: ignore[type-var]  # as above
        assert [u.text for u in await heard_by(follower, 2)] == ["three", "four"]


async def test_nobody_follows_another_ones_words_nor_notes(town: Town) -> None:
    from hub.actions.casework.cases import note

    mine = await town.say("mine", "session-1", channel="webchat")
    await town.say("theirs", "session-2", channel="webchat")
    await town.act(note, mine, "ann", "a secret note")
    await town.act(reply, mine, "ann", "answer", mail_domain=MAIL_DOMAIN)
    async with aclosing(town.desk.follow(Address("chat", "session-1"), 0)) as follower:  # type: ignore[type-var]
        assert [u.text for u in await heard_by(follower, 2)] == ["mine", "answer"]


async def test_the_tail_outlives_a_fault_of_the_database(town: Town) -> None:
    """A table that is away for a moment, as while a backup is restored, must not silence the live view for ever."""
    await town.db.write(_rename, "case_events", "elsewhere")
    town.db.signals.fire(["events"])
    with town.hub.live.subscribe() as events:
        await asyncio.sleep(0.1)  # the tail looks, and finds no table
        with pytest.raises((Unavailable, ProgrammingError)):
            await town.rows(CaseEvent)
        await town.db.write(_rename, "elsewhere", "case_events")
        await town.say("My missed bin")
        async with asyncio.timeout(5):
            assert (await anext(events)).kind == "opened"


def _rename(session: Session, name: str, other: str) -> None:
    session.connection().execute(text(f"ALTER TABLE {name} RENAME TO {other}"))
