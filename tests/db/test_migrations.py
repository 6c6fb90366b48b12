"""The schema: from nothing to the models and back, on both databases; other versions are refused with a sentence."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import Session, SQLModel, col, select

import hub.models  # noqa: F401  # fills the metadata
from hub.db import migrate
from hub.db.engine import writer_engine
from hub.db.types import Json, UTCDateTime, Word
from hub.errors import Invalid, Unavailable
from hub.models import Bookmark, Department, Inbox, Queue
from hub.models.base import utcnow
from tests.support.postgres import Server

ONLY_IN_MIGRATIONS = {
    "ix_messages_search",
    "ix_case_events_transaction_id_id",
    "transaction_id",
}  # see migrations/search.py


@pytest.fixture
def postgres_url(postgres: Server, postgres_template: str) -> Iterator[str]:
    """A migrated database that no later test gets: these tests change its tables."""
    yield postgres.create("to_be_changed", template=postgres_template)
    postgres.drop("to_be_changed")


def execute(url: str, *statements: str) -> None:
    engine = writer_engine(url)
    try:
        with engine.connect() as connection, connection.begin():
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


def tables(url: str) -> set[str]:
    engine = writer_engine(url)
    try:
        return set(sqlalchemy.inspect(engine).get_table_names())
    finally:
        engine.dispose()


def differences(url: str) -> list[object]:
    """Between the migrated schema and the models, apart from what only the migrations know."""
    engine = writer_engine(url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            found = compare_metadata(context, SQLModel.metadata)
    finally:
        engine.dispose()
    return [each for each in found if not _only_in_migrations(each)]


def _only_in_migrations(difference: object) -> bool:
    if not isinstance(difference, tuple):
        return False
    named = {str(getattr(part, "name", "")) for part in difference}
    return bool(named & ONLY_IN_MIGRATIONS) or any(name.startswith("messages_search") for name in named)


def test_an_empty_database_becomes_what_the_models_say(empty_database_url: str) -> None:
    assert migrate.upgrade(empty_database_url)
    assert differences(empty_database_url) == []
    assert not migrate.upgrade(empty_database_url)
    migrate.check(empty_database_url)


def test_the_versions_that_file_names_tell_are_alembics() -> None:
    scripts = ScriptDirectory.from_config(migrate._config())
    assert migrate.revisions() == tuple(reversed([script.revision for script in scripts.walk_revisions()]))


def test_a_difference_is_noticed(database_url: str) -> None:
    execute(database_url, "ALTER TABLE contacts ADD COLUMN shoe_size INTEGER")
    assert len(differences(database_url)) == 1


def test_what_goes_up_comes_down_and_up_again(database_url: str) -> None:
    engine = writer_engine(database_url)
    try:
        with engine.connect() as connection, connection.begin():
            command.downgrade(migrate._config(connection), "base")
    finally:
        engine.dispose()
    assert tables(database_url) <= {"alembic_version"}
    assert migrate.upgrade(database_url)
    assert differences(database_url) == []


def test_a_filled_database_goes_down_and_up_again_with_its_rows(database_url: str) -> None:
    engine = writer_engine(database_url)
    try:
        with engine.connect() as connection, connection.begin():
            filled = _fill(connection)
            command.downgrade(migrate._config(connection), "0001")
            first = set(sqlalchemy.inspect(connection).get_table_names())
        assert migrate.upgrade(database_url)
        with engine.connect() as connection:
            rows = {name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar() for name in filled}
        assert rows == {name: 1 if name in first else 0 for name in filled}
        assert differences(database_url) == []
    finally:
        engine.dispose()


def _fill(connection: sqlalchemy.Connection) -> set[str]:
    """A row in each table, each naming the others by its foreign keys."""
    filled = [table for table in SQLModel.metadata.sorted_tables if table.name != "originals"]
    for table in filled:
        connection.execute(table.insert().values({column.name: _any_value(column) for column in table.columns}))
    return {table.name for table in filled}


def _any_value(column: sqlalchemy.Column[Any]) -> object:
    match column.type:
        case Json():
            return {}
        case Word(enum=words):
            return next(iter(words))
        case UTCDateTime():
            return utcnow()
        case sqlalchemy.Date():
            return utcnow().date()
        case sqlalchemy.Boolean():
            return True
        case sqlalchemy.Integer() | sqlalchemy.Float():
            return 1
        case sqlalchemy.LargeBinary():
            return b"1"
    return "1"


def test_an_acknowledgement_is_for_everybody_before_there_are_languages(database_url: str) -> None:
    texts = [{"": "Thank you"}, {}, {"cy": "Diolch", "en": "Thank you"}]
    engine = writer_engine(database_url)

    def told(column: str) -> list[object]:
        return [row[0] for row in connection.execute(text(f"SELECT {column} FROM inboxes ORDER BY id"))]

    try:
        with Session(engine) as session:
            department = Department(slug="d", name="D")
            session.add(department)
            session.flush()
            queue = Queue(department_id=department.id or 0, slug="q", name="Q")
            session.add(queue)
            session.flush()
            for number, each in enumerate(texts):
                inbox = Inbox(channel="email", name=f"n{number}", queue_id=queue.id or 0, acknowledgements=each)
                session.add(inbox)
                session.flush()
                session.add(Bookmark(inbox_id=inbox.id or 0, place="INBOX"))
            session.commit()
        with engine.connect() as connection, connection.begin():
            command.downgrade(migrate._config(connection), "0018")
            assert told("acknowledge") == ["Thank you", "", "Diolch"]
        assert migrate.upgrade(database_url)
        with Session(engine) as session:
            rows = session.exec(select(Inbox).order_by(col(Inbox.id))).all()
            assert [row.acknowledgements for row in rows] == [{"": "Thank you"}, {}, {"": "Diolch"}]
    finally:
        engine.dispose()


def test_no_step_back_loses_the_originals_of_mails(database_url: str) -> None:
    engine = writer_engine(database_url)
    try:
        with engine.connect() as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("ALTER TABLE originals DISABLE TRIGGER ALL"))
            else:
                connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            connection.execute(text("INSERT INTO originals (attachment_id, content) VALUES (1, 'a mail')"))
            with pytest.raises(Invalid, match="1 originals of mails"):
                command.downgrade(migrate._config(connection), "0014")
            connection.execute(text("DELETE FROM originals"))
    finally:
        engine.dispose()
    assert "originals" in tables(database_url)


def test_a_migration_that_fails_leaves_nothing(empty_database_url: str) -> None:
    execute(empty_database_url, "CREATE VIEW receipts AS SELECT 1 AS id")
    with pytest.raises(Exception, match="receipts"):
        migrate.upgrade(empty_database_url)
    assert tables(empty_database_url) == set()


def test_of_those_who_migrate_at_once_one_does_it(empty_database_url: str) -> None:
    with ThreadPoolExecutor(3) as several:
        done = list(several.map(migrate.upgrade, [empty_database_url] * 3))

    assert sorted(done) == [False, False, True]


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database_url: str) -> None:
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    for use in (migrate.check, migrate.upgrade):
        with pytest.raises(Invalid, match="newer version"):
            use(database_url)


def test_an_empty_or_older_database_is_refused_with_what_to_do(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Invalid, match=r"is empty.*hub migrate"):
        migrate.check(empty_database_url)
    migrate.upgrade(empty_database_url)
    monkeypatch.setattr(migrate, "_newest", lambda: "0002")  # as if one more migration had been written
    with pytest.raises(Invalid, match=r"older version.*hub migrate"):
        migrate.check(empty_database_url)


def test_a_first_start_migrates_only_an_empty_database(empty_database_url: str) -> None:
    migrate.upgrade_if_empty(empty_database_url)
    migrate.check(empty_database_url)
    execute(empty_database_url, "UPDATE alembic_version SET version_num = '9999'")
    migrate.upgrade_if_empty(empty_database_url)
    with pytest.raises(Invalid):
        migrate.check(empty_database_url)


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all/hub.db", "postgresql+psycopg://hub:secret@127.0.0.1:9/hub"])
def test_a_database_that_is_not_there_is_one_sentence_without_its_password(url: str) -> None:
    with pytest.raises(Unavailable, match="HUB_DATABASE_URL") as unavailable:
        migrate.check(url)
    assert "secret" not in str(unavailable.value)


def test_a_database_of_something_else_is_refused_and_left_alone(empty_database_url: str) -> None:
    execute(empty_database_url, "CREATE TABLE agents (id INTEGER)")
    for use in (migrate.upgrade, migrate.upgrade_if_empty):
        with pytest.raises(Invalid, match="tables of something else"):
            use(empty_database_url)
    assert tables(empty_database_url) == {"agents"}


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "hub.db").write_bytes(b"somebody's notes" * 100)
    with pytest.raises(Invalid, match="HUB_DATABASE_URL"):
        migrate.check(f"sqlite:///{tmp_path / 'hub.db'}")
