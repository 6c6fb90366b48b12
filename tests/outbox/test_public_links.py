"""A provider fetches a picture of ours without signing in: by a signed address that ends."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from asgi_lifespan import LifespanManager
from sqlmodel import Session
from starlette.applications import Starlette

from hub.main import create_app
from hub.models import Attachment, AttachmentState
from hub.running import Hub
from hub.signed.public_link import LASTS, file_of_link, public_link
from tests.cases.anytown import living
from tests.support.settings import settings_of

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_a_link_says_which_file_until_its_time_is_over() -> None:
    token = public_link("https://hub.example", "s", 77, NOW).removeprefix("https://hub.example/media/")
    assert file_of_link("s", token, NOW + LASTS - timedelta(seconds=1)) == 77
    for secret, changed, at in [
        ("s", token, NOW + LASTS),
        ("other", token, NOW),
        ("s", token.replace("77-", "78-", 1), NOW),
        ("s", token[:-1] + ("a" if token[-1] != "a" else "b"), NOW),
        ("s", "77", NOW),
        ("s", "", NOW),
    ]:
        assert file_of_link(secret, changed, at) is None


@pytest.fixture
async def served(sqlite_url: str, tmp_path: Path) -> AsyncIterator[tuple[httpx.AsyncClient, Hub, int]]:
    settings = settings_of(tmp_path / "var", sqlite_url, public_url="http://hub.anytown.example")
    async with living(sqlite_url, tmp_path) as town:
        receipt = await town.say("My missed bin")
    app: Starlette = create_app(settings, parts=["web"])
    transport = httpx.ASGITransport(app)
    async with LifespanManager(app), httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        hub: Hub = app.state.hub
        sha256 = hub.files.store(b"\x89PNG")
        assert receipt.message_id is not None
        yield http, hub, await hub.db.write(_attach, receipt.message_id, sha256)


def _attach(session: Session, message_id: int, sha256: str) -> int:
    row = Attachment(
        id=900, message_id=message_id, filename="map.png", media_type="image/png", size=4, sha256=sha256,
        state=AttachmentState.STORED,
    )  # fmt: skip
    session.add(row)
    return 900


async def test_the_file_is_handed_out_to_whoever_has_the_link(served: tuple[httpx.AsyncClient, Hub, int]) -> None:
    http, hub, file_id = served
    link = public_link("http://hub", hub.settings.secret, file_id, datetime.now(UTC))
    answer = await http.get(link)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"\x89PNG", "image/png")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await http.get(link + "x")).status_code == 404
    old = public_link("http://hub", hub.settings.secret, file_id, datetime.now(UTC) - LASTS)
    assert (await http.get(old)).status_code == 404
