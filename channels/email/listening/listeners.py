"""The listeners for mail: 250 is said only after the hub has committed, and 451 whenever it can't."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import cast
from urllib.parse import urlsplit

import structlog

from channels.email.listening.lmtp_session import LmtpSession
from channels.email.listening.lobby import Lobby
from channels.email.listening.smtp_session import MailSession
from channels.email.understanding.aside import Aside
from channels.waiting import ListeningDesk

Told = Callable[[str, int], Awaitable[None]]

log = structlog.get_logger()


class Doorman(asyncio.Protocol):
    """Lets a connection in, or says why there is no room for it."""

    def __init__(self, lobby: Lobby, session_of: Callable[[], MailSession]) -> None:
        self._lobby = lobby
        self._session_of = session_of

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)  # uvloop's has another family
        peer = str((transport.get_extra_info("peername") or ("",))[0])
        refusal = self._lobby.refusal(peer)
        if refusal:
            transport.write(f"{refusal}\r\n".encode())
            transport.close()
            return
        session = self._session_of()
        self._lobby.enter(session, peer)
        transport.set_protocol(session)
        session.connection_made(transport)


async def listen_for_mail(desk: ListeningDesk, aside: Aside | None = None, *, listening: Told | None = None) -> None:
    """Serves the desk's doors until cancelled; returns at once when both are off.

    `listening` is told each door, smtp or lmtp, and its port.
    """
    doors = {"smtp": (desk.mail_doors.smtp, MailSession), "lmtp": (desk.mail_doors.lmtp, LmtpSession)}
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd writes addresses and mails into its log
    lobby = Lobby(desk, aside or Aside())
    hostname = urlsplit(desk.public_url).hostname or "localhost"
    servers: list[asyncio.Server] = []
    try:
        for name, (address, kind) in doors.items():
            if address is None:
                continue
            servers.append(await _served(*address, lobby, lambda kind=kind: kind(lobby, hostname=hostname)))  # type: ignore[misc]
            port = servers[-1].sockets[0].getsockname()[1]
            log.info("listening for mail", protocol=name, host=address[0], port=port)
            if listening:
                await listening(name, port)
        await asyncio.gather(*(server.serve_forever() for server in servers))
    finally:
        for server in servers:
            server.close()
        for session in lobby.sessions:
            session.hang_up()


async def _served(host: str, port: int, lobby: Lobby, session_of: Callable[[], MailSession]) -> asyncio.Server:
    return await asyncio.get_running_loop().create_server(lambda: Doorman(lobby, session_of), host, port)
