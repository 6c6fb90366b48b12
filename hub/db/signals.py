"""Wake-ups after COMMIT, inside the process; other processes are told by hub.db.hints.

A signal says "look again", never what there is to see; a lost one costs a poll interval and nothing else.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable


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
