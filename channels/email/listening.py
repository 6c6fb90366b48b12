"""The SMTP listener: says 250 only after the hub has committed, and 451 whenever it can't."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.contract import Desk, Event, Inbox, Unavailable
from channels.email.intake import Delivery, event_of, tag_of
from channels.email.parsing import understand

MAX_RECIPIENTS = 100
MAX_CONNECTIONS = 40
MAX_AT_ONCE = 4  # mails that are understood at the same time
COMMAND_SECONDS = 120.0
DATA_SECONDS = 600.0  # RFC 5321 §4.5.3.2.6

_READ = 262_144  # bytes
_END = b"\r\n.\r\n"
_ANNOUNCED_SIZE = re.compile(r"\sSIZE=(\d{1,20})(?!\S)", re.IGNORECASE)
_TRY_LATER = "451 4.3.0 the mail can't be stored now, try again later"

log = structlog.get_logger()


class Lobby:
    """What aiosmtpd asks on each connection (its handler hooks), answered by the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._understanding = asyncio.Semaphore(MAX_AT_ONCE)
        self.connections: set[asyncio.BaseTransport] = set()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return f"452 4.5.3 at most {MAX_RECIPIENTS} recipients"
        if self._desk.inbox_for("email", address) is None:
            return "550 5.1.1 there is no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            async with self._understanding:
                events = await asyncio.to_thread(self._events, raw, envelope)
            await self._desk.receive(events)
        except Unavailable:
            return _TRY_LATER
        except Exception as error:  # noqa: BLE001 - whatever it is, the sender keeps the mail and tries again
            log.error("a mail could not be taken", error=type(error).__name__, size=len(raw))
            return _TRY_LATER
        return "250 2.0.0 OK, stored"

    async def handle_exception(self, error: Exception) -> str:
        log.error("an SMTP session failed", error=type(error).__name__)
        return "451 4.3.0 something went wrong, try again later"

    def _events(self, raw: bytes, envelope: Envelope) -> list[Event]:
        """One event an inbox: two addresses of one inbox are one message. The envelope's sender is believed."""
        path = (envelope.mail_from or "").strip("<>").encode("utf-8", "replace")
        mail = understand(b"Return-Path: <" + path + b">\r\n" + raw)
        return [event_of(mail, raw, delivery) for delivery in self._deliveries(envelope.rcpt_tos)]

    def _deliveries(self, recipients: list[str]) -> list[Delivery]:
        inboxes: dict[int, Inbox] = {}
        tags: dict[int, str | None] = {}
        for address in recipients:
            inbox = self._desk.inbox_for("email", address)
            if inbox:
                inboxes[inbox.id] = inbox
                tags[inbox.id] = tag_of(address, inbox) or tags.get(inbox.id)
        return [Delivery(inbox, tags[key], self._is_ours) for key, inbox in inboxes.items()]

    def _is_ours(self, address: str) -> bool:
        return self._desk.inbox_for("email", address) is not None


class MailSession(SMTP):  # type: ignore[misc]  # aiosmtpd has no types
    """One connection. DATA is read in large pieces: line by line 25 MB of empty lines took a gigabyte."""

    line_length_limit = _READ

    def __init__(self, lobby: Lobby, *, max_bytes: int, hostname: str) -> None:
        super().__init__(
            lobby,
            data_size_limit=max_bytes,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident="hub",
            timeout=COMMAND_SECONDS,
            loop=asyncio.get_running_loop(),
        )
        self._lobby = lobby

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._lobby.connections.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self.transport is not None:
            self._lobby.connections.discard(self.transport)
        super().connection_lost(error)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """RFC 1870: a size announced above the limit is refused at once, the limit named."""
        announced = _ANNOUNCED_SIZE.search(arg or "")
        if announced and int(announced[1]) > self.data_size_limit:
            await self.push(self._too_large())
        else:
            await super().smtp_MAIL(arg)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """RFC 5321 §4.1.1.4. Only CRLF.CRLF ends the mail: nothing else can smuggle a second one in."""
        if await self.check_helo_needed():
            return
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self._reset_timeout(DATA_SECONDS)
        content = await self._content()
        if content is None:
            answer = self._too_large()
        else:
            self.envelope.content = self.envelope.original_content = content
            answer = await self._lobby.handle_DATA(self, self.session, self.envelope)
        self._set_post_data_state()
        self._reset_timeout()
        await self.push(answer)

    def _too_large(self) -> str:
        return f"552 5.3.4 the mail is larger than {self.data_size_limit} bytes"

    async def _content(self) -> bytes | None:
        """The mail with its dots unstuffed; None when it was too large. What follows it goes back to the reader."""
        buffer = bytearray(b"\r\n")
        too_large = False
        while True:
            piece = await self._reader.read(4 * _READ)
            if not piece:
                raise ConnectionResetError
            start = max(len(buffer) - len(_END), 0)
            buffer += piece
            end = buffer.find(_END, start)
            if end >= 0:
                self._reader.feed_data(bytes(buffer[end + len(_END) :]))
                too_large = too_large or end > self.data_size_limit
                return None if too_large else bytes(buffer[: end + 2]).replace(b"\r\n.", b"\r\n")[2:]
            if too_large or len(buffer) > self.data_size_limit + len(_END):
                too_large = True
                del buffer[: -len(_END)]


class Busy(asyncio.Protocol):
    """For a connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(b"421 4.3.2 too many connections, try again later\r\n")
        transport.close()


async def listen_for_mail(desk: Desk, *, listening: Callable[[int], Awaitable[None]] | None = None) -> None:
    """Serves desk.smtp_listen until cancelled; returns at once when it is off. `listening` is told the port."""
    if desk.smtp_listen is None:
        return
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd writes addresses and mails into its log
    host, port = desk.smtp_listen
    lobby = Lobby(desk)
    hostname = urlsplit(desk.public_url).hostname or "localhost"

    def session() -> asyncio.BaseProtocol:
        if len(lobby.connections) >= MAX_CONNECTIONS:
            return Busy()
        return MailSession(lobby, max_bytes=desk.max_mail_bytes, hostname=hostname)

    server = await asyncio.get_running_loop().create_server(session, host, port)
    taken = server.sockets[0].getsockname()[1]
    log.info("listening for mail", host=host, port=taken)
    try:
        if listening:
            await listening(taken)
        await server.serve_forever()
    finally:
        server.close()
        for transport in list(lobby.connections):
            transport.close()
