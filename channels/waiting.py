"""The port of channels that listen or look by themselves instead of being called: SMTP, LMTP, IMAP.

ListeningDesk      what the hub offers them beyond the desk
Listens            what such a channel offers
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from channels.contract import Desk, Inbox


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDoors:
    """Where this process listens for mail, and how much it bears."""

    smtp: tuple[str, int] | None = None  # host and port; None = off
    lmtp: tuple[str, int] | None = None
    certificate: Path | None = None  # PEM, with its chain; None = no STARTTLS
    key: Path | None = None  # PEM; None = it stands in the certificate's file
    connections: int = 100
    connections_per_peer: int = 20


class ListeningDesk(Desk, Protocol):
    """What the hub offers besides to a channel that listens or looks by itself instead of being called.

    `watch` says who does, where several processes could; `bookmark` keeps how far a channel has read.
    """

    @property
    def mail_doors(self) -> MailDoors: ...

    def inboxes(self, channel: str) -> Sequence[Inbox]:
        """The active ones as configured at the moment."""
        ...

    async def watch(self, inbox: Inbox, seconds: float) -> bool:
        """May this process look after the inbox for so long? Asked again, the time begins anew. Raises Unavailable."""
        ...

    async def unwatch(self, inbox: Inbox) -> None:
        """Another process may take over at once."""
        ...

    async def report(self, inbox: Inbox, trouble: str) -> None:
        """How looking after the inbox goes, in a sentence for people who run the hub; "" = well."""
        ...

    async def bookmark(self, inbox: Inbox, place: str) -> Mapping[str, Any]:
        """How far the channel has read at that place, as it wrote it; empty the first time."""
        ...

    async def set_bookmark(self, inbox: Inbox, place: str, position: Mapping[str, Any]) -> None:
        """Returns when it is committed. Receive first, then move the bookmark: what comes twice is dropped."""
        ...

    async def kept_secret(self, inbox: Inbox, key: str) -> str:
        """What the provider has put in the place of this secret of the inbox's config, as long as it is configured the
        same; else what is configured, "" = nothing. Raises Unavailable, NotConfigured."""
        ...

    async def keep_secret(self, inbox: Inbox, key: str, value: str) -> None:
        """From now on this takes the configured one's place. Returns when it is committed. Raises Unavailable."""
        ...


@runtime_checkable
class Listens(Protocol):
    async def listen(self, desk: ListeningDesk) -> None:
        """Runs until cancelled. The worker or `hub mail` calls it."""
        ...
