"""What is made in an empty database once a session of tests, and from then on only put back.

A council takes fifty milliseconds to apply and a few to put back; a thousand tests begin with one.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from hub.db.database import Database
from tests.support import postgres

_COUNCIL = "SELECT 1 FROM council"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL"
_ROWS = sql.SQL("SELECT json_agg(row)::text FROM {} row")
_PUT_ROWS = sql.SQL("INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, {rows})")
_PUT_NUMBER = sql.SQL("SELECT setval({name}, {last})")


class _File(NamedTuple):
    """A SQLite database before and after; nobody has it open, so that all of it is in its one file."""

    before: bytes
    after: bytes


_files: dict[str, _File] = {}  # by name
_statements: dict[str, sql.Composed] = {}  # that make the same rows in PostgreSQL, by name


async def begin_with(url: str, name: str, make: Callable[[Database], Awaitable[object]]) -> None:
    """Puts into a migrated database what `make` makes; `name` names that. One that has a council stays as it is."""
    if url.startswith("sqlite"):
        await _begin_sqlite(url, name, make)
    else:
        await _begin_postgres(url, name, make)


async def _begin_sqlite(url: str, name: str, make: Callable[[Database], Awaitable[object]]) -> None:
    path = Path(make_url(url).database or "")
    before = path.read_bytes()
    is_open = path.with_name(f"{path.name}-wal").exists()
    kept = _files.get(name)
    if kept is not None and before == kept.before and not is_open:
        path.write_bytes(kept.after)
        return
    with closing(sqlite3.connect(path)) as connection:
        if connection.execute(_COUNCIL).fetchone():
            return
    await _made(url, make)
    if not is_open:
        _files[name] = _File(before, path.read_bytes())


async def _begin_postgres(url: str, name: str, make: Callable[[Database], Awaitable[object]]) -> None:
    connection = postgres.connection_to(url)
    if connection.execute(_COUNCIL).fetchone():
        return
    if name in _statements:
        connection.execute(_statements[name])
        return
    await _made(url, make)
    _statements[name] = _rows_of(connection)


async def _made(url: str, make: Callable[[Database], Awaitable[object]]) -> None:
    db = Database(url)
    try:
        await make(db)
    finally:
        await db.close()


def _rows_of(connection: psycopg.Connection) -> sql.Composed:
    statements: list[sql.Composable] = []
    for (name,) in connection.execute(_TABLES).fetchall():
        table = sql.Identifier(name)
        [rows] = connection.execute(_ROWS.format(table)).fetchone() or [None]
        if rows is not None:
            statements.append(_PUT_ROWS.format(table=table, rows=sql.Literal(rows)))
    for name, last in connection.execute(_SEQUENCES).fetchall():
        statements.append(_PUT_NUMBER.format(name=sql.Literal(name), last=sql.Literal(last)))
    return sql.SQL("; ").join(statements)
