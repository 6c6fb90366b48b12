"""The port between channels and the hub: what a channel is given, and what it gives back.

A channel talks one provider's language at its edge and these frozen types inside. It never imports the hub:
whatever it needs from there it asks of the `Desk` that it is handed. Times are aware and in UTC.

    Event = InboundMessage | MessageUpdate | DeliveryUpdate | Complaint | Unreadable   channel -> hub
    OutboundMessage -> SendResult, or SendError                               hub -> channel
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, runtime_checkable

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from channels.errors import AddressFlag as AddressFlag
from channels.errors import ChannelError as ChannelError
from channels.errors import NotConfigured as NotConfigured
from channels.errors import Refused as Refused
from channels.errors import SendError as SendError
from channels.errors import Unavailable as Unavailable
from channels.frozen import quickly_made

if TYPE_CHECKING:
    from channels.calling import CallDesk

# --- who and where -----------------------------------------------------------------------------------------


class Address(NamedTuple):
    """Where a citizen is reached: `tel:+447700900123`, `whatsapp:+447700900123`, `mailto:a@b.c`, `chat:…`.

    Text and call share `tel`; a number's WhatsApp is an address of its own and belongs to the same contact.
    """

    scheme: str
    value: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"

    def __repr__(self) -> str:
        return f"Address({self.scheme}:…)"

    @classmethod
    def parse(cls, uri: str) -> "Address":
        """The address that `str()` wrote. Raises ValueError without a scheme and a value."""
        scheme, colon, value = uri.partition(":")
        if not (scheme and colon and value):
            raise ValueError("an address is scheme:value")
        return cls(scheme, value)


class Verification(StrEnum):
    """How sure the hub is that the sender holds the address; a later level never falls back."""

    CLAIMED = "claimed"  # somebody typed it
    DELIVERED = "delivered"  # something arrived from it through the channel that owns it
    VERIFIED = "verified"  # proven, by a code or by an authenticated sender


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """One configured account of a channel, as the council file has it."""

    id: int
    channel: str
    name: str
    address: str  # "+441632960100", "help@anytown.example", "" for a webchat without one
    queue: str  # slug of the queue where nothing matched
    public_url: str  # the hub's own, without a slash at the end
    council: str  # the authority's name, for greetings and signatures
    country: str  # ISO 3166 alpha-2: for numbers without a country code
    languages: tuple[str, ...] = ()  # BCP 47, the council's, its first one is what it writes in by itself
    config: Mapping[str, Any] = field(repr=False)  # as written: `env:NAME` values are not yet resolved

    def setting(self, key: str, default: str | None = None) -> str:
        """A value of the inbox's config, `env:NAME` replaced by that variable's value (read now, at use).

        Raises NotConfigured when the key is absent and no default is given, or the variable isn't set.
        """
        value = self.config.get(key, default)
        if value is None:
            raise NotConfigured(f"inbox {self.channel}/{self.name} has no {key}: add it to its [inbox.config]")
        if isinstance(value, str) and value.startswith("env:"):
            name = value.removeprefix("env:")
            resolved = os.environ.get(name)
            if not resolved:
                raise NotConfigured(f"inbox {self.channel}/{self.name}: the variable {name} isn't set ({key})")
            return resolved
        return str(value)

    @property
    def unset_variables(self) -> list[str]:
        """The environment's variables that the config names and that aren't set: what needs them won't work."""
        named = (value.removeprefix("env:") for value in self.config.values() if str(value).startswith("env:"))
        return [name for name in named if not os.environ.get(name)]


# --- what a channel hands in -------------------------------------------------------------------------------

