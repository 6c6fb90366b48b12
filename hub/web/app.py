"""The route table: health, the channels' doors, the API, the console, and how errors are told."""

import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import lru_cache
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Match, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from channels import contract
from channels.contract import Channel, NotConfigured, Refused
from hub.errors import HubError, Unavailable
from hub.files.scanning import answers
from hub.logs import places
from hub.queries.health import probe
from hub.queries.watching import watch_counts
from hub.running import hub_of
from hub.signed import unsubscribe_link
from hub.signed.public_link import PATH
from hub.web.console import failures
from hub.web.media import media
from hub.web.unsubscribing import ROUTES as UNSUBSCRIBING

_SIGNED = (PATH, unsubscribe_link.PATH)
RETRY_SECONDS = "5"

log = structlog.get_logger()

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


class HubApp(Starlette):
    """Leads those who come to a channel's door straight to it: on a storm day they are nearly all, and what Starlette
    does around a handler costs them more than checking the signature. Everything else goes Starlette's way."""

    def __init__(self, routes: Sequence[BaseRoute], **more: Any) -> None:
        super().__init__(routes=routes, **more)
        self._doors = [route for route in routes if isinstance(route, Route) and isinstance(route.endpoint, _Door)]
        self._door = lru_cache(maxsize=1024)(self._find_door)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        door, params = self._door(scope["method"], scope["path"]) if scope["type"] == "http" else _NO_DOOR
        if door is None or not door.may_open(scope):
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        scope["path_params"] = dict(params)
        await door.open(scope, receive, send)

    def _find_door(self, method: str, path: str) -> "tuple[_Door | None, Mapping[str, Any]]":
        asked = {"type": "http", "method": method, "path": path, "root_path": ""}
        for route in self._doors:
            match, found = route.matches(asked)
            if match is Match.FULL:
                return found["endpoint"], found["path_params"]
        return _NO_DOOR


_NO_DOOR: "tuple[None, Mapping[str, Any]]" = (None, {})


def build_app(routes: Iterable[BaseRoute], lifespan: Lifespan) -> Starlette:
    return HubApp(
        routes=[
            Route("/health", health, methods=["GET"]),
            Route(PATH + "{token}", media, methods=["GET"]),
            *UNSUBSCRIBING,
            *routes,
        ],
        lifespan=lifespan,
        exception_handlers={
            HubError: tell_hub_error,
            HTTPException: tell_http_error,
            ClientDisconnect: tell_nobody,
            Exception: tell_fault,
        },
    )


async def health(request: Request) -> Response:
    """200 when the database answers and takes what is written, else 503.

    `refused` counts webhooks that weren't authentic, by channel; `mailboxes` names those that can't be looked into;
    `scanner` is off, ok or away.
    """
    hub = hub_of(request)
    try:
        found = await hub.db.read(probe)
        count, in_trouble = await hub.db.read(watch_counts)
    except Unavailable:
        return JSONResponse({"status": "unavailable", "database": "away"}, status_code=503)
    if not hub.db.takes_writes:
        return JSONResponse({"status": "unavailable", "database": "takes nothing"}, status_code=503)
    mailboxes = {"watched": count, "in_trouble": list(in_trouble)}
    scanner = "off" if not hub.settings.clamd else "ok" if await answers(hub.settings.clamd) else "away"
    return JSONResponse(
        {"status": "ok", **found, "refused": dict(hub.refused), "mailboxes": mailboxes, "scanner": scanner}
    )


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


async def tell_nobody(request: Request, error: Exception) -> Response:
    """Whoever asked is gone before they had said all: no fault of ours, and nothing for the log."""
    return Response(status_code=400)


async def tell_fault(request: Request, error: Exception) -> Response:
    """A fault of ours: 500 without a word of what was in it, and a reference by which the log has more."""
    reference = secrets.token_hex(4)
    log.error(
        "something broke", reference=reference, method=request.method, path=_unsigned(request), where=places(error)
    )
    if _is_for_a_program(request):
        return PlainTextResponse(f"Something broke on our side. Reference {reference}.", status_code=500)
    return failures.failure(request, 500, reference=reference)


def _unsigned(request: Request) -> str:
    """The path, but of what its address alone gives away: no log line opens a file or says no for somebody."""
    path: str = request.scope["path"]
    return next((start for start in _SIGNED if path.startswith(start)), path)


def _is_for_a_program(request: Request) -> bool:
    """Pages are for those who ask for HTML."""
    return "text/html" not in request.headers.get("accept", "")


def channel_routes(channels: Iterable[Channel]) -> list[BaseRoute]:
    """Every door of every channel; nothing outside a channel's folder names it."""
    return [_door(channel.name, route) for channel in channels for route in channel.routes]


def _door(channel: str, route: contract.Route) -> BaseRoute:
    if route.method == "WS":
        return WebSocketRoute(route.path, _socket(route))
    return Route(route.path, _Door(channel, route), methods=[route.method])


class _Door:
    """One HTTP door as a plain ASGI application."""

    def __init__(self, channel: str, route: contract.Route) -> None:
        self._channel = channel
        self._handler: contract.HttpHandler = route.handler  # type: ignore[assignment]  # by `method`
        self._most = route.max_bytes
        self._counting = RequestBodyLimitMiddleware(self._pass, max_body_size=route.max_bytes)

    def may_open(self, scope: Scope) -> bool:
        """Does the caller say how much comes, and isn't it too much?"""
        length = _content_length(scope)
        return length is not None and length.isdigit() and int(length) <= self._most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = _content_length(scope)
        if length is None:
            await self._counting(scope, receive, send)
        elif length.isdigit() and int(length) > self._most:
            await PlainTextResponse(f"At most {self._most:,} bytes are taken here.", 413)(scope, receive, send)
        else:
            await self._pass(scope, receive, send)

    async def open(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As `__call__` within Starlette, which tells errors in its middleware."""
        request = _Posted(scope, receive)
        try:
            response = await self._answer(request)
        except HubError as error:
            response = await tell_hub_error(request, error)
        except HTTPException as error:
            response = await tell_http_error(request, error)
        except ClientDisconnect as error:
            response = await tell_nobody(request, error)
        except Exception as error:
            await (await tell_fault(request, error))(scope, receive, send)
            raise
        await response(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(_Posted(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        hub = hub_of(request)
        try:
            return await self._handler(request, hub.desk)
        except Refused as error:
            hub.refused[self._channel] += error.status == 403
            log.warning("a request was refused", channel=self._channel, status=error.status, why=str(error))
            return PlainTextResponse(str(error), status_code=error.status)
        except NotConfigured as error:
            log.error("a channel isn't configured", channel=self._channel, why=str(error))
            return _later("This inbox isn't configured yet.")
        except contract.Unavailable as error:
            return _later(str(error))


class _Posted(Request):
    """A small body is taken as it comes, without the generators that hand out a stream of it."""

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            message = await self.receive()
            whole = message.get("body", b"")
            while message.get("more_body", False):
                message = await self.receive()
                whole += message.get("body", b"")
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            self._body: bytes = whole
        return self._body


def _content_length(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            length: bytes = value
            return length
    return None


def _socket(route: contract.Route) -> Callable[[WebSocket], Awaitable[None]]:
    handler: contract.SocketHandler = route.handler  # type: ignore[assignment]  # by `method`

    async def endpoint(websocket: WebSocket) -> None:
        await handler(websocket, hub_of(websocket).desk)

    return endpoint


def _later(why: str) -> Response:
    """503: the provider tries again."""
    return PlainTextResponse(why, status_code=503, headers={"Retry-After": RETRY_SECONDS})
