"""Twilio: texts, pictures and WhatsApp. Webhooks are signed forms; see channels/twilio_webhook.py."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response

from channels.contract import Desk, Event, File, FileLimits, Inbox, OutboundMessage, SendResult
from channels.sms.delivery import reported
from channels.sms.inbound import texted
from channels.sms.providers import Provider
from channels.twilio_api import check_provider
from channels.twilio_media import fetch_media
from channels.twilio_webhook import authentic

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
_TAKEN = Response(EMPTY_TWIML, media_type="text/xml")


PICTURES = FileLimits(
    count=10,
    bytes_each=5_000_000,
    bytes_together=5_000_000,
    media_types=frozenset({"image/jpeg", "image/png", "image/gif"}),
)
_SWITCHES = {
    "whatsapp": "whether this number also takes WhatsApp",
    "pictures": "whether this number can send pictures by text (MMS)",
}


class Twilio:
    name = "twilio"
    longest = 1_600
    secrets = ("auth_token",)

    def check(self, config: Mapping[str, Any], also: Collection[str]) -> Sequence[str]:
        faults = check_provider(config, also={*also, *_SWITCHES})
        faults += [
            f"{key}: must be true or false: {meaning}"
            for key, meaning in _SWITCHES.items()
            if not isinstance(config.get(key, False), bool)
        ]
        return faults

    def file_limits(self, inbox: Inbox) -> FileLimits | None:
        return PICTURES if inbox.config.get("pictures") or inbox.config.get("whatsapp") else None

    def prepare(self, inbox: Inbox) -> None:
        import channels.sms.outbound  # noqa: F401  # Twilio's library

    async def text(self, request: Request, inbox: Inbox, desk: Desk) -> Response:
        """The answer says nothing: acknowledgements are messages of their own, with a status."""
        webhook = await authentic(request, desk, inbox.channel)
        await desk.receive([texted(webhook)])
        return _TAKEN

    async def report(self, request: Request, inbox: Inbox, desk: Desk) -> Response:
        webhook = await authentic(request, desk, inbox.channel)
        await desk.receive([reported(webhook)])
        return Response(status_code=204)

    async def send(self, message: OutboundMessage, inbox: Inbox, http: httpx.AsyncClient) -> SendResult:
        from channels.sms.outbound import send_text

        return await send_text(message, inbox, http)

    async def find(self, message: OutboundMessage, inbox: Inbox, http: httpx.AsyncClient) -> SendResult | None:
        from channels.sms.outbound import find_text

        return await find_text(message, inbox, http)

    async def missed(self, since: datetime, inbox: Inbox, http: httpx.AsyncClient) -> Sequence[Event]:
        from channels.sms.outbound import missed_texts

        return await missed_texts(since, inbox, http)

    async def fetch(self, ref: str, inbox: Inbox, http: httpx.AsyncClient) -> File:
        return await fetch_media(ref, inbox, http)


provider: Provider = Twilio()
