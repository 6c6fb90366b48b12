"""Reports about messages that did not arrive: RFC 3464 in RFC 6522, and the plain words of other systems.

A bounce never becomes a message of a case, so a person's mail must not be taken for one: who isn't a mail system by
sender or envelope must write like one in subject and text, and return what could not be delivered.
"""

import json
import logging
import re
from email import message_from_bytes
from email.errors import MessageError
from email.utils import getaddresses

from flufl.bounce import all_failures

from channels.email.understanding import bounce_words as words
from channels.email.understanding.automatic import is_null_path, submitted
from channels.email.understanding.blocks import MAX_PART_BLOCK, Headers, read_block
from channels.email.understanding.bodies import parts_of_type
from channels.email.understanding.charsets import decode_header
from channels.email.understanding.headers import mailboxes, message_ids
from channels.email.understanding.mail import Bounce, Mailbox
from channels.email.understanding.mime import Part, octets

_MAX_REPORT = 65_536  # bytes of a report that are read
_MOST_LINES = 1_000
_LONGEST_LINE = 998  # bytes
_OPENING = 1_000  # letters of the text in which a report says to people what happened
_RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")

_MACHINES = re.compile(
    r"(?:mailer[-_.]?(?:daemon)?|mail[-_.]?daemon|mdaemon|post_?master|microsoftexchange\w*|system[ _]administrator"
    r"|.{0,30}bounces?|ndr|.{0,30}mail_?service|.{0,60}smtp_gateways?)(?:\\|$)",
    re.IGNORECASE,
)
_SENDS_ONLY = re.compile(r"(?:no|do[-_.]?not)[-_.]?reply", re.IGNORECASE)
_RECIPIENT = re.compile(r"[\w.!#$%&*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_QUOTED_ID = re.compile(r"^[ >\t]*message-id:\s{0,5}<([^<>\s]{1,500})>?", re.IGNORECASE | re.MULTILINE)
_QUOTED_FIELD = re.compile(
    r"^[ >\t]*(final-recipient|original-recipient|action|status|diagnostic-code):[ \t]*(.{1,500})$",
    re.IGNORECASE | re.MULTILINE,
)


def bounce_of(root: Part, sender: Mailbox | None, subject: str, text: str) -> Bounce | None:
    """What a mail reports about a message of ours; None when it is no bounce."""
    statuses = parts_of_type(root, "message/delivery-status") + parts_of_type(root, "message/global-delivery-status")
    told = text[:_MAX_REPORT]
    if statuses:
        report = octets(statuses[0])[0][:_MAX_REPORT]
        groups = _recipients(report)
        return _standard(root, groups, told) if groups else _plain(root, told, subject)
    if bounce := _notification(sender, told):
        return bounce
    if not _is_report(root, sender, subject, told):
        return None
    quoted = [(name.lower(), value.strip().encode()) for name, value in _QUOTED_FIELD.findall(told)]
    if {"action", "final-recipient"} <= {name for name, _ in quoted}:
        return _standard(root, [Headers(quoted)], told)
    return _plain(root, told, subject)


def _is_report(root: Part, sender: Mailbox | None, subject: str, text: str) -> bool:
    if "x-failed-recipients" in root.headers:
        return True
    telling = words.is_telling(subject)
    if not (telling or _is_machine(root, sender) or (sender and _SENDS_ONLY.match(sender.address))):
        return False
    failed = words.says_not_arrived(text)
    returned = bool(_returned(root)) or words.quotes_the_original(text)
    if _is_machine(root, sender):
        return telling or failed or (returned and not text.strip() and _is_named(sender))
    if telling and not words.is_passed_on(subject):
        return failed and (returned or bool(_failed(root)))
    if telling:
        return words.says_not_arrived(text[:200]) and bool(_failed(root)) and not root.headers.first("in-reply-to")
    return failed and returned and bool(_returned(root))


def _is_machine(root: Part, sender: Mailbox | None) -> bool:
    """A mail system by its envelope, its name, or the lack of one (RFC 5321 §4.5.5)."""
    headers = root.headers
    if is_null_path(headers) or submitted(headers) == "auto-replied" or root.media_type == "multipart/report":
        return True
    if sender is None or ("from" in headers and not mailboxes(headers.first("from"))):
        return bool(headers.first("from"))
    local = sender.address.rpartition("@")[0] or sender.address
    return bool(_MACHINES.match(local.strip('"')))


def _is_named(sender: Mailbox | None) -> bool:
    """By an address, or as machines are: "From: jane" may be a person."""
    return sender is not None and ("@" in sender.address or bool(_MACHINES.match(sender.address)))


# --- RFC 3464 ----------------------------------------------------------------------------------------------


def _standard(root: Part, recipients: list[Headers], text: str) -> Bounce:
    """The first recipient that failed, else the first there is; several recipients share one message of ours."""
    chosen = next((each for each in recipients if _action(each).startswith(("fail", "error"))), recipients[0])
    action = _action(chosen)
    status, diagnostic = chosen.first("status"), chosen.first("diagnostic-code")
    found = words.ENHANCED.search(status) or words.ENHANCED.search(diagnostic)
    said = words.judged(f"{status}\n{diagnostic}", "")
    code = found[1] if found else said.status
    kind = code[:1] or ("5" if said.permanent else "4")
    gone = action.startswith(("fail", "error")) or not action
    permanent = gone and kind == "5" and bool(action or code)
    told = f"{status}\n{diagnostic.partition(';')[2] or diagnostic}"  # its kind may be "X-Mail-Relay"
    if not code or code.endswith(".0"):  # which says that it failed, not why: people are told in the text
        told = f"{told}\n{text[:_OPENING]}"
    return Bounce(
        message_id=_original_id(root) or _quoted_id(text),
        recipient=_recipient(chosen) or _failed_recipient(root, text),
        status=code,
        permanent=permanent,
        unreachable=permanent and words.is_dead(code, told),
        final=permanent or (gone and bool(action)),
    )


def _recipients(report: bytes) -> list[Headers]:
    """The groups of fields after the first, which is about the message; some systems leave out the empty line."""
    groups: list[Headers] = []
    position = 0
    while position < len(report) and len(groups) < 50:
        block = read_block(report, position, MAX_PART_BLOCK)
        groups.append(block.headers)
        newline = report.find(b"\n", block.body)
        position = block.body if block.body > position else len(report) if newline < 0 else newline + 1
    return [each for each in groups if "final-recipient" in each or "action" in each or "original-recipient" in each]


def _action(fields: Headers) -> str:
    return fields.first("action").strip().lower().partition(" ")[0]


def _recipient(fields: Headers) -> str:
    for name in ("original-recipient", "final-recipient"):
        found = mailboxes(fields.first(name).rpartition(";")[2])
        if found and "@" in found[0].address:
            return found[0].address
    return ""


# --- other systems' own words ------------------------------------------------------------------------------


def _plain(root: Part, text: str, subject: str) -> Bounce:
    said = words.judged(text, subject)
    return Bounce(
        message_id=_original_id(root) or _quoted_id(text),
        recipient=_failed_recipient(root, text),
        status=said.status,
        permanent=said.permanent,
        unreachable=said.unreachable,
        final=said.final,
    )


def _notification(sender: Mailbox | None, text: str) -> Bounce | None:
    """Amazon SES tells of bounces by a mail whose text is JSON (its developer guide, "notification contents")."""
    if not (sender and sender.address.lower().endswith("@sns.amazonaws.com") and text.lstrip().startswith("{")):
        return None
    try:
        told = json.JSONDecoder().raw_decode(text.lstrip().replace("\n", ""))[0]
        if isinstance(told.get("Message"), str):
            told = json.loads(told["Message"])
        bounce, mail = told.get("bounce") or {}, told.get("mail") or {}
        failed = (bounce.get("bouncedRecipients") or [{}])[0]
        status, permanent = str(failed.get("status", "")), bounce.get("bounceType") == "Permanent"
        recipient = str(failed.get("emailAddress") or (mail.get("destination") or [""])[0])
        return Bounce(
            message_id=str((mail.get("commonHeaders") or {}).get("messageId", "")).strip("<>"),
            recipient=recipient,
            status=status if words.ENHANCED.fullmatch(status) else "",
            permanent=permanent,
            unreachable=permanent,
            final=bool(bounce),
        )
    except (ValueError, AttributeError, TypeError, IndexError, KeyError):
        return None


def _returned(root: Part) -> list[Part]:
    return [part for kind in _RETURNED for part in parts_of_type(root, kind)]


def _original_id(root: Part) -> str:
    """The Message-ID of what came back, else the one that the report answers."""
    for part in _returned(root):
        found = message_ids(read_block(octets(part)[0], 0, MAX_PART_BLOCK).headers.first("message-id"))
        if found:
            return found[0]
    named = ("x-original-message-id", "original-message-id", "in-reply-to", "references")
    answered = [message_ids(root.headers.first(name)) for name in named]
    return next((ids[-1] for ids in answered if ids), "")


def _quoted_id(text: str) -> str:
    quoted = _QUOTED_ID.search(text)
    return quoted[1] if quoted else ""


def _failed_recipient(root: Part, text: str) -> str:
    named = mailboxes(root.headers.first("x-failed-recipients"))
    if named:
        return named[0].address
    ours = {each.address.lower() for name in ("to", "from", "sender") for each in mailboxes(root.headers.first(name))}
    ids = _QUOTED_ID.findall(text)
    if failed := [each for each in _failed(root) if each not in ids]:
        return failed[0]
    for found in _RECIPIENT.findall(text):
        address = str(found).removeprefix("SMTP=").strip(".'")
        if address.lower() not in ours and address not in ids and not _MACHINES.match(address.partition("@")[0]):
            return address
    return ""


def _as_systems_write(report: bytes) -> bytes:
    """No line longer than RFC 5322 allows, and no more than a report has: the patterns' work grows with the square of
    both, and a stranger wrote this."""
    lines = report.splitlines(keepends=True)[:_MOST_LINES]
    return b"".join([line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + b"\n" for line in lines])


def _failed(root: Part) -> list[str]:
    """The addresses that Mailman's collection of patterns finds in a report; [] when it knows none."""
    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it writes a trace of each mail that it can't read
    try:
        message = message_from_bytes(_as_systems_write(root.raw[:_MAX_REPORT]))
        if not getaddresses([message.get("from", "")]):
            del message["from"]
            message["from"] = "nobody@invalid"  # without one it gives up
        temporary, permanent = all_failures(message)
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError):
        return []
    return sorted(decode_header(each).strip("'\"<> ") for each in (*permanent, *temporary))
