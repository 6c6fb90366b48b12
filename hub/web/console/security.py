"""What keeps the console's pages to themselves: response headers, the check of a form's origin, tokens of forms."""

import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from hub.settings import Settings

_SAME_SITE = ("same-origin", "none")  # none: typed into the address bar, or a form sent again by hand


def content_policy(settings: Settings, also: Sequence[str] = ()) -> str:
    """Only our own files; no inline script or style, no plug-ins, no frame around us.

    also: origins that this page speaks with and plays sounds of.
    """
    host = urlsplit(settings.base_url).netloc
    sockets = f"{'wss' if settings.is_https else 'ws'}://{host}"
    sounds = ["mediastream:", *(origin for origin in also if origin.startswith("https:"))] if also else []
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src {_sources(sockets, *also)}; font-src 'none'; media-src {_sources(*sounds)}; frame-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def _sources(*more: str) -> str:
    return " ".join(["'self'", *more])


def mail_policy(pictures: str = "") -> str:
    """For a citizen's mail as they formatted it: nothing runs, and nothing is loaded but, when somebody asked for them,
    its pictures from this address of the hub's own. Its links open windows of their own."""
    sources = f"data: {pictures}".rstrip()
    return (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
        f"img-src {sources}; form-action 'none'; frame-ancestors 'self'; base-uri 'none'"
    )


def secured(response: Response, policy: str) -> Response:
    """The page's headers; what a handler has set itself stays."""
    for name, value in {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
    }.items():
        response.headers.setdefault(name, value)
    return response


def comes_from_here(connection: HTTPConnection, settings: Settings) -> bool:
    """Whether one of our own pages sent this. A browser always names one of the two headers on a POST; a program
    that names neither holds no other site's cookies, and the form's token is still asked for."""
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        return site in _SAME_SITE
    origin = connection.headers.get("origin")
    return origin is None or origin == settings.base_url or urlsplit(origin).netloc == connection.headers.get("host")


def socket_comes_from_here(connection: HTTPConnection, settings: Settings) -> bool:
    """A WebSocket isn't held back by the same-origin policy, so its Origin must be named and be ours."""
    return connection.headers.get("origin") is not None and comes_from_here(connection, settings)


def form_token(cookie: str, settings: Settings) -> str:
    """Belongs into every form of the session that this cookie opens."""
    return hmac.new(settings.secret.encode(), b"form:" + cookie.encode(), hashlib.sha256).hexdigest()


def is_form_token(given: str, cookie: str, settings: Settings) -> bool:
    return bool(cookie) and hmac.compare_digest(given.encode(), form_token(cookie, settings).encode())


def known_browser(email: str, settings: Settings) -> str:
    """Left with a browser where this agent has signed in."""
    return hmac.new(settings.secret.encode(), b"known:" + email.encode(), hashlib.sha256).hexdigest()


def is_known_browser(given: str, email: str, settings: Settings) -> bool:
    return hmac.compare_digest(given.encode(), known_browser(email, settings).encode())


def hashed(token: str) -> str:
    """How a session's cookie is stored: sha256 in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def local_path(wanted: str, default: str = "/desk") -> str:
    """`wanted` when it is a path of this site, else the default: no open redirect."""
    parts = urlsplit(wanted) if wanted.startswith("/") and wanted.isprintable() and "\\" not in wanted else None
    return wanted if parts and not parts.netloc and not parts.scheme and not wanted.startswith("//") else default
