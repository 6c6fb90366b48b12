"""What the simulator is told when it is built."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, NamedTuple

import httpx

MOUNT = "/simulator"  # where the hub mounts it; an inbox's api_url is hub_url + MOUNT


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneInbox:
    """A number of the council's with the carrier's credentials for it."""

    channel: Literal["sms", "voice"]
    name: str
    address: str  # E.164
    account_sid: str
    auth_token: str = field(repr=False)


class MailInbox(NamedTuple):
    """A mailbox of the council's."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """hub_url: the hub's public URL, without a slash at the end: webhooks are signed over it."""

    hub_url: str
    council: str
    phones: tuple[PhoneInbox, ...] = ()
    mailboxes: tuple[MailInbox, ...] = ()
    chats: tuple[str, ...] = ()  # names of webchat inboxes
    smtp_hub: tuple[str, int]  # the hub's own listener: where the citizens' mail goes
    smtp_sink: tuple[str, int]  # where the hub's mail arrives; port 0 = a free one (see Simulator.sink_address)
    http: Callable[[], httpx.AsyncClient] = httpx.AsyncClient
    reach_at: str = ""  # where hub_url is really reached, when a proxy's name for it doesn't resolve here
    now: Callable[[], datetime] = _now

    def numbers(self, channel: Literal["sms", "voice"]) -> tuple[PhoneInbox, ...]:
        return tuple(phone for phone in self.phones if phone.channel == channel)
