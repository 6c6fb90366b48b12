"""Files, handed out as downloads that no browser opens by itself."""

import re

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from hub.errors import NotFound
from hub.files import path_of
from hub.queries.cases import attachment
from hub.running import hub_of
from hub.web.api.asking import id_in_path, signed_in, token_hash_of

# Types that hold no script; everything else travels as octets.
SAFE_TYPES = frozenset(
    {
        "application/pdf", "text/plain", "audio/mpeg", "audio/ogg", "audio/wav", "audio/x-wav", "video/mp4",
        "image/gif", "image/jpeg", "image/png", "image/webp",
    }
)  # fmt: skip

_NO_PART_OF_A_NAME = re.compile(r"[/\\\x00-\x1f\x7f]")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
}


async def one_attachment(request: Request) -> Response:
    hub, token_hash = hub_of(request), token_hash_of(request)
    file = await hub.db.read(signed_in, token_hash, attachment, id_in_path(request, "id"))
    path = path_of(hub.settings.files_dir, file.sha256)
    if not file.sha256 or not path.is_file():
        raise NotFound("This file isn't here: it is still with the provider, or could not be fetched.")
    media_type = file.media_type if file.media_type in SAFE_TYPES else "application/octet-stream"
    return FileResponse(path, media_type=media_type, filename=safe_name(file.filename), headers=_HEADERS)


def safe_name(filename: str) -> str:
    """Without folders and control characters; the response writes it as RFC 6266 has it."""
    return _NO_PART_OF_A_NAME.sub("_", filename).strip(" .") or "attachment"
