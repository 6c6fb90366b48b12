"""A file that an agent hands in: scanned when there is a scanner, stored, then kept for the message to come."""

import asyncio
import mimetypes

import structlog

from hub.actions.files.uploads import keep_upload
from hub.actions.intake.arrivals import StoredFile
from hub.errors import Invalid, Unavailable
from hub.files.scanning import ScannerAway, verdict
from hub.queries.views import Uploaded
from hub.running import Hub

log = structlog.get_logger()


async def take_upload(
    hub: Hub, agent_id: int, case_id: int | None, filename: str, media_type: str, content: bytes
) -> Uploaded:
    """Raises Invalid for an infected file, Unavailable when the scanner or the store is away: nothing is kept then."""
    if hub.settings.clamd:
        await _require_clean(hub, content)
    try:
        sha256 = await asyncio.to_thread(hub.files.store, content)
    except OSError as error:
        log.error("an upload couldn't be written", error=type(error).__name__)
        raise Unavailable("Files can't be stored at present. Try again in a moment.") from error
    file = StoredFile(filename=filename, media_type=_media_type(filename, media_type), size=len(content), sha256=sha256)
    return await hub.db.write(keep_upload, agent_id, case_id, file)


async def _require_clean(hub: Hub, content: bytes) -> None:
    try:
        found = await verdict(hub.settings.clamd, content)
    except ScannerAway as error:
        raise Unavailable("The virus scanner is away, so no file can be attached. Try again in a moment.") from error
    if found:
        raise Invalid("This file is infected.", {"attachments": f"The virus scanner found {found}."})


def _media_type(filename: str, given: str) -> str:
    """What the browser says, else what the name says."""
    if given and given != "application/octet-stream":
        return given
    return mimetypes.guess_type(filename)[0] or "application/octet-stream"
