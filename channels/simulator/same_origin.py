"""No other website may act for the pretend citizens: the check on every POST of the pages' API."""

from urllib.parse import urlsplit

from starlette.requests import Request


def is_same_origin(request: Request) -> bool:
    """By Sec-Fetch-Site where the browser sends it, else by Origin; a program that sends neither is no browser."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
