"""Wake-ups from process to process over PostgreSQL's NOTIFY: a hint, as hub.db.signals says."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import structlog

from hub.db.signals import Signals

_CHANNEL = "hub"
_COALESCE_SECONDS = 0.02
_RECONNECT_SECONDS = 2.0

log = structlog.get_logger()


class PostgresHints:
    """Gives this process's signals to the others, coalesced, outside of any action's transaction; takes theirs."""

    def __init__(self, url: str, signals: Signals) -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://")
        self._signals = signals
        self._pending: set[str] = set()
        self._given = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(self._forever(self._give)), asyncio.create_task(self._forever(self._take))]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def give(self, names: set[str]) -> None:
        self._pending |= names
        self._given.set()

    async def _forever(self, connected: Callable[[psycopg.AsyncConnection[object]], Awaitable[None]]) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
                    await connected(connection)
            except psycopg.Error as error:
                log.warning("no hints between processes; polling goes on", error=type(error).__name__)
                await asyncio.sleep(_RECONNECT_SECONDS)

    async def _give(self, connection: psycopg.AsyncConnection[object]) -> None:
        while True:
            await self._given.wait()
            await asyncio.sleep(_COALESCE_SECONDS)
            self._given.clear()
            names, self._pending = self._pending, set()
            await connection.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, " ".join(sorted(names))))

    async def _take(self, connection: psycopg.AsyncConnection[object]) -> None:
        await connection.execute(f"LISTEN {_CHANNEL}")
        async for notification in connection.notifies():
            self._signals.fire(notification.payload.split())
