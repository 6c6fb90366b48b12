"""A stored content as a response: whole or a part of it, from the folder or from the bucket, never run by a browser."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from hub.errors import NotFound, Unavailable
from hub.files.store import Files, FolderFiles
from hub.queries.originals import original
from hub.queries.views import AttachmentView
from hub.running import hub_of

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_NO_PART_OF_A_NAME = re.compile(r"[/\\\x00-\x1f\x7f]")

Pieces = Callable[[int, int], Iterator[bytes]]  # of a content from one byte up to another

NOT_HERE: Mapping[str, str] = {
    "pending": "This file isn't here: it is still with the provider.",
    "failed": "This file isn't here: it could not be fetched from the provider.",
    "held": "This file waits for the virus scanner. Try again in a moment.",
    "infected": "The virus scanner found something in this file: it isn't handed out.",
}


async def handed_out(
    request: Request,
    files: Files,
    file: AttachmentView,
    media_type: str,
    headers: Mapping[str, str],
    *,
    inline: bool = False,
) -> Response:
    """Raises NotFound for a file that isn't stored or may not be seen; Unavailable when the store is away."""
    if file.state != "stored":
        raise NotFound(NOT_HERE.get(file.state, "This file isn't here."))
    name, disposition = safe_name(file.filename), "inline" if inline else "attachment"
    named = f'filename="{name}"' if _is_plain(name) else f"filename*=utf-8''{quote(name)}"
    given = {**headers, "Content-Disposition": f"{disposition}; {named}"}
    if file.disposition == "raw" and (kept := await hub_of(request).db.read(original, file.id)) is not None:
        return _streamed(request, lambda start, end: iter([kept[start:end]]), len(kept), given, media_type)
    try:
        size = await run_in_threadpool(files.size, file.sha256)
    except OSError as error:
        raise Unavailable("The store of the attachments is away. Try again in a moment.") from error
    if size is None:
        raise NotFound("This file isn't here any more.")
    if isinstance(files, FolderFiles):
        return FileResponse(
            files.path_of(file.sha256),
            media_type=media_type,
            filename=name,
            content_disposition_type=disposition,
            headers=dict(headers),
        )
    return _streamed(request, partial(files.pieces, file.sha256), size, given, media_type)


def safe_name(filename: str) -> str:
    """Without folders and control characters; the response writes it as RFC 6266 has it."""
    return _NO_PART_OF_A_NAME.sub("_", filename).strip(" .") or "attachment"


def _is_plain(name: str) -> bool:
    return name.isascii() and quote(name) == name


def _streamed(request: Request, pieces: Pieces, size: int, headers: Mapping[str, str], media_type: str) -> Response:
    """One range (RFC 9110, 14), as players ask for; several, or one that makes no sense, get the whole."""
    start, end = _wanted(request.headers.get("range", ""), size)
    given = {**headers, "Accept-Ranges": "bytes", "Content-Length": str(end - start)}
    if (start, end) != (0, size):
        given["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    content = pieces(start, end)
    status = 206 if "Content-Range" in given else 200
    return StreamingResponse(content, status, given, media_type)


def _wanted(written: str, size: int) -> tuple[int, int]:
    found = _RANGE.fullmatch(written.strip())
    if found is None or not (found[1] or found[2]):
        return 0, size
    if not found[1]:  # the last so many bytes
        return max(0, size - int(found[2])), size
    start, end = int(found[1]), min(int(found[2]) + 1, size) if found[2] else size
    return (start, end) if start < end else (0, size)
