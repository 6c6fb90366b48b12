"""GET /media/{token}: a file of ours for the provider that carries it to the citizen."""

from starlette.requests import Request
from starlette.responses import Response

from hub.errors import NotFound
from hub.models.base import utcnow
from hub.queries.case_page import attachment
from hub.running import hub_of
from hub.signed.public_link import file_of_link
from hub.web.console.files.media_types import PICTURES
from hub.web.handing_out import handed_out

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex",
}


async def media(request: Request) -> Response:
    """Who has the address may fetch the file while it lasts; a wrong and an old one are not told apart."""
    hub = hub_of(request)
    attachment_id = file_of_link(hub.settings.secret, request.path_params["token"], utcnow())
    if attachment_id is None:
        raise NotFound("There is nothing at this address, or not any more.")
    file = await hub.db.read(attachment, attachment_id)
    media_type = file.media_type if file.media_type in PICTURES else "application/octet-stream"
    return await handed_out(request, hub.files, file, media_type, _HEADERS, inline=True)
