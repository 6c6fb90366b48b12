"""A mail as an event for the hub: a citizen's message, a word on a message of ours, or something to keep."""

import mimetypes
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import PurePosixPath, PureWindowsPath

from channels import contract
from channels.contract import Address, DeliveryStatus, DeliveryUpdate, Event, File, InboundMessage, Inbox, Unreadable
from channels.email.addresses import ascii_domain, citizen_address
from channels.email.trust import trust_in
from channels.email.understanding.blocks import MAX_PART_BLOCK, read_block
from channels.email.understanding.headers import text_of
from channels.email.understanding.mail import Attachment, Bounce, Complaint, Mail, Mailbox

_NAME = "email"
_MOST_OTHERS = 100
_ELSEWHERE = (
    "It asks for answers at another address than its sender's (Reply-To), as forms on websites do, and frauds. "
    "If that is the citizen's, tick it under Copies and quote."
)
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # make exe.jpg of gpj.exe on the screen (UAX #9)


@dataclass(frozen=True)
class Delivery:
    """How a mail came: for which inbox, with which tag of the address (local+tag@domain); which addresses are ours."""

    inbox: Inbox
    reply_token: str | None
    is_ours: Callable[[str], bool]
    as_case: bool = False  # somebody has looked at it, and says that a citizen wrote it


def event_of(mail: Mail, raw: bytes, delivery: Delivery) -> Event:
    """Bounces never become messages; a mail without a sender that could be answered is kept for people to look at."""
    inbox = delivery.inbox
    if mail.bounce and not delivery.as_case:
        return _word_on_delivery(mail.bounce, raw, delivery)
    if mail.complaint and not delivery.as_case:
        return _complained(mail.complaint, raw, delivery)
    sender = citizen_address(mail.sender.address) if mail.sender else None
    if not (mail.sender and sender):
        why = "; ".join(mail.problems) or "the mail has no sender's address that could be answered"
        return _kept(raw, inbox, why, from_citizen=delivery.as_case or not mail.is_answer)
    trust = trust_in(mail.authentication_results, sender.value, inbox)
    elsewhere = _named(mail.reply_to, sender, delivery)
    is_elsewhere = any(_untagged(each) != _untagged(sender) for each in elsewhere)
    return InboundMessage(
        channel=_NAME,
        inbox=inbox.name,
        external_id=mail.identity,
        sender=sender,
        sender_name=mail.sender.name[:200],
        subject=mail.subject,
        text=mail.text.strip() if mail.passed_on and not delivery.reply_token else mail.reply_text,
        html=mail.html,
        at=mail.date.astimezone(UTC) if mail.date else None,
        files=tuple(_file(attachment) for attachment in mail.attachments),
        automatic="our own address" if delivery.is_ours(sender.value) else mail.automatic,
        opens_case=delivery.as_case or not mail.is_answer,
        reply_token=delivery.reply_token,
        cc=tuple(dict.fromkeys([*elsewhere, *_named((*mail.to, *mail.cc), sender, delivery)]))[:_MOST_OTHERS],
        message_id=mail.message_id,
        references=tuple(dict.fromkeys([*mail.in_reply_to, *reversed(mail.references)])),
        problems=(*mail.problems, *trust.problems, *([_ELSEWHERE] if is_elsewhere else [])),
        raw=raw,
        verification=trust.verification,
        authentication=trust.authentication,
    )


def _named(mailboxes: Sequence[Mailbox], sender: Address, delivery: Delivery) -> tuple[Address, ...]:
    """Who is named beside the sender and us, each once, as far as they can be written to; a header may name anybody."""
    found: dict[Address, None] = {}
    for mailbox in mailboxes[:_MOST_OTHERS]:
        address = citizen_address(mailbox.address)
        if address is not None and address != sender and not delivery.is_ours(address.value):
            found[address] = None
    return tuple(found)


def _untagged(address: Address) -> str:
    """The mailbox: other systems for cases give each an address with a tag, too."""
    local, _, domain = address.value.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}".casefold()


