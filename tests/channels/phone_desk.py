"""The hub as the phone channels see it, and the provider's side: webhooks signed by twilio's own library."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route as HttpRoute
from twilio.request_validator import RequestValidator

from channels.contract import (
    Address,
    CaseStatus,
    Channel,
    Desk,
    Event,
    Inbox,
    Receipt,
    Refused,
    Route,
    Unavailable,
    Unreadable,
    Utterance,
)
from tests.channels.fake_calls import FakeCalls

PUBLIC_URL = "https://hub.anytown.example"
ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "12345"
REFERENCE = "48210937"


def phone_inbox(channel: str, config: Mapping[str, Any] | None = None, **changed: Any) -> Inbox:
    inbox = Inbox(
        id=1,
        channel=channel,
        name="main",
        address="+441632960100",
        queue="triage",
        public_url=PUBLIC_URL,
        council="Anytown Council",
        country="GB",
        config={"provider": "twilio", "account_sid": ACCOUNT, "auth_token": TOKEN, **(config or {})},
    )
    return replace(inbox, **changed)


@dataclass
class FakeDesk:
    """Records events; one receipt an event. away: nothing can be committed."""

    inboxes: list[Inbox]
    public_url: str = PUBLIC_URL
    away: bool = False
    open: bool = True
    reference: str = REFERENCE
    status: CaseStatus | None = None  # of the case with `reference`
    events: list[Event] = field(default_factory=list)
    smtp_listen: tuple[str, int] | None = None
    max_mail_bytes: int = 1_000_000

    def __post_init__(self) -> None:
        self.calls = FakeCalls(self)

    async def receive(self, events: Sequence[Event]) -> list[Receipt]:
        if self.away:
            raise Unavailable("the database is away")
        self.events.extend(events)
        return [Receipt(reference="" if isinstance(event, Unreadable) else self.reference) for event in events]

    def inbox(self, channel: str, name: str) -> Inbox | None:
        return next((inbox for inbox in self.inboxes if (inbox.channel, inbox.name) == (channel, name)), None)

    def inbox_for(self, channel: str, address: str) -> Inbox | None:
        return next((inbox for inbox in self.inboxes if (inbox.channel, inbox.address) == (channel, address)), None)

    async def is_open(self, queue: str) -> bool:
        return self.open

    async def waiting(self, queue: str) -> int:
        return 0

    async def case_status(self, reference: str, address: Address) -> CaseStatus | None:
        return self.status if self.status and self.status.reference == reference else None

    async def follow(self, address: Address, after: int) -> AsyncIterator[Utterance]:
        nothing: tuple[Utterance, ...] = ()
        for utterance in nothing:
            yield utterance


def app_of(channel: Channel, desk: Desk) -> Starlette:
    """The channel's doors with the answers that the hub's wrapper gives: Refused its status, Unavailable 503."""

    def door(route: Route) -> HttpRoute:
        async def endpoint(request: Request) -> Response:
            try:
                return await route.handler(request, desk)  # type: ignore[arg-type, return-value]
            except Refused as refused:
                return PlainTextResponse(str(refused), refused.status)
            except Unavailable as away:
                return PlainTextResponse(str(away), 503)

        return HttpRoute(route.path, endpoint, methods=[route.method])

    return Starlette(routes=[door(route) for route in channel.routes])


@dataclass
class Provider:
    """Calls the channel's webhooks as Twilio does: form-encoded, signed over the URL that it was configured with."""

    channel: Channel
    desk: FakeDesk
    token: str = TOKEN

    async def post(self, path: str, form: Mapping[str, str] | str, *, signed_url: str | None = None) -> httpx.Response:
        """form: fields, or a body as it is to be sent together with `signature` computed over its decoded fields."""
        fields = dict(form) if not isinstance(form, str) else dict(httpx.QueryParams(form))
        url = signed_url or self.desk.public_url + path
        signature = RequestValidator(self.token).compute_signature(url, fields)
        return await self.send(path, form, {"X-Twilio-Signature": signature})

    async def send(self, path: str, form: Mapping[str, str] | str, headers: Mapping[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app_of(self.channel, self.desk))
        body = form if isinstance(form, str) else urlencode(form)
        sent = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        async with httpx.AsyncClient(transport=transport, base_url="http://10.0.0.7:8000") as http:
            return await http.post(path, content=body, headers=sent)
