"""A hub as the simulator sees it: it checks signatures with the provider's library, answers TwiML, and takes mail."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import parse_qsl

import aiosmtplib
import httpx
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp
from twilio.request_validator import RequestValidator

from channels.simulator.app import build, running
from channels.simulator.settings import MailInbox, PhoneInbox, SimulatorSettings
from channels.simulator.simulator import Simulator
from tests.support.serving import address, client, free_socket, serving

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "carrier-token"
NUMBER = "+441632960100"
ASHA = "+447700900101"
JOAN = "+447700900105"  # her phone is switched off
EMPTY = "<Response/>"


@dataclass(frozen=True, slots=True)
class Webhook:
    """One request of the carrier's that was rightly signed."""

    path: str  # with its query
    form: dict[str, str]
    idempotency: str


@dataclass
class Hub:
    """answers: TwiML by path, EMPTY where none is given. statuses: for the next webhooks, then 200."""

    url: str
    token: str = TOKEN
    answers: dict[str, str] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    webhooks: list[Webhook] = field(default_factory=list)
    mails: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    refused: frozenset[str] = frozenset({"nobody@anytown.example"})

    async def webhook(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        signature = request.headers.get("x-twilio-signature", "")
        if not RequestValidator(self.token).validate(self.url + path, form, signature):
            return Response(status_code=403)
        self.webhooks.append(Webhook(path, form, request.headers.get("i-twilio-idempotency-token", "")))
        status = self.statuses.pop(0) if self.statuses else 200
        return Response(self.answers.get(path, EMPTY), status, media_type="text/xml")

    def forms(self, path: str) -> list[dict[str, str]]:
        return [webhook.form for webhook in self.webhooks if webhook.path == path]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, to: str, options: list[str]
    ) -> str:
        if to in self.refused:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.mails.append((envelope.mail_from or "", list(envelope.rcpt_tos), envelope.content))
        return "250 OK"

    @asynccontextmanager
    async def taking_mail(self) -> AsyncIterator[tuple[str, int]]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(self, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0)
        try:
            host, port = server.sockets[0].getsockname()
            yield host, port
        finally:
            server.close()


@dataclass
class World:
    """The hub's double with the simulator mounted, as `hub serve` does it, and a client that is no browser."""

    hub: Hub
    simulator: Simulator
    http: httpx.AsyncClient

    async def post(self, path: str, **order: object) -> httpx.Response:
        return await self.http.post(f"/simulator/api/{path}", json=order)

    async def act(self, path: str, **order: object) -> dict[str, object]:
        """A call of the API that must succeed; errands are done when it returns."""
        answer = await self.post(path, **order)
        assert answer.status_code == 200, answer.text
        await self.simulator.errands.done()
        shown: dict[str, object] = answer.json()
        return shown

    async def carrier(self, method: str, path: str, **more: object) -> httpx.Response:
        """The REST API with the inbox's credentials; errands are done when it returns."""
        url = f"/simulator/2010-04-01/Accounts/{ACCOUNT}/{path}"
        answer = await self.http.request(method, url, auth=(ACCOUNT, TOKEN), **more)  # type: ignore[arg-type]  # httpx's own keywords
        await self.simulator.errands.done()
        return answer

    async def arrive(self, message: EmailMessage, to: str) -> None:
        """The hub's mail reaches the citizens' provider."""
        host, port = self.simulator.mailbox.sink_address
        await aiosmtplib.send(message, recipients=[to], hostname=host, port=port, start_tls=False)


def settings(url: str, smtp_hub: tuple[str, int]) -> SimulatorSettings:
    return SimulatorSettings(
        hub_url=url,
        council="Anytown Council",
        phones=(
            PhoneInbox(channel="sms", name="main", address=NUMBER, account_sid=ACCOUNT, auth_token=TOKEN),
            PhoneInbox(channel="voice", name="line", address=NUMBER, account_sid=ACCOUNT, auth_token=TOKEN),
        ),
        mailboxes=(MailInbox("help", "help@anytown.example"),),
        chats=("site",),
        smtp_hub=smtp_hub,
        smtp_sink=("127.0.0.1", 0),
        http=client,
    )


def application(hub: Hub, simulator: Starlette) -> Starlette:
    """Doors as the hub has them; the mounted simulator's life is entered by the lifespan."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with running(simulator):
            yield

    async def script(request: Request) -> Response:
        return Response("document.title += ' (chat)';", media_type="text/javascript")

    webhooks = Route("/in/{rest:path}", hub.webhook, methods=["GET", "POST"])
    mounted = Mount("/simulator", simulator)
    return Starlette(routes=[webhooks, Route("/chat/site.js", script), mounted], lifespan=lifespan)


Wrap = Callable[[ASGIApp], ASGIApp]


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    listening = free_socket()
    hub = Hub(address(listening))
    async with hub.taking_mail() as smtp_hub:
        simulator = build(settings(hub.url, smtp_hub))
        async with serving(application(hub, simulator), [listening]), client(base_url=hub.url) as http:
            yield World(hub, simulator.state.simulator, http)
