"""A mail's pictures from the internet are fetched by the hub: from public addresses, small, in time, saying nothing."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from hub.files.pictures import LARGEST, NoPicture, RemotePictures, is_public
from tests.support.serving import serving

GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"


@pytest.mark.parametrize(
    ("address", "port", "public"),
    [
        ("93.184.216.34", 443, True),
        ("93.184.216.34", 80, True),
        ("2606:2800:220:1::1", 443, True),
        ("64:ff9b::5db8:d822", 443, True),
        ("93.184.216.34", 22, False),
        ("93.184.216.34", 8080, False),
        *((each, 80, False) for each in ("127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254")),
        *((each, 80, False) for each in ("0.0.0.0", "100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1")),
        *((each, 80, False) for each in ("::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1")),
        *((each, 80, False) for each in ("fec0::1", "::7f00:1", "64:ff9b:1::1")),
        *((each, 80, False) for each in ("64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::")),
    ],
)
def test_which_addresses_may_be_asked(address: str, port: int, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address), port) is public


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/x.png", "http://localhost/x.png", "http://[::1]/x.png", "http://2130706433/x.png"),
        *("http://0x7f.1/x.png", "http://[::ffff:7f00:1]/x.png", "http://user@127.0.0.1/x.png", "http:///x.png"),
        *("ftp://127.0.0.1/x.png", "file:///etc/passwd", "", "http://[broken/x.png", "http://no-such-host.invalid/"),
    ],
)
async def test_nothing_of_our_own_network_is_asked(url: str) -> None:
    with pytest.raises(NoPicture):
        await RemotePictures().fetch(url)


@pytest.fixture
async def sender() -> AsyncIterator[tuple[str, list[Request], RemotePictures]]:
    """A web server of somebody who sends mails, what it was asked, and a hub that may ask it and nothing else."""
    asked: list[Request] = []

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(LARGEST // 500_000 + 2):
            yield b"x" * 500_000

    async def serve(request: Request) -> Response:
        asked.append(request)
        name = request.path_params["name"]
        if name == "slow":
            await asyncio.sleep(60)
        if name == "elsewhere":
            return RedirectResponse("http://127.0.0.1:9/secret.gif")
        if name in ("round", "once"):
            return RedirectResponse("/round" if name == "round" else "picture", headers={"Set-Cookie": "who=you"})
        if name == "endless":
            return StreamingResponse(endless(), media_type="image/gif")
        kinds = {"page": "text/html", "svg": "image/svg+xml", "none": "", "gone": "image/gif"}
        headers = {"Content-Type": kinds.get(name, "image/gif; q=1")}
        if name == "squeezed":
            headers["Content-Encoding"] = "gzip"
        return Response(GIF, 404 if name == "gone" else 200, headers)

    async with serving(Starlette(routes=[Route("/{name}", serve)])) as url:
        port = int(url.rpartition(":")[2])
        yield url, asked, RemotePictures(may_ask=lambda address, asked_port: asked_port == port, seconds=3.0)


async def test_a_picture_comes_and_its_server_learns_nothing(
    sender: tuple[str, list[Request], RemotePictures],
) -> None:
    url, asked, pictures = sender

    for path in ("picture", "once"):
        picture = await pictures.fetch(f"{url.replace('://', '://name:secret@')}/{path}#part")
        assert (picture.content, picture.media_type) == (GIF, "image/gif")

    assert [request.url.path for request in asked] == ["/picture", "/once", "/picture"]
    for request in asked:
        assert set(request.headers) == {"host", "accept", "accept-encoding", "user-agent"}
        assert (request.headers["host"], request.headers["user-agent"]) == (url.removeprefix("http://"), "Mozilla/5.0")


@pytest.mark.parametrize("name", ["elsewhere", "round", "page", "svg", "none", "gone", "squeezed", "endless"])
async def test_what_is_no_harmless_picture_is_not_shown(
    sender: tuple[str, list[Request], RemotePictures], name: str
) -> None:
    url, _, pictures = sender
    with pytest.raises(NoPicture) as refused:
        await pictures.fetch(f"{url}/{name}")
    assert "127.0.0.1" not in str(refused.value)


async def test_nobody_waits_for_long(sender: tuple[str, list[Request], RemotePictures]) -> None:
    url, _, pictures = sender
    with pytest.raises(NoPicture, match="too long"):
        await RemotePictures(pictures.may_ask, seconds=0.2).fetch(f"{url}/slow")
    assert LARGEST <= 5_000_000
