"""What the lane does beside SQLAlchemy: ids taken ahead, sessions made when needed, rows that travel together."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from hub.db.database import Database
from hub.db.dialects import dialect_of
from hub.db.session import ActionSession
from hub.errors import Conflict
from hub.models import Contact, Department, IdBlock
from hub.models.base import utcnow


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    db = Database(url)
    try:
        yield db
    finally:
        await db.close()


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url) as db:
        yield db


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    async with opened(sqlite_url) as db:
        yield db


# --- ids ---------------------------------------------------------------------------------------------------------


def take(session: Session, count: int = 1) -> list[int]:
    return dialect_of(session).reserve(session, "rows", count)


def take_and_fail(session: Session) -> None:
    take(session, 5)
    raise Conflict("the ids go with it")


def take_where_it_is_rolled_back(session: Session) -> list[int]:
    """Before, within and after a savepoint of the action's own; answers those outside."""
    before = take(session)
    with suppress(Conflict), session.begin_nested():
        take(session, 5000)  # more than any block holds
        raise Conflict("only the savepoint goes")
    return [*before, *take(session)]


def take_in_a_savepoint(session: Session) -> list[int]:
    with session.begin_nested():
        return take(session, 3)


def add_contacts(session: Session, ids: Sequence[int]) -> None:
    rows = [{"id": each, "name": "Jo", "language": "", "created_at": utcnow()} for each in ids]
    dialect_of(session).insert(session, Contact, rows)


def reserved(session: Session) -> int:
    return session.get_one(IdBlock, "rows").last


async def test_ids_are_each_given_once_and_rise_whatever_is_rolled_back_between(sqlite: Database) -> None:
    given: list[int] = []
    for _ in range(2):
        given += await sqlite.write(take, 3)
        with pytest.raises(Conflict):
            await sqlite.write(take_and_fail)
        given += await sqlite.write(take_where_it_is_rolled_back)
        given += await sqlite.write(take_in_a_savepoint)
        given += await sqlite.write(take, 2100)  # more than is left of a block

    assert given == sorted(set(given))
    assert given[-1] <= await sqlite.read(reserved)  # or another process would give it again


async def test_ids_rise_when_another_process_writes_between_two_groups(sqlite: Database, sqlite_url: str) -> None:
    other = Database(sqlite_url)
    try:
        given = [(await db.write(take))[0] for db in (sqlite, sqlite, other, other, sqlite, other)]
    finally:
        await other.close()

    assert given == sorted(set(given))
    assert given[1] == given[0] + 1  # nobody wrote between: from the block that was taken ahead


# --- late sessions -----------------------------------------------------------------------------------------------


def write_both_ways(session: Session, slug: str, then_fail: bool = False) -> bool:
    """By the driver alone, then through the ORM; answers whether the session was made only then."""
    assert isinstance(session, ActionSession)
    [contact_id] = take(session)
    add_contacts(session, [contact_id])
    was_made = session.is_made
    seen = session.exec(select(Contact.id).where(Contact.id == contact_id)).one()
    session.add(Department(slug=slug, name=f"{seen}"))
    if then_fail:
        raise Conflict("neither stays")
    return not was_made and session.is_made


def counts(session: Session) -> tuple[int, int]:
    return len(session.exec(select(Contact.id)).all()), len(session.exec(select(Department.slug)).all())


async def test_a_session_that_is_made_late_shares_the_drivers_transaction(db: Database) -> None:
    assert await db.write(write_both_ways, "one")
    with pytest.raises(Conflict):
        await db.write(write_both_ways, "two", then_fail=True)
    assert await db.read(counts) == (1, 1)
    assert await db.write(write_both_ways, "three")
    assert await db.read(counts) == (2, 2)


async def test_a_made_session_knows_no_more_than_any_other(db: Database) -> None:
    def ask(session: Session) -> bool:
        session.connection()
        return hasattr(session, "no_such_thing")

    assert not await db.write(ask)


# --- at once -----------------------------------------------------------------------------------------------------


def insert_at_once(session: Session, contact_ids: Sequence[int]) -> int:
    """Answers how many contacts the transaction sees once the block has ended."""
    dialect = dialect_of(session)
    with dialect.at_once(session):
        add_contacts(session, contact_ids)
        dialect.update(session, Contact, [{"id": each, "name": "Ada"} for each in contact_ids])
    sql = "SELECT count(*) FROM contacts WHERE name = 'Ada'"
    return int(dialect.fetch(session, sql)[0][0])


async def test_what_travels_at_once_is_there_when_the_block_ends(db: Database) -> None:
    assert await db.write(insert_at_once, [1, 2]) == 2


async def test_a_fault_of_what_travels_at_once_is_the_actions_own(db: Database) -> None:
    with pytest.raises(IntegrityError):
        await db.write(insert_at_once, [1, 1])
    assert await db.read(counts) == (0, 0)
    assert await db.write(insert_at_once, [1]) == 1  # the lane goes on
