"""SQLite: one writer, WAL, synchronous=FULL; lists travel as JSON, many rows as VALUES of one statement."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, cast

import orjson
from sqlalchemy import CursorResult, Table
from sqlmodel import Session, SQLModel

from hub.db.dialects.base import DatabaseDialect, Rows, Sequence_, plan_insert, table_of
from hub.db.driver import connection_of, execute
from hub.db.session import ActionSession, IdBlock, id_blocks
from hub.db.types import Json, UTCDateTime

_MANY = re.compile(r"IN MANY\(:(\w+)\)")
_WORDS = re.compile(r"\w+")
_MOST_ROWS = 64  # of one statement
_AHEAD = {"rows": 2000, "cases": 20}  # ids that the lane takes beyond those it needs; a restart leaves the rest unused


class SQLite(DatabaseDialect):
    name = "sqlite"
    row_lock = ""
    row_claim = ""

    def reserve(self, session: Session, sequence: Sequence_, count: int) -> list[int]:
        """The lane keeps what it reserved ahead, unless another process has written since: then that one's ids are
        higher, and ids must rise in the order of transactions. What is reserved where an action may roll back by
        itself is never kept."""
        if not isinstance(session, ActionSession):
            return _ids(self._reserve(session, sequence, count), count)
        blocks = id_blocks(session.joined)
        if session.is_made and session.in_nested_transaction():
            blocks.pop(sequence, None)
            return _ids(self._reserve(session, sequence, count), count)
        version = session.version
        if version is None:  # in one transaction it stays the same
            version = session.version = execute(session, "PRAGMA data_version").fetchone()[0]
        block = blocks.get(sequence)
        if block is None or block.version != version or block.last - block.next < count - 1:
            ahead = count + _AHEAD[sequence]
            last = self._reserve(session, sequence, ahead)
            block = blocks[sequence] = IdBlock(last - ahead + 1, last, version)
        block.next += count
        return _ids(block.next - 1, count)

    def _reserve(self, session: Session, sequence: Sequence_, count: int) -> int:
        """The last of so many ids that nobody else gets."""
        sql = (
            "INSERT INTO id_blocks(name, last) VALUES (:name, :count) "
            "ON CONFLICT (name) DO UPDATE SET last = last + excluded.last RETURNING last"
        )
        last: int = self.fetch(session, sql, name=sequence, count=count)[0][0]
        return last

    def hold(self, session: Session, name: str) -> None:
        """Whoever writes is alone."""

    def run(self, session: Session, sql: str, **values: Any) -> CursorResult[Any]:
        return connection_of(session).exec_driver_sql(_driver_sql(sql), _all_bound(values))

    def fetch(self, session: Session, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        return cast(list[tuple[Any, ...]], execute(session, _driver_sql(sql), _all_bound(values)).fetchall())

    def fetch_at_once(self, session: Session, columns: str, sql: str, **values: Any) -> list[Sequence[Any]]:
        """As one value of JSON: between two rows the lane lets go of Python, and has to wait for it each time."""
        row = execute(session, _as_one_value(columns, sql), _all_bound(values)).fetchone()
        return cast(list[Sequence[Any]], orjson.loads(row[0]))

    def insert_new(self, session: Session, model: type[SQLModel], rows: Rows) -> int:
        if not rows:
            return 0
        written = _insert_of(model, tuple(rows[0]), "ON CONFLICT DO NOTHING").write(session, rows)
        return sum([cursor.rowcount for cursor in written])

    def insert(self, session: Session, model: type[SQLModel], rows: Rows) -> None:
        if rows:
            _insert_of(model, tuple(rows[0]), "").write(session, rows)

    def insert_returning(self, session: Session, model: type[SQLModel], rows: Rows, tail: str) -> Sequence[Any]:
        if not rows:
            return []
        writing = _insert_of(model, tuple(rows[0]), tail)
        return [row for sql, values in writing.statements(rows) for row in execute(session, sql, values).fetchall()]

    def at_once(self, session: Session) -> AbstractContextManager[None]:
        return nullcontext()

    def update(self, session: Session, model: type[SQLModel], rows: Rows) -> None:
        if rows:
            _update_of(model, tuple(rows[0])).write(session, rows)

    def tail(self, session: Session, cursor: tuple[int, int], limit: int) -> tuple[Sequence[Any], tuple[int, int]]:
        sql = (
            "SELECT e.id, e.case_id, e.seq, e.kind, c.queue_id, c.contact_id, c.agent_id, r.case_id IS NOT NULL, "
            "(SELECT group_concat(s.queue_id) FROM shares s WHERE s.case_id = e.case_id) "
            "FROM case_events e JOIN cases c ON c.id = e.case_id LEFT JOIN restrictions r ON r.case_id = e.case_id "
            "WHERE e.id > :after ORDER BY e.id LIMIT :limit"
        )
        rows = self.fetch(session, sql, after=cursor[1], limit=limit)
        return rows, (0, rows[-1][0]) if rows else cursor

    def end_of_tail(self, session: Session) -> tuple[int, int]:
        return 0, self.fetch(session, "SELECT coalesce(max(id), 0) FROM case_events")[0][0]

    def tidy_search(self, session: Session) -> bool:
        """A deleted word stays in the index, marked, until its segment is merged. A negative count makes of all
        segments one, so many pages at a time; with nothing to do it changes one row (fts5.html, 6.9)."""
        before = self.fetch(session, "SELECT total_changes()")[0][0]
        self.run(session, "INSERT INTO messages_search(messages_search, rank) VALUES ('merge', -500)")
        changed: int = self.fetch(session, "SELECT total_changes()")[0][0] - before
        return changed >= 2

    def matching_cases(self, words: str) -> tuple[str, dict[str, Any]]:
        quoted = " ".join(f'"{word}"' for word in _WORDS.findall(words))
        sql = (
            "SELECT m.case_id FROM messages_search s JOIN messages m ON m.id = s.rowid "
            "WHERE messages_search MATCH :search_words"
        )
        return (sql, {"search_words": quoted}) if quoted else ("SELECT NULL WHERE FALSE", {})


def _ids(last: int, count: int) -> list[int]:
    return list(range(last - count + 1, last + 1))


@lru_cache(maxsize=64)
def as_text(moment: datetime) -> str:
    """As SQLAlchemy's DateTime writes it on SQLite: UTC, without zone."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _all_bound(values: dict[str, Any]) -> dict[str, Any]:
    return {key: _bound(value) for key, value in values.items()}


