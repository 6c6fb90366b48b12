"""Files: what citizens sent, and recordings of calls. Everything is handed out as a download, but for what a browser
shows or plays safely."""

from starlette.responses import FileResponse, Response

from hub.errors import NotFound
from hub.files import path_of
from hub.queries.cases import attachment
from hub.queries.views import AttachmentView
from hub.web.console.media_types import PICTURES, SOUNDS
from hub.web.console.visit import Visit

_SHOWN = PICTURES | SOUNDS


async def download(visit: Visit) -> Response:
    """GET /attachments/{id}. Ranges are answered, so that a recording can be wound."""
    file = await visit.hub.db.read(attachment, visit.request.path_params["id"])
    path = path_of(visit.hub.settings.files_dir, file.sha256) if file.sha256 else None
    if file.state != "stored" or path is None or not path.is_file():
        raise NotFound("This file isn't here: it is still on its way, or could not be fetched.")
    return FileResponse(
        path,
        media_type=_media_type(file),
        filename=file.filename or "file",
        content_disposition_type="inline" if _media_type(file) in _SHOWN else "attachment",
        headers={
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'; media-src 'self'; img-src 'self'",
            "Cache-Control": "private, no-store",
        },
    )


def _media_type(file: AttachmentView) -> str:
    """A type that a browser does nothing with, unless it is known to be harmless."""
    return file.media_type if file.media_type in _SHOWN else "application/octet-stream"
