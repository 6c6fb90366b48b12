"""Where the hub's mail arrives: a real SMTP server that keeps what it is given."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.utils import parseaddr

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class MailSink:
    """`mails`: with the envelope's sender and recipients in X-Mail-From and X-Rcpt-To."""

    mails: list[Message] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content)
        mail["X-Mail-From"] = envelope.mail_from or ""
        mail["X-Rcpt-To"] = ", ".join(envelope.rcpt_tos)
        self.mails.append(mail)
        return "250 OK"

    def sent_to(self, address: str) -> list[Message]:
        return [mail for mail in self.mails if parseaddr(mail["X-Rcpt-To"])[1] == address]


@contextmanager
def open_sink() -> Iterator[MailSink]:
    from tests.acceptance.hub_process import free_port

    sink = MailSink(port=free_port())
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
