"""The content of an attachment, wherever it is kept: small originals are rows, everything else is a file."""

import asyncio

from hub.queries.originals import original
from hub.running import Hub


async def content_of(hub: Hub, attachment_id: int, sha256: str) -> bytes:
    """Raises FileNotFoundError when it isn't there, OSError when the store is away, Unavailable for the database."""
    kept = await hub.db.read(original, attachment_id)
    return kept if kept is not None else await asyncio.to_thread(hub.files.read, sha256)
