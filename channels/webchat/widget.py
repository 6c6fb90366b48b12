"""The script that a website embeds: the files of static/ in one closure, so that one request brings it all."""

import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

_STATIC = Path(__file__).parent / "static"
_PARTS = ("notebook.js", "conversation.js", "panel.js", "start.js")
_HEADERS = {
    "Cache-Control": "public, max-age=300",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
    "Cross-Origin-Resource-Policy": "cross-origin",  # it is made to be embedded elsewhere
}


@dataclass(frozen=True, slots=True)
class Script:
    """The script's text, the same as gzip, and a validator of both: a weak one (RFC 9110 section 8.8.1)."""

    source: bytes
    compressed: bytes
    etag: str


@cache
def script() -> Script:
    """Read once, at the first request."""
    styles = (_STATIC / "widget.css").read_text("utf-8")
    parts = "\n".join((_STATIC / name).read_text("utf-8") for name in _PARTS)
    source = f'(() => {{\n"use strict";\nconst STYLES = {json.dumps(styles)};\n{parts}}})();\n'.encode()
    return Script(source, gzip.compress(source, mtime=0), f'W/"{hashlib.sha256(source).hexdigest()[:32]}"')


def answer(request: Request) -> Response:
    """The script, or 304 when the browser's copy is still right."""
    current = script()
    headers = {**_HEADERS, "ETag": current.etag}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if known & {current.etag.removeprefix("W/"), "*"}:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(current.compressed, headers=headers, media_type="text/javascript")
    return Response(current.source, headers=headers, media_type="text/javascript")
