"""Out through SMTP. Each way to fail is told apart by how far it got.

Before the content is handed over nothing can have happened: `retry`. A refusal is final when it says so (5xx).
Silence after the content means that nobody knows: `unknown`, never sent again blindly.
"""

import asyncio
import re
import ssl

import aiosmtplib

from channels.contract import Inbox, NotConfigured, OutboundMessage, SendError, SendResult
from channels.email.composing import Letter, compose
from channels.email.settings import MailServer, mail_server

CONNECT_SECONDS = 10.0
TOTAL_SECONDS = 30.0

_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


async def send_mail(message: OutboundMessage, inbox: Inbox, *, seconds: float = TOTAL_SECONDS) -> SendResult:
    """Raises SendError. `seconds` bounds the whole exchange."""
    try:
        server = mail_server(inbox)
        letter = await asyncio.to_thread(compose, message, inbox)
    except NotConfigured as error:
        raise SendError(str(error), "retry", code="config") from error
    client = _client(server)
    try:
        async with asyncio.timeout(seconds):
            await _open(client, server)
            await _envelope(client, letter)
    except TimeoutError as error:
        raise SendError("The mail server took too long to answer.", "retry", code="timeout") from error
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise SendError("The connection to the mail server broke.", "retry", code="connection") from error
    else:
        await _hand_over(client, letter, seconds)
        return SendResult(external_id=message.message_id)
    finally:
        client.close()


def _client(server: MailServer) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.tls == "tls",
        start_tls=False,
        timeout=CONNECT_SECONDS,
    )


async def _open(client: aiosmtplib.SMTP, server: MailServer) -> None:
    """Connected, encrypted as configured and signed in."""
    try:
        await client.connect()
        client.timeout = TOTAL_SECONDS
        await client.ehlo()
    except (aiosmtplib.SMTPException, OSError) as error:
        raise SendError("The mail server can't be reached.", "retry", code="connection") from error
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
        why = "No encrypted connection to the mail server: its certificate doesn't fit smtp_host or isn't trusted."
        raise SendError(why, "retry", code="tls") from error


async def _sign_in(client: aiosmtplib.SMTP, server: MailServer) -> None:
    try:
        await client.login(server.username, server.password)
    except (aiosmtplib.SMTPException, ValueError) as error:
        why = "The mail server refuses smtp_username and smtp_password: an administrator must correct them."
        raise SendError(why, "retry", code="login") from error


async def _envelope(client: aiosmtplib.SMTP, letter: Letter) -> None:
    """MAIL and RCPT. Raises SendError for an answer that isn't 2xx."""
    encoding, options = "ascii", []
    if letter.needs_utf8:
        if not client.supports_extension("smtputf8"):
            why = (
                "The mail server can't write to an address with these letters: ask for another, or use another channel."
            )
            raise SendError(why, "failed", code="smtputf8", flag="unreachable")
        encoding, options = "utf-8", ["SMTPUTF8"]
    if client.supports_extension("size"):
        options.append(f"SIZE={len(letter.content)}")
    try:
        await client.mail(letter.sender, options=options, encoding=encoding)
        await client.rcpt(letter.to, encoding=encoding)
    except aiosmtplib.SMTPResponseException as error:
        raise _refusal(error) from error


async def _hand_over(client: aiosmtplib.SMTP, letter: Letter, seconds: float) -> None:
    """DATA. What the server didn't answer for may have gone out."""
    try:
        async with asyncio.timeout(seconds):
            await client.data(letter.content)
    except aiosmtplib.SMTPResponseException as error:
        raise _refusal(error) from error
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        why = "The mail server fell silent after it got the mail: it may have gone out."
        raise SendError(why, "unknown", code="silence") from error
    try:
        async with asyncio.timeout(1.0):
            await client.quit()
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        return  # it has the mail; how it says goodbye changes nothing


def _refusal(error: aiosmtplib.SMTPResponseException) -> SendError:
    """The server's own words stay out: they repeat the address."""
    found = _ENHANCED.search(str(error.message))
    code = f"{error.code} {found[1]}" if found else str(error.code)
    if 400 <= error.code < 500:
        return SendError(f"The mail server asks to try later ({code}).", "retry", code=code)
    if error.code < 500:
        return SendError(f"The mail server gave an answer that makes no sense ({code}).", "unknown", code=code)
    if found and found[1].startswith("5.1."):
        why = f"This mail address doesn't exist ({code}): check it with the citizen, or use another channel."
        return SendError(why, "failed", code=code, flag="unreachable")
    if isinstance(error, aiosmtplib.SMTPRecipientRefused):
        why = f"The mail server refuses this address ({code}): check it with the citizen, or use another channel."
        return SendError(why, "failed", code=code)
    why = f"The mail server refuses the mail ({code}): make it shorter or without attachments, or ask an administrator."
    return SendError(why, "failed", code=code)
