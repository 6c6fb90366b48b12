"""The write lane: told after COMMIT only, each action alone, conflicts retried, an absent database said so."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from hub.db.database import Database
from hub.db.dialects import dialect_of
from hub.db.session import wake
from hub.errors import Conflict, Unavailable
from hub.models import Contact, Council, Department, Receipt
from hub.models.base import utcnow
from tests.support import postgres as postgresql


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url) as db:
        yield db


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    db = Database(url)
    try:
        yield db
    finally:
        await db.close()


def add(session: Session, slug: str) -> str:
    session.add(Department(slug=slug, name=slug))
    session.flush()
    return slug


def add_and_fail(session: Session, slug: str) -> None:
    add(session, slug)
    raise Conflict("somebody was first")


def slugs(session: Session) -> set[str]:
    return set(session.exec(select(Department.slug)))


def increment(session: Session) -> int:
    council = session.get_one(Council, 1, with_for_update=True)
    council.revision += 1
    return council.revision


async def held(db: Database) -> Callable[[], None]:
    """Stops the lane inside an action; what is written meanwhile waits together. Returns what lets it go."""
    inside, go = threading.Event(), threading.Event()

    def wait(session: Session) -> None:
        inside.set()
        go.wait(10)

    waiting = asyncio.create_task(db.write(wait))
    await asyncio.to_thread(inside.wait, 10)
    _background.add(waiting)
    waiting.add_done_callback(_background.discard)
    return go.set


_background: set[asyncio.Task[None]] = set()


async def together(db: Database, *calls: Callable[[], Any]) -> list[Any]:
    """Results or errors of writes that wait for the lane together."""
    let_go = await held(db)
    tasks = [asyncio.create_task(call()) for call in calls]
    await asyncio.sleep(0)
    let_go()
    return await asyncio.gather(*tasks, return_exceptions=True)


# --- each action alone -----------------------------------------------------------------------------------------


async def test_the_second_of_three_fails_alone(db: Database) -> None:
    results = await together(
        db, lambda: db.write(add, "a"), lambda: db.write(add_and_fail, "b"), lambda: db.write(add, "c")
    )
    assert results[0] == "a"
    assert isinstance(results[1], Conflict)
    assert results[2] == "c"
    assert await db.read(slugs) == {"a", "c"}


async def test_a_violated_constraint_fails_alone(db: Database) -> None:
    results = await together(db, lambda: db.write(add, "a"), lambda: db.write(add, "a"), lambda: db.write(add, "c"))
    assert [type(result) for result in results] == [str, IntegrityError, str]
    assert await db.read(slugs) == {"a", "c"}


def wrong_sql(session: Session) -> None:
    session.connection().execute(text("SELECT no_such_thing FROM departments"))


def too_long_for_an_index(session: Session) -> None:
    noise = "".join(chr(33 + n * n % 90) + str(n) for n in range(20_000))
    rows = [{"inbox_id": 1, "external_id": noise, "message_id": 1, "at": utcnow()}]
    dialect_of(session).insert(session, Receipt, rows)


@pytest.mark.parametrize("faulty", [wrong_sql, too_long_for_an_index])
async def test_a_fault_that_the_driver_calls_operational_is_still_the_actions_own(
    db: Database, faulty: Callable[[Session], None]
) -> None:
    results = await together(db, lambda: db.write(add, "a"), lambda: db.write(faulty), lambda: db.write(add, "c"))
    assert (results[0], results[2]) == ("a", "c")
    assert isinstance(results[1], Exception)
    assert not isinstance(results[1], Unavailable)


async def test_an_action_never_commits_and_keeps_nothing_when_it_tries(db: Database) -> None:
    def commits(session: Session) -> None:
        add(session, "half")
        session.commit()

    with pytest.raises(RuntimeError, match="never commits"):
        await db.write(commits)
    assert await db.read(slugs) == set()


async def test_a_batched_action_that_fails_together_is_tried_one_by_one(db: Database) -> None:
    def add_all(session: Session, names: list[str]) -> list[str]:
        if "poison" in names:
            add(session, "half")
            raise ValueError("poison")
        return [add(session, name) for name in names]

    results = await together(db, *(lambda name=name: db.write_batched(add_all, name) for name in ("a", "poison", "c")))
    assert [results[0], type(results[1]), results[2]] == ["a", ValueError, "c"]
    assert await db.read(slugs) == {"a", "c"}


async def test_what_waits_together_is_one_call_of_a_batched_action(db: Database) -> None:
    calls: list[int] = []

    def count(session: Session, names: list[str]) -> list[str]:
        calls.append(len(names))
        return names

    results = await together(db, *(lambda n=n: db.write_batched(count, str(n)) for n in range(50)))
    assert results == [str(n) for n in range(50)]
    assert calls == [50]


# --- COMMIT ----------------------------------------------------------------------------------------------------


async def test_nobody_is_told_before_it_is_durable(db: Database, database_url: str) -> None:
    """Whoever waits is told by the lane's thread after COMMIT: a second connection sees it at once."""
    async with opened(database_url) as other:
        for n in range(20):
            await db.write(add, f"d{n}")
            assert f"d{n}" in await other.read(slugs)


