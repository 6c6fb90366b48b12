"""Mail: an SMTP listener and an HTTP door in, SMTP out. Setting it up: README.md."""

import asyncio
import hmac
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from channels.contract import (
    Desk,
    Event,
    FileLimits,
    Inbox,
    NotConfigured,
    OutboundMessage,
    Quoting,
    Receipt,
    Refused,
    Route,
    SendResult,
)
from channels.email.settings import SECRETS, file_limits, problems_of, quoting
from channels.email.understanding.aside import Aside
from channels.waiting import ListeningDesk

if TYPE_CHECKING:
    from channels.email.sending.connections import Connections

_LOOK_SECONDS = 2.0  # how soon the council's first mailbox is seen
_NEVER_SMALLER = 1 << 30  # bytes; the limit that counts is the desk's


def _is_authentic(request: Request, inbox: Inbox) -> bool:
    """An inbox without a token takes no mail here."""
    try:
        token = inbox.setting("token", "")
    except NotConfigured:
        return False
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    same = hmac.compare_digest(given.strip().encode("utf-8", "replace"), token.encode("utf-8", "replace"))
    return scheme.lower() == "bearer" and bool(token) and same


async def _body(request: Request, limit: int) -> bytes:
    length = request.headers.get("content-length", "")
    body = bytearray()
    too_large = length.isdecimal() and int(length) > limit
    if not too_large:
        async for piece in request.stream():
            body += piece
            if len(body) > limit:
                too_large = True
                break
    if too_large:
        raise Refused(413, f"A mail may have at most {limit:,} bytes.")
    return bytes(body)


async def _listen(desk: ListeningDesk, aside: Aside) -> None:
    if not (desk.mail_doors.smtp or desk.mail_doors.lmtp):
        return
    from channels.email.listening.listeners import listen_for_mail

    await listen_for_mail(desk, aside)


async def _look(desk: ListeningDesk) -> None:
    while True:
        if any(inbox.config.get("imap_host") for inbox in desk.inboxes("email")):
            from channels.email.imap.watching import look_into_mailboxes

            await look_into_mailboxes(desk)
        await asyncio.sleep(_LOOK_SECONDS)


class EmailChannel:
    """Sends and listens; see channels/contract.py."""

    name = "email"
    scheme = "mailto"
    secrets = SECRETS

    def __init__(self) -> None:
        self.routes: Sequence[Route] = (Route("POST", "/in/email/{inbox}", self.receive, max_bytes=_NEVER_SMALLER),)
        self._aside = Aside()
        self._connections: Connections | None = None

    async def receive(self, request: Request, desk: Desk) -> Response:
        """POST /in/email/{inbox}: a raw mail; 200 after it is committed, with its case's reference."""
        inbox = desk.inbox("email", request.path_params["inbox"])
        if inbox is None:
            raise Refused(404, "There is no such email inbox.")
        if not _is_authentic(request, inbox):
            raise Refused(403, "The Authorization header must be Bearer and the inbox's token.")
        raw = await _body(request, desk.max_mail_bytes)
        from channels.email.without_envelope import as_event

        with self._aside.on_its_way():
            event = as_event(await self._aside.understood(raw), raw, inbox, desk)
            receipt: Receipt = (await desk.receive([event]))[0]
        return JSONResponse({"reference": receipt.reference, "duplicate": receipt.duplicate})

    def check(self, config: Mapping[str, Any]) -> Sequence[str]:
        return problems_of(config)

    async def send(self, message: OutboundMessage, inbox: Inbox, http: httpx.AsyncClient) -> SendResult:
        from channels.email.sending.connections import Connections
        from channels.email.sending.delivering import send_mail

        self._connections = self._connections or Connections()
        return await send_mail(message, inbox, self._connections)

    def prepare(self, inbox: Inbox) -> None:
        from channels.email.sending import delivering  # noqa: F401
        from channels.formatting import html_of

        html_of("")

    def file_limits(self, inbox: Inbox) -> FileLimits | None:
        return file_limits(inbox)

    def quoting(self, inbox: Inbox) -> Quoting:
        return quoting(inbox)

    async def close(self) -> None:
        await self._aside.close()
        if self._connections is not None:
            await self._connections.close()

    def whole(self, raw: bytes) -> str:
        from channels.email.understanding.parsing import understand

        return understand(raw).text

    def read_again(self, raw: bytes, inbox: Inbox, desk: Desk, *, as_case: bool) -> Event:
        from channels.email.without_envelope import event_without_envelope

        return event_without_envelope(raw, inbox, desk, as_case=as_case)

    async def listen(self, desk: ListeningDesk) -> None:
        """Both ways of waiting for mail; when one of them falls over, both begin anew."""
        async with asyncio.TaskGroup() as both:
            both.create_task(_listen(desk, self._aside))
            both.create_task(_look(desk))


channel = EmailChannel()
