"""The port of telephone calls: what a phone channel tells the hub about a call, and what the hub answers.

    CallNews -> Standing      a citizen's call has got so far; how it stands with the hub
    RingNews -> RingStanding  an agent's own phone, which the hub rings to bring agent and citizen together
    OutboundRing -> SendResult, or SendError      hub -> channel: ring that phone
    Steering      hub -> channel: what is done to a call that is going on

Providers repeat themselves and tell things in any order: the same news twice changes nothing, and news of what lies
behind is taken without going back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable

import httpx

from channels.contract import Address, InboundMessage, Inbox, RemoteFile, SendResult

CallKind = Literal[
    "began",  # the phone rings at the council's
    "said",  # words where a choice was wanted: step, label, and `message`, which the call becomes in danger
    "chose",  # a key or a word in a menu: step, key, label
    "status",  # heard how `reference` stands
    "voicemail",  # is about to leave a message
    "waiting",  # stands in line for a person
    "callback",  # wants to be called back on `number`
    "left",  # left the line without having met anybody
    "parted",  # has spoken with an agent, and that is over
    "ended",  # the line is dead: seconds
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNews:
    """A citizen's call, known by the provider's name of it (`sid`, unique in its inbox)."""

    inbox: str
    sid: str
    kind: CallKind
    sender: Address | None = field(default=None, repr=False)  # None: withheld
    language: str = ""  # that the line speaks with the caller: BCP 47, "" = the inbox's own
    message: InboundMessage | None = field(default=None, repr=False)  # what the call becomes, if it isn't yet
    step: int = 0  # counts the caller's choices from 1; a choice is noted once
    key: str = ""
    label: str = ""
    about: str = ""  # what the caller chose, in words, for the case's title
    queue: str = ""  # slug, when the choice names a queue itself; "" = as routing says
    reference: str = ""
    number: Address | None = field(default=None, repr=False)
    seconds: int | None = None  # the whole call's length
    waited: int | None = None  # in line, in seconds; None = they weren't in one
    began_at: datetime | None = None  # by the provider's list, long after; None = this is told as it happens


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a call stands, as far as the line must know."""

    reference: str = ""  # of its case, "" = it is none yet
    in_danger: bool = False  # the words that were just told have raised an alarm
    queue: str = ""  # slug of the queue that it waits or would wait in
    queue_name: str = ""
    is_open: bool = False  # that queue, now
    records: bool = False  # whether that queue records conversations
    today: str = ""  # the council's date, YYYY-MM-DD
    language: str = ""  # that this caller chose before, "" = not known
    position: int = 1  # in line, counting those who are to be called back before
    wait_seconds: int | None = None  # estimated; None = nobody can tell
    is_waiting: bool = False  # in line
    wants_callback: bool = False
    held_by: int | None = None  # the agent who has put the caller on hold
    goes_to: str = ""  # E.164: where an agent is transferring the caller


