"""The page at the mount: a phone, a mailbox and a website for one pretend citizen; its parts are fetched again live."""

from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from channels.simulator.citizens import CITIZENS, Citizen, as_written, citizen
from channels.simulator.scenes import SCENES
from channels.simulator.settings import SimulatorSettings
from channels.simulator.simulator import Simulator

_HERE = Path(__file__).parent
_PARTS = ("texts", "call", "agent", "mails")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


class Pages:
    def __init__(self, settings: SimulatorSettings) -> None:
        self._settings = settings
        self._templates = Jinja2Templates(directory=_HERE / "templates")
        self._templates.env.filters["as_written"] = as_written

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.index),
            Route("/parts/{part}", self.part),
            Route("/website/{inbox}", self.website),
            Route("/picture/{sid}", self.picture),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
        ]

    async def index(self, request: Request) -> Response:
        """GET ?citizen=slug"""
        return self._page(request, "index.html", citizens=CITIZENS, settings=self._settings, scenes=SCENES)

    async def part(self, request: Request) -> Response:
        """One of the lists alone, to be merged into the page."""
        part = request.path_params["part"]
        if part not in _PARTS:
            raise HTTPException(404)
        return self._page(request, f"_{part}.html")

    async def website(self, request: Request) -> Response:
        """The council's pretend website with the chat on it."""
        if request.path_params["inbox"] not in self._settings.chats:
            raise HTTPException(404)
        return self._page(request, "website.html", inbox=request.path_params["inbox"])

    async def picture(self, request: Request) -> Response:
        """A picture that a citizen has sent."""
        found = request.app.state.simulator.town.pictures.get(request.path_params["sid"])
        if found is None:
            raise HTTPException(404)
        return Response(found.content, media_type=found.media_type, headers=_HEADERS)

    def _page(self, request: Request, template: str, **more: Any) -> Response:
        one = citizen(request.query_params.get("citizen", ""))
        context = {
            "root": request.scope.get("root_path", ""),
            "council": self._settings.council,
            "citizen": one,
            **_belongings(request.app.state.simulator, one),
            **more,
        }
        return self._templates.TemplateResponse(request, template, context, headers=_HEADERS)


def _belongings(simulator: Simulator, one: Citizen) -> dict[str, Any]:
    """What is in this citizen's pockets: oldest first, mails newest first."""
    town = simulator.town
    calls = [call for call in town.calls if call.caller == one.phone]
    citizens = {each.phone for each in CITIZENS}
    agents = [call for call in town.calls if call.direction == "outbound-api" and call.caller not in citizens]
    return {
        "version": town.version,
        "pictures": town.pictures,
        "texts": [text for text in town.texts if text.citizen == one.phone],
        "call": calls[-1] if calls else None,
        "agent_call": agents[-1] if agents else None,
        "mails": [mail for mail in reversed(town.mails) if mail.owner == one.mail],
    }
