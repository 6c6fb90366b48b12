"""What is sent in fewer bytes: answers of the API, and the files of the pages. Never a page, nor a citizen's file.

docs/decisions/0015-only-what-holds-no-secret-of-a-browser-is-compressed.md says why.
"""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

_SMALLEST = 1_000  # bytes: less fits into one packet anyway
_LEVEL = 4  # a page of cases shrinks to a tenth in half of the time that 6 takes for a twelfth


def compressed(app: ASGIApp) -> ASGIApp:
    """The same app, for those who accept gzip."""
    return GZipMiddleware(app, minimum_size=_SMALLEST, compresslevel=_LEVEL)
