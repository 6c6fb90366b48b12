"""What the read side gives: frozen values, never table rows. The API and the console show the same ones.

Datetimes are aware and in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressView:
    uri: str
    scheme: str
    value: str
    verification: str
    opted_out: bool = False
    unreachable: bool = False
    no_texts: bool = False  # a provider said that this number takes none; it can be called


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactView:
    id: int
    name: str
    language: str
    addresses: tuple[AddressView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentView:
    id: int
    filename: str
    media_type: str
    size: int  # bytes
    state: str  # stored, pending, held, infected, failed
    disposition: str  # attachment, inline, raw
    content_id: str
    sha256: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationView:
    """What the council's own mail server found out about a mail's sender: pass, fail or none."""

    by: str
    spf: str
    dkim: str
    dmarc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    id: int
    direction: str  # in, out, note
    channel: str
    sender: str  # address value without its scheme, but for WhatsApp's
    recipient: str
    subject: str
    text: str
    html: str  # cleaned, "" when plain
    transcript: str
    status: str
    error: str
    author: str  # the agent's e-mail address, "" for the citizen and the hub itself
    author_name: str
    at: datetime
    automatic: bool
    automatic_why: str
    problems: tuple[str, ...] = ()
    attachments: tuple[AttachmentView, ...] = ()
    cc: tuple[str, ...] = ()  # mail addresses; of an incoming one all whom it went to beside our inboxes
    bcc: tuple[str, ...] = ()
    leaves_at: datetime | None = None  # until then it waits, and its author can undo it
    authentication: AuthenticationView | None = None  # None: no mail server of ours said anything

    @property
    def way(self) -> str:
        """The channel; `whatsapp` for a text that came or went by it."""
        return "whatsapp" if "whatsapp:" in f"{self.sender} {self.recipient}" else self.channel


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    seq: int
    kind: str
    at: datetime
    agent: str  # e-mail address, "" for the citizen and the hub itself
    agent_name: str
    message_id: int | None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """A statutory clock of a case."""

    name: str
    title: str
    state: str  # pending, running, paused, met
    term: str  # 20 working days
    extended: str  # 10 working days, added to the term; "" = none
    until: str  # what meets it: acknowledged, replied, resolved, marked
    started_on: date | None  # local
    due_at: datetime | None
    due_on: date | None  # the last local day
    met_at: datetime | None
    late: bool  # met after it was due
    paused_on: date | None
    pause_reason: str
    extension: str  # the longest one: 10 working days; "" = none is left
    pauses: Mapping[str, str]  # lawful reasons, and what resuming does: "continues" or "restarts"
    calendar_known: bool  # False: the holidays up to its last day aren't known yet


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedQueue:
    """Another queue in whose lists a case stands, too."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case without messages and events: a row of every list."""

    id: int
    reference: str
    subject: str
    status: str
    priority: str
    department: str  # slug
    department_name: str
    queue: str  # slug
    queue_name: str
    agent: str  # e-mail address, "" = nobody
    agent_name: str
    channel: str  # of the first message
    contact: ContactView
    tags: tuple[str, ...]
    opened_at: datetime
    updated_at: datetime
    due_at: datetime | None
    resolved_at: datetime | None
    outcome: str
    rule: str | None
    seq: int  # of the latest event: name it when you change the case, to hear of a conflict
    follow_up_of: str  # reference, "" = none
    type: str = ""  # slug, "" = none
    type_name: str = ""
    received_on: date | None = None  # local: from here the clocks of its type count
    clocks: tuple[ClockView, ...] = ()
    snoozed_until: datetime | None = None
    forgotten_at: datetime | None = None  # since then it holds nothing of whom it was about
    also_in: tuple[SharedQueue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """A file that an agent handed in and that waits for its message."""

    id: int
    filename: str
    media_type: str
    size: int  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLink:
    """Another case that this one is tied to."""

    kind: str  # follows, followed_by, joined_to, joined, mentions
    reference: str
    subject: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantView:
    """Somebody beside the contact whom an agent added."""

    address: str  # without its scheme
    added_by: str  # an agent's name
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """A queue that a case in triage may belong to."""

    queue: str  # slug
    name: str
    confidence: float  # 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    case: CaseView
    decision: dict[str, Any]  # routing.engine.Decision.to_json()
    messages: tuple[MessageView, ...]  # oldest first
    events: tuple[EventView, ...]  # oldest first
    links: tuple[CaseLink, ...] = ()
    participants: tuple[ParticipantView, ...] = ()
    supposed: tuple[Supposed, ...] = ()  # the likeliest queues of a case that nobody has sorted yet


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    id: int
    slug: str
    name: str
    department: str
    department_name: str
    active: bool
    is_open: bool  # by its hours, now
    open_cases: int
    unassigned: int
    oldest_opened_at: datetime | None  # of the open ones


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """Whoever is signed in or holds a token."""

    id: int
    email: str
    name: str
    role: str
    sees_restricted: bool = False  # every restricted case, by their role
    queue_ids: frozenset[int] = frozenset()  # where they work: what "my desk" shows; they may open every case

    @property
    def may_change(self) -> bool:
        return self.role != "auditor"
