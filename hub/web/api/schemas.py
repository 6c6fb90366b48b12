"""What programs send and get, version 1: the OpenAPI description is made of these. Times are ISO 8601 in UTC with a Z.

What is sent is a pydantic model, checked strictly; what is answered is a TypedDict, so that mypy holds it to that.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, JsonValue
from typing_extensions import TypedDict  # pydantic reads typing's own only from Python 3.12 on

from hub.models.words import AttachmentState, CaseStatus, ClockState, Direction, MessageStatus, Priority
from hub.queries.contacts import CASES_SHOWN


class Address(TypedDict):
    """Where a citizen is reached."""

    uri: Annotated[str, Field(description="Such as tel:+447700900123, mailto:a@b.example, chat:…")]
    scheme: str
    value: str
    verification: Annotated[
        Literal["claimed", "delivered", "verified"], Field(description="How sure it is that they hold the address.")
    ]
    opted_out: Annotated[bool, Field(description="No texts leave to this address.")]
    unreachable: Annotated[bool, Field(description="A provider or a bounce said so.")]
    no_texts: Annotated[bool, Field(description="A provider said that this number takes no texts; it can be called.")]


class Contact(TypedDict):
    """A citizen as the hub knows one."""

    id: int
    name: str
    language: Annotated[str, Field(description='BCP 47; "" = not known.')]
    addresses: list[Address]


class Comparison(TypedDict):
    """One condition against the message."""

    condition: str
    expected: JsonValue
    actual: JsonValue
    matched: bool
    why: str
    conditions: NotRequired["list[Comparison]"]


class Trial(TypedDict):
    """What became of one rule; `rule` is null for the fallback that ends a list without a match."""

    rule: str | None
    group: Annotated[str, Field(description='Of rules; "" = none, "danger" = what raises alarms.')]
    matched: bool
    why: str
    conditions: list[Comparison]


class Decision(TypedDict):
    """Where routing put the case when it was opened, and why: every rule in order."""

    rule: Annotated[str | None, Field(description="Whose queue it is. Null: the inbox's own queue took it.")]
    matched: Annotated[list[str], Field(description="All rules that matched, in order.")]
    queue: str
    priority: Priority
    tags: list[str]
    effects: Annotated[dict[str, JsonValue], Field(description="What the rules did beyond that; only what is there.")]
    explanation: list[Trial]


class Clock(TypedDict):
    """A statutory clock of a case. Its last day counts whole; `due_at` is that day's last second."""

    name: str
    title: str
    state: ClockState
    term: Annotated[str, Field(description="Such as 20 working days.")]
    until: Annotated[str, Field(description="What meets it: acknowledged, replied, resolved, or marked by somebody.")]
    started_on: Annotated[date | None, Field(description="Null: the clock before it isn't met yet.")]
    due_at: datetime | None
    due_on: date | None
    met_at: datetime | None
    late: Annotated[bool, Field(description="Met after it was due.")]
    paused_on: date | None
    pause_reason: str | None
    pauses: Annotated[list[str], Field(description="The reasons for which it may be paused.")]
    extension: Annotated[str | None, Field(description="The longest extension; null: none is left.")]
    calendar_known: Annotated[bool, Field(description="False: the holidays up to its last day aren't known yet.")]


class CaseOfType(TypedDict):
    slug: str
    name: str
    received_on: Annotated[date, Field(description="The day from which its clocks count.")]


class ListedCase(TypedDict):
    """A case without messages and events."""

    reference: str
    subject: str
    status: CaseStatus
    priority: Priority
    department: Annotated[str, Field(description="Slug.")]
    queue: Annotated[str, Field(description="Slug.")]
    also_in: Annotated[list[str], Field(description="Slugs of the other queues in whose lists it stands, too.")]
    agent: Annotated[str | None, Field(description="E-mail address of who holds it.")]
    channel: Annotated[str, Field(description="Of the first message.")]
    contact: Contact
    tags: list[str]
    opened_at: datetime
    updated_at: datetime
    due_at: Annotated[datetime | None, Field(description="The earliest of what it owes; null: nothing is due.")]
    type: CaseOfType | None
    clocks: list[Clock]
    resolved_at: datetime | None
    outcome: str
    seq: Annotated[int, Field(description="Of the latest event: name it in a change to hear of a conflict.")]
    follow_up_of: Annotated[str | None, Field(description="Reference of the case that this one follows.")]
    snoozed_until: datetime | None
    forgotten_at: datetime | None
    decision: Decision


class Attachment(TypedDict):
    """A file; its content is at /api/v1/attachments/{id} once its state is `stored`."""

    id: int
    filename: str
    media_type: str
    size: Annotated[int, Field(description="Bytes; 0 while it is pending.")]
    state: AttachmentState
    disposition: Annotated[str, Field(description="attachment, inline, or raw: of a message's `original`.")]
    error: str | None


class Upload(TypedDict):
    """A file that waits for its reply, for a day. Its attachment will have the same id."""

    id: int
    filename: str
    media_type: str
    size: Annotated[int, Field(description="Bytes.")]


class CaseLink(TypedDict):
    """Another case that this one is tied to."""

    kind: Literal["follows", "followed_by", "joined_to", "joined", "mentions"]
    reference: str
    subject: str
    status: CaseStatus


