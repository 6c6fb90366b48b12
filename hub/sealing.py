"""Secrets that the hub must keep by itself, sealed with its own secret: who reads the database alone reads none."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken


def seal(secret: str, value: str) -> str:
    """As ASCII; `unseal` with the same hub secret gives the value back."""
    return _box(secret).encrypt(value.encode()).decode("ascii")


def unseal(secret: str, sealed: str) -> str:
    """An empty string when it was sealed with another secret, or isn't whole."""
    try:
        return _box(secret).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return ""


def fingerprint(secret: str, value: str) -> str:
    """Tells whether two values are the same, and nothing of the value."""
    return hmac.new(secret.encode(), b"fingerprint:" + value.encode(), hashlib.sha256).hexdigest()


def _box(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"seal:" + secret.encode()).digest()))
