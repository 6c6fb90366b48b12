"""Files: what citizens sent, and recordings of calls. Everything is handed out as a download; pictures and recordings
have the type with which a page of the hub shows and plays them."""

from starlette.responses import Response

from hub.errors import NotFound
from hub.queries.case_page import attachment
from hub.queries.views import AttachmentView
from hub.web.console.files.media_types import PICTURES, SOUNDS
from hub.web.console.visit import Visit
from hub.web.handing_out import NOT_HERE, handed_out

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
    return await handed_out(visit.request, visit.hub.files, file, media_type, HEADERS)


async def show_alone(visit: Visit) -> Response:
    """GET /attachments/{id}/picture: as large as it is, in a page of the hub."""
    file = await visit.hub.db.read(attachment, visit.request.path_params["id"])
    if file.state != "stored" or file.media_type not in PICTURES:
        raise NotFound(NOT_HERE.get(file.state, "This file is no picture that can be shown."))
    return visit.render("picture.html", file=file)


def _media_type(file: AttachmentView) -> str:
    """A type that a browser does nothing with, unless it is known to be harmless."""
    return file.media_type if file.media_type in _SHOWN else "application/octet-stream"
