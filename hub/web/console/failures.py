"""Pages for what went wrong: in plain words, with what to do."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hub.errors import HubError
from hub.web.console.rendering import rendered


@dataclass(frozen=True, slots=True)
class Advice:
    title: str
    what_to_do: str


ADVICE: Mapping[int, Advice] = {
    401: Advice("You are signed out", "Sign in again; you come back to where you were."),
    403: Advice("You can't do this", "If you need to, ask a team leader or an administrator."),
    404: Advice("Nothing is here", "Check the reference or the address, or search for the case."),
    405: Advice("This address takes no such request", "Go back, and use the page's own buttons."),
    409: Advice("Somebody else was first", "Go back, look at what is new, then decide."),
    413: Advice("That is too long", "Shorten the text and send it again."),
    422: Advice("Something is missing or wrong", "Go back, correct it and send it again."),
    500: Advice("Something broke on our side", "Nothing you did. Try again, or tell the people who run the hub."),
    503: Advice("The hub can't reach its database", "Nothing was stored. Wait a moment, then try again."),
}


def failure(request: Request, http_status: int, message: str = "", reference: str = "") -> Response:
    """The page for this status, with one more sentence of what happened; `reference` is of the line in the log."""
    advice = ADVICE.get(http_status, ADVICE[500])
    return rendered(
        request,
        "failure.html",
        http_status=http_status,
        advice=advice,
        message=message,
        code=http_status,
        reference=reference,
    )


async def tell_http_error(request: Request, error: Exception) -> Response:
    """An exception handler for Starlette: an address that isn't there, a form that is too large."""
    return failure(request, error.status_code if isinstance(error, HTTPException) else 500)


def failure_of(request: Request, error: HubError) -> Response:
    return failure(request, error.http_status, error.message)