Keyword = Literal["stop", "start", "help", "status", "own"]  # own: a word that the council has put into its inbox


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An attachment that is at hand."""

    filename: str
    media_type: str
    content: bytes = field(repr=False)
    link: str = field(default="", repr=False)  # of an outbound one: where its provider may fetch it, for some hours
    content_id: str = ""  # without angle brackets
    disposition: Literal["attachment", "inline"] = "attachment"
    id: int = 0  # of an outbound one: the hub's attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """An attachment that stays with the provider until the worker fetches it through `Fetches.fetch`."""

    ref: str  # usually a URL; only the channel reads it
    filename: str
    media_type: str


Verdict = Literal["pass", "fail", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """What the council's own mail server found out about a mail's sender (RFC 8601); `none`: it didn't say.

    Only `dmarc` speaks of the address that people see; the other two are its reasons.
    """

    by: str  # the server that says so: its authserv-id
    spf: Verdict = "none"
    dkim: Verdict = "none"
    dmarc: Verdict = "none"


@quickly_made
@dataclass(frozen=True, kw_only=True)
class InboundMessage:
    """What a citizen said, once: `external_id` is unique in its inbox, and a second one is dropped."""

    channel: str
    inbox: str
    external_id: str
    sender: Address | None = field(repr=False)  # None: withheld; such contacts are never merged
    text: str = field(repr=False)  # the citizen's own words, without what they quoted; of a forwarded mail all
    sender_name: str = field(default="", repr=False)
    verification: Verification = Verification.DELIVERED
    subject: str = field(default="", repr=False)
    html: str = field(default="", repr=False)  # cleaned; "" when the message is plain
    at: datetime | None = None  # when the citizen sent it, None = now
    files: tuple[File, ...] = ()
    remote_files: tuple[RemoteFile, ...] = ()
    language: str = ""  # BCP 47, "" = not known
    menu: tuple[str, ...] = ()  # tags that a phone menu or form collected, for routing
    shared_sender: bool = False  # a short code or a name that many may use: shown, never merged, never answered
    keyword: Keyword | None = None  # the hub answers it by itself
    keyword_answers: tuple[tuple[str, str], ...] = ()  # (BCP 47, text) in place of the hub's own answer
    keyword_settled: bool = False  # the provider has answered it: the hub doesn't
    purpose: Literal["all", "bulk"] = "all"  # what a `stop` or `start` is about
    automatic: str | None = None  # why this is a machine's message; it earns no acknowledgement
    opens_case: bool = True  # False: a machine's answer; it joins the case that it is about, else it is kept aside
    reply_token: str | None = None  # the tag of the address it was sent to, as given out in OutboundMessage
    cc: tuple[Address, ...] = field(default=(), repr=False)  # whom else the sender addressed, our inboxes left out
    message_id: str = ""  # RFC 5322, without angle brackets
    references: tuple[str, ...] = ()  # In-Reply-To, then References newest first, without angle brackets
    problems: tuple[str, ...] = ()  # what was odd about it, in words for a caseworker
    raw: bytes | None = field(default=None, repr=False)  # the original, kept and shown beside the message
    authentication: Authentication | None = None  # None: no server of ours said anything
    is_belated: bool = False  # from before the hub looked after this inbox; it earns no acknowledgement


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageUpdate:
    """Something that belongs to an earlier InboundMessage: a recording, its transcript. May arrive twice."""

    channel: str
    inbox: str
    external_id: str  # of the InboundMessage
    remote_files: tuple[RemoteFile, ...] = ()
    text: str | None = field(default=None, repr=False)  # replaces the message's text
    transcript: str | None = field(default=None, repr=False)  # a machine's draft, shown as such


class DeliveryStatus(StrEnum):
    """What a provider says about an outbound message. `sent` < `failed` < `delivered`; lower never overwrites."""

    SENT = "sent"
    FAILED = "failed"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryUpdate:
    """A provider's word on an outbound message; unordered, repeated, and sometimes earlier than our own record."""

    channel: str
    inbox: str
    external_id: str  # of the outbound message: SendResult.external_id; "" when only bounce_token names it
    bounce_token: str = ""  # the tag of the address that it came to, as given out in OutboundMessage
    status: DeliveryStatus
    error: str = ""  # in plain words, with what to do
    error_code: str = ""
    flag: AddressFlag | None = None
    about: Address | None = field(default=None, repr=False)  # who wasn't reached, where a message has several readers
    raw: bytes | None = field(default=None, repr=False)  # a mail: kept and shown when it is about nothing of ours
    again_after: float | None = None  # seconds: it certainly didn't arrive, and may be sent once more by then
    tries: int = 0  # with `again_after`: how often it may be sent in all
    alert: bool = False  # an administrator has to do something about the account


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Authentic, but not understood: kept raw and shown, so that nothing is lost."""

    channel: str
    inbox: str
    raw: bytes = field(repr=False)
    why: str
    media_type: str = "application/octet-stream"
    from_citizen: bool = False  # True: somebody wrote this; it becomes a case in the inbox's queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """Somebody marked a message of ours as unwanted, says their provider (RFC 5965). It arrived, and opens no case."""

    channel: str
    inbox: str
    message_id: str  # RFC 5322, of our message, without angle brackets; "" when it isn't named
    bounce_token: str = ""  # the tag of the address that it was sent from, as given out in OutboundMessage
    about: Address | None = field(default=None, repr=False)  # who complained; None: the provider hides it
    kind: str  # abuse, fraud, opt-out, …
    by: str  # who tells: a provider's domain
    raw: bytes = field(repr=False)  # kept and shown when it is about nothing of ours


Event = InboundMessage | MessageUpdate | DeliveryUpdate | Complaint | Unreadable


class Receipt(NamedTuple):
    """What became of an event: `reference` is the case's, "" when it belongs to none."""

    reference: str = ""
    message_id: int | None = None
    duplicate: bool = False


# --- what a channel hands out ------------------------------------------------------------------------------