async def test_a_failed_commit_fails_all_and_leaves_nothing(db: Database) -> None:
    def breaks_a_deferred_key(session: Session) -> None:
        sql = (
            "INSERT INTO addresses (id, uri, contact_id, verification, created_at) "
            "VALUES (1, 'tel:1', 99, 'claimed', CURRENT_TIMESTAMP)"
        )
        session.connection().execute(text(sql))
        wake(session, "events")

    with db.signals.listen("events") as listening:
        results = await together(db, lambda: db.write(add, "a"), lambda: db.write(breaks_a_deferred_key))
        assert all(isinstance(result, IntegrityError) for result in results)
        assert not await listening.wait(0.01)
    assert await db.read(slugs) == set()
    assert await db.write(add, "after") == "after"


async def test_signals_come_after_commit_and_only_from_what_was_kept(db: Database) -> None:
    def wakes_and_fails(session: Session) -> None:
        wake(session, "outbox")
        raise Conflict("no")

    def wakes(session: Session) -> None:
        wake(session, "events")

    with db.signals.listen("outbox") as outbox, db.signals.listen("events") as events:
        await together(db, lambda: db.write(wakes_and_fails), lambda: db.write(wakes))
        assert await events.wait(1)
        assert not await outbox.wait(0.01)


async def test_what_one_process_kept_wakes_another(postgres_url: str) -> None:
    async with two_processes(postgres_url) as (one, other):
        with other.signals.listen("events") as events, other.signals.listen("outbox") as outbox:
            async with asyncio.timeout(10):
                await one.write(wake, "events")
                while not await events.wait(0.1):  # the other one may not have been listening yet
                    await one.write(wake, "events")
            assert not await outbox.wait(0.01)


async def test_a_process_is_the_first_of_its_role_until_it_ends(postgres_url: str) -> None:
    async with opened(postgres_url) as first, opened(postgres_url) as second:
        await first.start("worker")
        await second.start("worker")
        assert (first.is_first, second.is_first) == (True, False)
    async with opened(postgres_url) as web, opened(postgres_url) as third:
        await web.start()
        await third.start("worker")
        assert (web.is_first, third.is_first) == (False, True)


@asynccontextmanager
async def two_processes(url: str) -> AsyncIterator[tuple[Database, Database]]:
    one, other = Database(url), Database(url)
    try:
        await one.start()
        await other.start()
        yield one, other
    finally:
        await one.close()
        await other.close()


async def test_whoever_stops_waiting_does_not_undo_the_action_nor_stop_the_lane(db: Database) -> None:
    let_go = await held(db)
    task = asyncio.create_task(db.write(add, "a"))
    await asyncio.sleep(0)
    task.cancel()
    let_go()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await db.write(add, "b") == "b"
    assert await db.read(slugs) == {"a", "b"}


async def test_closing_lets_what_waits_finish_and_refuses_what_comes_later(database_url: str) -> None:
    db = Database(database_url)
    tasks = [asyncio.create_task(db.write(add, f"d{n}")) for n in range(20)]
    await asyncio.sleep(0)
    await db.close()
    assert len(await asyncio.gather(*tasks)) == 20
    with pytest.raises(Unavailable):
        await db.write(add, "late")


# --- several writers -------------------------------------------------------------------------------------------


async def test_120_increments_of_concurrent_writers_are_120(db: Database, database_url: str) -> None:
    await db.write(lambda session: session.add(Council(id=1, name="Anytown")))
    async with opened(database_url) as second, opened(database_url) as third:
        writers = [db, second, third]
        told = await asyncio.gather(*(writers[n % 3].write(increment) for n in range(120)))
    assert sorted(told) == list(range(1, 121))


