"""Mail addresses as the hub compares them: in lower case, their domain as ASCII (RFC 5890)."""

import re

import idna

from channels.contract import Address

_USABLE = re.compile(r"[^\s@<>(),;:\"\\\[\]\x00-\x20\x7f]{1,64}@[^\s@<>(),;:\"\\\[\]\x00-\x20\x7f]{1,255}")


def citizen_address(written: str) -> Address | None:
    """`mailto:` in lower case, its domain as ASCII where that is possible (RFC 5890); None when it is unusable."""
    if not _USABLE.fullmatch(written):
        return None
    local, _, domain = written.rpartition("@")
    return Address("mailto", f"{local.lower()}@{ascii_domain(domain)}")


def comparable(address: str) -> str:
    """Also of what is no mail address; the same however an international domain is written."""
    local, at, domain = address.lower().rpartition("@")
    return f"{local}@{ascii_domain(domain)}" if at else domain


def ascii_domain(domain: str) -> str:
    """As browsers and mail servers ask DNS for it (UTS #46): ß is a letter of its own. What can be no name stays as
    it is."""
    domain = domain.lower().rstrip(".")
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError:
        return domain
