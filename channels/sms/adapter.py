"""Text messages: the doors and the way out, whoever carries them. Setting it up: README.md."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response

from channels.abilities import Prepares
from channels.contract import Desk, Event, File, FileLimits, Inbox, OutboundMessage, Refused, Route, SendResult
from channels.costs import PartCosts
from channels.sms.providers import provider_of, providers
from channels.sms.settings import COMMON_KEYS, check_common


async def receive_text(request: Request, desk: Desk) -> Response:
    """POST /in/sms/{inbox}."""
    inbox = _inbox(request, desk)
    return await provider_of(inbox).text(request, inbox, desk)


async def receive_status(request: Request, desk: Desk) -> Response:
    """POST /in/sms/{inbox}/status."""
    inbox = _inbox(request, desk)
    return await provider_of(inbox).report(request, inbox, desk)


def _inbox(request: Request, desk: Desk) -> Inbox:
    inbox = desk.inbox("sms", request.path_params["inbox"])
    if inbox is None:
        raise Refused(404, "there is no such inbox")
    return inbox


class Sms:
    """Sends, reconciles, fetches and catches up as the inbox's provider does; see channels/contract.py."""

    name = "sms"
    scheme = "tel"
    routes: Sequence[Route] = (
        Route("POST", "/in/sms/{inbox}", receive_text),
        Route("POST", "/in/sms/{inbox}/status", receive_status),
    )

    @property
    def secrets(self) -> Collection[str]:
        return {key for provider in providers().values() for key in provider.secrets}

    def check(self, config: Mapping[str, Any]) -> Sequence[str]:
        named = config.get("provider", "twilio")
        provider = providers().get(str(named))
        if provider is None:
            return [f"provider: must be one of {', '.join(sorted(providers()))}"]
        return [*provider.check(config, COMMON_KEYS), *check_common(config)]

    def prepare(self, inbox: Inbox) -> None:
        provider = provider_of(inbox)
        if isinstance(provider, Prepares):
            provider.prepare(inbox)

    def part_costs(self, inbox: Inbox) -> PartCosts:
        return PartCosts(
            longest=provider_of(inbox).longest,
            price=float(inbox.config.get("part_price", 0)),
            currency=str(inbox.config.get("currency", "GBP")),
            warn_parts=int(inbox.config.get("warn_parts", 1)),
        )

    def file_limits(self, inbox: Inbox) -> FileLimits | None:
        return provider_of(inbox).file_limits(inbox)

    async def send(self, message: OutboundMessage, inbox: Inbox, http: httpx.AsyncClient) -> SendResult:
        return await provider_of(inbox).send(message, inbox, http)

    async def find(self, message: OutboundMessage, inbox: Inbox, http: httpx.AsyncClient) -> SendResult | None:
        return await provider_of(inbox).find(message, inbox, http)

    async def missed(self, since: datetime, inbox: Inbox, http: httpx.AsyncClient) -> Sequence[Event]:
        return await provider_of(inbox).missed(since, inbox, http)

    async def fetch(self, ref: str, inbox: Inbox, http: httpx.AsyncClient) -> File:
        return await provider_of(inbox).fetch(ref, inbox, http)


channel = Sms()
