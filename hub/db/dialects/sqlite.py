"""SQLite: one writer, WAL, synchronous=FULL; lists travel as JSON, many rows by executemany."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

import orjson
from sqlalchemy import JSON, CursorResult
from sqlmodel import Session, SQLModel

from hub.db.dialects.base import DatabaseDialect, InsertPlan, Rows, Sequence_, plan_insert
from hub.db.types import UTCDateTime

_MANY = re.compile(r"IN MANY\(:(\w+)\)")
_WORDS = re.compile(r"\w+")


class SQLite(DatabaseDialect):
    name = "sqlite"
    row_lock = ""

    def reserve(self, session: Session, sequence: Sequence_, count: int) -> list[int]:
        sql = (
            "INSERT INTO id_blocks(name, last) VALUES (:name, :count) "
            "ON CONFLICT (name) DO UPDATE SET last = last + excluded.last RETURNING last"
        )
        last = cast(int, self.run(session, sql, name=sequence, count=count).scalar_one())
        return list(range(last - count + 1, last + 1))

    def hold(self, session: Session, name: str) -> None:
        """Whoever writes is alone."""

    def run(self, session: Session, sql: str, **values: Any) -> CursorResult[Any]:
        bound = {key: _bound(value) for key, value in values.items()}
        return session.connection().exec_driver_sql(_driver_sql(sql), bound)

    def insert(self, session: Session, model: type[SQLModel], rows: Rows) -> None:
        if not rows:
            return
        plan = plan_insert(model, tuple(rows[0]))
        session.connection().exec_driver_sql(_values_sql(plan), _tuples(plan, rows))

    def insert_returning(self, session: Session, model: type[SQLModel], rows: Rows, tail: str) -> Sequence[Any]:
        if not rows:
            return []
        plan = plan_insert(model, tuple(rows[0]))
        payload = orjson.dumps(_tuples(plan, rows)).decode()
        return session.connection().exec_driver_sql(_json_sql(plan, tail), (payload,)).fetchall()

    def tail(self, session: Session, cursor: tuple[int, int], limit: int) -> tuple[Sequence[Any], tuple[int, int]]:
        sql = (
            "SELECT e.id, e.case_id, e.seq, e.kind, c.queue_id, c.contact_id, c.agent_id FROM case_events e "
            "JOIN cases c ON c.id = e.case_id WHERE e.id > :after ORDER BY e.id LIMIT :limit"
        )
        rows = self.run(session, sql, after=cursor[1], limit=limit).fetchall()
        return rows, (0, rows[-1][0]) if rows else cursor

    def end_of_tail(self, session: Session) -> tuple[int, int]:
        return 0, self.run(session, "SELECT coalesce(max(id), 0) FROM case_events").scalar_one()

    def matching_cases(self, words: str) -> tuple[str, dict[str, Any]]:
        quoted = " ".join(f'"{word}"' for word in _WORDS.findall(words))
        sql = (
            "SELECT m.case_id FROM messages_search s JOIN messages m ON m.id = s.rowid "
            "WHERE messages_search MATCH :search_words"
        )
        return (sql, {"search_words": quoted}) if quoted else ("SELECT NULL WHERE FALSE", {})


@lru_cache(maxsize=64)
def as_text(moment: datetime) -> str:
    """As SQLAlchemy's DateTime writes it on SQLite: UTC, without zone. One batch writes the same moment many times."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _bound(value: Any) -> Any:
    if isinstance(value, list | tuple | dict):
        return orjson.dumps(value).decode()
    return as_text(value) if isinstance(value, datetime) else value


@lru_cache(maxsize=512)
def _driver_sql(sql: str) -> str:
    return _MANY.sub(r"IN (SELECT value FROM json_each(:\1))", sql)


@lru_cache(maxsize=256)
def _values_sql(plan: InsertPlan) -> str:
    marks = ", ".join("?" * len(plan.keys))
    return f'INSERT INTO "{plan.table.name}" ({plan.columns}) VALUES ({marks}{plan.defaults})'  # noqa: S608  # names of our own tables


@lru_cache(maxsize=64)
def _json_sql(plan: InsertPlan, tail: str) -> str:
    values = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(plan.keys)))
    into = f'INSERT INTO "{plan.table.name}" ({plan.columns})'
    return f"{into} SELECT {values}{plan.defaults} FROM json_each(?) WHERE TRUE {tail}"  # noqa: S608  # names of our own tables


@lru_cache(maxsize=256)
def _writers(plan: InsertPlan) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
    return tuple((key, _writer(plan.table.columns[key].type)) for key in plan.keys)


def _writer(kind: Any) -> Callable[[Any], Any] | None:
    if isinstance(kind, UTCDateTime):
        return lambda value: None if value is None else as_text(value)
    if isinstance(kind, JSON):
        return lambda value: orjson.dumps(value).decode()
    return None


def _tuples(plan: InsertPlan, rows: Rows) -> list[tuple[Any, ...]]:
    writers = _writers(plan)
    return [tuple([row[key] if write is None else write(row[key]) for key, write in writers]) for row in rows]
