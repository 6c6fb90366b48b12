"""Addresses of single files that a provider may fetch without signing in, signed and for a few hours only.

TOKEN = attachment id, `-`, the second (Unix time, UTC) in which it ends, `-`, 32 letters of HMAC-SHA256 in base32.
"""

import hmac
import re
from datetime import datetime, timedelta

from hub.signed.signature import signature

LASTS = timedelta(hours=4)  # a provider fetches within minutes, and tries again for an hour or so
PATH = "/media/"

_LETTERS = 32
_TOKEN = re.compile(r"([1-9][0-9]{0,18})-([0-9]{1,12})-([a-z2-7]{32})", re.ASCII)


def public_link(public_url: str, secret: str, attachment_id: int, now: datetime) -> str:
    named = f"{attachment_id}-{int((now + LASTS).timestamp())}"
    return f"{public_url}{PATH}{named}-{_signature(secret, named)}"


def file_of_link(secret: str, token: str, now: datetime) -> int | None:
    """The attachment's id; None when this hub hasn't signed it, or its time is over."""
    found = _TOKEN.fullmatch(token)
    if found is None or not hmac.compare_digest(found[3], _signature(secret, f"{found[1]}-{found[2]}")):
        return None
    return int(found[1]) if now.timestamp() < int(found[2]) else None


def _signature(secret: str, named: str) -> str:
    return signature(secret, "media", named, _LETTERS)