def _bound(value: Any) -> Any:
    if isinstance(value, list | tuple | dict):
        return orjson.dumps(value).decode()
    return as_text(value) if isinstance(value, datetime) else value


@lru_cache(maxsize=512)
def _driver_sql(sql: str) -> str:
    return _MANY.sub(r"IN (SELECT value FROM json_each(:\1))", sql)


@lru_cache(maxsize=64)
def _as_one_value(columns: str, sql: str) -> str:
    return f"SELECT json_group_array(json_array({columns})) FROM ({_driver_sql(sql)})"  # noqa: S608  # our own words


class _Writing:
    """Rows with the same keys on their way into one table, by statements of many rows: each lets Python go once, while
    one a row, as executemany's, waits for it each time."""

    def __init__(self, table: Table, keys: tuple[str, ...], sql: Callable[[int], str]) -> None:
        kinds = [(place, table.columns[key].type) for place, key in enumerate(keys)]
        self._sql = lru_cache(maxsize=_MOST_ROWS)(sql)  # by the count of rows
        self._values_of = itemgetter(*keys)
        # SQLite takes both as text
        self._moments = [place for place, kind in kinds if isinstance(kind, UTCDateTime)]
        self._documents = [place for place, kind in kinds if isinstance(kind, Json)]

    def write(self, session: Session, rows: Rows) -> list[Any]:
        """The cursors of the statements that it took."""
        if len(rows) < 8:
            return [execute(session, self._sql(len(rows)), self._values(rows))]
        return [execute(session, sql, values) for sql, values in self.statements(rows)]

    def statements(self, rows: Rows) -> Iterator[tuple[str, list[Any]]]:
        """Few, and few different ones, so that SQLite keeps them prepared: eights at once, then the rest."""
        start, count = 0, len(rows)
        while start < count:
            left = min(_MOST_ROWS, count - start)
            together = left if left < 8 else left - left % 8
            yield self._sql(together), self._values(rows[start : start + together])
            start += together

    def _values(self, rows: Rows) -> list[Any]:
        values: list[Any] = []
        latest, its_text = None, ""  # one batch writes the same moment many times
        for row in rows:
            written = list(self._values_of(row))
            for place in self._moments:
                if (moment := written[place]) is not None:
                    if moment is not latest:
                        latest, its_text = moment, as_text(moment)
                    written[place] = its_text
            for place in self._documents:
                written[place] = orjson.dumps(written[place]).decode()
            values += written
        return values


@lru_cache(maxsize=256)
def _insert_of(model: type[SQLModel], keys: tuple[str, ...], tail: str) -> _Writing:
    plan = plan_insert(model, keys)
    row = f"({', '.join('?' * len(keys))}{plan.defaults})"
    start = f'INSERT INTO "{plan.table.name}" ({plan.columns}) VALUES '  # noqa: S608  # names of our own tables
    return _Writing(plan.table, keys, lambda count: f"{start}{', '.join([row] * count)} {tail}")


@lru_cache(maxsize=64)
def _update_of(model: type[SQLModel], keys: tuple[str, ...]) -> _Writing:
    table = table_of(model)
    changed = ", ".join(f'"{key}" = r.column{place}' for place, key in enumerate(keys, 1) if key != "id")
    row = f"({', '.join('?' * len(keys))})"
    head, end = f'UPDATE "{table.name}" SET {changed} FROM (VALUES ', f") r WHERE id = r.column{keys.index('id') + 1}"  # noqa: S608  # names of our own tables
    return _Writing(table, keys, lambda count: f"{head}{', '.join([row] * count)}{end}")
