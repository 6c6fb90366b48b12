"""Where a mail is understood: a small one at once, a large one in a thread while others are served. When many are on
their way at the same time a second process helps, since all threads share one Python (docs/decisions)."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from channels.email.understanding.mail import Mail
from channels.email.understanding.reader import Reader

SMALL = 16_384  # bytes; the slowest of the hostile mails tried cost 0.13 s at 20,000 bytes; most cost a millisecond
CROWD = 6  # mails on their way at the same time, from which on the reader helps
_FOR_READER = 1_048_576  # bytes; a larger one would keep the others waiting behind it
_THREADS = 4  # large mails that are understood at the same time


class Aside:
    """One for all doors of a process; belongs to its event loop once it has been used."""

    def __init__(self, reader: Reader | None = None) -> None:
        self._reader = reader or Reader()
        self._on_their_way = 0
        self._threads = asyncio.Semaphore(_THREADS)

    @contextmanager
    def on_its_way(self) -> Iterator[None]:
        """Around all that is done to a mail, up to its being stored."""
        self._on_their_way += 1
        try:
            yield
        finally:
            self._on_their_way -= 1

    async def understood(self, raw: bytes) -> Mail:
        """As `understand`. For a small mail the way to a thread and back costs more than leaving everybody else alone
        is worth."""
        if self._on_their_way >= CROWD and len(raw) <= _FOR_READER and self._reader.has_time():
            mail = await self._reader.understood(raw)
            if mail is not None:
                return mail
        from channels.email.understanding.parsing import understand

        if len(raw) <= SMALL:
            return understand(raw)
        async with self._threads:
            return await asyncio.to_thread(understand, raw)

    async def close(self) -> None:
        await self._reader.close()
