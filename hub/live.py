"""CaseEvents as a stream: one reader a process tails the table and tells its subscribers "case 42 changed".

What a subscriber misses it sees again when it asks the database: events here say where to look, not what is there.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import structlog
from sqlmodel import Session

from hub.db.database import Database
from hub.db.dialects import dialect_of
from hub.errors import Unavailable

_ROUND_SECONDS = 0.02  # what is committed within it is read at once: a reading costs as much as storing a message
_POLL_SECONDS = 1.0  # finds what other processes wrote when their hint was lost
_ROWS = 1000
_BEHIND = 1000  # events that a slow subscriber may lag; then it is told to look at everything

log = structlog.get_logger()

Cursor = tuple[int, int]


class LiveEvent(NamedTuple):
    """One CaseEvent. `kind` "behind" stands for any number that this subscriber missed: refetch; its ids are 0."""

    id: int
    case_id: int
    seq: int
    kind: str
    queue_id: int
    contact_id: int
    agent_id: int | None  # who holds the case
    is_restricted: bool = False  # not everybody sees the case
    shared_with: tuple[int, ...] = ()  # ids of other queues in whose lists it stands, too


_MISSED = LiveEvent(0, 0, 0, "behind", 0, 0, None)


class Live:
    """Started with the process; `subscribe()` hands out streams that begin with what happens next."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._subscribers: dict[asyncio.Queue[LiveEvent], Callable[[], bool]] = {}  # and whether they listen just now
        self._task: asyncio.Task[None] | None = None
        self._look_again = 0.0  # by the loop's clock

    async def start(self) -> None:
        cursor = await self._db.read(_end)
        self._look_again = asyncio.get_running_loop().time() + _POLL_SECONDS
        self._task = asyncio.create_task(self._tail(cursor))

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @contextmanager
    def subscribe(self, while_: Callable[[], bool] = lambda: True) -> Iterator[AsyncIterator[LiveEvent]]:
        """`with live.subscribe() as events: async for event in events`: it ends with the block.

        while_: for those who stay subscribed and at times don't care: then they hear nothing, and nothing is read.
        """
        mine: asyncio.Queue[LiveEvent] = asyncio.Queue(_BEHIND)
        self._subscribers[mine] = while_
        try:
            yield _stream(mine)
        finally:
            del self._subscribers[mine]

    async def _tail(self, cursor: Cursor) -> None:
        with self._db.signals.listen("events") as listening:
            while True:
                try:
                    events, cursor = await self._next(cursor)
                except Unavailable:
                    await asyncio.sleep(_POLL_SECONDS)
                    continue
                except Exception as error:  # whatever it is, the live view must come back when it is over
                    log.exception("the tail of events couldn't be read", error=type(error).__name__)
                    await asyncio.sleep(_POLL_SECONDS)
                    continue
                for event in events:
                    self._publish(event)
                if len(events) < _ROWS:
                    await asyncio.sleep(_ROUND_SECONDS)
                    await listening.wait(_POLL_SECONDS)

    async def _next(self, cursor: Cursor) -> tuple[list[LiveEvent], Cursor]:
        """While nobody listens, events needn't be read, and their end is looked for now and then. Who began to listen
        meanwhile misses none, and may hear some of the last second's."""
        if self._is_heard():
            return await self._db.read(_after, cursor)
        now = asyncio.get_running_loop().time()
        if now < self._look_again:
            return [], cursor
        self._look_again = now + _POLL_SECONDS
        end = await self._db.read(_end)
        return [], cursor if self._is_heard() else max(cursor, end)

    def _is_heard(self) -> bool:
        return any(listens() for listens in self._subscribers.values())

    def _publish(self, event: LiveEvent) -> None:
        for subscriber, listens in self._subscribers.items():
            if not listens():
                continue
            if subscriber.full():
                while not subscriber.empty():
                    subscriber.get_nowait()
                subscriber.put_nowait(_MISSED)
            else:
                subscriber.put_nowait(event)


async def _stream(queue: asyncio.Queue[LiveEvent]) -> AsyncIterator[LiveEvent]:
    while True:
        yield await queue.get()


def _end(session: Session) -> Cursor:
    return dialect_of(session).end_of_tail(session)


def _after(session: Session, cursor: Cursor) -> tuple[list[LiveEvent], Cursor]:
    rows, new = dialect_of(session).tail(session, cursor, _ROWS)
    return [LiveEvent._make((*row[:7], bool(row[7]), _ids(row[8]))) for row in rows], new


def _ids(joined: str | None) -> tuple[int, ...]:
    return tuple(map(int, joined.split(","))) if joined else ()