def tag_of(address: str, inbox: Inbox) -> str | None:
    """The tag of local+tag@domain where local@domain is the inbox's own address; None when there is none."""
    local, _, domain = address.rpartition("@")
    own_local, _, own_domain = inbox.address.rpartition("@")
    plain, plus, tag = local.rpartition("+")
    same = (plain.casefold(), ascii_domain(domain)) == (own_local.casefold(), ascii_domain(own_domain))
    return tag if plus and tag and same else None


_REFUSED = (  # by the beginning of the status (RFC 3463 §3)
    (("5.2.1", "5.7.13"), "their mailbox is disabled"),
    (("5.2.2", "4.2.2"), "their mailbox is full"),
    (("5.2.3", "5.3.4"), "it is too large for their mailbox"),
    (("5.7.",), "their mail server refuses it as forbidden or unwanted"),
)


def _word_on_delivery(bounce: Bounce, raw: bytes, delivery: Delivery) -> Event:
    """The tag is the envelope sender's when the report came back to it: then it names the message by itself."""
    inbox = delivery.inbox
    if not bounce.message_id and not delivery.reply_token:
        return _kept(raw, inbox, "A report on a mail that doesn't say which one it is about.")
    return DeliveryUpdate(
        channel=_NAME,
        inbox=inbox.name,
        external_id=bounce.message_id,
        bounce_token=delivery.reply_token or "",
        status=DeliveryStatus.FAILED if bounce.final else DeliveryStatus.SENT,
        error=_in_words(bounce),
        error_code=bounce.status,
        flag="unreachable" if bounce.unreachable else None,
        about=citizen_address(bounce.recipient) if bounce.recipient else None,
        raw=raw,
    )


def _complained(complaint: Complaint, raw: bytes, delivery: Delivery) -> Event:
    """The tag of the address that our mail came from names it by itself; which inbox's it was doesn't matter."""
    _, _, tag = complaint.sent_from.rpartition("@")[0].partition("+")
    return contract.Complaint(
        channel=_NAME,
        inbox=delivery.inbox.name,
        message_id=complaint.message_id,
        bounce_token=tag or delivery.reply_token or "",
        about=citizen_address(complaint.recipient) if complaint.recipient else None,
        kind=complaint.kind,
        by=complaint.by,
        raw=raw,
    )


def _in_words(bounce: Bounce) -> str:
    """For the caseworker, with what to do; "" when it was delivered after all."""
    status = f" ({bounce.status})" if bounce.status else ""
    if bounce.unreachable:
        return f"The mail came back undelivered{status}: check the address with the citizen, or use another channel."
    if bounce.final:
        known = (why for starts, why in _REFUSED if bounce.status.startswith(starts))
        why = next(
            known, "their mail server refuses it" if bounce.permanent else "their mail server didn't take it in time"
        )
        return f"The mail came back undelivered{status}: {why}. Use another channel, or try again later."
    if bounce.status.startswith("2"):
        return ""
    return f"Not there yet{status}: the other mail server is still trying."


def _kept(raw: bytes, inbox: Inbox, why: str, *, from_citizen: bool = False) -> Unreadable:
    return Unreadable(
        channel=_NAME, inbox=inbox.name, raw=raw, why=why, media_type="message/rfc822", from_citizen=from_citizen
    )


def _file(attachment: Attachment) -> File:
    return File(
        filename=_safe_name(attachment),
        media_type=attachment.media_type,
        content=attachment.content,
        content_id=attachment.content_id,
        disposition=attachment.disposition,
    )


def _subject(enclosed: bytes) -> str:
    subject = text_of(read_block(enclosed, 0, MAX_PART_BLOCK).headers.first("subject"))
    return re.sub(r"[/\\]+", "-", subject)[:80].strip(". ")


def _safe_name(attachment: Attachment) -> str:
    """The last step of a path, never hidden, never empty, its letters in the order that people read; a mail inside goes
    by its subject."""
    written = _TURNS.sub("", attachment.filename)
    name = PurePosixPath(PureWindowsPath(written).name).name.lstrip(". ")
    if name:
        return name
    if attachment.media_type == "message/rfc822" and (subject := _subject(attachment.content)):
        return f"{subject}.eml"
    known = {"message/rfc822": ".eml"}.get(attachment.media_type) or mimetypes.guess_extension(attachment.media_type)
    return f"attachment{known or ''}"
