"""The address in each mail that is sent to many, where its reader says no to more of them, without signing in.

TOKEN = message id, `-`, 32 letters of HMAC-SHA256 in base32. It doesn't end: old mails are read, too.
"""

import hmac
import re

from hub.signed.signature import signature

PATH = "/unsubscribe/"

_LETTERS = 32
_TOKEN = re.compile(r"([1-9][0-9]{0,18})-([a-z2-7]{32})", re.ASCII)


def unsubscribe_link(public_url: str, secret: str, message_id: int) -> str:
    return f"{public_url}{PATH}{message_id}-{_signature(secret, str(message_id))}"


def message_of_link(secret: str, token: str) -> int | None:
    """The id of the message that carried it; None when this hub hasn't signed it."""
    found = _TOKEN.fullmatch(token)
    if found is None or not hmac.compare_digest(found[2], _signature(secret, found[1])):
        return None
    return int(found[1])


def _signature(secret: str, named: str) -> str:
    return signature(secret, "unsubscribe", named, _LETTERS)
