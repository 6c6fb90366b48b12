"""The signed tag of a reply address, local+TOKEN@domain: it says which case a mail answers, and nobody can make one up.

TOKEN = reference, then 12 letters of HMAC-SHA256(secret, reference) in base32, all lower-case, since some mail
systems change the case of local parts.
"""

import base64
import hashlib
import hmac

from hub.reference import case_id_of

_SIGNATURE_LETTERS = 12


def reply_token(secret: str, reference: str) -> str:
    return reference + _signature(secret, reference)


def case_of_token(secret: str, token: str) -> int | None:
    """The case id; None when the token wasn't signed by this hub."""
    token = token.lower()
    reference, signature = token[:-_SIGNATURE_LETTERS], token[-_SIGNATURE_LETTERS:]
    if not token.isascii() or not hmac.compare_digest(signature, _signature(secret, reference)):
        return None
    return case_id_of(reference)


def _signature(secret: str, reference: str) -> str:
    digest = hmac.digest(secret.encode(), b"reply:" + reference.encode(), hashlib.sha256)
    return base64.b32encode(digest).decode().lower()[:_SIGNATURE_LETTERS]
