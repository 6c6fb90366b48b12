"""How much may come from one network address, however many conversations it holds: a flood must not fill the hub.

Kept in the process's memory. Many citizens share an address at work, in a library or at a mobile provider.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Any

HOURLY = 60  # conversations that one address begins, unless the inbox says otherwise
MESSAGES_EACH = 20  # in an hour, for each of these
MOST_SOCKETS = 200  # at once
OF_A_PROXY = 20  # times as much from this machine itself: a proxy that doesn't tell who comes
LONGEST_WAIT = 60.0  # seconds until the client asks again
_MOST = 10_000  # addresses, and conversations, that are remembered


class Crowded(Exception):
    """The address holds as many sockets as one may."""


@dataclass(slots=True)
class _Allowance:
    """So many an hour: at once, or bit by bit."""

    at: float
    used: float = 0.0

    def seconds_until(self, hourly: int, now: float) -> float:
        """0 when there is room for one more."""
        self.used = max(0.0, self.used - (now - self.at) * hourly / 3600)
        self.at = now
        return max(0.0, round((self.used + 1 - hourly) * 3600 / hourly, 3))


@dataclass(slots=True)
class _Peer:
    conversations: _Allowance
    messages: _Allowance
    sockets: int = 0


@dataclass(slots=True)
class Crowd:
    """By address; those of one IPv6 network are one."""

    clock: Callable[[], float]
    _peers: OrderedDict[str, _Peer] = field(default_factory=OrderedDict)
    _begun: OrderedDict[str, None] = field(default_factory=OrderedDict)  # conversations that count no more

    @contextmanager
    def within(self, host: str) -> Iterator[None]:
        """One socket of this address. Raises Crowded."""
        peer = self._peer(host)
        if peer.sockets >= MOST_SOCKETS * _times(host):
            raise Crowded
        peer.sockets += 1
        try:
            yield
        finally:
            peer.sockets -= 1

    def wait(self, host: str, conversation: str, hourly: int) -> float:
        """0 and counted when one more message may come; else the seconds until it may, and not counted."""
        peer, now = self._peer(host), self.clock()
        hourly *= _times(host)
        begins = conversation not in self._begun
        wait = peer.messages.seconds_until(hourly * MESSAGES_EACH, now)
        if begins:
            wait = max(wait, peer.conversations.seconds_until(hourly, now))
        if wait > 0:
            return min(wait, LONGEST_WAIT)
        peer.messages.used += 1
        peer.conversations.used += begins
        _remember(self._begun, conversation, None)
        return 0.0

    def _peer(self, host: str) -> _Peer:
        name = network_of(host)
        peer = self._peers.get(name) or _Peer(_Allowance(self.clock()), _Allowance(self.clock()))
        _remember(self._peers, name, peer)
        return peer


def _times(host: str) -> int:
    return OF_A_PROXY if host in ("127.0.0.1", "::1") else 1


def network_of(host: str) -> str:
    """The first 64 bits of an IPv6 address, which one customer has whole (RFC 6177); others as they are."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))


def _remember(known: OrderedDict[str, Any], key: str, value: Any) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > _MOST:
        known.popitem(last=False)