Quoting = Literal["none", "last", "whole"]  # last: the citizen's latest words


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """What was said before an answer, for a channel that quotes it below."""

    author: str = field(repr=False)  # "": ours
    at: datetime  # in the council's time zone
    text: str = field(repr=False)  # ours as the agent wrote it


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """One message for one address. The same `id` is sent again only when the last try certainly did nothing."""

    id: int
    to: Address = field(repr=False)
    text: str = field(repr=False)
    reference: str  # of the case, 8 digits or more
    subject: str = field(default="", repr=False)
    author: str = ""  # the caseworker's name, "" on automatic messages
    automatic: bool = False  # an acknowledgement or the answer to a keyword
    message_id: str = ""  # RFC 5322, without angle brackets; the same on every try
    references: tuple[str, ...] = ()  # oldest first; the last is what this answers
    reply_token: str = ""  # belongs into the reply address: local+token@domain
    bounce_token: str = ""  # belongs into the envelope sender, where reports about this very message come back
    created_at: datetime
    files: tuple[File, ...] = ()  # only for a channel that CarriesFiles
    cc: tuple[Address, ...] = field(default=(), repr=False)
    bcc: tuple[Address, ...] = field(default=(), repr=False)
    quoted: tuple[Quoted, ...] = field(default=(), repr=False)  # the newest first; only for a channel that Quotes
    language: str = ""  # BCP 47, of the citizen; "" = not known
    unsubscribe: str = ""  # where its reader says no to messages that are sent to many: an address of the hub's


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """The provider has it. `external_id` is what its callbacks will name."""

    external_id: str
    status: DeliveryStatus = DeliveryStatus.SENT
    problems: tuple[str, ...] = ()  # what went wrong beside, in words for a caseworker: a copy was refused


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLimits:
    """Which files an outbound message may carry."""

    count: int
    bytes_each: int
    bytes_together: int
    media_types: frozenset[str] = frozenset()  # empty: any


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One message of a conversation as the citizen may see it: never a note, never another channel's."""

    id: int  # grows; the cursor for `Desk.follow`
    direction: Literal["in", "out"]
    text: str = field(repr=False)
    author: str  # the caseworker's display name, "" for the citizen and for automatic messages
    at: datetime
    external_id: str  # of an inbound one: what the channel called it; of an outbound one: name it in DeliveryUpdate


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStatus:
    """What a citizen may hear about a case of their own."""

    reference: str
    status: str
    queue_name: str


# --- the two sides -----------------------------------------------------------------------------------------


class Desk(Protocol):
    """The hub, as far as a channel may see it."""

    @property
    def public_url(self) -> str:
        """https://hub.anytown.example, without a slash at the end: webhooks are signed over this, not over Host."""
        ...

    @property
    def max_mail_bytes(self) -> int:
        """The largest mail taken, in bytes."""
        ...

    async def receive(self, events: Sequence[Event]) -> list[Receipt]:
        """Returns when all of them are committed, one receipt an event. Raises Unavailable when they aren't."""
        ...

    def follow(self, address: Address, after: int) -> AsyncIterator[Utterance]:
        """What was and will be said with this address on its own channel, from the one after id `after` on."""
        ...

    def inbox(self, channel: str, name: str) -> Inbox | None: ...

    def inbox_for(self, channel: str, address: str) -> Inbox | None:
        """The inbox that owns this address; for mail also local+token@domain when the hub signed that token."""
        ...

    async def case_status(self, reference: str, address: Address) -> CaseStatus | None:
        """None unless the case exists and the address belongs to it; the two are not told apart."""
        ...

    async def is_open(self, queue: str) -> bool: ...

    async def waiting(self, queue: str) -> int: ...

    @property
    def calls(self) -> "CallDesk":
        """What the hub hears and answers about telephone calls."""
        ...


HttpHandler = Callable[[Request, Desk], Awaitable[Response]]
SocketHandler = Callable[[WebSocket, Desk], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Route:
    """One door of a channel; `path` is the full path with Starlette's placeholders ("/in/sms/{inbox}")."""

    method: Literal["GET", "POST", "WS"]
    path: str
    handler: HttpHandler | SocketHandler
    max_bytes: int = 1_048_576  # of the body; more is answered 413


@runtime_checkable
class Channel(Protocol):
    """A kind of contact. `channels/NAME/adapter.py` offers one as `channel`; the registry finds it by scanning."""

    @property
    def name(self) -> str: ...

    @property
    def scheme(self) -> str:
        """Of the addresses it talks to: tel, mailto, chat."""
        ...

    @property
    def routes(self) -> Sequence[Route]: ...

    @property
    def secrets(self) -> Collection[str]:
        """The keys of an inbox's config whose values `hub export` must not tell."""
        ...

    def check(self, config: Mapping[str, Any]) -> Sequence[str]:
        """What is wrong with an inbox's config, a sentence each with the key first; [] = nothing. For `hub apply`."""
        ...
