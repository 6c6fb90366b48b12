"""Work that goes on after an answer was given: callbacks, mostly."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger()


class Errands:
    """Tasks that are remembered until they are done, and dropped at the end."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._run(errand))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, errand: Coroutine[Any, Any, None]) -> None:
        try:
            await errand
        except Exception:
            log.exception("an errand of the simulator failed")

    async def done(self) -> None:
        """Returns when nothing is left to do."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def drop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self.done()
