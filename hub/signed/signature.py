"""What tells the hub's own addresses from made-up ones."""

import base64
import hashlib
import hmac


def signature(secret: str, purpose: str, named: str, letters: int) -> str:
    """The first letters of HMAC-SHA256 in base32, lower-case. What was signed for one purpose is good for no other."""
    digest = hmac.digest(secret.encode(), f"{purpose}:{named}".encode(), hashlib.sha256)
    return base64.b32encode(digest).decode().lower()[:letters]
