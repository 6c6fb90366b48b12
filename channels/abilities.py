"""What a channel can do beyond taking requests: it says so by having the method, and the hub looks for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

import httpx

from channels.contract import Desk, Event, File, FileLimits, Inbox, OutboundMessage, Quoting, SendResult


@runtime_checkable
class Sends(Protocol):
    async def send(self, message: OutboundMessage, inbox: Inbox, http: httpx.AsyncClient) -> SendResult:
        """Raises SendError. Whatever else it raises counts as `unknown`."""
        ...


@runtime_checkable
class ReadsAgain(Protocol):
    def read_again(self, raw: bytes, inbox: Inbox, desk: Desk, *, as_case: bool) -> Event:
        """What was kept as unreadable, read anew because somebody asks. as_case: they say that a citizen wrote it."""


@runtime_checkable
class TellsWhole(Protocol):
    def whole(self, raw: bytes) -> str:
        """All words of an original, those too that were left out of its message because they were quoted."""


@runtime_checkable
class CarriesFiles(Protocol):
    """A channel whose messages may carry files, by what its inbox's provider can."""

    def file_limits(self, inbox: Inbox) -> FileLimits | None:
        """None: this inbox's messages carry none."""
        ...


@runtime_checkable
class Quotes(Protocol):
    """A channel whose answers may repeat below what was said before."""

    def quoting(self, inbox: Inbox) -> Quoting:
        """How much of it, where the agent asks for it."""
        ...


@runtime_checkable
class KeepsConnections(Protocol):
    """A channel that keeps connections to providers open between messages."""

    async def close(self) -> None:
        """Ends those that are idle. The worker calls it when it stops."""
        ...


@runtime_checkable
class HasMenus(Protocol):
    """A channel on which a citizen chooses from a menu."""

    def menu_tags(self, config: Mapping[str, Any]) -> frozenset[str]:
        """All that may be chosen with this [inbox.config], as InboundMessage.menu has it. Never raises."""
        ...


@runtime_checkable
class Prepares(Protocol):
    """A channel whose libraries take long to load: that isn't done at every start, nor while a message waits for it."""

    def prepare(self, inbox: Inbox) -> None:
        """Loads what this inbox's messages will need; again costs nothing. The hub calls it in a thread, once it is
        up."""
        ...


@runtime_checkable
class Reconciles(Protocol):
    async def find(self, message: OutboundMessage, inbox: Inbox, http: httpx.AsyncClient) -> SendResult | None:
        """Did the provider take this message after all? None = proven absent. Raises SendError when it can't tell."""
        ...


@runtime_checkable
class Fetches(Protocol):
    async def fetch(self, ref: str, inbox: Inbox, http: httpx.AsyncClient) -> File:
        """Raises SendError: `retry`, or `failed` when it will never come (a foreign host, gone, too large)."""
        ...


@runtime_checkable
class CatchesUp(Protocol):
    async def missed(self, since: datetime, inbox: Inbox, http: httpx.AsyncClient) -> Sequence[Event]:
        """What the provider took in since then; the hub drops what it has. Raises SendError when it can't tell."""
        ...
