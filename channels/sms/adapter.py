"""Text messages through Twilio: its webhooks in, its REST API out. Setting it up: README.md."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response

from channels.contract import Desk, Event, File, Inbox, OutboundMessage, Route, SendResult
from channels.sms.delivery import reported
from channels.sms.inbound import texted
from channels.sms.outbound import find_text, missed_texts, send_text
from channels.twilio_api import check_provider
from channels.twilio_media import fetch_media
from channels.twilio_webhook import authentic

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


async def receive_text(request: Request, desk: Desk) -> Response:
    """POST /in/sms/{inbox}. The answer says nothing: acknowledgements are messages of their own, with a status."""
    webhook = await authentic(request, desk, "sms")
    await desk.receive([texted(webhook)])
    return Response(EMPTY_TWIML, media_type="text/xml")


async def receive_status(request: Request, desk: Desk) -> Response:
    """POST /in/sms/{inbox}/status."""
    webhook = await authentic(request, desk, "sms")
    await desk.receive([reported(webhook)])
    return Response(status_code=204)


class Sms:
    """Sends, reconciles, fetches and catches up; see channels/contract.py."""

    name = "sms"
    scheme = "tel"
    routes: Sequence[Route] = (
        Route("POST", "/in/sms/{inbox}", receive_text),
        Route("POST", "/in/sms/{inbox}/status", receive_status),
    )

    def check(self, config: Mapping[str, Any]) -> Sequence[str]:
        return check_provider(config)

    async def send(self, message: OutboundMessage, inbox: Inbox, http: httpx.AsyncClient) -> SendResult:
        return await send_text(message, inbox, http)

    async def find(self, message: OutboundMessage, inbox: Inbox, http: httpx.AsyncClient) -> SendResult | None:
        return await find_text(message, inbox, http)

    async def missed(self, since: datetime, inbox: Inbox, http: httpx.AsyncClient) -> Sequence[Event]:
        return await missed_texts(since, inbox, http)

    async def fetch(self, ref: str, inbox: Inbox, http: httpx.AsyncClient) -> File:
        return await fetch_media(ref, inbox, http)


channel = Sms()
