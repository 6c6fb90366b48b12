"""Files: handed out as downloads that no browser opens by itself, and handed in for a reply."""

from starlette.requests import Request
from starlette.responses import Response

from hub.errors import Invalid
from hub.files.uploading import take_upload
from hub.queries.case_page import attachment
from hub.running import hub_of
from hub.web.api import schemas, sent
from hub.web.api.answers import answer
from hub.web.api.asking import body_within, changing, id_in_path, parameters_of, signed_in, token_hash_of
from hub.web.handing_out import handed_out, safe_name

# Types that hold no script; everything else travels as octets.
SAFE_TYPES = frozenset(
    {
        "application/pdf", "text/plain", "audio/mpeg", "audio/ogg", "audio/wav", "audio/x-wav", "video/mp4",
        "image/gif", "image/jpeg", "image/png", "image/webp",
    }
)  # fmt: skip

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
}


async def one_attachment(request: Request) -> Response:
    hub, token_hash = hub_of(request), token_hash_of(request)
    file = await hub.db.read(signed_in, token_hash, attachment, id_in_path(request, "id"))
    media_type = file.media_type if file.media_type in SAFE_TYPES else "application/octet-stream"
    return await handed_out(request, hub.files, file, media_type, _HEADERS)


async def new_attachment(request: Request) -> Response:
    """The body is the file itself; its name is a parameter. A reply names the id within a day."""
    hub = hub_of(request)
    agent = await hub.db.read(changing, token_hash_of(request))
    filename = safe_name(parameters_of(request, sent.FileName).filename)
    content = await body_within(request, hub.settings.max_upload_bytes)
    if not content:
        raise Invalid("The file is empty.", {"body": "Send the file's content as the body."})
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    kept = await take_upload(hub, agent.id, None, filename, media_type, content)
    made: schemas.Upload = {"id": kept.id, "filename": kept.filename, "media_type": kept.media_type, "size": kept.size}
    return answer(made, 201)
