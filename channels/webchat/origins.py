"""Which websites may open the chat socket of an inbox (RFC 6454 origins, compared in one spelling)."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from channels.contract import Inbox

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def normalise(origin: str) -> str:
    """`https://Host:443` as `https://host`. Raises ValueError for all that isn't a bare http(s) origin."""
    parts = urlsplit(origin)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("an origin is http(s)://host, with a port when it isn't the usual one")
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc or "*" in parts.netloc:
        raise ValueError("an origin has no path, user or wildcard")
    return _spelled(parts.scheme, parts.hostname, parts.port)


def may_connect(origin: str, inbox: Inbox) -> bool:
    """True for the hub's own pages and for the websites in the inbox's `origins`; never without an origin."""
    try:
        wanted = normalise(origin)
    except ValueError:
        return False
    return wanted in own_origins(inbox.public_url) or wanted in {normalise(o) for o in inbox.config.get("origins", ())}


def own_origins(public_url: str) -> frozenset[str]:
    """The hub's own origin; on a loopback address under each of that machine's names for itself."""
    return frozenset(_own(public_url))


def _own(public_url: str) -> Iterator[str]:
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    for name in _LOOPBACK if host in _LOOPBACK else (host,):
        yield _spelled(parts.scheme, name, parts.port)


def _spelled(scheme: str, host: str, port: int | None) -> str:
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}" if port in (None, _DEFAULT_PORTS.get(scheme)) else f"{scheme}://{host}:{port}"
