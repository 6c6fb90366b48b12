"""Out through SMTP. Each way to fail is told apart by how far it got.

Before the content is handed over nothing can have happened: `retry`. A refusal is final when it says so (5xx).
Silence after the content means that nobody knows: `unknown`, never sent again blindly.
"""

import asyncio
import re

import aiosmtplib

from channels.contract import Inbox, NotConfigured, OutboundMessage, SendError, SendResult
from channels.email.sending.composing import Letter, compose
from channels.email.sending.connections import TOTAL_SECONDS, Connections
from channels.email.settings import mail_server

_SLOWEST = 200_000  # bytes a second that a line carries, with what the server then looks for in the mail
_BROKEN = ("timeout", "connection", "silence")  # codes of errors after which a connection isn't used again
_CLOSING = 421
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


async def send_mail(
    message: OutboundMessage, inbox: Inbox, connections: Connections, *, seconds: float = TOTAL_SECONDS
) -> SendResult:
    """Raises SendError. `seconds` bounds each half of the exchange: up to the content, and the content; a large one
    gets more."""
    try:
        server = mail_server(inbox)
        letter = await asyncio.to_thread(compose, message, inbox)
    except NotConfigured as error:
        raise SendError(str(error), "retry", code="config") from error
    problems: list[str] = []
    refusal: SendError | None = None
    async with connections.borrowed(server, seconds) as connection:
        try:
            await _before_content(connection.client, letter, problems, seconds)
            await _hand_over(connection.client, letter, seconds + len(letter.content) / _SLOWEST)
        except SendError as error:
            if error.code in _BROKEN:
                raise  # the connection is of no more use
            refusal = error
    if refusal is not None:
        raise refusal
    return SendResult(external_id=message.message_id, problems=tuple(problems))


async def _before_content(client: aiosmtplib.SMTP, letter: Letter, problems: list[str], seconds: float) -> None:
    """Up to the content nothing can have happened: whatever goes wrong, the mail may be tried again."""
    try:
        async with asyncio.timeout(seconds):
            await _envelope(client, letter, problems)
    except TimeoutError as error:
        raise SendError("The mail server took too long to answer.", "retry", code="timeout") from error
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise SendError("The connection to the mail server broke.", "retry", code="connection") from error


async def _envelope(client: aiosmtplib.SMTP, letter: Letter, problems: list[str]) -> None:
    """MAIL and RCPT. Raises SendError for an answer that isn't 2xx; a refused copy is only told among the problems."""
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
    for copy in letter.copies:
        try:
            await client.rcpt(copy, encoding=encoding)
        except aiosmtplib.SMTPResponseException as error:
            if error.code == _CLOSING:
                raise _refusal(error) from error
            problems.append(f"The copy to {copy} was refused by the mail server ({error.code}): check the address.")


async def _hand_over(client: aiosmtplib.SMTP, letter: Letter, seconds: float) -> None:
    """DATA. What the server didn't answer for may have gone out."""
    try:
        async with asyncio.timeout(seconds):
            await client.data(letter.content, timeout=seconds)
    except aiosmtplib.SMTPResponseException as error:
        raise _refusal(error) from error
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        why = "The mail server fell silent after it got the mail: it may have gone out."
        raise SendError(why, "unknown", code="silence") from error


def _refusal(error: aiosmtplib.SMTPResponseException) -> SendError:
    """The server's own words stay out: they repeat the address."""
    found = _ENHANCED.search(str(error.message))
    code = f"{error.code} {found[1]}" if found else str(error.code)
    if error.code == _CLOSING:
        return SendError("The mail server is closing the connection (421).", "retry", code="connection")
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
