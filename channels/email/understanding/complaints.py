"""Complaints: somebody pressed "spam" on a mail of ours, and their provider says so (RFC 5965, or as Outlook.com does).

Providers hide the citizen's address as they please, so the mail itself is what is looked for: by the address that it
came from (VERP), or by the Message-ID of what came back.
"""

from channels.email.understanding.blocks import MAX_PART_BLOCK, Headers, read_block
from channels.email.understanding.bodies import parts_of_type
from channels.email.understanding.headers import mailboxes, message_ids
from channels.email.understanding.mail import Complaint, Mailbox
from channels.email.understanding.mime import Part, octets

_RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
_OUTLOOK = "x-hmxmroriginalrecipient"
_OUTLOOKS_STAFF = "staff@hotmail.com"  # who sends back a mail of ours as it was, with that field
_NO_COMPLAINT = ("not-spam",)  # somebody took it out of the spam folder (RFC 6430)
_KNOWN = ("abuse", "fraud", "virus", "other", "opt-out", "opt-out-list", "miscategorized", "auth-failure")


def is_complaint(root: Part) -> bool:
    """Also one that tells of no complaint, but of a mail that somebody took out of the spam folder, say."""
    return bool(parts_of_type(root, "message/feedback-report")) or _OUTLOOK in _returned(root)


def complaint_of(root: Part, sender: Mailbox | None) -> Complaint | None:
    """None when the mail is none."""
    returned = _returned(root)
    reports = parts_of_type(root, "message/feedback-report")
    report = read_block(octets(reports[0])[0], 0, MAX_PART_BLOCK).headers if reports else None
    if report is None and _OUTLOOK not in returned:
        return None
    told = report or Headers([])
    teller = _OUTLOOKS_STAFF if returned is root.headers else sender.address if sender else ""
    kind = told.first("feedback-type").strip().lower() or "abuse"
    if kind in _NO_COMPLAINT or kind == "auth-failure":
        return None
    return Complaint(
        message_id=next(iter(message_ids(returned.first("message-id"))), ""),
        recipient=_address(told.first("original-rcpt-to")) or _address(returned.first(_OUTLOOK)),
        sent_from=_address(told.first("original-mail-from")) or _address(returned.first("return-path")),
        kind=kind if kind in _KNOWN else "other",
        by=teller.rpartition("@")[2].lower(),
    )


def _returned(root: Part) -> Headers:
    """The header of the mail that the report is about, as far as it came back."""
    for kind in _RETURNED:
        for part in parts_of_type(root, kind) if root.is_container else []:
            return read_block(octets(part)[0], 0, MAX_PART_BLOCK).headers
    return root.headers if _address(root.headers.first("return-path")) == _OUTLOOKS_STAFF else Headers([])


def _address(written: str) -> str:
    """An empty string where the provider wrote something else in its place."""
    found = mailboxes(written.rpartition(";")[2])
    return found[0].address if found and "@" in found[0].address else ""
