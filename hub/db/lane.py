"""The write lane: one thread that commits actions that wait together in one transaction, a savepoint an action.

Durability at a fraction of the price: one fsync for all that arrived while the last one ran. What is waited
for is told only after COMMIT; a COMMIT that fails fails all. An action that fails takes only itself along.
"""

import queue
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from hub.db.driver import begin, commit, roll_back
from hub.db.session import ActionSession, forget_ids
from hub.errors import Unavailable

_LARGEST_GROUP = 512
_LINGER_SECONDS = 0.0005
_TRIES = 4
_CONFLICTS = ("40001", "40P01")  # serialization failure, deadlock
_OF_ONE_ACTION = ("54", "55", "57014")  # a limit of the program exceeded, not in the right state, query cancelled

log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Job:
    """`action(session, argument)`; a batched one is called with the list of all arguments that wait with it."""

    action: Callable[..., Any]
    argument: Any
    batched: bool = False
    future: Any = None  # whatever the caller waits on


@dataclass(slots=True)
class Outcome:
    job: Job
    result: Any = None
    error: BaseException | None = None


Deliver = Callable[[list[Outcome], set[str]], None]  # what became of a group, and the signals to give


class Lane:
    """Runs from its making to `close()`, which lets it finish what waits. `deliver` is called in its thread."""

    def __init__(self, engine: Engine, deliver: Deliver) -> None:
        self._engine = engine
        self._connection: Connection | None = None  # kept from group to group
        self._deliver = deliver
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="write lane", daemon=True)
        self._closed = False
        self._door = threading.Lock()  # nothing is submitted behind the end
        self._thread.start()

    def submit(self, job: Job) -> None:
        with self._door:
            if self._closed:
                raise Unavailable("The hub is stopping. Try again in a moment.")
            self._jobs.put(job)

    def close(self) -> None:
        with self._door:
            self._closed = True
            self._jobs.put(None)
        self._thread.join(timeout=30)

    def _run(self) -> None:
        busy = False
        while True:
            group, ended = self._next_group(busy)
            busy = len(group) > 1
            if group:
                self._carry_out(group)
            if ended:
                break
        if self._connection is not None:
            self._connection.close()

    def _next_group(self, busy: bool) -> tuple[list[Job], bool]:
        """What waits now; after a group of several, half a millisecond more, since others are likely to follow."""
        first = self._jobs.get()
        if first is None:
            return [], True
        group = [first]
        if busy:
            time.sleep(_LINGER_SECONDS)
        while len(group) < _LARGEST_GROUP:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return group, True
            group.append(job)
        return group, False

    def _carry_out(self, group: list[Job]) -> None:
        try:
            self._deliver(*self._with_retries(group))
        except _ApartError:
            for job in group:
                self._carry_out([job])
        except OperationalError as error:
            if len(group) > 1 and _is_conflict(error):
                for job in group:
                    self._carry_out([job])
                return
            log.error("the database is away", error=type(error.orig).__name__, why=str(error.orig).partition("\n")[0])
            away = Unavailable("The database can't be reached at present; nothing was stored. Try again in a moment.")
            self._deliver([Outcome(job, error=away) for job in group], set())
        except BaseException as error:  # noqa: BLE001  # whoever waits must hear of it
            self._deliver([Outcome(job, error=error) for job in group], set())

    def _with_retries(self, group: list[Job]) -> tuple[list[Outcome], set[str]]:
        """Conflicts of one action are tried again; those of a group go back to be tried each alone."""
        for attempt in range(1, _TRIES):
            try:
                return self._transaction(group)
            except _LostError:
                continue
            except OperationalError as error:
                if len(group) > 1 or not _is_conflict(error):
                    raise
                time.sleep(random.uniform(0, 0.02 * attempt))  # noqa: S311  # jitter
        return self._transaction(group)

    def _transaction(self, group: list[Job]) -> tuple[list[Outcome], set[str]]:
        """In the connection that the lane keeps. One that was lost since the last group, as when the database was
        started anew, is noticed before COMMIT: then nothing has happened, and a new connection does it all."""
        woken: set[str] = set()
        calls = _fuse(group)
        alone = len(calls) == 1  # then the transaction itself is its savepoint
        was_kept, connection = self._connection is not None, self._connection or self._engine.connect()
        self._connection = None  # until it has proven itself
        try:
            try:
                begin(connection)
                outcomes = [outcome for jobs in calls for outcome in _attempt(connection, jobs, woken, alone)]
            except DBAPIError as error:
                if was_kept and error.connection_invalidated:
                    raise _LostError from error
                raise
            commit(connection)
        except BaseException:
            connection.invalidate()  # whatever it still holds goes with it
            connection.close()
            raise
        self._connection = connection
        return outcomes, woken


def _fuse(group: Sequence[Job]) -> list[list[Job]]:
    """Batched jobs of one action become one call, in the place of the first; the others stay alone."""
    calls: list[list[Job]] = []
    batches: dict[int, list[Job]] = {}
    for job in group:
        if not job.batched:
            calls.append([job])
        elif id(job.action) in batches:
            batches[id(job.action)].append(job)
        else:
            batches[id(job.action)] = [job]
            calls.append(batches[id(job.action)])
    return calls


class _ApartError(Exception):
    """The only call of a transaction was a batch and failed: its jobs are to be tried each alone."""


class _LostError(Exception):
    """The kept connection was lost before COMMIT."""


def _attempt(connection: Connection, jobs: list[Job], woken: set[str], alone: bool = False) -> list[Outcome]:
    """One call in a savepoint of its own, or alone in its transaction; a batch that fails is tried one by one."""
    session = ActionSession(connection, savepoint=not alone)
    try:
        if jobs[0].batched:
            results = jobs[0].action(session, [job.argument for job in jobs])
        else:
            results = [jobs[0].action(session)]
        session.release()
    except Exception as error:  # kept for whoever waits
        session.rollback()
        forget_ids(connection)
        if alone:
            roll_back(connection)
        if _spoils_transaction(error) or (_is_over(connection) and not alone):
            raise
        if len(jobs) > 1 and alone:
            raise _ApartError from error
        if len(jobs) > 1:
            return [outcome for job in jobs for outcome in _attempt(connection, [job], woken)]
        return [Outcome(jobs[0], error=error)]
    finally:
        session.close()
    woken |= session.woken
    return [Outcome(job, result) for job, result in zip(jobs, results, strict=True)]


def _is_over(connection: Connection) -> bool:
    """SQLite ends the whole transaction by itself when the disk is full: what was done before is gone as well."""
    driver: Any = connection.connection.dbapi_connection
    return isinstance(driver, sqlite3.Connection) and not driver.in_transaction


def _is_conflict(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in _CONFLICTS


def _spoils_transaction(error: Exception) -> bool:
    """Conflicts, lost connections, a full disk: the whole group is affected. Other faults that the drivers call
    operational are the action's own: an unknown column, a key too long for an index, a statement that was cancelled."""
    if not isinstance(error, OperationalError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_ERROR
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or state is None or not state.startswith(_OF_ONE_ACTION)
