"""What is made in an empty database once a session of tests, and from then on only put back.

A council takes fifty milliseconds to apply and five to put back; a thousand tests begin with one.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from hub.db.database import Database

_kept: dict[tuple[bool, str], Any] = {}  # by (is it SQLite?, name)

_COUNCIL = "SELECT 1 FROM council"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL"
_ROWS = sql.SQL("SELECT json_agg(row)::text FROM {} row")
_PUT_ROWS = sql.SQL("INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, {rows})")
_PUT_NUMBER = sql.SQL("SELECT setval({name}, {last})")


async def begin_with(url: str, name: str, make: Callable[[Database], Awaitable[object]]) -> None:
    """Puts into a migrated database what `make` makes; `name` names that. One that has a council stays as it is."""
    is_sqlite = url.startswith("sqlite")
    kept = _kept.get((is_sqlite, name))
    if (_put_sqlite if is_sqlite else _put_postgres)(url, kept):
        return
    db = Database(url)
    try:
        await make(db)
    finally:
        await db.close()
    _kept[is_sqlite, name] = (_keep_sqlite if is_sqlite else _keep_postgres)(url)


def _keep_sqlite(url: str) -> sqlite3.Connection:
    kept = sqlite3.connect(":memory:")
    with closing(sqlite3.connect(_path(url))) as source:
        source.backup(kept)
    return kept


def _put_sqlite(url: str, kept: sqlite3.Connection | None) -> bool:
    """Whether it has a council now."""
    with closing(sqlite3.connect(_path(url))) as target:
        there = target.execute(_COUNCIL).fetchone() is not None
        if not there and kept is not None:
            kept.backup(target)
        return there or kept is not None


def _path(url: str) -> str:
    path = make_url(url).database
    assert path
    return path


def _keep_postgres(url: str) -> sql.Composed:
    """Statements that make the same rows."""
    with psycopg.connect(url) as connection:
        statements: list[sql.Composable] = [sql.SQL("SET session_replication_role = replica")]
        for (name,) in connection.execute(_TABLES).fetchall():
            table = sql.Identifier(name)
            [rows] = connection.execute(_ROWS.format(table)).fetchone() or [None]
            if rows is not None:
                statements.append(_PUT_ROWS.format(table=table, rows=sql.Literal(rows)))
        for name, last in connection.execute(_SEQUENCES).fetchall():
            statements.append(_PUT_NUMBER.format(name=sql.Literal(name), last=sql.Literal(last)))
    return sql.SQL("; ").join(statements)


def _put_postgres(url: str, kept: sql.Composed | None) -> bool:
    """Whether it has a council now."""
    with psycopg.connect(url) as connection:
        there = connection.execute(_COUNCIL).fetchone() is not None
        if not there and kept is not None:
            connection.execute(kept)
        return there or kept is not None
