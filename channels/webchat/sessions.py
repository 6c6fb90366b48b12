"""A chat session: a secret the citizen's browser keeps, and the address the hub knows it by."""

import hashlib
import re
import secrets

from channels.contract import Address

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def resume(token: str) -> str | None:
    """The token when it has the form of one of ours, else None: the client then gets a fresh session."""
    return token if _TOKEN.fullmatch(token) else None


def address_of(token: str) -> Address:
    """`chat:` and 128 bits of the token's SHA-256: who reads the database can't take over a conversation."""
    return Address("chat", hashlib.sha256(token.encode()).hexdigest()[:32])