RingPurpose = Literal["next", "case", "callback", "resume"]
RingState = Literal["ringing", "answered", "accepted", "connected", "ended", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RingNews:
    """What happens on an agent's phone that the hub rings. `ring` is the hub's own number of it."""

    inbox: str
    ring: int
    state: RingState
    sid: str = ""  # the provider's name of the agent's leg
    caller_sid: str = ""  # of the citizen's leg: whom the agent is connected with
    result: str = ""  # the provider's word on the citizen's leg or the agent's: completed, busy, no-answer, failed
    seconds: int | None = None  # of the conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class RingStanding:
    """What a rung phone is for."""

    purpose: RingPurpose
    agent: int
    agent_name: str
    queue: str  # slug
    queue_name: str
    number: str = field(repr=False)  # E.164 of the citizen to call; "" when the caller is in line
    reference: str  # of the case, "" = not known before the caller is met
    records: bool  # whether the conversation is recorded
    language: str
    external_id: str  # of the message that a recording belongs to, "" = not known yet
    over: bool = False  # the ring is withdrawn or has ended
    holding: bool = False  # the caller is on hold for this agent
    in_browser: bool = False  # the agent's browser was rung: whoever answers there is a person


class CallDesk(Protocol):
    """The hub's side for channels that carry conversations. Both raise contract.Unavailable."""

    async def tell(self, news: CallNews) -> Standing:
        """Returns when it is committed."""
        ...

    async def rung(self, news: RingNews) -> RingStanding | None:
        """None: there is no such ring in this inbox."""
        ...

    async def ring_standing(self, inbox: str, ring: int) -> RingStanding | None:
        """Without telling anything."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundRing:
    """An agent's own phone to be rung. The same `id` is rung again only when the last try certainly did nothing."""

    id: int
    to: Address = field(repr=False)  # tel:+44…, or what `browser_of` answers


SOFTPHONE = "softphone_key"  # of an inbox's config: with it, its line rings browsers


def rings_browsers(config: Mapping[str, Any]) -> bool:
    """Whether a line with this config rings agents in their browsers."""
    return bool(config.get(SOFTPHONE))


def browser_of(agent: int) -> Address:
    """Where this agent's browser is rung: `client:agent_7`."""
    return Address("client", f"agent_{agent}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserPass:
    """Lets one agent's browser be rung by the lines of one account, for a while."""

    token: str = field(repr=False)
    seconds: int  # until it ends
    account: str  # the provider's name of it: lines of one account share a pass
    edge: str  # where the browser meets the provider, in the provider's words


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """Something to do with a call that is going on.

    hold: the caller waits with music for this agent. retrieve: the agent's phone takes the caller back. send: the
    caller goes where the hub says when the line asks (another queue or number). pause, resume: of the recording.
    hang_up: the leg `sid` ends.
    """

    what: Literal["hold", "retrieve", "send", "pause", "resume", "hang_up"]
    sid: str  # of the citizen's leg; of the agent's for retrieve, pause, resume
    ring: int


@runtime_checkable
class Rings(Protocol):
    """A channel that can ring phones and steer calls."""

    async def ring(self, ring: OutboundRing, inbox: Inbox, http: httpx.AsyncClient) -> SendResult:
        """Raises SendError."""
        ...

    async def steer(self, steering: Steering, inbox: Inbox, http: httpx.AsyncClient) -> None:
        """Raises SendError."""
        ...


@runtime_checkable
class RingsBrowsers(Protocol):
    """A channel whose provider can ring browsers."""

    def browser_pass(self, agent: int, inbox: Inbox) -> BrowserPass:
        """Raises NotConfigured."""
        ...

    def speaks_with(self, inbox: Inbox) -> Sequence[str]:
        """The origins (https, wss) that a browser which this line rings speaks with."""
        ...


@runtime_checkable
class Dictates(Protocol):
    """A channel whose recordings the hub's own machine may write down."""

    def draft_language(self, inbox: Inbox) -> str | None:
        """BCP 47, "" = the machine shall find out; None: this inbox wants no drafts, or the provider's."""
        ...


@runtime_checkable
class Forgets(Protocol):
    """A channel whose provider keeps a copy of what the hub has fetched."""

    def is_forgetful(self, inbox: Inbox) -> bool:
        """Whether this inbox wants the provider's copies deleted."""
        ...

    async def forget(self, ref: str, inbox: Inbox, http: httpx.AsyncClient) -> None:
        """Deletes the provider's copy; one that is gone already is well. Raises SendError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRecording:
    """A recording that the provider keeps."""

    sid: str  # of the leg that was recorded: the citizen's, or of a conversation the agent's
    of_conversation: bool
    file: RemoteFile
    text: str  # of a voicemail: "Voicemail, 12 seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCalls:
    """What the provider's lists tell afterwards: the ends of calls, oldest first, and what was recorded."""

    ends: tuple[CallNews, ...] = ()  # each with the message that its call becomes when nobody here knows of it
    recordings: tuple[ListedRecording, ...] = ()


@runtime_checkable
class CatchesUpOnCalls(Protocol):
    """A channel whose provider lists the calls that it took in."""

    async def listed_calls(self, since: datetime, inbox: Inbox, http: httpx.AsyncClient) -> ListedCalls:
        """Calls to this inbox that began since then and are over. Raises SendError when it can't tell."""
        ...
