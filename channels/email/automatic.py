"""Why a mail is a machine's: RFC 3834 and what servers do instead. Such mail is never answered automatically."""

import re

from channels.email.headers import Headers, mailboxes
from channels.email.mail import Mailbox

_LIST = ("list-id", "list-unsubscribe", "list-post", "list-help", "list-owner", "mailing-list")
_PRESENT = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply-from",
    "x-mail-autoreply",
    "x-fc-machinegenerated",
)
_MACHINES = re.compile(
    r"(?:mailer[-_.]?daemon|mail[-_.]?daemon|mdaemon|listserv|majordomo|autoresponder)$", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"(?:auto(?:matic|mated)?[ -]?(?:reply|response|generated)|out[ -]of[ -](?:the[ -])?office|autoreply"
    r"|abwesenheits|automatische antwort|réponse automatique|respuesta automática|ateb awtomatig|risposta automatica)",
    re.IGNORECASE,
)


def reason(headers: Headers, sender: Mailbox | None, subject: str) -> str | None:
    """In a few words which sign of a machine the mail carries; None when a person wrote it."""
    submitted = headers.first("auto-submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return f"Auto-Submitted: {_word(submitted)}"
    if is_null_path(headers):
        return "null Return-Path"
    for name in _LIST:
        if name in headers:
            return f"{name.title()} header: a mailing list"
    precedence = headers.first("precedence").strip().lower()
    if precedence in ("bulk", "list", "junk", "auto_reply"):
        return f"Precedence: {precedence}"
    return _by_habit(headers, sender, subject)


def is_null_path(headers: Headers) -> bool:
    """The envelope sender was empty, as on bounces and automatic answers (RFC 5321 §4.5.5)."""
    return "return-path" in headers and "".join(headers.first("return-path").split()) in ("<>", "")


def _by_habit(headers: Headers, sender: Mailbox | None, subject: str) -> str | None:
    for name in _PRESENT:
        if name in headers and headers.first(name).strip().lower() not in ("no", "false", "0"):
            return f"{name.title()} header"
    suppressed = headers.first("x-auto-response-suppress").strip().lower()
    if suppressed and suppressed != "none":
        return f"X-Auto-Response-Suppress: {_word(suppressed)}"
    if _is_report(headers):
        return "a report by a mail system"
    path = mailboxes(headers.first("return-path"))
    for mailbox in (sender, *path):
        if mailbox and _MACHINES.match(mailbox.address.partition("@")[0]):
            return "sent by a mail system"
    return "the subject says it is an automatic answer" if _SUBJECT.match(subject) else None


def _is_report(headers: Headers) -> bool:
    """A delivery report, read receipt or complaint (RFC 6522, 8098, 5965)."""
    return headers.first("content-type").lower().replace(" ", "").startswith("multipart/report")


def _word(value: str) -> str:
    return re.sub(r"[^a-z0-9, -]", "", value)[:60]
