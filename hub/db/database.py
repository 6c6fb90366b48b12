"""What the async edges see of the database: `await db.write(action, …)`, `await db.read(query, …)`."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from hub.db.engine import reader_engine, writer_engine
from hub.db.lane import Job, Lane, Outcome
from hub.db.migrate import require_newest
from hub.db.signals import Signals
from hub.errors import Unavailable

if TYPE_CHECKING:
    from hub.db.hints import Notify, PostgresHints

P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A")

_READERS = 4
_BELIEVED_SECONDS = 10.0
_NOTIFY = text("SELECT pg_notify(:channel, :words)")


class Database:
    """Belongs to the event loop that made it. `url` as SQLAlchemy takes it."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._url = url
        self.is_sqlite = url.startswith("sqlite")
        self.is_first = self.is_sqlite  # which has one process at a time
        self._writer = writer_engine(url)
        self._reader = reader_engine(url)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="reader")
        self._lane = Lane(self._writer, self._from_lane)
        self._refused_at: float | None = None  # when the latest write wasn't taken, by the monotonic clock
        self.signals = Signals()
        self._hints = None if self.is_sqlite else _hints(url, self.signals, self._notify)

    async def write(self, action: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs the action on the write lane; returns once it is durable. Raises what it raised, or Unavailable."""
        return await self._submit(Job(partial(_call, action, args, kwargs), None))  # type: ignore[no-any-return]

    async def write_batched(self, action: Callable[[Session, list[A]], Sequence[T]], argument: A) -> T:
        """The same for an action that takes all arguments waiting at the moment and answers one result each."""
        return await self._submit(Job(action, argument, batched=True))  # type: ignore[no-any-return]

    async def read(self, query: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs the query on a read-only snapshot in a thread. Raises Unavailable when the database is away."""
        return await self._loop.run_in_executor(self._readers, partial(self._read, query, args, kwargs))

    @property
    def takes_writes(self) -> bool:
        """False for some seconds after a write that wasn't taken, such as by a full disk. One that is taken proves
        nothing: it may have found nothing to change."""
        return self._refused_at is None or time.monotonic() - self._refused_at > _BELIEVED_SECONDS

    async def start(self, role: str = "") -> None:
        """Listens for other processes' hints (PostgreSQL). Raises Invalid when the database is of another version.

        `role`: what this process does that others may be doing, too; `is_first`: nobody else did when it began.
        """
        await self._loop.run_in_executor(self._readers, require_newest, self._reader)
        if self._hints is not None:
            self.is_first = await self._hints.start(role)

    def alone(self, name: str) -> AbstractAsyncContextManager[bool]:
        """`async with db.alone("topics") as is_mine`: True for one process at a time. Raises Unavailable."""
        return nullcontext(enter_result=True) if self.is_sqlite else _alone(self._url, name)

    async def close(self) -> None:
        """Lets the lane finish what waits, then lets go of all connections."""
        await asyncio.to_thread(self._lane.close)
        if self._hints is not None:
            await self._hints.close()
        self._readers.shutdown(wait=True)
        self._reader.dispose()
        self._writer.dispose()

    def _submit(self, job: Job) -> "asyncio.Future[Any]":
        done = job.future = self._loop.create_future()
        self._lane.submit(job)
        return done

    def _read(self, query: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        try:
            with Session(self._reader, expire_on_commit=False) as session:
                return query(session, *args, **kwargs)
        except OperationalError as error:
            raise Unavailable("The database can't be reached at present. Try again in a moment.") from error

    async def _notify(self, channel: str, words: str) -> None:
        """PostgreSQL's NOTIFY, over a connection that readers share."""
        await self._loop.run_in_executor(self._readers, _send_notification, self._reader, channel, words)

    def _from_lane(self, outcomes: list[Outcome], woken: set[str]) -> None:
        self._loop.call_soon_threadsafe(self._deliver, outcomes, woken)

    def _deliver(self, outcomes: list[Outcome], woken: set[str]) -> None:
        if woken:
            self.signals.fire(woken)
            if self._hints is not None:
                self._hints.give(woken)
        if any(isinstance(outcome.error, Unavailable) for outcome in outcomes):
            self._refused_at = time.monotonic()
        for outcome in outcomes:
            if outcome.job.future.done():
                continue  # whoever waited has gone away; the action stands all the same
            if outcome.error is not None:
                outcome.job.future.set_exception(outcome.error)
            else:
                outcome.job.future.set_result(outcome.result)


def _hints(url: str, signals: Signals, notify: "Notify") -> "PostgresHints":
    """PostgreSQL's driver is loaded only where there is one."""
    from hub.db.hints import PostgresHints

    return PostgresHints(url, signals, notify)


def _alone(url: str, name: str) -> AbstractAsyncContextManager[bool]:
    from hub.db.alone import alone

    return alone(url.replace("postgresql+psycopg://", "postgresql://"), name)


def _send_notification(engine: Engine, channel: str, words: str) -> None:
    with engine.begin() as connection:
        connection.execute(_NOTIFY, {"channel": channel, "words": words})


def _call(action: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any], session: Session) -> T:
    return action(session, *args, **kwargs)
