"""POST /in/email/{inbox}: the same as by SMTP, for mail systems that push."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from channels.contract import InboundMessage, Refused, Unavailable
from channels.email.adapter import channel
from tests.channels.desk import FakeDesk, inbox_of

RAW = b"From: jane@citizen.example\r\nTo: help+good@anytown.example\r\nSubject: Bin\r\n\r\nhello"
BEARER = {"Authorization": "Bearer s3cret"}


def desk_of(**changed: Any) -> FakeDesk:
    inbox = inbox_of("email", "help", "help@anytown.example", token="s3cret")
    closed = inbox_of("email", "closed", "closed@anytown.example", id=2)
    return FakeDesk([inbox, closed], frozenset({"good"}), **changed)


async def post(
    desk: FakeDesk,
    content: bytes | AsyncIterator[bytes] = RAW,
    headers: Mapping[str, str] = BEARER,
    inbox: str = "help",
) -> httpx.Response:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    async def door(request: Request) -> Response:
        try:
            return await channel.receive(request, desk)
        except Refused as refused:
            return PlainTextResponse(str(refused), refused.status)
        except Unavailable as away:
            return PlainTextResponse(str(away), 503)

    (route,) = channel.routes
    transport = httpx.ASGITransport(Starlette(routes=[Route(route.path, door, methods=[route.method])]))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        return await http.post(
            f"/in/email/{inbox}", content=content, headers={"Content-Type": "message/rfc822", **headers}
        )


async def test_a_mail_is_taken_and_its_reference_answered() -> None:
    desk = desk_of()

    response = await post(desk)

    assert (response.status_code, response.json()) == (200, {"reference": "48210937", "duplicate": False})
    (event,) = desk.events
    assert isinstance(event, InboundMessage)
    assert (event.inbox, event.text, event.reply_token, event.raw) == ("help", "hello", "good", RAW)


@pytest.mark.parametrize(
    ("headers", "inbox", "status"),
    [
        ({}, "help", 403),
        ({"Authorization": "Bearer wrong"}, "help", 403),
        ({"Authorization": "Bearer"}, "help", 403),
        ({"Authorization": "Basic s3cret"}, "help", 403),
        ({"Authorization": "Bearer \xe9"}, "help", 403),
        (BEARER, "closed", 403),  # an inbox without a token
        ({"Authorization": "Bearer "}, "closed", 403),
        (BEARER, "nowhere", 404),
    ],
)
async def test_who_isnt_known_stores_nothing(headers: dict[str, str], inbox: str, status: int) -> None:
    desk = desk_of()
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}

    assert (await post(desk, headers=encoded, inbox=inbox)).status_code == status  # type: ignore[arg-type]
    assert desk.events == []


async def test_a_mail_that_is_too_large_is_refused_with_the_limit() -> None:
    desk = desk_of(max_mail_bytes=20_000)

    response = await post(desk, RAW + b"x" * 20_000)

    assert (response.status_code, response.text) == (413, "A mail may have at most 20,000 bytes.")
    assert desk.events == []


async def test_a_stream_that_never_ends_is_cut_at_the_limit() -> None:
    async def endless() -> AsyncIterator[bytes]:
        sent = 0
        while sent < 10_000_000:
            sent += 10_000
            yield b"x" * 10_000

    assert (await post(desk_of(max_mail_bytes=20_000), endless())).status_code == 413


async def test_while_the_database_is_away_the_sender_is_asked_to_retry() -> None:
    assert (await post(desk_of(away=True))).status_code == 503


async def test_an_unsigned_tag_is_no_token() -> None:
    desk = desk_of()

    await post(desk, RAW.replace(b"+good@", b"+forged@"))

    (event,) = desk.events
    assert isinstance(event, InboundMessage)
    assert event.reply_token is None


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({}, None),
        ({"smtp_host": "mx.example", "smtp_port": 25, "smtp_tls": "none", "token": "env:T", "from_name": "Us"}, None),
        ({"smtp_port": 0}, "smtp_port"),
        ({"smtp_port": "many"}, "smtp_port"),
        ({"smtp_port": True}, "smtp_port"),
        ({"smtp_tls": "ssl"}, "smtp_tls"),
        ({"smtp_username": "u"}, "smtp_username"),
        ({"token": 5}, "token"),
        ({"smtp_hots": "mx.example"}, "smtp_hots"),
    ],
)
def test_a_wrong_setting_is_named(config: dict[str, object], key: str | None) -> None:
    assert [fault.partition(":")[0] for fault in channel.check(config)] == ([key] if key else [])
