"""The signed tag of a reply address, local+TOKEN@domain: it says which case a mail answers, and nobody can make one up.

TOKEN = reference, then 12 letters of HMAC-SHA256(secret, reference) in base32, all lower-case, since some mail
systems change the case of local parts. The envelope sender of each mail has a token of its own kind (`bounce_token`),
by which a report of its fate finds the very message (VERP).
"""

import hmac
import re

from hub.reference import case_id_of
from hub.signed.signature import signature

_SIGNATURE_LETTERS = 12
_BOUNCE = re.compile(r"([0-9]{6,20})b([1-9][0-9]{0,18})x([a-z2-7]{12})", re.ASCII)


def reply_token(secret: str, reference: str) -> str:
    return reference + _signature(secret, reference)


def case_of_token(secret: str, token: str) -> int | None:
    """The case id, of either kind of token; None when it wasn't signed by this hub."""
    token = token.lower()
    if found := _signed(secret, token):
        return case_id_of(found[1])
    reference, given = token[:-_SIGNATURE_LETTERS], token[-_SIGNATURE_LETTERS:]
    if not token.isascii() or not hmac.compare_digest(given, _signature(secret, reference)):
        return None
    return case_id_of(reference)


def bounce_token(secret: str, reference: str, message_id: int) -> str:
    """For the envelope sender of one message: the case's reference, `b`, the message id, `x` and a signature."""
    named = f"{reference}b{message_id}"
    return f"{named}x{_signature(secret, named)}"


def message_of_bounce(secret: str, token: str) -> int | None:
    """The id of the message that a report is about; None when this isn't a bounce token that this hub signed."""
    found = _signed(secret, token)
    return int(found[2]) if found else None


def _signed(secret: str, token: str) -> re.Match[str] | None:
    found = _BOUNCE.fullmatch(token.lower())
    return found if found and hmac.compare_digest(found[3], _signature(secret, f"{found[1]}b{found[2]}")) else None


def _signature(secret: str, reference: str) -> str:
    return signature(secret, "reply", reference, _SIGNATURE_LETTERS)
