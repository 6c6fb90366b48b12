"""ClamAV: files are held until clamd has looked at them (HUB_CLAMD). Speaks its INSTREAM command (clamd(8))."""

import asyncio
import struct
from datetime import timedelta

import structlog

from hub.actions.files.attachments import Held, claim_held, record_scanned, record_unscanned
from hub.files.contents import content_of
from hub.models.base import utcnow
from hub.running import Hub
from hub.settings import split_address

SECONDS = 60.0  # for one file
PING_SECONDS = 2.0
PIECE = 65_536  # bytes
_AGAIN = timedelta(seconds=15)
_AT_ONCE = 4

log = structlog.get_logger()


class ScannerAway(Exception):
    """clamd can't be reached, or gave no verdict: the file stays held."""


async def answers(address: str) -> bool:
    """Is clamd there? Its PING, which is answered while it looks at files, too."""
    try:
        async with asyncio.timeout(PING_SECONDS):
            reader, writer = await _connect(address)
            try:
                writer.write(b"zPING\0")
                return await reader.readuntil(b"\0") == b"PONG\0"
            finally:
                writer.close()
    except (OSError, TimeoutError, EOFError):
        return False


async def verdict(address: str, content: bytes, seconds: float = SECONDS) -> str:
    """What clamd found in the content, "" = nothing. Raises ScannerAway."""
    try:
        async with asyncio.timeout(seconds):
            answer = await _ask(address, content)
    except (OSError, TimeoutError) as error:
        raise ScannerAway("the virus scanner can't be reached") from error
    if answer.endswith(" OK"):
        return ""
    if answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")
    raise ScannerAway("the virus scanner gave no verdict: is the file larger than its StreamMaxLength?")


async def _ask(address: str, content: bytes) -> str:
    reader, writer = await _connect(address)
    try:
        writer.write(b"zINSTREAM\0")
        try:
            for start in range(0, len(content), PIECE):
                piece = content[start : start + PIECE]
                writer.write(struct.pack("!I", len(piece)) + piece)
                await writer.drain()
            writer.write(struct.pack("!I", 0))
            await writer.drain()
        except ConnectionError:
            pass  # it has said why before it hung up: a limit of its own
        return (await reader.read(4096)).rstrip(b"\0\n").decode("utf-8", "replace")
    finally:
        writer.close()


async def _connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if address.startswith("unix:"):
        return await asyncio.open_unix_connection(address.removeprefix("unix:"))
    host, port = split_address(address)
    return await asyncio.open_connection(host.strip("[]"), port)


async def scan_held(hub: Hub) -> float | None:
    """A round of the worker: what is held and due is looked at; 0 = there may be more."""
    held = await hub.db.write(claim_held, utcnow())
    for start in range(0, len(held), _AT_ONCE):
        await asyncio.gather(*(_scan(hub, file) for file in held[start : start + _AT_ONCE]))
    return 0.0 if held else None


async def _scan(hub: Hub, file: Held) -> None:
    try:
        content = await content_of(hub, file.id, file.sha256)
        found = await verdict(hub.settings.clamd, content)
    except (ScannerAway, OSError) as error:
        cause = type(error.__cause__ or error).__name__
        log.error("a file couldn't be scanned and is held", attachment=file.id, why=str(error), cause=cause)
        why = str(error) if isinstance(error, ScannerAway) else "the file's content can't be read"
        await hub.db.write(record_unscanned, file.id, utcnow() + _AGAIN * min(file.attempts, 40), why)
        return
    if found:
        log.warning("a file is infected and isn't handed out", attachment=file.id, found=found)
    await hub.db.write(record_scanned, file.id, found)
