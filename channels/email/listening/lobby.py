"""What all SMTP and LMTP connections share: who is in, how much mail is held in memory, and the way to the desk."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session, TLSSetupException

from channels.contract import Event, Inbox, Unavailable
from channels.email.intake import Delivery, event_of, tag_of
from channels.email.understanding.aside import Aside
from channels.waiting import ListeningDesk

MAX_RECIPIENTS = 100
MAX_HELD = 268_435_456  # bytes of mails that are on their way in, over all connections

STORED = "250 2.0.0 OK, stored"
TRY_LATER = "451 4.3.0 the mail can't be stored now, try again later"
_OURS = ("-SIZE", "-8BITMIME", "-SMTPUTF8", "-STARTTLS")  # of what aiosmtpd would announce; signing in isn't offered

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Meant:
    """A mail for one inbox, and the recipients by whom it was named."""

    event: Event
    recipients: frozenset[str]


class Guest(Protocol):
    """A connection, as the lobby sees it."""

    def hang_up(self) -> None: ...


class Lobby:
    """What aiosmtpd asks on each connection (its handler hooks), answered by the desk."""

    def __init__(self, desk: ListeningDesk, aside: Aside) -> None:
        self._desk = desk
        self._aside = aside
        self._certificate = Certificate(desk.mail_doors.certificate, desk.mail_doors.key)
        self._peers: dict[Guest, str] = {}
        self.max_bytes = desk.max_mail_bytes
        self.held = 0  # bytes

    # --- who is in -------------------------------------------------------------------------------------------

    def refusal(self, peer: str) -> str:
        """Why one more connection from there is too many; "" = it may come in."""
        doors = self._desk.mail_doors
        if len(self._peers) >= doors.connections:
            return "421 4.3.2 too many connections, try again later"
        if sum(each == peer for each in self._peers.values()) >= doors.connections_per_peer:
            return "421 4.7.0 too many connections from your address, try again later"
        return ""

    def enter(self, session: Guest, peer: str) -> None:
        self._peers[session] = peer

    def leave(self, session: Guest) -> None:
        self._peers.pop(session, None)

    @property
    def sessions(self) -> list[Guest]:
        return list(self._peers)

    def tls_context(self) -> ssl.SSLContext | None:
        return self._certificate.context()

    @property
    def is_full(self) -> bool:
        return self.held > max(MAX_HELD, 2 * self.max_bytes)

    # --- aiosmtpd's hooks ------------------------------------------------------------------------------------

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        offered = [line for line in responses[1:] if line[3:].partition(" ")[0] in _OURS]
        return [responses[0], *offered, "250-PIPELINING", "250 ENHANCEDSTATUSCODES"]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return f"452 4.5.3 at most {MAX_RECIPIENTS} recipients"
        known = self._postmaster() if address.lower() == "postmaster" else address
        if known is None or self._desk.inbox_for("email", known) is None:
            return "550 5.1.1 there is no such mailbox here"
        envelope.rcpt_tos.append(known)
        return "250 2.1.5 OK"

    def _postmaster(self) -> str | None:
        """RFC 5321 §4.5.1: who runs the mail here is reached without naming a domain."""
        addresses = (inbox.address for inbox in self._desk.inboxes("email"))
        return next((each for each in addresses if each.lower().startswith("postmaster@")), None)

    async def handle_exception(self, error: Exception) -> str:
        if isinstance(error, TLSSetupException):  # such things come by every hour where the world can reach the port
            log.info("a mail server gave up on encryption")
        else:
            log.error("an SMTP session failed", error=type(error).__name__)
        return "451 4.3.0 something went wrong, try again later"

    # --- storing ---------------------------------------------------------------------------------------------

    async def store(self, envelope: Envelope) -> str:
        """SMTP: all or nothing; the one answer."""
        with self._aside.on_its_way():
            try:
                meant = await self._meant(envelope)
            except Exception as error:  # noqa: BLE001 - whatever it is, the sender keeps the mail and tries again
                return _not_taken(error, envelope)
            if set(envelope.rcpt_tos) - {address for each in meant for address in each.recipients}:
                return TRY_LATER  # an inbox is gone since it was named: next time it is refused, and the sender told
            return await self._stored([each.event for each in meant], envelope)

    async def store_each(self, envelope: Envelope) -> list[str]:
        """LMTP: an answer for each recipient, in the order named (RFC 2033 §4.2)."""
        answers: dict[str, str] = {}
        with self._aside.on_its_way():
            try:
                meant = await self._meant(envelope)
            except Exception as error:  # noqa: BLE001 - as above
                return [_not_taken(error, envelope)] * len(envelope.rcpt_tos)
            for each in meant:
                answer = await self._stored([each.event], envelope)
                answers.update(dict.fromkeys(each.recipients, answer))
        return [answers.get(address, TRY_LATER) for address in envelope.rcpt_tos]

    async def _stored(self, events: list[Event], envelope: Envelope) -> str:
        try:
            await self._desk.receive(events)
        except Unavailable:
            return TRY_LATER
        except Exception as error:  # noqa: BLE001 - as above
            return _not_taken(error, envelope)
        return STORED

    async def _meant(self, envelope: Envelope) -> list[_Meant]:
        """One event an inbox: two addresses of one inbox are one message. The envelope's sender is believed."""
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        path = (envelope.mail_from or "").strip("<>").encode("utf-8", "replace")
        mail = await self._aside.understood(b"Return-Path: <" + path + b">\r\n" + raw)
        named: dict[int, list[str]] = {}
        inboxes: dict[int, Inbox] = {}
        for address in envelope.rcpt_tos:
            inbox = self._desk.inbox_for("email", address)
            if inbox:
                inboxes[inbox.id] = inbox
                named.setdefault(inbox.id, []).append(address)
        return [
            _Meant(event_of(mail, raw, self._delivery(inbox, named[key])), frozenset(named[key]))
            for key, inbox in inboxes.items()
        ]

    def _delivery(self, inbox: Inbox, addresses: list[str]) -> Delivery:
        tags = [tag for address in addresses if (tag := tag_of(address, inbox))]
        return Delivery(inbox, tags[-1] if tags else None, self._is_ours)

    def _is_ours(self, address: str) -> bool:
        return self._desk.inbox_for("email", address) is not None


def _not_taken(error: Exception, envelope: Envelope) -> str:
    log.error("a mail could not be taken", error=type(error).__name__, size=len(envelope.content or b""))
    return TRY_LATER


class Certificate:
    """The council's certificate, read anew when its file has changed: they are renewed every few weeks."""

    def __init__(self, certificate: Path | None, key: Path | None) -> None:
        self._certificate = certificate
        self._key = key
        self._context: ssl.SSLContext | None = None
        self._changed_at = 0.0

    def context(self) -> ssl.SSLContext | None:
        """None without a certificate, or as long as it can't be read: then mail goes on without STARTTLS."""
        if self._certificate is None:
            return None
        try:
            changed_at = self._certificate.stat().st_mtime
            if self._context is None or changed_at != self._changed_at:
                context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                context.load_cert_chain(self._certificate, self._key)
                self._context, self._changed_at = context, changed_at
        except (OSError, ssl.SSLError) as error:
            log.error("the mail certificate can't be read; the one before stays", error=type(error).__name__)
        return self._context