async def test_a_deadlock_between_two_processes_is_retried(postgres_url: str) -> None:
    """Each locks one row, then wants the other's: PostgreSQL fails one of them, and the lane tries it again."""
    tries: list[str] = []
    first_locked, second_locked = threading.Event(), threading.Event()

    def one_then_other(session: Session, mine: str, other: str, locked: threading.Event, wait: threading.Event) -> str:
        tries.append(mine)
        lock = text("SELECT id FROM departments WHERE slug = :slug FOR UPDATE")
        session.connection().execute(lock, {"slug": mine})
        locked.set()
        wait.wait(5)
        session.connection().execute(lock, {"slug": other})
        return mine

    async with opened(postgres_url) as first, opened(postgres_url) as second:
        await first.write(add, "a")
        await first.write(add, "b")
        results = await asyncio.gather(
            first.write(one_then_other, "a", "b", first_locked, second_locked),
            second.write(one_then_other, "b", "a", second_locked, first_locked),
        )
    assert [*results] == ["a", "b"]
    assert len(tries) == 3


# --- readers ---------------------------------------------------------------------------------------------------


async def test_readers_cannot_write(db: Database) -> None:
    def sneaky(session: Session) -> None:
        add(session, "sneaky")
        session.commit()

    with pytest.raises(Exception, match=r"(?i)read-?only|can't be reached"):
        await db.read(sneaky)
    assert await db.read(slugs) == set()


async def test_a_reader_sees_one_moment_however_long_it_looks(db: Database) -> None:
    looked, written = threading.Event(), threading.Event()

    def look_twice(session: Session) -> tuple[set[str], set[str]]:
        before = slugs(session)
        looked.set()
        written.wait(5)
        session.expire_all()
        return before, slugs(session)

    looking = asyncio.create_task(db.read(look_twice))
    await asyncio.to_thread(looked.wait, 5)
    await db.write(add, "a")
    written.set()
    assert await looking == (set(), set())


# --- the database is away --------------------------------------------------------------------------------------


async def test_a_postgresql_that_stops_is_unavailable_and_one_that_returns_is_used_again(
    postgres: postgresql.Server, postgres_url: str
) -> None:
    name = postgres_url.partition("@/")[2].partition("?")[0]
    away = f"{name}_away"
    async with opened(postgres_url) as db:
        await db.write(add, "a")
        await db.read(slugs)
        _rename(postgres, name, away)
        with pytest.raises(Unavailable):
            await db.write(add, "b")
        with pytest.raises(Unavailable):
            await db.read(slugs)
        _rename(postgres, away, name)
        assert await db.write(add, "c") == "c"
        assert await db.read(slugs) == {"a", "c"}


async def test_a_connection_lost_between_two_groups_is_made_anew_and_nobody_notices(postgres_url: str) -> None:
    def backend(session: Session) -> int:
        return int(session.connection().execute(text("SELECT pg_backend_pid()")).scalar_one())

    async with opened(postgres_url) as db:
        lost = await db.write(backend)
        with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (lost,))
        assert await db.write(add, "a") == "a"
        assert await db.write(backend) != lost
        assert await db.read(slugs) == {"a"}


def _rename(postgres: postgresql.Server, name: str, other: str) -> None:
    """As good as a stopped server for one database: its connections end, and it can't be reached by its name."""
    from psycopg import sql

    end = sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}")
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    postgres.execute(end.format(sql.Literal(name)), rename.format(sql.Identifier(name), sql.Identifier(other)))


async def test_a_full_disk_is_unavailable_and_nothing_is_half_stored(sqlite_url: str) -> None:
    def cram(session: Session) -> None:
        session.connection().exec_driver_sql("PRAGMA max_page_count = 1")  # SQLite takes the present size instead
        session.add(Contact(id=1, name="x" * 2_000_000))
        session.flush()

    async with opened(sqlite_url) as db:
        results = await together(db, lambda: db.write(add, "a"), lambda: db.write(cram))
        assert [type(result) for result in results] == [Unavailable, Unavailable]
        assert await db.read(slugs) == set()
        await db.write(lambda session: session.connection().exec_driver_sql("PRAGMA max_page_count = 1000000").close())
        assert await db.write(add, "after") == "after"


async def test_a_sqlite_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    async with opened(f"sqlite:///{tmp_path / 'folder.db'}") as db:
        with pytest.raises(Unavailable):
            await db.write(add, "a")
        with pytest.raises(Unavailable):
            await db.read(slugs)


async def test_a_sqlite_that_another_process_holds_is_waited_for(sqlite_url: str) -> None:
    async with opened(sqlite_url) as db:
        with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            writing = asyncio.create_task(db.write(add, "a"))
            await asyncio.sleep(0.05)
            assert not writing.done()
            other.execute("ROLLBACK")
        assert await writing == "a"
