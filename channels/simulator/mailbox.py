"""The citizens' mail: out by real SMTP to the hub's listener, in at a sink that listens like a mail provider."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.policy import default as default_policy
from email.utils import format_datetime, make_msgid, parseaddr
from secrets import token_hex

import aiosmtplib
import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.simulator.citizens import CITIZENS
from channels.simulator.settings import SimulatorSettings
from channels.simulator.town import Mail, Town

_MAX_BYTES = 50 * 1024 * 1024

log = structlog.get_logger()


class MailError(Exception):
    """The mail didn't leave; the text holds the hub's answer."""


class Mailbox:
    def __init__(self, settings: SimulatorSettings, town: Town) -> None:
        self._settings = settings
        self._town = town
        self.sink_address = settings.smtp_sink  # where it really listens, once it does

    # --- out ---

    async def send(self, sender: str, to: str, subject: str, text: str, in_reply_to: str) -> Mail:
        """A citizen writes, or answers the mail of that Message-ID (also one that they never got). Raises MailError."""
        answered = self._town.mail(in_reply_to) if in_reply_to else None
        to = to or (answered.reply_to if answered else "")
        if not to:
            raise MailError("The mail has no recipient.")
        references = (*answered.references, answered.message_id) if answered else tuple(in_reply_to.split())
        mail = Mail(
            id=token_hex(8),
            owner=sender,
            direction="sent",
            sender=sender,
            to=to,
            subject=subject or (_again(answered.subject) if answered else ""),
            text=text,
            message_id=make_msgid(domain="example.org"),
            references=references,
            reply_to=to,
            at=self._settings.now(),
        )
        host, port = self._settings.smtp_hub
        try:
            await aiosmtplib.send(
                _compose(mail), sender=sender, recipients=[to], hostname=host, port=port, start_tls=False, timeout=15
            )
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise MailError(f"The hub didn't take the mail: {_why(error)}") from None
        self._town.add(mail)
        return mail

    # --- in ---

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """The sink, at settings.smtp_sink. Raises OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        host, port = self._settings.smtp_sink
        server = await loop.create_server(lambda: self._session(loop), host, port)
        self.sink_address = server.sockets[0].getsockname()[:2]
        try:
            yield
        finally:
            server.close()

    def _session(self, loop: asyncio.AbstractEventLoop) -> SMTP:
        return SMTP(self, data_size_limit=_MAX_BYTES, enable_SMTPUTF8=True, ident="simulator", loop=loop)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """One mail in each recipient's mailbox."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        for recipient in envelope.rcpt_tos:
            self._town.add(self._received(content, recipient))
        return "250 OK"

    def _received(self, content: bytes, recipient: str) -> Mail:
        parsed = message_from_bytes(content, policy=default_policy)
        if not isinstance(parsed, EmailMessage):  # never with the default policy
            raise TypeError("the parser gave another kind of message")
        sender = parseaddr(str(parsed.get("From", "")))[1]
        return Mail(
            id=token_hex(8),
            owner=recipient.lower(),
            direction="received",
            sender=str(parsed.get("From", "")),
            to=recipient,
            subject=str(parsed.get("Subject", "")),
            text=_plain(parsed),
            message_id=str(parsed.get("Message-ID", "")).strip(),
            references=tuple(str(parsed.get("References", "")).split()),
            reply_to=parseaddr(str(parsed.get("Reply-To", "")))[1] or sender,
            at=self._settings.now(),
            automatic=str(parsed.get("Auto-Submitted", "no")).lower() != "no",
        )


def _compose(mail: Mail) -> EmailMessage:
    """Raises ValueError for line breaks in a header."""
    message = EmailMessage(policy=SMTP_POLICY)
    name = next((one.name for one in CITIZENS if one.mail == mail.sender), "")
    message["From"] = MailAddress(display_name=name, addr_spec=mail.sender)
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = mail.message_id
    if mail.references:
        message["In-Reply-To"] = mail.references[-1]
        message["References"] = " ".join(mail.references)
    message.set_content(mail.text)
    return message


def _again(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _plain(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    return str(part.get_content()).strip() if part else ""


def _why(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return "; ".join(f"{refused.code} {refused.message}" for refused in error.recipients)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}"
    return "it can't be reached" if isinstance(error, OSError) else type(error).__name__
