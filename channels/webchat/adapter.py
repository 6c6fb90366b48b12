"""The webchat channel: the widget's script, its socket, and what an inbox may be configured with."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from channels.contract import Desk, Refused, Route
from channels.webchat import widget
from channels.webchat.conversation import CHANNEL, converse
from channels.webchat.crowd import HOURLY, Crowd
from channels.webchat.origins import normalise

_TEXTS = ("title", "greeting")


@dataclass(frozen=True)
class WebchatChannel:
    """No `send`: an agent's words are stored `sent`, reach the browser by the socket, and become `delivered` there."""

    clock: Callable[[], float] = time.monotonic
    patience: float = 10.0  # seconds for the first frame
    crowd: Crowd = field(default_factory=lambda: Crowd(time.monotonic))

    @property
    def name(self) -> str:
        return CHANNEL

    @property
    def scheme(self) -> str:
        return "chat"

    @property
    def secrets(self) -> Sequence[str]:
        return ()

    @property
    def routes(self) -> Sequence[Route]:
        return (
            Route("GET", "/chat/{inbox}.js", self.script),
            Route("WS", "/in/webchat/{inbox}", self.socket),
        )

    async def script(self, request: Request, desk: Desk) -> Response:
        """GET /chat/{inbox}.js. Raises Refused(404) when there is no such inbox."""
        if desk.inbox(CHANNEL, request.path_params["inbox"]) is None:
            raise Refused(404, "There is no chat of this name.")
        return widget.answer(request)

    async def socket(self, socket: WebSocket, desk: Desk) -> None:
        """WS /in/webchat/{inbox}, until one side leaves."""
        await converse(socket, desk, self.crowd, clock=self.clock, patience=self.patience)

    def check(self, config: Mapping[str, Any]) -> Sequence[str]:
        """`origins` (a list of http(s) origins), `title`, `greeting` and `hourly`; all optional, nothing else."""
        wrong = [*_unknown(config), *_not_origins(config.get("origins", [])), *_not_text(config)]
        return [*wrong, *_not_a_count(config.get("hourly", HOURLY))]


def _unknown(config: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(set(config) - {"origins", "hourly", *_TEXTS}):
        yield f"{key}: not a setting of a webchat inbox; there are origins, title, greeting and hourly"


def _not_origins(origins: object) -> Iterator[str]:
    if not isinstance(origins, list):
        yield 'origins: must be a list, such as ["https://www.anytown.example"]'
        return
    for origin in origins:
        try:
            normalise(origin if isinstance(origin, str) else "")
        except ValueError:
            yield f"origins: {origin!r} isn't an origin such as https://www.anytown.example (no path, no wildcard)"


def _not_text(config: Mapping[str, Any]) -> Iterator[str]:
    for key in _TEXTS:
        if not isinstance(config.get(key, ""), str):
            yield f"{key}: must be text"


def _not_a_count(hourly: object) -> Iterator[str]:
    if isinstance(hourly, bool) or not isinstance(hourly, int) or not 1 <= hourly <= 100_000:
        yield "hourly: must be a whole number from 1 to 100000: conversations that one address may begin in an hour"


channel = WebchatChannel()
