"""A desk that keeps conversations in memory and tells them live, and the application around the channel's doors."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.routing import Route as Door
from starlette.websockets import WebSocket

from channels.calling import CallDesk
from channels.contract import (
    Address,
    CaseStatus,
    DeliveryUpdate,
    Event,
    InboundMessage,
    Inbox,
    Receipt,
    Refused,
    Unavailable,
    Utterance,
)
from channels.webchat.adapter import WebchatChannel

AT = datetime(2026, 3, 2, 12, 58, tzinfo=UTC)
REFERENCE = "48210937"


class ChatDesk:
    """Stores a message once by external id, and follows like the hub does: in order, after a cursor, then live."""

    smtp_listen = None
    max_mail_bytes = 0

    def __init__(self, public_url: str, **config: Any) -> None:
        self.public_url = public_url
        self.config = config
        self.events: list[Event] = []
        self.delivered: set[str] = set()
        self.away = False
        self.followers = 0
        self._said: list[tuple[Address, Utterance]] = []
        self._news = asyncio.Condition()

    def inbox(self, channel: str, name: str) -> Inbox | None:
        if (channel, name) != ("webchat", "site"):
            return None
        return Inbox(
            id=1, channel=channel, name=name, address="", queue="triage", public_url=self.public_url,
            council="Anytown Council", country="GB", config=self.config,
        )  # fmt: skip

    def inbox_for(self, channel: str, address: str) -> Inbox | None:
        return None

    async def receive(self, events: Sequence[Event]) -> list[Receipt]:
        if self.away:
            raise Unavailable("the database is away")
        return [await self._receive(event) for event in events]

    async def _receive(self, event: Event) -> Receipt:
        self.events.append(event)
        if isinstance(event, DeliveryUpdate):
            self.delivered.add(event.external_id)
            return Receipt()
        assert isinstance(event, InboundMessage)
        assert event.sender is not None
        known = any(said.external_id == event.external_id for _, said in self._said)
        if not known:
            await self._say(event.sender, "in", event.text, "", event.external_id)
        return Receipt(reference=REFERENCE, duplicate=known)

    async def answer(self, text: str, *, author: str = "Waste desk 1", to: Address | None = None) -> Utterance:
        """A caseworker's words, to the last citizen who wrote unless `to` says whom."""
        address = to or next(address for address, said in reversed(self._said) if said.direction == "in")
        return await self._say(address, "out", text, author, f"out-{len(self._said) + 1}")

    async def _say(self, address: Address, direction: Any, text: str, author: str, external_id: str) -> Utterance:
        said = Utterance(
            id=(len(self._said) + 1) * 10, direction=direction, text=text, author=author, at=AT, external_id=external_id
        )
        self._said.append((address, said))
        await self.ring()
        return said

    async def ring(self) -> None:
        """Wake everybody who follows."""
        async with self._news:
            self._news.notify_all()

    async def follow(self, address: Address, after: int) -> AsyncIterator[Utterance]:
        self.followers += 1
        try:
            while not self.away:
                for said in [said for whose, said in self._said if whose == address and said.id > after]:
                    yield said
                    after = said.id
                async with self._news:
                    if not any(whose == address and said.id > after for whose, said in self._said) and not self.away:
                        await self._news.wait()
        finally:
            self.followers -= 1
            await self.ring()

    async def deserted(self) -> None:
        """Returns when nobody follows any more."""
        async with self._news:
            await self._news.wait_for(lambda: self.followers == 0)

    async def case_status(self, reference: str, address: Address) -> CaseStatus | None:
        return None

    async def is_open(self, queue: str) -> bool:
        return True

    async def waiting(self, queue: str) -> int:
        return 0

    @property
    def calls(self) -> CallDesk:
        raise NotImplementedError("this channel carries no calls")

    @property
    def messages(self) -> list[InboundMessage]:
        """What citizens said, repeats included."""
        return [event for event in self.events if isinstance(event, InboundMessage)]

    @property
    def texts(self) -> list[str]:
        """The conversation as stored, all citizens together."""
        return [said.text for _, said in self._said]


PAGE = """<!doctype html><html lang="en"><head><title>Bins</title></head><body><main><h1>Bins</h1>
<p>When we collect.</p></main><script src="/chat/site.js"></script></body></html>"""
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'"


def application(desk: ChatDesk, **settings: Any) -> Starlette:
    """The channel's doors as the hub opens them, and a council's page that embeds the chat under a strict policy."""
    channel = WebchatChannel(**settings)
    doors: list[BaseRoute] = [Door("/", _page)]
    for route in channel.routes:
        doors.append(_socket(route, desk) if route.method == "WS" else _door(route, desk))
    return Starlette(routes=doors, exception_handlers={Refused: _refused})


def _door(route: Any, desk: ChatDesk) -> Door:
    async def endpoint(request: Request) -> Response:
        response: Response = await route.handler(request, desk)
        return response

    return Door(route.path, endpoint, methods=[route.method])


def _socket(route: Any, desk: ChatDesk) -> WebSocketRoute:
    async def endpoint(socket: WebSocket) -> None:
        await route.handler(socket, desk)

    return WebSocketRoute(route.path, endpoint)


async def _page(request: Request) -> Response:
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return PlainTextResponse(str(error), error.status)


@asynccontextmanager
async def patience(seconds: float = 5.0) -> AsyncIterator[None]:
    """Nothing in these tests may hang: fails after that many seconds."""
    async with asyncio.timeout(seconds):
        yield
