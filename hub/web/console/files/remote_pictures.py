"""The pictures that a mail names on the internet, once somebody asked for them: through the hub, and no others.

The frame that shows them is sandboxed, so its requests carry no session. Each picture has a signed address of its own
instead, which names a place in a stored mail, never an address on the internet, and ends soon.
"""

import hashlib
import hmac
import re
import time
from html import unescape

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from hub.files.pictures import NoPicture
from hub.models import Message
from hub.running import hub_of
from hub.settings import Settings

PATH = "/pictures"
_SECONDS = 600  # that an address holds
_MOST = 200  # pictures of one mail
_REMOTE = re.compile(r' data-remote="(https?://[^"]*)"', re.IGNORECASE)  # channels/email/understanding/cleaning.py
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Referrer-Policy": "no-referrer",
}


def has_remote_pictures(html: str) -> bool:
    return _REMOTE.search(html) is not None


def with_remote_pictures(html: str, message_id: int, settings: Settings) -> str:
    """What was kept from loading is loaded through the hub."""
    until = int(time.time()) + _SECONDS
    places = iter(range(html.count(" data-remote=") + 1))

    def source(found: re.Match[str]) -> str:
        place = next(places)
        named = f"{message_id}/{place}/{until}"
        return f' src="{settings.base_url}{PATH}/{named}/{_signature(named, settings)}"' if place < _MOST else ""

    return _REMOTE.sub(source, html)


async def show_picture(request: Request) -> Response:
    """GET /pictures/{message_id}/{place}/{until}/{signature}"""
    hub, at = hub_of(request), request.path_params
    named = f"{at['message_id']}/{at['place']}/{at['until']}"
    signed = hmac.compare_digest(at["signature"].encode(), _signature(named, hub.settings).encode())
    if not hub.settings.remote_pictures or not signed or at["until"] < time.time():
        return PlainTextResponse("There is no such picture.", 404, _HEADERS)
    url = await hub.db.read(_remote_url, at["message_id"], at["place"])
    try:
        picture = await hub.pictures.fetch(url)
    except NoPicture as error:
        return PlainTextResponse(f"The picture isn't shown: {error}.", 404, {**_HEADERS, "Cache-Control": "no-store"})
    caching = {"Cache-Control": f"private, max-age={_SECONDS}"}
    return Response(picture.content, media_type=picture.media_type, headers={**_HEADERS, **caching})


def _remote_url(session: Session, message_id: int, place: int) -> str:
    """An empty string when the mail names no such picture."""
    message = session.get(Message, message_id)
    urls = _REMOTE.findall(message.html) if message else []
    return unescape(urls[place]) if place < len(urls) else ""


def _signature(named: str, settings: Settings) -> str:
    return hmac.new(settings.secret.encode(), f"picture:{named}".encode(), hashlib.sha256).hexdigest()
