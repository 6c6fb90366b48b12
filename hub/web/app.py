"""The route table: health, the channels' doors, the API, the console, and how errors are told."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager

import structlog
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from channels import contract
from channels.contract import Channel, NotConfigured, Refused
from hub.errors import HubError, Unavailable
from hub.queries.health import probe
from hub.running import hub_of
from hub.web.console import failures

RETRY_SECONDS = "5"

log = structlog.get_logger()

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def build_app(routes: Iterable[BaseRoute], lifespan: Lifespan) -> Starlette:
    return Starlette(
        routes=[Route("/health", health, methods=["GET"]), *routes],
        lifespan=lifespan,
        exception_handlers={HubError: tell_hub_error, HTTPException: tell_http_error, Exception: tell_fault},
    )


async def health(request: Request) -> Response:
    """200 when the database answers, else 503. `refused` counts webhooks that weren't authentic, by channel."""
    hub = hub_of(request)
    try:
        found = await hub.db.read(probe)
    except Unavailable:
        return JSONResponse({"status": "unavailable", "database": "away"}, status_code=503)
    return JSONResponse({"status": "ok", **found, "refused": dict(hub.refused)})


async def tell_hub_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HubError)
    if _is_for_a_program(request):
        return PlainTextResponse(error.message, status_code=error.http_status)
    return failures.failure_of(request, error)


async def tell_http_error(request: Request, error: Exception) -> Response:
    """An address that isn't there, a method that it doesn't take, too large a body."""
    assert isinstance(error, HTTPException)
    if _is_for_a_program(request):
        return PlainTextResponse(error.detail, status_code=error.status_code, headers=error.headers)
    return await failures.tell_http_error(request, error)


async def tell_fault(request: Request, error: Exception) -> Response:
    """A fault of ours: 500 without a word of what was in it."""
    if _is_for_a_program(request):
        return PlainTextResponse("Something broke on our side.", status_code=500)
    return failures.failure(request, 500)


def _is_for_a_program(request: Request) -> bool:
    """Pages are for those who ask for HTML."""
    return "text/html" not in request.headers.get("accept", "")


def channel_routes(channels: Iterable[Channel]) -> list[BaseRoute]:
    """Every door of every channel; nothing outside a channel's folder names it."""
    return [_door(channel.name, route) for channel in channels for route in channel.routes]


def _door(channel: str, route: contract.Route) -> BaseRoute:
    if route.method == "WS":
        return WebSocketRoute(route.path, _socket(route))
    limits = [
        Middleware(_AnnouncedLimit, most=route.max_bytes),
        Middleware(RequestBodyLimitMiddleware, max_body_size=route.max_bytes),  # of what really comes
    ]
    return Route(route.path, _endpoint(channel, route), methods=[route.method], middleware=limits)


class _AnnouncedLimit:
    """Answers 413 and names the limit, which Starlette's own answer doesn't."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = Headers(scope=scope).get("content-length", "0")
        if length.isdigit() and int(length) > self._most:
            words = PlainTextResponse(f"At most {self._most:,} bytes are taken here.", status_code=413)
            await words(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _endpoint(channel: str, route: contract.Route) -> Callable[[Request], Awaitable[Response]]:
    handler: contract.HttpHandler = route.handler  # type: ignore[assignment]  # by `method`

    async def endpoint(request: Request) -> Response:
        hub = hub_of(request)
        try:
            return await handler(request, hub.desk)
        except Refused as error:
            hub.refused[channel] += error.status == 403
            log.warning("a request was refused", channel=channel, status=error.status, why=str(error))
            return PlainTextResponse(str(error), status_code=error.status)
        except NotConfigured as error:
            log.error("a channel isn't configured", channel=channel, why=str(error))
            return _later("This inbox isn't configured yet.")
        except contract.Unavailable as error:
            return _later(str(error))

    return endpoint


def _socket(route: contract.Route) -> Callable[[WebSocket], Awaitable[None]]:
    handler: contract.SocketHandler = route.handler  # type: ignore[assignment]  # by `method`

    async def endpoint(websocket: WebSocket) -> None:
        await handler(websocket, hub_of(websocket).desk)

    return endpoint


def _later(why: str) -> Response:
    """503: the provider tries again."""
    return PlainTextResponse(why, status_code=503, headers={"Retry-After": RETRY_SECONDS})
