"""/unsubscribe/{token}: the page where the reader of a mail to many says no to more of them, and their program does.

A GET changes nothing, since scanners of mails follow every link. A POST needs no sign-in, no cookie and no page before
it, and is answered at once without a redirection (RFC 8058 §3.1).
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hub.actions.sending.unsubscribing import say_by_link
from hub.queries.unsubscribing import bulk_standing
from hub.running import hub_of
from hub.signed.unsubscribe_link import PATH, message_of_link
from hub.web.console.rendering import rendered

_MAX_FORM = 4096  # bytes


async def show(request: Request) -> Response:
    message_id = _message_id(request)
    if message_id is None:
        return _not_whole(request)
    standing = await hub_of(request).db.read(bulk_standing, message_id)
    return _page(request, standing.address, wanted=standing.wanted, asked=True)


async def say(request: Request) -> Response:
    """`wanted=yes` in the form takes it back; any other form, and a mail program's own, is a no."""
    hub, message_id = hub_of(request), _message_id(request)
    if message_id is None:
        return _not_whole(request)
    async with request.form() as sent:
        wanted = sent.get("wanted") == "yes"
    await hub.db.write(say_by_link, message_id, wanted)
    standing = await hub.db.read(bulk_standing, message_id)
    return _page(request, standing.address, wanted=wanted, asked=False)


def _message_id(request: Request) -> int | None:
    return message_of_link(hub_of(request).settings.secret, request.path_params["token"])


def _not_whole(request: Request) -> Response:
    """For a citizen, who has no desk to go to and no case to search for."""
    return rendered(request, "unsubscribe.html", http_status=404, address="", wanted=True, asked=True)


def _page(request: Request, address: str, *, wanted: bool, asked: bool) -> Response:
    return rendered(request, "unsubscribe.html", address=address, wanted=wanted, asked=asked)


ROUTES: list[BaseRoute] = [
    Route(PATH + "{token}", show, methods=["GET"]),
    Route(PATH + "{token}", say, methods=["POST"], max_body_size=_MAX_FORM),
]
