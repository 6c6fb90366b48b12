"""What programs send and get, version 1: the OpenAPI description is made of these. Times are ISO 8601 in UTC with a Z.

What is sent is a pydantic model, checked strictly; what is answered is a TypedDict, so that mypy holds it to that.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal, NotRequired

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StringConstraints
from typing_extensions import TypedDict  # pydantic reads typing's own only from Python 3.12 on

from hub.models.words import AttachmentState, CaseStatus, ClockState, Direction, MessageStatus, Priority
from hub.queries.cases import LARGEST_PAGE, NOBODY
from hub.queries.contacts import CASES_SHOWN

_PRINTABLE = r"^[^\x00]*$"  # PostgreSQL stores no NUL

Line = Annotated[str, StringConstraints(max_length=400, pattern=_PRINTABLE)]
Text = Annotated[str, StringConstraints(pattern=_PRINTABLE)]  # its length is the action's to judge


def _whole(given: object) -> object:
    return int(given) if isinstance(given, float) and given.is_integer() else given


Whole = Annotated[int, BeforeValidator(_whole)]  # to JSON 5.0 is an integer, too


class Given(BaseModel):
    """Unknown keys are refused, since a misspelt one would silently do nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


# --- sent ------------------------------------------------------------------------------------------------------


class NoParameters(Given):
    pass


class CasesWanted(Given):
    """The parameters of the list of cases; an empty one counts as absent."""

    queue: Annotated[
        Line | None, Field(description="Slug of a queue; what is shared with it is listed, too, until it is closed.")
    ] = None
    status: Annotated[CaseStatus | None, Field(description="Without it: cases of every status.")] = None
    channel: Annotated[Line | None, Field(description="Of the first message: sms, voice, email, webchat.")] = None
    agent: Annotated[
        Line | None, Field(description=f'E-mail address of who holds the case; "{NOBODY}": nobody does.')
    ] = None
    contact: Annotated[int | None, Field(description="Id of a contact.", ge=1, lt=2**63)] = None
    q: Annotated[
        Line | None,
        Field(description="Words that stand in one message, a reference, a phone number, or a mail address."),
    ] = None
    after: Annotated[Line | None, Field(description="The `next` of the page before.")] = None
    limit: Annotated[int, Field(description="How many cases.", ge=1, le=LARGEST_PAGE)] = 50


class Change(Given):
    """What every change may name."""

    seq: Annotated[
        Whole | None,
        Field(
            description="The case's `seq` as you saw it. When something has happened since, the answer is 409.",
            ge=0,
        ),
    ] = None


class NewReply(Change):
    """An answer to the citizen."""

    text: Text
    channel: Annotated[
        Line | None,
        Field(
            description="sms, whatsapp, email or webchat. Without it: that of the citizen's latest message; calls are "
            "answered by text."
        ),
    ] = None
    inbox: Annotated[Line | None, Field(description="Name of the inbox that sends it.")] = None
    cc: Annotated[
        list[Line],
        Field(description="Mail addresses; they take part in the case from then on. Mail alone.", max_length=50),
    ] = []
    bcc: Annotated[
        list[Line], Field(description="Mail addresses that nobody else sees. Mail alone.", max_length=50)
    ] = []
    attachments: Annotated[
        list[Whole], Field(description="Ids that POST /api/v1/attachments answered within a day.", max_length=100)
    ] = []
    quote: Annotated[
        bool,
        Field(
            description="What was said before stands below: as much as the inbox's setting `quote` says. Mail alone."
        ),
    ] = False


class Nothing(Given):
    """A body without fields."""


class NewCase(Given):
    """A conversation that the council begins."""

    channel: Annotated[Line, Field(description="sms or email.")]
    to: Annotated[
        Line, Field(description="A telephone number in any spelling of the council's country, or a mail address.")
    ]
    text: Text
    inbox: Annotated[
        Line | None, Field(description="Name of the inbox that sends it; without it the channel's first.")
    ] = None
    subject: Annotated[Line, Field(description="Of the case, and of a mail; without it the first words.")] = ""
    queue: Annotated[Line | None, Field(description="Slug; without it the inbox's own.")] = None
    purpose: Annotated[
        Literal["service", "bulk"],
        Field(
            description="service: about something of the citizen's; you hold the case. bulk: sent to many; it waits "
            "for quiet hours to end, goes to nobody who said no, and its case is resolved until the citizen answers."
        ),
    ] = "service"


class NewNote(Change):
    """Words for colleagues; the citizen never sees them."""

    text: Text


class NewAssignment(Change):
    agent: Annotated[Line, Field(description="E-mail address of an active caseworker.")]


class NewShare(Change):
    """Another queue in whose lists the case shall stand, too."""

    queue: Annotated[Line, Field(description="Slug of an active queue.")]
    reason: Annotated[Text, Field(description="For the colleagues there.")]


class EndedShare(Change):
    """A queue says that the case isn't theirs."""

    queue: Annotated[Line, Field(description="Slug of a queue that the case is shared with.")]


class NewTransfer(Change):
    queue: Annotated[Line, Field(description="Slug of an active queue.")]
    reason: Annotated[Text, Field(description="For the colleagues who get the case.")]


class NewCorrection(Change):
    queue: Annotated[Line, Field(description="Slug of the queue where it belongs.")]
    reason: Annotated[Text, Field(description="For the colleagues who get the case.")] = ""


class NewFalseAlarm(Change):
    note: Annotated[Text, Field(description="Why there was no danger.")] = ""


class NewOutcome(Change):
    outcome: Annotated[Text, Field(description="What came of it.")]


class NewSnooze(Change):
    until: Annotated[AwareDatetime, Field(description="ISO 8601 with a zone; ahead, and at most a year away.")]


class NewMerge(Change):
    into: Annotated[Line, Field(description="Reference of the case that goes on.")]


class NewParticipant(Change):
    address: Annotated[Line, Field(description="A mail address.")]


class NewConsent(Given):
    """What a citizen has told an agent about messages that are sent to many."""

    uri: Annotated[Line, Field(description="One of the contact's addresses, such as mailto:jo@example.org.")]
    given: Annotated[bool, Field(description="true: they want them again; false: no more.")]
    reason: Annotated[Line, Field(description="How you know, such as: told by phone.")]


class FileName(Given):
    """The parameter of an upload."""

    filename: Annotated[Line, Field(description="As the citizen will see it.")] = ""


# --- answered --------------------------------------------------------------------------------------------------


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
