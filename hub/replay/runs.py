"""Carries out the replays that people begin in the console, beside their pages: they may leave and come back."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from hub.actions.council.replay_runs import finish_replay, note_progress
from hub.db.database import Database
from hub.errors import Unavailable
from hub.models.base import utcnow
from hub.replay.replaying import Replayed, replay

_TELL_SECONDS = 0.5  # how often the database hears how far it is

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be replayed: rules as the council file has them, over the cases since a moment."""

    run_id: int
    rules: Sequence[Mapping[str, Any]]
    beside: Mapping[str, Sequence[Mapping[str, Any]]]
    since: datetime | None
    minutes: float  # of work that a case takes


class Stopped(Exception):
    """Somebody cancelled it, or the process ends."""


class _Progress:
    """Told by the replay in its thread; what it raises there ends it."""

    def __init__(self) -> None:
        self.done = self.total = 0
        self.is_stopped = False

    def __call__(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        if self.is_stopped:
            raise Stopped


class ReplayRuns:
    """Those of this process."""

    def __init__(self) -> None:
        self._running: dict[asyncio.Task[None], _Progress] = {}

    def begin(self, db: Database, url: str, wanted: Wanted) -> "asyncio.Task[None]":
        """Goes on by itself; the task ends when the database knows what came out."""
        progress = _Progress()
        task = asyncio.create_task(_carry_out(db, url, wanted, progress))
        self._running[task] = progress
        task.add_done_callback(self._running.pop)
        return task

    async def close(self) -> None:
        """Breaks off what runs; whoever began it may begin again."""
        for progress in self._running.values():
            progress.is_stopped = True
        await asyncio.gather(*self._running, return_exceptions=True)


async def _carry_out(db: Database, url: str, wanted: Wanted, progress: _Progress) -> None:
    work = asyncio.create_task(
        asyncio.to_thread(replay, url, wanted.rules, wanted.beside, wanted.since, wanted.minutes, progress)
    )
    while not (await asyncio.wait({work}, timeout=_TELL_SECONDS))[0]:
        progress.is_stopped = progress.is_stopped or not await _goes_on(db, wanted.run_id, progress)
    found = _outcome(work)
    await db.write(finish_replay, wanted.run_id, found.to_json() if found else None)


async def _goes_on(db: Database, run_id: int, progress: _Progress) -> bool:
    try:
        return await db.write(note_progress, run_id, progress.done, progress.total, utcnow())
    except Unavailable:
        return True  # the next word finds the database again


def _outcome(work: "asyncio.Task[Replayed]") -> Replayed | None:
    try:
        return work.result()
    except Stopped:
        return None
    except Exception as error:  # whatever broke, whoever began it is told that nothing came of it
        log.exception("a replay failed", error=type(error).__name__)
        return None
