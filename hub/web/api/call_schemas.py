"""What programs send and get about telephone calls; as in hub.web.api.schemas."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from hub.models.calls import CallbackState, CallResult, CallState, RingState
from hub.web.api.sent import Given, Line, Text

_LARGEST = 200


class CallsWanted(Given):
    """The parameters of the list of calls; an empty one counts as absent."""

    state: Annotated[CallState | None, Field(description="Without it: calls of every state.")] = None
    result: Annotated[Line | None, Field(description="answered, voicemail, callback, status, missed, unreached.")] = (
        None
    )
    queue: Annotated[Line | None, Field(description="Slug of the queue where it waits or waited.")] = None
    case: Annotated[Line | None, Field(description="Reference of a case.")] = None
    before: Annotated[int | None, Field(description="The `next` of the page before.", ge=1, lt=2**63)] = None
    limit: Annotated[int, Field(description="How many calls.", ge=1, le=_LARGEST)] = 50


class CallbacksWanted(Given):
    """The parameters of the list of callbacks."""

    all: Annotated[bool, Field(description="Those that are done or dropped, too.")] = False


class PhoneNumber(Given):
    """Where an agent takes calls."""

    number: Annotated[Line, Field(description='As it is dialled; "" forgets it.')]
    in_browser: Annotated[
        bool, Field(description="Calls ring in the browser instead, on lines that can; the number is for the others.")
    ] = False


class NextCaller(Given):
    """Whose line: without queues, those where the agent works."""

    queues: Annotated[list[Line] | None, Field(description="Slugs.")] = None


class SentOn(Given):
    """Where a caller is put through to: one of the two."""

    queue: Annotated[Line, Field(description="Slug of the queue whose line they join.")] = ""
    number: Annotated[Line, Field(description="A telephone number.")] = ""


class WrapUp(Given):
    """What a call came to."""

    outcome: Annotated[Line, Field(description="One of the line's outcomes: the call's `outcomes`.")]
    note: Text = ""


class DroppedCallback(Given):
    outcome: Annotated[Text, Field(description="Why nobody needs to be called.")]


class Call(TypedDict):
    """One telephone conversation, or the attempt at one."""

    id: int
    direction: Literal["in", "out"]
    inbox: Annotated[str, Field(description="Name of the voice inbox.")]
    number: Annotated[str | None, Field(description="Of the citizen, E.164; null: withheld.")]
    reference: Annotated[str | None, Field(description="Of its case.")]
    message_id: Annotated[int | None, Field(description="Its message there.")]
    state: CallState
    result: Annotated[CallResult | None, Field(description="Null while it goes on.")]
    language: str
    path: Annotated[list[str], Field(description="What the caller chose in the menus, in order.")]
    queue: Annotated[str | None, Field(description="Slug of the queue in whose line it waits or waited.")]
    agent: Annotated[str | None, Field(description="E-mail address of who answered, or called.")]
    started_at: datetime
    waiting_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    seconds: Annotated[int | None, Field(description="Of the whole call, by the provider.")]
    repeats: Annotated[int, Field(description="Further missed calls of the same caller in the same entry.")]
    recorded: Annotated[bool, Field(description="The conversation; the recording is a file of the message.")]
    outcome: Annotated[str | None, Field(description="What the agent says it came to.")]
    note: str
    outcomes: Annotated[dict[str, str], Field(description="What it may have come to: words by code.")]


class Calls(TypedDict):
    """A page of calls, newest first."""

    items: list[Call]
    next: Annotated[int | None, Field(description="Give it as `before` for the next page; null: this is the last.")]


class Callback(TypedDict):
    """A promise to call a citizen back."""

    id: int
    reference: Annotated[str, Field(description="Of its case.")]
    number: str
    queue: Annotated[str, Field(description="Slug.")]
    place_at: Annotated[datetime, Field(description="Since when they have waited: their place in line.")]
    due_at: Annotated[datetime, Field(description="In the working time of its queue.")]
    late: Annotated[bool, Field(description="It was due before now, and isn't done.")]
    state: CallbackState
    attempts: int
    agent: Annotated[str | None, Field(description="E-mail address of who called last.")]
    outcome: str
    done_at: datetime | None


class Callbacks(TypedDict):
    """The soonest due first."""

    items: list[Callback]


class Ring(TypedDict):
    """An agent's own phone, rung by the hub."""

    id: int
    purpose: Literal["next", "case", "callback"]
    state: RingState
    error: Annotated[str | None, Field(description="Why it came to nothing, and what to do.")]
    in_browser: Annotated[bool, Field(description="Their browser rings, no telephone.")]
    call: Annotated[Call | None, Field(description="Whom the agent is connected with, or is to be.")]


class Phone(TypedDict):
    """An agent's telephone."""

    number: Annotated[str | None, Field(description="Where they take calls, E.164.")]
    in_browser: Annotated[bool, Field(description="They take calls in the browser, on lines that can ring it.")]
    ring: Annotated[Ring | None, Field(description="What keeps it busy.")]
    failed: Annotated[Ring | None, Field(description="The last ring, when it came to nothing.")]
    waiting: Annotated[list[Call], Field(description="Who stands in line for the agent's queues, the first first.")]
    unwrapped: Annotated[list[Call], Field(description="Answered, over, and nobody has said what they came to.")]


class BrowserPass(TypedDict):
    """An access token of the telephone provider's, for its software in the browser."""

    token: Annotated[str, Field(description="A secret: whoever has it is rung for this agent while it lasts.")]
    seconds: Annotated[int, Field(description="Until it ends. Ask for another before.")]
    edge: Annotated[str, Field(description="Where the browser meets the provider.")]


class BrowserPasses(TypedDict):
    """One pass for each of the provider's accounts that the council's lines belong to."""

    identity: Annotated[str, Field(description="By which the agent's browser is rung.")]
    passes: list[BrowserPass]
