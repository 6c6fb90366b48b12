"""Reports about messages that did not arrive: RFC 3464 in RFC 6522, and the plain words of older systems."""

import re

from channels.email.automatic import is_null_path
from channels.email.bodies import parts_of_type
from channels.email.headers import MAX_PART_BLOCK, Headers, mailboxes, message_ids, read_block
from channels.email.mail import Bounce, Mailbox
from channels.email.mime import Part, octets

_MAX_REPORT = 65_536  # bytes of a report's text that are read

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45])\d\d[ -]")
_SUBJECT = re.compile(
    r"undeliver|not delivered|failure notice|returned mail|return(?:ed|ing) to sender|delayed mail|non remis"
    r"|unzustellbar|delivery (?:status|failure|has failed|failed|problem|report|unsuccessful|incomplete|delayed)"
    r"|mail (?:delivery|system error|could not)|could not (?:be )?(?:send|sent|deliver)|no se (?:pudo|puede) entregar"
    r"|warning: (?:could|message)",
    re.IGNORECASE,
)
_DELAY = re.compile(
    r"delayed|warning: (?:could|message)|still (?:being )?(?:retr|try)|will (?:keep|continue|be retr)|not yet",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"permanent|giv(?:en|ing) up|unknown|does ?n[o']t exist|no such|not found|rejected|fail", re.IGNORECASE
)
_MACHINES = re.compile(r"(?:mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|microsoftexchange\w*)$", re.IGNORECASE)
_RECIPIENT = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_QUOTED_ID = re.compile(r"^[ >\t]*message-id:\s{0,5}<([^<>\s]{1,500})>", re.IGNORECASE | re.MULTILINE)


def bounce_of(root: Part, sender: Mailbox | None, subject: str, text: str) -> Bounce | None:
    """What a mail reports about a message of ours; None when it is no bounce."""
    statuses = parts_of_type(root, "message/delivery-status") + parts_of_type(root, "message/global-delivery-status")
    if statuses:
        return _standard(root, statuses[0])
    machine = is_null_path(root.headers) or bool(sender and _MACHINES.match(sender.address.partition("@")[0]))
    telling = "x-failed-recipients" in root.headers or (machine and bool(_SUBJECT.search(subject)))
    return _plain(root, text[:_MAX_REPORT], subject) if telling else None


def _standard(root: Part, status: Part) -> Bounce:
    """The first recipient that failed, else the first there is; several recipients share one message of ours."""
    recipients = _recipients(octets(status)[0][:_MAX_REPORT])
    chosen = next(
        (each for each in recipients if _action(each) == "failed"), recipients[0] if recipients else Headers([])
    )
    found = _STATUS.search(chosen.first("status")) or _STATUS.search(chosen.first("diagnostic-code"))
    code = found[1] if found else ""
    action = _action(chosen)
    return Bounce(
        message_id=_original_id(root),
        recipient=_recipient(chosen),
        status=code,
        permanent=action in ("failed", "") and not code.startswith(("2", "4")) and bool(action or code),
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


def _original_id(root: Part) -> str:
    """The Message-ID of what came back, else the one that the report answers."""
    for kind in ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"):
        for part in parts_of_type(root, kind):
            found = message_ids(read_block(octets(part)[0], 0, MAX_PART_BLOCK).headers.first("message-id"))
            if found:
                return found[0]
    named = ("x-original-message-id", "original-message-id", "in-reply-to", "references")
    answered = [message_ids(root.headers.first(name)) for name in named]
    return next((ids[-1] for ids in answered if ids), "")


def _plain(root: Part, text: str, subject: str) -> Bounce:
    quoted = _QUOTED_ID.search(text)
    status = _STATUS.search(text)
    reply = _REPLY.search(text)
    code = status[1] if status else ""
    kind = code[:1] or (reply[1] if reply else "")
    delayed = bool(_DELAY.search(subject) or (_DELAY.search(text) and not _FAILED.search(subject)))
    return Bounce(
        message_id=_original_id(root) or (quoted[1] if quoted else ""),
        recipient=_failed_recipient(root, text),
        status=code,
        permanent=not delayed if kind != "4" and kind != "2" else False,
    )


def _failed_recipient(root: Part, text: str) -> str:
    named = mailboxes(root.headers.first("x-failed-recipients"))
    if named:
        return named[0].address
    for found in _RECIPIENT.findall(text):
        if not _MACHINES.match(found.partition("@")[0]):
            return str(found)
    return ""