class Participant(TypedDict):
    """Somebody beside the contact whom an agent added: gets copies, and their answers join the case."""

    address: str
    added_by: Annotated[str, Field(description="Name of the agent.")]
    at: datetime


class Supposed(TypedDict):
    """A queue that the classifier supposes, without being sure enough to put the case there."""

    queue: str
    confidence: Annotated[float, Field(description="0 to 1.")]


class Authentication(TypedDict):
    """What the council's own mail server found out about a mail's sender (RFC 8601)."""

    by: Annotated[str, Field(description="The server that says so.")]
    spf: Literal["pass", "fail", "none"]
    dkim: Literal["pass", "fail", "none"]
    dmarc: Annotated[
        Literal["pass", "fail", "none"],
        Field(description="Of the address that people see; fail: it may be forged, and joins no case by itself."),
    ]


_Message = TypedDict("_Message", {"from": str})  # a name that a class body can't have


class Message(_Message):
    """One utterance. `from` and `to` are addresses without their scheme, "" on notes and withheld numbers."""

    id: int
    direction: Direction
    channel: Annotated[str, Field(description='"" on notes.')]
    to: str
    subject: str
    text: Annotated[
        str, Field(description="Of a mail: the sender's own words; …/messages/{id}/whole has what it quotes, too.")
    ]
    html: Annotated[str | None, Field(description="Cleaned; null when the message is plain.")]
    transcript: Annotated[str | None, Field(description="A machine's draft of a recording.")]
    status: MessageStatus
    error: Annotated[str | None, Field(description="Why it didn't arrive, and what to do.")]
    author: Annotated[str | None, Field(description="E-mail address of the agent who wrote it.")]
    at: datetime
    automatic: bool
    automatic_why: str | None
    problems: list[str]
    authentication: Annotated[
        Authentication | None, Field(description="Of a mail that came in; null: no mail server of ours said anything.")
    ]
    attachments: list[Attachment]
    original: Annotated[Attachment | None, Field(description="The whole message as it came, where that was kept.")]
    cc: Annotated[list[str], Field(description="Of a mail that came in: whom else its sender addressed.")]
    bcc: list[str]


class WholeMessage(TypedDict):
    """A message beside all that was written with it."""

    id: int
    text: Annotated[str, Field(description="What the sender wrote themselves: the text of the message in its case.")]
    whole_text: Annotated[
        str,
        Field(description="All of it, with quotes, signature and small print; the same where there is no more."),
    ]


class CaseEvent(TypedDict):
    """One line of the record of what happened to the case."""

    seq: int
    kind: str
    at: datetime
    agent: Annotated[str | None, Field(description="E-mail address; null: the citizen, or the hub itself.")]
    message_id: int | None
    detail: dict[str, Any]


class Case(ListedCase):
    """The whole case."""

    messages: Annotated[list[Message], Field(description="Oldest first, all of them.")]
    events: Annotated[list[CaseEvent], Field(description="Oldest first, all of them.")]
    links: Annotated[list[CaseLink], Field(description="Follow-ups, joined and mentioned cases.")]
    participants: list[Participant]
    supposed: Annotated[list[Supposed], Field(description="The likeliest queues of a case that waits to be sorted.")]


class Cases(TypedDict):
    """A page of cases, newest first."""

    items: list[ListedCase]
    next: Annotated[str | None, Field(description="Give it as `after` for the next page; null: this is the last.")]


class Queue(TypedDict):
    slug: str
    name: str
    department: Annotated[str, Field(description="Slug.")]
    active: bool
    is_open: Annotated[bool, Field(description="By its opening hours, now.")]
    open_cases: int
    unassigned: Annotated[int, Field(description="Of the open cases: those that nobody holds.")]
    oldest_opened_at: Annotated[datetime | None, Field(description="Of the open cases.")]


class Queues(TypedDict):
    items: list[Queue]


class Mailbox(TypedDict):
    """A mailbox that the hub looks into."""

    channel: str
    inbox: str
    address: str
    trouble: Annotated[str | None, Field(description="Why it can't be read at present, in a sentence; null: it can.")]
    trouble_since: datetime | None
    checked_at: Annotated[datetime | None, Field(description="When that last went well.")]


class Mailboxes(TypedDict):
    items: list[Mailbox]


class Consent(TypedDict):
    """One line of the consent ledger."""

    uri: Annotated[str, Field(description="Of the address.")]
    given: Annotated[bool, Field(description="False: withdrawn.")]
    purpose: Annotated[Literal["all", "bulk"], Field(description="bulk: messages sent to many.")]
    channel: str
    inbox: str
    source: Annotated[Literal["citizen", "provider", "agent"], Field(description="Who told.")]
    said: Annotated[str, Field(description="The citizen's words, the provider's code, or the agent's reason.")]
    at: datetime


class ContactPage(Contact):
    """A contact with their cases and what they said about being written to."""

    consents: Annotated[list[Consent], Field(description="Newest first.")]

    cases: Annotated[
        list[ListedCase],
        Field(description=f"The newest {CASES_SHOWN}; the list of cases by `contact` has the rest."),
    ]


class Problem(TypedDict):
    """What went wrong (RFC 9457). `code` is stable."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: NotRequired[Annotated[dict[str, str], Field(description="What is wrong, by field.")]]
