"""An outbound message as a mail: multipart/alternative, threaded, and safe from whatever stands in its values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any

from channels.contract import Address, File, Inbox, OutboundMessage, SendError
from channels.email.addresses import ascii_domain, citizen_address
from channels.email.sending.bulk import bulk_headers, way_out
from channels.email.sending.history import below
from channels.email.sending.signing import signature_of
from channels.email.understanding.charsets import printable
from channels.email.understanding.headers import text_of
from channels.formatting import html_of

MAX_REFERENCES = 20
_MAX_ID = 500
_IDS = ("message-id", "in-reply-to", "references", "list-unsubscribe")

_FONT = 'style="font-family: Arial, Helvetica, sans-serif"'  # some mail programs would take one with serifs
_ID = re.compile(r"[^\s<>\x00-\x20\x7f]{1,500}")
_REPLY_PREFIX = re.compile(r"(?:(?:re|aw|sv|fw|fwd|ynt|odp)\s?(?:\[\d+\])?:\s*)+", re.IGNORECASE)


class _WirePolicy(EmailPolicy):
    """CRLF and 7 bits; ids stay whole, where the standard library would break long ones into encoded words."""

    def fold(self, name: str, value: Any) -> str:
        if name.lower() in _IDS:
            return f"{name}: " + "\r\n ".join(str(value).split()) + "\r\n"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in _IDS:
            return self.fold(name, value).encode("utf-8" if self.utf8 else "ascii", "replace")
        return super().fold_binary(name, value)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail and its envelope; `needs_utf8`: an address has letters beyond ASCII (RFC 6531)."""

    sender: str  # "" on automatic answers
    to: str = field(repr=False)
    content: bytes = field(repr=False)
    needs_utf8: bool = False
    copies: tuple[str, ...] = field(default=(), repr=False)  # cc and bcc


def compose(message: OutboundMessage, inbox: Inbox) -> Letter:
    """Raises SendError `failed` for an address that no mail can go to, NotConfigured for an inbox without one."""
    to = _recipient(message.to.value)
    cc, bcc = _copies(message.cc), _copies(message.bcc)
    reply_to = reply_address(inbox, message.reply_token)
    needs_utf8 = not "".join((to, reply_to, *cc, *bcc)).isascii()
    mail = EmailMessage(policy=_WirePolicy(linesep="\r\n", cte_type="7bit", utf8=needs_utf8))
    for name, value in _headers(message, inbox, to, cc, reply_to).items():
        if value:
            mail[name] = value
    _set_bodies(mail, message, inbox)
    for file in message.files:
        _attach(mail, file)
    is_answer = message.automatic and not message.unsubscribe  # a machine's, which nothing may come back to
    sender = "" if is_answer else reply_address(inbox, message.bounce_token or message.reply_token)
    return Letter(sender, to, mail.as_bytes(), needs_utf8, (*cc, *bcc))


def _set_bodies(mail: EmailMessage, message: OutboundMessage, inbox: Inbox) -> None:
    """Text as it was written, and the same as HTML: the words, the signature, what was said before."""
    words, signature = _encodable(message.text), _encodable(signature_of(message, inbox))
    text = f"{words}\n\n-- \n{signature}" if signature else words
    html = html_of(words) + (f"<p>-- </p>{html_of(signature)}" if signature else "")
    if message.unsubscribe:
        leaving = _encodable(way_out(message, inbox))
        text, html = f"{text}\n\n{leaving}", f"{html}<hr>{html_of(leaving)}"
    history = below(message.quoted, inbox)
    if history.text:
        text, html = f"{text}\n\n{history.text}", f"{html}{history.html}"
    mail.set_content(text)
    mail.add_alternative(f"<!doctype html>\n<html><body {_FONT}>{html}</body></html>\n", subtype="html")


def reply_address(inbox: Inbox, token: str) -> str:
    """local+token@domain, where the citizen's answer finds its case; the inbox's own address without a token."""
    local, _, domain = inbox.address.rpartition("@")
    tag = f"+{token}" if token and re.fullmatch(r"[\w.-]{1,100}", token) else ""
    return f"{local}{tag}@{ascii_domain(domain)}"


def subject_of(message: OutboundMessage, inbox: Inbox) -> str:
    """ "Re: …" exactly once on an answer, and the reference in brackets unless the subject has it."""
    subject = text_of(_encodable(message.subject))[:500] or f"Your message to {inbox.council}"
    if message.references:
        subject = f"Re: {_REPLY_PREFIX.sub('', subject, count=1) if _REPLY_PREFIX.match(subject) else subject}"
    if message.reference and message.reference not in re.sub(r"(?<=\d)[ -](?=\d)", "", subject):
        subject = f"{subject} [{message.reference}]"
    return subject


def _headers(message: OutboundMessage, inbox: Inbox, to: str, cc: Sequence[str], reply_to: str) -> Mapping[str, Any]:
    references = [each for each in message.references if _ID.fullmatch(each)]
    if len(references) > MAX_REFERENCES:
        references = [references[0], *references[-MAX_REFERENCES + 1 :]]
    name = text_of(_encodable(inbox.setting("from_name", inbox.council)))
    return {
        "From": _mailbox(name, reply_address(inbox, "")),
        "To": _mailbox("", to),
        "Cc": [_mailbox("", each) for each in cc],
        "Reply-To": _mailbox(name, reply_to),
        "Subject": subject_of(message, inbox),
        "Date": format_datetime(message.created_at),
        "Message-ID": f"<{message.message_id}>" if _ID.fullmatch(message.message_id) else "",
        "In-Reply-To": f"<{references[-1]}>" if references else "",
        "References": " ".join(f"<{each}>" for each in references),
        **_of_a_machine(message),
    }


def _of_a_machine(message: OutboundMessage) -> Mapping[str, str]:
    if message.unsubscribe:
        return bulk_headers(message)
    return {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"} if message.automatic else {}


def _mailbox(name: str, address: str) -> Mailbox:
    local, _, domain = address.rpartition("@")
    try:
        return Mailbox(name, local, domain)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise SendError("This isn't a mail address that can be written to.", "failed", flag="unreachable") from error


def _recipient(address: str) -> str:
    usable = citizen_address(address)
    if usable is None:
        raise SendError("This isn't a mail address: correct it, or use another channel.", "failed", flag="unreachable")
    return usable.value


def _copies(addresses: Sequence[Address]) -> tuple[str, ...]:
    return tuple(_recipient(address.value) for address in addresses)


def _attach(mail: EmailMessage, file: File) -> None:
    main, _, sub = file.media_type.lower().partition("/")
    if main not in ("application", "audio", "font", "image", "text", "video") or not re.fullmatch(
        r"[\w.+-]{1,80}", sub
    ):
        main, sub = "application", "octet-stream"  # a message/rfc822 would have to travel without encoding
    filename = text_of(_encodable(file.filename)).replace("/", "_").replace("\\", "_") or "attachment"
    mail.add_attachment(file.content, maintype=main, subtype=sub, filename=filename)


def _encodable(text: str) -> str:
    return printable(text.replace("\r\n", "\n").replace("\r", "\n"))
