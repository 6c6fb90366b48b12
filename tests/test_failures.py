"""How a failure is told: a page for people, a line for programs."""

from pathlib import Path

import httpx
import pytest
from asgi_lifespan import LifespanManager

from hub.main import create_app
from hub.settings import load


@pytest.mark.parametrize(
    ("accept", "media_type", "words"),
    [
        ("text/html,application/xhtml+xml", "text/html", "Check the reference or the address"),
        ("*/*", "text/plain", "Not Found"),
    ],
)
async def test_an_address_that_is_not_there_is_a_page_for_people_and_a_line_for_programs(
    sqlite_url: str, tmp_path: Path, accept: str, media_type: str, words: str
) -> None:
    app = create_app(load(data_dir=tmp_path / "var", database_url=sqlite_url), parts=["web"])
    async with (
        LifespanManager(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as client,
    ):
        answer = await client.get("/nowhere", headers={"Accept": accept})

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith(media_type)
    assert words in answer.text
