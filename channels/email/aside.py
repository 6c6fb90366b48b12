"""Where a mail is understood: the small one at once, the large one in a thread, while others are served."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

SMALL = 16_384  # bytes; the slowest of the hostile mails tried cost 0.13 s at 20,000 bytes; most cost a millisecond


async def understood(understand: Callable[[], T], size: int) -> T:
    """What `understand` answers. For a small mail (size in bytes) the way to a thread and back costs more than leaving
    everybody else alone is worth: all threads share one Python."""
    return understand() if size <= SMALL else await asyncio.to_thread(understand)
