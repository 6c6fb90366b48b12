"""Wake-ups from process to process over PostgreSQL's NOTIFY: a hint, as hub.db.signals says."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import structlog
from sqlalchemy.exc import DBAPIError

from hub.db.signals import Signals

_CHANNEL = "hub"
_COALESCE_SECONDS = 0.02
_RECONNECT_SECONDS = 2.0
_TRY = "SELECT pg_try_advisory_lock(hashtextextended('hub role ' || %s, 0))"
_SHARE = "SELECT pg_advisory_lock_shared(hashtextextended('hub role ' || %s, 0))"
_LET_GO = "SELECT pg_advisory_unlock(hashtextextended('hub role ' || %s, 0))"

log = structlog.get_logger()

Notify = Callable[[str, str], Awaitable[None]]  # sends words to all who listen to a channel; raises DBAPIError


class PostgresHints:
    """Gives this process's signals to the others, coalesced, outside of any action's transaction; takes theirs."""

    def __init__(self, url: str, signals: Signals, notify: Notify) -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://")
        self._signals = signals
        self._notify = notify
        self._role = ""
        self._first: psycopg.AsyncConnection | None = None  # until it is listened on
        self._pending: set[str] = set()
        self._given = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, role: str) -> bool:
        """True when no other process has this role. It is this one's until its connection ends, however that ends."""
        self._role = role
        try:
            self._first, is_first = await self._connect()
        except psycopg.Error:
            is_first = False  # whoever listens tries again, and says so
        self._tasks = [asyncio.create_task(self._forever(work)) for work in (self._give, self._listen)]
        return is_first

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._first is not None:
            await self._first.close()

    def give(self, names: set[str]) -> None:
        self._pending |= names
        self._given.set()

    async def _forever(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except (psycopg.Error, DBAPIError) as error:
                log.warning("no hints between processes; polling goes on", error=type(error).__name__)
                await asyncio.sleep(_RECONNECT_SECONDS)

    async def _give(self) -> None:
        while True:
            await self._given.wait()
            await asyncio.sleep(_COALESCE_SECONDS)
            self._given.clear()
            names, self._pending = self._pending, set()
            await self._notify(_CHANNEL, " ".join(sorted(names)))

    async def _listen(self) -> None:
        connection, self._first = self._first, None
        if connection is None:
            connection, _ = await self._connect()
        async with connection:
            await connection.execute(f"LISTEN {_CHANNEL}")
            async for notification in connection.notifies():
                self._signals.fire(notification.payload.split())

    async def _connect(self) -> tuple[psycopg.AsyncConnection, bool]:
        """A role is a lock that all who have it share; whoever gets it alone for a moment is the first."""
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        if not self._role:
            return connection, False
        found = await connection.execute(_TRY, (self._role,))
        is_first = (await found.fetchone() or (False,))[0]
        await connection.execute(_SHARE, (self._role,))
        if is_first:
            await connection.execute(_LET_GO, (self._role,))
        return connection, is_first
