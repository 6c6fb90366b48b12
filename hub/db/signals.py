"""Wake-ups after COMMIT: inside the process at once, and to other processes over PostgreSQL's NOTIFY as a hint.

A signal says "look again", never what there is to see; a lost one costs a poll interval and nothing else.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable

import psycopg
import structlog

_CHANNEL = "hub"
_COALESCE_SECONDS = 0.02
_RECONNECT_SECONDS = 2.0

log = structlog.get_logger()


class Signals:
    """Named wake-ups within one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)

    def fire(self, names: Iterable[str]) -> None:
        for name in names:
            for event in self._waiting[name]:
                event.set()

    async def wait(self, name: str, timeout: float) -> bool:  # noqa: ASYNC109  # a lost signal is normal: this is the poll interval
        """True when the signal came, False after `timeout` seconds."""
        with self.listen(name) as listening:
            return await listening.wait(timeout)

    def listen(self, name: str) -> "Listening":
        """Keeps every signal from now on, so that none is lost between a look and the wait."""
        return Listening(self._waiting[name])


class Listening:
    def __init__(self, waiting: set[asyncio.Event]) -> None:
        self._waiting = waiting
        self._event = asyncio.Event()

    def __enter__(self) -> "Listening":
        self._waiting.add(self._event)
        return self

    def __exit__(self, *exc: object) -> None:
        self._waiting.discard(self._event)

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109  # as above
        try:
            async with asyncio.timeout(timeout):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


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
