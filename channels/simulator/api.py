"""The JSON API that the pages and the tests drive the citizens with. README.md lists it."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.simulator.calls import CallError
from channels.simulator.carrier import is_number
from channels.simulator.citizens import WITHHELD
from channels.simulator.mailbox import MailError
from channels.simulator.media import picture
from channels.simulator.same_origin import is_same_origin
from channels.simulator.scenes import SCENES, SceneError
from channels.simulator.settings import PhoneInbox
from channels.simulator.simulator import Simulator
from channels.simulator.town import Picture
from channels.simulator.webhooks import UndeliveredError

Words = Annotated[str, StringConstraints(max_length=20_000)]
MailAddress = Annotated[str, StringConstraints(max_length=320, pattern=r"^[^\s@<>]+@[^\s@<>]+$")]


class ApiError(Exception):
    """The answer is `status` with {"error": text}."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Order(BaseModel):
    """The body of a POST."""

    model_config = ConfigDict(extra="forbid", strict=True)


class PictureOrder(Order):
    """A file of the user's own. The carrier takes 5 MB."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    media_type: Literal["image/png", "image/jpeg", "image/gif", "image/webp"]
    content: Annotated[Base64Bytes, Field(max_length=5_000_000)]


class TextOrder(Order):
    sender: str = Field(alias="from")
    to: str = ""
    text: Words
    picture: bool | PictureOrder = False  # true: the made one
    whatsapp: bool = False


class CallOrder(Order):
    sender: str = Field(alias="from")
    to: str = ""
    withhold: bool = False


class PressOrder(Order):
    digits: str = Field(default="", max_length=50, pattern=r"^[0-9*#]*$")


class SpeakOrder(Order):
    text: Words = ""
    hang_up: bool = False


class DeclineOrder(Order):
    result: Literal["busy", "no-answer"] = "busy"


class MailOrder(Order):
    sender: MailAddress = Field(alias="from")
    to: MailAddress | Literal[""] = ""
    subject: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\r\n]*$")] = ""
    text: Words
    in_reply_to: Annotated[str, StringConstraints(max_length=1_000, pattern=r"^\S*$")] = ""


O = TypeVar("O", bound=Order)  # noqa: E741 - the order

Endpoint = Callable[[Request], Awaitable[Response]]
Action = Callable[[Request, Simulator], Awaitable[dict[str, Any]]]


def routes() -> list[Route]:
    """Below the simulator's mount."""
    return [
        Route("/api/state", _endpoint(_state), methods=["GET"]),
        Route("/api/text", _endpoint(_text), methods=["POST"]),
        Route("/api/call", _endpoint(_call), methods=["POST"]),
        Route("/api/call/{call}/press", _endpoint(_press), methods=["POST"]),
        Route("/api/call/{call}/speak", _endpoint(_speak), methods=["POST"]),
        Route("/api/call/{call}/hangup", _endpoint(_hang_up), methods=["POST"]),
        Route("/api/call/{call}/answer", _endpoint(_answer), methods=["POST"]),
        Route("/api/call/{call}/decline", _endpoint(_decline), methods=["POST"]),
        Route("/api/scene/{scene}", _endpoint(_scene), methods=["POST"]),
        Route("/api/mail", _endpoint(_mail), methods=["POST"]),
    ]


def _endpoint(action: Action) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            if request.method == "POST" and not is_same_origin(request):
                raise ApiError(403, "Only the simulator's own pages may do that.")
            return JSONResponse(await action(request, request.app.state.simulator))
        except ApiError as error:
            return JSONResponse({"error": str(error)}, error.status)
        except (CallError, SceneError) as error:
            return JSONResponse({"error": str(error)}, 409)
        except (UndeliveredError, MailError) as error:
            return JSONResponse({"error": str(error)}, 502)

    return endpoint


async def _order(request: Request, kind: type[O]) -> O:
    """Raises ApiError(422) with the fields that are wrong."""
    try:
        return kind.model_validate_json(await request.body())
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg']}" for one in error.errors())
        raise ApiError(422, wrong) from None


async def _state(request: Request, simulator: Simulator) -> dict[str, Any]:
    since = request.query_params.get("since", "0")
    if not since.isdecimal():
        raise ApiError(422, "since: a version, as an earlier answer gave it")
    return simulator.town.news(int(since))


async def _text(request: Request, simulator: Simulator) -> dict[str, Any]:
    order = await _order(request, TextOrder)
    if not is_number(order.sender):
        raise ApiError(422, "from: a number such as +447700900101")
    phone = _phone(simulator, "sms", order.to)
    picture = _picture(order.picture)
    text = await simulator.carrier.text(order.sender, phone, order.text, picture=picture, whatsapp=order.whatsapp)
    return text.shown()


def _picture(wanted: bool | PictureOrder) -> Picture | None:
    if isinstance(wanted, PictureOrder):
        return Picture(wanted.media_type, wanted.content, wanted.name)
    return picture() if wanted else None


async def _call(request: Request, simulator: Simulator) -> dict[str, Any]:
    order = await _order(request, CallOrder)
    if order.sender != WITHHELD and not is_number(order.sender):
        raise ApiError(422, f"from: a number such as +447700900101, or {WITHHELD}")
    phone = _phone(simulator, "voice", order.to)
    return (await simulator.calls.dial(order.sender, phone, withhold=order.withhold)).shown()


async def _press(request: Request, simulator: Simulator) -> dict[str, Any]:
    order = await _order(request, PressOrder)
    return (await simulator.calls.press(request.path_params["call"], order.digits)).shown()


async def _speak(request: Request, simulator: Simulator) -> dict[str, Any]:
    order = await _order(request, SpeakOrder)
    return (await simulator.calls.speak(request.path_params["call"], order.text, hang_up=order.hang_up)).shown()


async def _hang_up(request: Request, simulator: Simulator) -> dict[str, Any]:
    return (await simulator.calls.hang_up(request.path_params["call"])).shown()


async def _answer(request: Request, simulator: Simulator) -> dict[str, Any]:
    return (await simulator.calls.answer(request.path_params["call"])).shown()


async def _decline(request: Request, simulator: Simulator) -> dict[str, Any]:
    order = await _order(request, DeclineOrder)
    return (await simulator.calls.decline(request.path_params["call"], order.result)).shown()


async def _scene(request: Request, simulator: Simulator) -> dict[str, Any]:
    scene = SCENES.get(request.path_params["scene"])
    if scene is None:
        raise ApiError(404, f"There is no such scene; there are {', '.join(SCENES)}.")
    return {"played": await scene.play(simulator)}


async def _mail(request: Request, simulator: Simulator) -> dict[str, Any]:
    order = await _order(request, MailOrder)
    mail = await simulator.mailbox.send(order.sender, order.to, order.subject, order.text, order.in_reply_to)
    return mail.shown()


def _phone(simulator: Simulator, channel: Literal["sms", "voice"], to: str) -> PhoneInbox:
    """The council's number that is meant; its first when none is named. Raises ApiError."""
    numbers = simulator.settings.numbers(channel)
    found = next((phone for phone in numbers if not to or to in (phone.address, phone.name)), None)
    if found is None:
        raise ApiError(422, f"to: the council has no such {channel} number")
    return found
