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

log = structlog.get_logger()

Notify = Callable[[str, str], Awaitable[None]]  # sends words to all who listen to a channel; raises DBAPIError


class PostgresHints:
    """Gives this process's signals to the others, coalesced, outside of any action's transaction; takes theirs."""

    def __init__(self, url: str, signals: Signals, notify: Notify) -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://")
        self._signals = signals
        self._notify = notify
        self._pending: set[str] = set()
        self._given = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(self._forever(work)) for work in (self._give, self._listen)]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

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
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            await connection.execute(f"LISTEN {_CHANNEL}")
            async for notification in connection.notifies():
                self._signals.fire(notification.payload.split())
