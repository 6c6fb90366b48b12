"""How the hub listens for HTTP: who counts as the client behind a proxy, and how much a frame may hold."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from hub.main import Part
from hub.serving import server_config, welcome
from tests.support.serving import client, serving_as
from tests.support.settings import settings_of

WEB = ["The hub is on http://127.0.0.1:8123", "  console    http://127.0.0.1:8123/desk"]
MAIL = ["  mail       127.0.0.1:2525 by SMTP", "  mail       [::1]:2424 by LMTP"]


async def who(request: Request) -> Response:
    return PlainTextResponse(request.client.host if request.client else "")


async def hear(socket: WebSocket) -> None:
    await socket.accept()
    while True:
        await socket.send_text(str(len(await socket.receive_text())))


APP = Starlette(routes=[Route("/", who), WebSocketRoute("/hear", hear)])


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        ("127.0.0.1, ::1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.0/8", "203.0.113.9, 198.51.100.7, 127.0.0.2", "198.51.100.7"),  # what came before is only claimed
        ("127.0.0.1", "", "127.0.0.1"),
        ("192.0.2.1", "198.51.100.7", "127.0.0.1"),
        ("", "198.51.100.7", "127.0.0.1"),
    ],
)
async def test_only_a_trusted_proxy_says_who_asks(tmp_path: Path, proxies: str, forwarded: str, seen: str) -> None:
    settings = settings_of(tmp_path, "", trusted_proxies=proxies)
    async with serving_as(server_config(APP, settings)) as url, client() as http:
        answered = await http.get(url, headers={"X-Forwarded-For": forwarded} if forwarded else {})
        assert answered.text == seen


async def test_a_giant_frame_ends_its_socket_and_is_never_held_whole(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "")
    async with serving_as(server_config(APP, settings)) as url, connect(url.replace("http", "ws") + "/hear") as socket:
        await socket.send("a" * 100_000)
        assert await socket.recv() == "100000"
        await socket.send("a" * 10_000_000)  # packed on its way, it is small
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        (("web", "worker", "mail"), [*WEB, *MAIL]),
        (("web",), WEB),
        (("mail",), ["Running: mail.", *MAIL]),
        (("worker",), ["Running: worker."]),
    ],
    ids=["serve", "web", "mail", "worker"],
)
def test_who_starts_a_part_of_the_hub_is_told_each_of_its_doors_and_no_other(
    tmp_path: Path, parts: tuple[Part, ...], told: list[str]
) -> None:
    settings = settings_of(tmp_path, "", port=8123, smtp_listen="127.0.0.1:2525", lmtp_listen="[::1]:2424")

    assert welcome(settings, parts).splitlines() == [*told, "Stop it with Ctrl-C."]
    assert settings.lmtp_address == ("::1", 2424)
