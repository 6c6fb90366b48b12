"""What programs send, version 1: parameters and bodies, checked strictly. Times are ISO 8601 with a zone."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from hub.models.words import CaseStatus
from hub.queries.cases import LARGEST_PAGE, NOBODY

_PRINTABLE = r"^[^\x00]*$"  # PostgreSQL stores no NUL

Line = Annotated[str, StringConstraints(max_length=400, pattern=_PRINTABLE)]

Text = Annotated[str, StringConstraints(pattern=_PRINTABLE)]  # its length is the action's to judge


def _whole(given: object) -> object:
    return int(given) if isinstance(given, float) and given.is_integer() else given


Whole = Annotated[int, BeforeValidator(_whole)]  # to JSON 5.0 is an integer, too


class Given(BaseModel):
    """Unknown keys are refused, since a misspelt one would silently do nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


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


class NewAlarm(Change):
    """Danger that the hub has not heard. Where an alarm is waiting already, nothing changes."""

    danger: Annotated[
        Line, Field(description="Its name in the council file; may be left out where there is only one.")
    ] = ""
    reason: Annotated[Text, Field(description="Why, for the colleagues who are called.")] = ""
    answer: Annotated[bool, Field(description="true: the citizen gets the danger's emergency text.")] = False


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
