"""PostgreSQL over psycopg: many rows as one JSON recordset a statement, sequences, row locks."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

import orjson
import psycopg
from sqlalchemy import CursorResult, LargeBinary, Table
from sqlalchemy.dialects import postgresql
from sqlmodel import Session, SQLModel

from hub.db.dialects.base import DatabaseDialect, InsertPlan, Rows, Sequence_, plan_insert, table_of
from hub.db.driver import as_sqlalchemy, connection_of, execute

_MANY = re.compile(r"IN MANY\(:(\w+)\)")
_NAMED = re.compile(r"(?<!:):(\w+)")  # not the :: of a cast
_WORDS = re.compile(r"\w+")


class PostgreSQL(DatabaseDialect):
    name = "postgresql"
    row_lock = "FOR NO KEY UPDATE"
    row_claim = "FOR NO KEY UPDATE SKIP LOCKED"

    def reserve(self, session: Session, sequence: Sequence_, count: int) -> list[int]:
        sql = "SELECT nextval(:name) FROM generate_series(1, :count)"
        return [row[0] for row in self.fetch(session, sql, name=f"{sequence}_id", count=count)]

    def hold(self, session: Session, name: str) -> None:
        self.run(session, "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))", name=name)

    def run(self, session: Session, sql: str, **values: Any) -> CursorResult[Any]:
        return connection_of(session).exec_driver_sql(_driver_sql(sql), values)

    def fetch(self, session: Session, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        return cast(list[tuple[Any, ...]], execute(session, _driver_sql(sql), values).fetchall())

    def fetch_at_once(self, session: Session, columns: str, sql: str, **values: Any) -> list[Sequence[Any]]:
        return cast(list[Sequence[Any]], self.fetch(session, f"SELECT {columns} FROM ({sql}) rows", **values))  # noqa: S608  # our own words

    def insert_new(self, session: Session, model: type[SQLModel], rows: Rows) -> int:
        if not rows:
            return 0
        sql = _insert_sql(plan_insert(model, tuple(rows[0])), "ON CONFLICT DO NOTHING")
        return int(execute(session, sql, (_json(rows),)).rowcount)

    def insert(self, session: Session, model: type[SQLModel], rows: Rows) -> None:
        if not rows:
            return
        plan = plan_insert(model, tuple(rows[0]))
        if _holds_octets(plan.table, plan.keys):
            execute(session, _insert_columns_sql(plan), [[row[key] for row in rows] for key in plan.keys])
        else:
            execute(session, _insert_sql(plan, ""), (_json(rows),))

    def insert_returning(self, session: Session, model: type[SQLModel], rows: Rows, tail: str) -> Sequence[Any]:
        if not rows:
            return []
        sql = _insert_sql(plan_insert(model, tuple(rows[0])), tail)
        return cast(Sequence[Any], execute(session, sql, (_json(rows),)).fetchall())

    @contextmanager
    def at_once(self, session: Session) -> Iterator[None]:
        connection = connection_of(session)
        driver: Any = connection.connection.dbapi_connection
        try:
            with driver.pipeline():
                yield
        except psycopg.Error as error:
            raise as_sqlalchemy(connection, error) from error

    def update(self, session: Session, model: type[SQLModel], rows: Rows) -> None:
        if rows:
            execute(session, _update_sql(table_of(model), tuple(rows[0])), (_json(rows),))

    def tail(self, session: Session, cursor: tuple[int, int], limit: int) -> tuple[Sequence[Any], tuple[int, int]]:
        """In the order of transactions, and only of those older than every one still running: a slow commit
        is waited for, never skipped."""
        sql = (
            "SELECT e.id, e.case_id, e.seq, e.kind, c.queue_id, c.contact_id, c.agent_id, r.case_id IS NOT NULL, "
            "(SELECT string_agg(s.queue_id::text, ',') FROM shares s WHERE s.case_id = e.case_id), "
            "e.transaction_id FROM case_events e JOIN cases c ON c.id = e.case_id "
            "LEFT JOIN restrictions r ON r.case_id = e.case_id "
            "WHERE (e.transaction_id, e.id) > (:transaction, :after) "
            "AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint "
            "ORDER BY e.transaction_id, e.id LIMIT :limit"
        )
        rows = self.fetch(session, sql, transaction=cursor[0], after=cursor[1], limit=limit)
        return rows, (rows[-1][9], rows[-1][0]) if rows else cursor

    def end_of_tail(self, session: Session) -> tuple[int, int]:
        sql = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1"
        return self.fetch(session, sql)[0][0], 2**62

    def tidy_search(self, session: Session) -> bool:
        """Autovacuum does it."""
        return False

    def matching_cases(self, words: str) -> tuple[str, dict[str, Any]]:
        sql = (
            "SELECT m.case_id FROM messages m WHERE to_tsvector('simple', left(m.subject || ' ' || m.text, 200000)) "
            "@@ plainto_tsquery('simple', :search_words)"
        )
        found = " ".join(_WORDS.findall(words))
        return (sql, {"search_words": found}) if found else ("SELECT NULL::bigint WHERE FALSE", {})


def _json(rows: Rows) -> str:
    return orjson.dumps(rows).decode()


@lru_cache(maxsize=512)
def _driver_sql(sql: str) -> str:
    return _NAMED.sub(r"%(\1)s", _MANY.sub(r"= ANY(:\1)", sql.replace("%", "%%")))


@lru_cache(maxsize=256)
def _insert_sql(plan: InsertPlan, tail: str) -> str:
    values = ", ".join(f'r."{key}"' for key in plan.keys)
    return (
        f'INSERT INTO "{plan.table.name}" ({plan.columns}) SELECT {values}{plan.defaults} '  # noqa: S608  # names of our own tables
        f"FROM {_recordset(plan.table, plan.keys)} {tail}"
    )


@lru_cache(maxsize=64)
def _holds_octets(table: Table, keys: tuple[str, ...]) -> bool:
    """JSON has none: such rows travel as an array a column, in binary."""
    return any(isinstance(table.columns[key].type, LargeBinary) for key in keys)


@lru_cache(maxsize=64)
def _insert_columns_sql(plan: InsertPlan) -> str:
    """Of rows whose every column is given."""
    arrays = ", ".join(f"%b::{_type_of(plan.table, key)}[]" for key in plan.keys)
    return f'INSERT INTO "{plan.table.name}" ({plan.columns}) SELECT * FROM unnest({arrays})'  # noqa: S608  # as above


@lru_cache(maxsize=64)
def _update_sql(table: Table, keys: tuple[str, ...]) -> str:
    changed = ", ".join(f'"{key}" = r."{key}"' for key in keys if key != "id")
    return f'UPDATE "{table.name}" t SET {changed} FROM {_recordset(table, keys)} WHERE t.id = r.id'  # noqa: S608  # as above


def _recordset(table: Table, keys: tuple[str, ...]) -> str:
    types = ", ".join(f'"{key}" {_type_of(table, key)}' for key in keys)
    return f"json_to_recordset(%s) AS r({types})"


def _type_of(table: Table, key: str) -> str:
    dialect: Any = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    return str(table.columns[key].type.compile(dialect))
