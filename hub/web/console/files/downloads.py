"""Files: what citizens sent, and recordings of calls. Everything is handed out as a download, but for what a browser
shows or plays safely."""

from starlette.responses import Response

from hub.queries.case_page import attachment
from hub.queries.views import AttachmentView
from hub.web.console.files.media_types import PICTURES, SOUNDS
from hub.web.console.visit import Visit
from hub.web.handing_out import handed_out

_SHOWN = PICTURES | SOUNDS
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; media-src 'self'; img-src 'self'",
    "Cache-Control": "private, no-store",
}


async def download(visit: Visit) -> Response:
    """GET /attachments/{id}. Ranges are answered, so that a recording can be wound."""
    file = await visit.hub.db.read(attachment, visit.request.path_params["id"])
    media_type = _media_type(file)
    return await handed_out(visit.request, visit.hub.files, file, media_type, HEADERS, inline=media_type in _SHOWN)


def _media_type(file: AttachmentView) -> str:
    """A type that a browser does nothing with, unless it is known to be harmless."""
    return file.media_type if file.media_type in _SHOWN else "application/octet-stream"
