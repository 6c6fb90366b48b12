"""What a mail says, as frozen values. Nothing here knows how it was read."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal, NamedTuple


class Mailbox(NamedTuple):
    """One address of a header; `name` is decoded, `address` as written but for white space."""

    name: str
    address: str

    def __repr__(self) -> str:
        return "Mailbox(…)"


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A part that isn't the text: decoded, with the file name as the mail gives it (paths included)."""

    filename: str
    media_type: str
    content: bytes = field(repr=False)
    content_id: str = ""
    disposition: Literal["attachment", "inline"] = "attachment"

    @property
    def size(self) -> int:
        """In bytes, after the transfer encoding is undone."""
        return len(self.content)

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A report about a message that did not, or not yet, arrive (RFC 3464, or in some system's own words)."""

    message_id: str  # of the message it is about, "" when it doesn't say
    recipient: str
    status: str  # enhanced status code (RFC 3463), "" when it doesn't say
    permanent: bool  # a failure that trying again doesn't mend: 5.x.x
    unreachable: bool = False  # it is the address: nothing will arrive there
    final: bool = True  # nobody tries any more; False on a notice of delay


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A provider's word that somebody marked a mail of ours as unwanted (RFC 5965)."""

    message_id: str  # of that mail, "" when it doesn't say
    recipient: str = field(repr=False)  # "" where it is hidden
    sent_from: str  # the envelope sender of that mail, "" when it doesn't say
    kind: str  # abuse, fraud, virus, opt-out, opt-out-list, miscategorized, other
    by: str  # the domain of who tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail as it is understood. Strings hold no NUL and no lone surrogate; ids have no angle brackets."""

    message_id: str = ""
    sender: Mailbox | None = field(default=None, repr=False)
    to: tuple[Mailbox, ...] = field(default=(), repr=False)
    cc: tuple[Mailbox, ...] = field(default=(), repr=False)
    reply_to: tuple[Mailbox, ...] = field(default=(), repr=False)  # where answers are asked to go
    delivered_to: tuple[str, ...] = field(default=(), repr=False)  # what the last servers wrote down
    subject: str = field(default="", repr=False)
    date: datetime | None = None  # aware, in the sender's own zone
    text: str = field(default="", repr=False)
    html: str = field(default="", repr=False)  # cleaned; "" when there was none
    reply_text: str = field(default="", repr=False)  # the sender's own words
    passed_on: bool = False  # the sender hands on somebody else's mail
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()  # as written: oldest first
    automatic: str | None = None  # which sign of a machine it carries
    is_answer: bool = False  # a machine's answer to a mail, such as an out-of-office note: it opens no case
    bounce: Bounce | None = None
    complaint: Complaint | None = None
    problems: tuple[str, ...] = ()
    authentication_results: tuple[str, ...] = field(default=(), repr=False)  # headers, as any server wrote them
    identity: str = ""  # sha256 of Message-ID and body, the same whatever servers on the way added; "" when unknown
