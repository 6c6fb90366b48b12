"""The console's addresses."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from hub.web.console import sign_in
from hub.web.console.assets import static_mount
from hub.web.console.case import show_case
from hub.web.console.changes import change_case
from hub.web.console.downloads import download
from hub.web.console.lists import next_in_queue, next_on_desk, search, show_desk, show_queue
from hub.web.console.live import live
from hub.web.console.mail_frame import show_mail
from hub.web.console.telephone import show_telephone, use_telephone
from hub.web.console.unreadable import download_unreadable, settle, show_unreadables
from hub.web.console.visit import MAX_FORM, FormHandler, PageHandler, form, page


async def _to_desk(request: Request) -> Response:
    return RedirectResponse("/desk", 303)


def _get(path: str, handler: PageHandler) -> Route:
    return Route(path, page(handler), methods=["GET"])


def _post(path: str, handler: FormHandler) -> Route:
    return _bounded(path, form(handler))


def _bounded(path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
    return Route(path, endpoint, methods=["POST"], max_body_size=MAX_FORM)


ROUTES: list[BaseRoute] = [
    Route("/", _to_desk, methods=["GET"]),
    Route("/sign-in", sign_in.show_sign_in, methods=["GET"]),
    _bounded("/sign-in", sign_in.sign_in),
    _post("/sign-out", sign_in.sign_out),
    _get("/desk", show_desk),
    _post("/desk/next", next_on_desk),
    _get("/queues/{slug}", show_queue),
    _post("/queues/{slug}/next", next_in_queue),
    _get("/cases", search),
    _get("/cases/{reference}", show_case),
    _get("/cases/{reference}/messages/{message_id:int}/formatted", show_mail),
    _post("/cases/{reference}/{verb}", change_case),
    _get("/attachments/{id:int}", download),
    _get("/phone", show_telephone),
    _post("/phone/{verb}", use_telephone),
    _get("/unreadable", show_unreadables),
    _get("/unreadable/{id:int}", download_unreadable),
    _post("/unreadable/{id:int}/{verb}", settle),
    WebSocketRoute("/live", live),
    static_mount(),
]
