"""`understand`: a raw mail of any kind becomes a Mail. It never raises, and its time and memory are bounded.

Limits: 150 levels, 1,000 parts, 256 kB of header, a million characters of text, 300,000 of HTML. What goes beyond
one is named in `problems`, and the original is kept by the caller: nothing is lost.
"""

import hashlib
import re
from typing import Any

from channels.email.understanding.automatic import sign_of
from channels.email.understanding.blocks import Headers
from channels.email.understanding.bodies import Content, content_of
from channels.email.understanding.bounces import bounce_of
from channels.email.understanding.complaints import complaint_of
from channels.email.understanding.headers import date_of, mailboxes, message_ids, text_of
from channels.email.understanding.mail import Attachment, Bounce, Mail, Mailbox
from channels.email.understanding.mime import Part, parse
from channels.email.understanding.quoting import own_words, passes_on
from channels.email.understanding.wrapped import open_outlook_files, open_signature, remarks

MAX_REFERENCES = 100
_HEAD = 10_000  # bytes
MAX_AUTHENTICATION = 50  # headers of servers that say who wrote it
# MAILER-DAEMON (Mail Delivery System), or a login in small letters: a capitalised word is rather somebody's name
_BARE = re.compile(r"\s*(?:([\w.-]{1,64})\s*\(([^()]{0,200})\)|([a-z][a-z0-9_.-]{0,63}))\s*$", re.ASCII)
_DELIVERED = ("delivered-to", "x-original-to", "x-delivered-to", "envelope-to", "x-envelope-to")


def understand(raw: bytes) -> Mail:
    """Everything the hub wants to know of a mail. Never raises: a mail that can't be read says so in `problems`."""
    try:
        return _understood(raw)
    except Exception as error:  # noqa: BLE001 - a caller must be able to keep any mail; its kind names the defect
        return Mail(problems=(f"the mail couldn't be understood ({type(error).__name__}); the original is kept",))


def inspect_json(file_name: str, raw: bytes) -> dict[str, Any]:
    """How a mail is understood, as `hub inspect email` prints it; ids without angle brackets, dates in ISO 8601."""
    mail = understand(raw)
    return {
        "file": file_name,
        "message_id": mail.message_id or None,
        "from": mail.sender.address if mail.sender else None,
        "from_name": mail.sender.name if mail.sender else "",
        "to": [mailbox.address for mailbox in mail.to],
        "cc": [mailbox.address for mailbox in mail.cc],
        "subject": mail.subject,
        "date": mail.date.isoformat() if mail.date else None,
        "text": mail.text,
        "html": mail.html,
        "reply_text": mail.reply_text,
        "attachments": [_attachment_json(attachment) for attachment in mail.attachments],
        "in_reply_to": mail.in_reply_to[0] if mail.in_reply_to else None,
        "references": list(mail.references),
        "automatic": mail.automatic,
        "bounce": _bounce_json(mail.bounce),
        "problems": list(mail.problems),
    }


def _understood(raw: bytes) -> Mail:
    if raw.count(b"\n", 0, _HEAD) < raw.count(b"\r", 0, _HEAD) // 2:  # CR alone; the mail servers' own lines have both
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    root = parse(raw)
    content = content_of(root)
    open_signature(root, content)
    open_outlook_files(content)
    content.problems.extend(remarks(root, content.text))
    return _told(root, content)


def _told(root: Part, content: Content) -> Mail:
    headers = root.headers
    message_id = next(iter(message_ids(headers.first("message-id"))), "")
    subject = text_of(headers.first("subject"))
    sender = _sender(headers)
    sign = sign_of(root, sender, subject)
    bounce = bounce_of(root, sender, subject, content.text)
    handed_on = "" if content.text.strip() or bounce or sign else _words_handed_on(content)
    return Mail(
        message_id=message_id,
        sender=sender,
        to=_all_mailboxes(headers, "to"),
        cc=_all_mailboxes(headers, "cc"),
        reply_to=_all_mailboxes(headers, "reply-to"),
        delivered_to=tuple(mailbox.address for name in _DELIVERED for mailbox in _all_mailboxes(headers, name)),
        subject=subject,
        date=next(filter(None, map(date_of, headers.all("date"))), None),
        text=content.text or handed_on,
        html=content.html,
        reply_text=own_words(handed_on) if handed_on else own_words(*content.texts),
        passed_on=bool(handed_on) or passes_on(content.text, subject),
        attachments=tuple(content.attachments),
        in_reply_to=message_ids(headers.first("in-reply-to"))[:MAX_REFERENCES],
        references=message_ids(headers.first("references"))[-MAX_REFERENCES:],
        automatic=sign.why if sign else None,
        is_answer=sign is not None and sign.is_answer,
        bounce=bounce,
        complaint=complaint_of(root, sender),
        problems=tuple(dict.fromkeys((*root.problems, *content.problems, *_about_sender(headers)))),
        authentication_results=tuple(headers.all("authentication-results")[:MAX_AUTHENTICATION]),
        identity=_identity(root, message_id),
    )


def _identity(root: Part, message_id: str) -> str:
    """Servers on the way may add headers and change line ends, not these. Without a Message-ID the sender, date and
    subject stand in for it: two people may both write "yes"."""
    named = message_id.encode("utf-8", "replace")
    if not named:
        named = b"\0".join(root.headers.raw(name) for name in ("from", "date", "subject"))
    body = root.raw[root.start :].replace(b"\r\n", b"\n").rstrip(b"\n")
    return hashlib.sha256(named + b"\0" + body).hexdigest()


def _words_handed_on(content: Content) -> str:
    """What somebody forwards as an attachment without a word of their own, else nobody would know what it is about."""
    enclosed = [each for each in content.attachments if each.media_type == "message/rfc822"]
    if len(enclosed) != 1:
        return ""
    return content_of(parse(enclosed[0].content)).text


def _sender(headers: Headers) -> Mailbox | None:
    """The first From that holds an address, else the Sender (RFC 5322 §3.6.2), else where answers shall go."""
    for name in ("from", "sender", "reply-to"):
        for value in headers.all(name):
            for mailbox in mailboxes(value):
                return mailbox
    local = _BARE.match(headers.first("from"))
    return Mailbox(text_of(local[2] or ""), local[1] or local[3]) if local else None


def _about_sender(headers: Headers) -> tuple[str, ...]:
    senders = [mailbox for value in headers.all("from") for mailbox in mailboxes(value)]
    if not senders:
        return ("the mail has no sender's address",)
    return ("the mail names several senders; the first is taken",) if len(senders) > 1 else ()


def _all_mailboxes(headers: Headers, name: str) -> tuple[Mailbox, ...]:
    return tuple(mailbox for value in headers.all(name) for mailbox in mailboxes(value))


def _attachment_json(attachment: Attachment) -> dict[str, Any]:
    return {
        "filename": attachment.filename,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "content_id": attachment.content_id or None,
        "disposition": attachment.disposition,
    }


def _bounce_json(bounce: Bounce | None) -> dict[str, Any] | None:
    if not bounce:
        return None
    return {
        "message_id": bounce.message_id or None,
        "recipient": bounce.recipient or None,
        "status": bounce.status or None,
        "permanent": bounce.permanent,
        "unreachable": bounce.unreachable,
    }
