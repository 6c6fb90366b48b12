"""Connections to mail servers, kept between messages: signing in costs more than a mail.

A connection belongs to the event loop that opened it. An idle one is closed after a while, and one that the server
has closed meanwhile is found out before it is used.
"""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import aiosmtplib

from channels.contract import SendError
from channels.email.settings import MailServer

CONNECT_SECONDS = 10.0
TOTAL_SECONDS = 30.0
IDLE_SECONDS = 20.0
MAX_MAILS = 100  # through one connection: some servers end it after a number of their own
MAX_IDLE = 8  # to one server


@dataclass(slots=True)
class Connection:
    """Signed in and ready for a mail."""

    client: aiosmtplib.SMTP
    mails: int = 0
    closing: asyncio.TimerHandle | None = None

    def close(self) -> None:
        if self.closing is not None:
            self.closing.cancel()
        self.client.close()


@dataclass(slots=True)
class Connections:
    """Those of one channel. Nothing is opened before the first mail."""

    _idle: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[MailServer, list[Connection]]] = field(
        default_factory=WeakKeyDictionary
    )

    @asynccontextmanager
    async def borrowed(self, server: MailServer, seconds: float = TOTAL_SECONDS) -> AsyncIterator[Connection]:
        """One for a mail. It is kept for the next when the block ends without an error, else closed.

        Raises SendError `retry` when there is none to be had within `seconds`.
        """
        connection = await self._ready(server) or await _opened(server, seconds)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        connection.mails += 1
        self._keep(server, connection)

    async def close(self) -> None:
        """Ends the idle ones of this event loop."""
        idle = self._here()
        connections = [each for kept in idle.values() for each in kept]
        idle.clear()
        await asyncio.gather(*(_goodbye(connection) for connection in connections))

    def _here(self) -> dict[MailServer, list[Connection]]:
        return self._idle.setdefault(asyncio.get_running_loop(), defaultdict(list))

    async def _ready(self, server: MailServer) -> Connection | None:
        """An idle one that still answers."""
        kept = self._here()[server]
        while kept:
            connection = kept.pop()
            if connection.closing is not None:
                connection.closing.cancel()
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await connection.client.rset()
            except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError):
                connection.close()
            else:
                return connection
        return None

    def _keep(self, server: MailServer, connection: Connection) -> None:
        kept = self._here()[server]
        if connection.mails >= MAX_MAILS or len(kept) >= MAX_IDLE or not connection.client.is_connected:
            connection.close()
            return
        kept.append(connection)
        loop = asyncio.get_running_loop()
        connection.closing = loop.call_later(IDLE_SECONDS, self._expire, kept, connection)

    def _expire(self, kept: list[Connection], connection: Connection) -> None:
        if connection in kept:
            kept.remove(connection)
        connection.close()


async def _goodbye(connection: Connection) -> None:
    try:
        async with asyncio.timeout(1.0):
            await connection.client.quit()
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError):
        return  # whether it says goodbye changes nothing
    finally:
        connection.close()


async def _opened(server: MailServer, seconds: float) -> Connection:
    """Connected, encrypted as configured and signed in. Raises SendError `retry`."""
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.tls == "tls",
        start_tls=False,
        timeout=CONNECT_SECONDS,
    )
    try:
        async with asyncio.timeout(seconds):
            await _prepare(client, server)
    except BaseException as error:
        client.close()
        if isinstance(error, TimeoutError):
            raise SendError("The mail server took too long to answer.", "retry", code="timeout") from error
        raise
    return Connection(client)


async def _prepare(client: aiosmtplib.SMTP, server: MailServer) -> None:
    try:
        await client.connect()
        client.timeout = TOTAL_SECONDS
        await client.ehlo()
    except (aiosmtplib.SMTPException, OSError) as error:
        why = _about_encryption(error)
        if why:
            raise SendError(why, "retry", code="tls") from error
        raise SendError(_about_greeting(error, server), "retry", code="connection") from error
    if server.tls == "starttls":
        await _encrypt(client)
    if server.username:
        await _sign_in(client, server)


async def _encrypt(client: aiosmtplib.SMTP) -> None:
    if not client.supports_extension("starttls"):
        why = (
            "The mail server offers no encryption, and smtp_tls asks for it: an administrator must correct one of them."
        )
        raise SendError(why, "retry", code="tls")
    try:
        await client.starttls()
        await client.ehlo()
    except (aiosmtplib.SMTPException, ssl.SSLError, OSError) as error:
        why = _about_encryption(error) or "The mail server broke off when the connection should be encrypted."
        raise SendError(why, "retry", code="tls") from error


def _about_encryption(error: BaseException) -> str:
    """What an administrator must know; "" when it isn't about encryption."""
    cause = error if isinstance(error, ssl.SSLError) else error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"The mail server's certificate isn't valid: {cause.verify_message.rstrip('.')}."
    if isinstance(cause, ssl.SSLError):
        return "The mail server doesn't speak TLS there: an administrator must correct smtp_tls or smtp_port."
    return ""


def _about_greeting(error: BaseException, server: MailServer) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        if 100 <= error.code < 600:
            return f"The mail server takes nobody at present ({error.code})."
        return "What answers there is no mail server: an administrator must correct smtp_host or smtp_port."
    is_silent = isinstance(error, aiosmtplib.SMTPConnectTimeoutError)
    if is_silent and isinstance(error.__cause__, aiosmtplib.SMTPException) and server.tls != "tls":
        return (
            "The mail server takes the connection and says nothing, as a port for TLS does: "
            "an administrator must correct smtp_tls or smtp_port."
        )
    return "The mail server can't be reached."


async def _sign_in(client: aiosmtplib.SMTP, server: MailServer) -> None:
    if not client.supports_extension("auth"):
        why = (
            "The mail server offers no sign-in there, and smtp_username asks for it: an administrator must take that "
            "away, or correct smtp_tls or smtp_port."
        )
        raise SendError(why, "retry", code="login")
    try:
        await client.login(server.username, server.password)
    except (aiosmtplib.SMTPException, ValueError) as error:
        if isinstance(error, aiosmtplib.SMTPAuthenticationError) and error.code < 500:
            why = f"The mail server can't check smtp_username and smtp_password at present ({error.code})."
            raise SendError(why, "retry", code="login") from error
        why = "The mail server refuses smtp_username and smtp_password: an administrator must correct them."
        raise SendError(why, "retry", code="login") from error
