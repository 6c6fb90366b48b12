"""The socket that tells pages where something happened, on a real port."""

import asyncio
import json
from urllib.parse import urlsplit

import pytest
from sqlmodel import Session, col, func, select
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from hub.directory import Directory
from hub.live import LiveEvent
from hub.models import Presence
from hub.web.console.live import SIGNED_OUT, told
from tests.console.people import Council


def socket_of(council: Council, cookie: str, origin: str | None = None) -> connect:
    place = urlsplit(council.settings.base_url).netloc
    headers = {"Cookie": f"hub_session={cookie}"}
    return connect(f"ws://{place}/live", origin=origin or f"http://{place}", additional_headers=headers)  # type: ignore[arg-type]


async def next_of(socket: ClientConnection, kind: str) -> dict[str, object]:
    async with asyncio.timeout(10):
        while True:
            event: dict[str, object] = json.loads(await socket.recv())
            if event["kind"] == kind:
                return event


async def test_a_page_hears_where_something_happened_and_nothing_of_what_was_said(served: Council) -> None:
    ann = await served.person("ann")
    async with socket_of(served, ann.http.cookies["hub_session"]) as socket:
        case = await served.case("missed bin, private words")
        event = await next_of(socket, "opened")
    assert event == {"case": case.removeprefix("/cases/"), "queue": "waste", "kind": "opened", "seq": 1}


async def test_a_page_that_is_open_says_that_its_agent_is_still_here(served: Council) -> None:
    ann = await served.person("ann")
    async with socket_of(served, ann.http.cookies["hub_session"]), asyncio.timeout(10):
        while not await served.town.db.read(_seen_pages):
            await asyncio.sleep(0.01)
    assert await served.town.db.read(_seen_pages) == 1


def _seen_pages(session: Session) -> int:
    return session.exec(select(func.count()).where(col(Presence.seen_at).is_not(None))).one()


@pytest.mark.parametrize("cookie", ["", "made up"])
async def test_nobody_listens_without_a_session(served: Council, cookie: str) -> None:
    with pytest.raises(ConnectionClosed) as closed:
        async with socket_of(served, cookie) as socket, asyncio.timeout(10):
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == SIGNED_OUT


async def test_another_sites_page_cannot_listen(served: Council) -> None:
    ann = await served.person("ann")
    with pytest.raises(InvalidStatus) as refused:
        async with socket_of(served, ann.http.cookies["hub_session"], "https://evil.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_when_events_were_missed_the_page_is_told_to_look_at_everything(council: Council) -> None:
    directory: Directory = council.town.directory
    assert told(LiveEvent(0, 0, 0, "behind", 0, 0, None), directory) == {"kind": "behind"}
