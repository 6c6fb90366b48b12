"""Passwords, hashed with Argon2id. A hash takes a fraction of a second: from the event loop call these in a thread."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.errors import Invalid

SHORTEST = 10  # characters
LONGEST = 1000


def hash_password(password: str, hasher: PasswordHasher | None = None) -> str:
    """A hash with its own salt and parameters in it; `hasher` for cheaper ones in tests. Raises Invalid."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(f"A password must have {SHORTEST} to {LONGEST:,} characters.")
    return (hasher or PasswordHasher()).hash(password)


def verify_password(password: str, password_hash: str | None, hasher: PasswordHasher | None = None) -> bool:
    """Is it the one that was hashed? For None or "" (nobody, or somebody who can't sign in) False, in the same time."""
    hasher = hasher or PasswordHasher()
    if not password_hash or len(password) > LONGEST:
        hasher.hash("")  # so that the time doesn't tell who exists
        return False
    try:
        return hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
