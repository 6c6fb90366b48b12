"""Engines: one that writes, one that only reads."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection, ExceptionContext

from hub.db.driver import first_line_only, run

_BUSY_SECONDS = 10
_PREPARED = 512  # statements that a SQLite connection keeps: the intake has one for each table and count of rows
_WRITING = [
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-65536",  # KiB
    "secure_delete=ON",  # what is deleted is overwritten; some builds of SQLite don't by themselves
]
_READING = [
    "query_only=ON",
    "cache_size=-16384",  # KiB, for each of several readers; four times as much makes the dearest searches 7 % cheaper
]
_CONNECT = {"connect_timeout": 5}  # seconds


def writer_engine(url: str) -> Engine:
    """SQLite: every transaction is BEGIN IMMEDIATE, durable at COMMIT (WAL, synchronous=FULL)."""
    if url.startswith("sqlite"):
        return _sqlite_engine(url, "BEGIN IMMEDIATE", _WRITING)
    return _postgres_engine(url, pool_size=4, isolation_level="READ COMMITTED")


def reader_engine(url: str) -> Engine:
    """Its transactions are snapshots and can't write."""
    if url.startswith("sqlite"):
        return _sqlite_engine(url, "BEGIN", _READING)
    return _postgres_engine(
        url, pool_size=8, isolation_level="REPEATABLE READ", execution_options={"postgresql_readonly": True}
    )


def _postgres_engine(url: str, **more: Any) -> Engine:
    engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=_CONNECT, **more)
    event.listen(engine, "handle_error", _without_rows)
    return engine


def _without_rows(context: ExceptionContext) -> None:
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None:
            first_line_only(error)


def _sqlite_engine(url: str, begin: str, pragmas: list[str]) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={
            "isolation_level": None,
            "timeout": _BUSY_SECONDS,
            "check_same_thread": False,
            "cached_statements": _PREPARED,
        },
    )

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, record: object) -> None:
        for pragma in [*pragmas, "temp_store=MEMORY", "mmap_size=268435456"]:
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "begin", _emit(begin))
    return engine


def _emit(begin: str) -> Callable[[Connection], None]:
    """The driver's own transactions are off (isolation_level=None): with them an outer rollback leaves rows behind."""

    def on_begin(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        if not driver.in_transaction:  # the lane has begun it where no session asked for one
            run(connection, begin)

    return on_begin
