"""How a failure is told: a page for people, a line for programs."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from asgi_lifespan import LifespanManager
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.testing import capture_logs

from hub.main import create_app
from hub.settings import load
from hub.web.app import tell_fault
from tests.console.people import council_at_work


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


async def test_a_fault_gives_a_reference_that_the_log_knows(sqlite_url: str, tmp_path: Path) -> None:
    async def breaks(request: Request) -> Response:
        raise KeyError("private words")

    app = create_app(load(data_dir=tmp_path / "var", database_url=sqlite_url), parts=["web"])
    app.routes.append(Route("/broken", breaks))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        LifespanManager(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):
        with capture_logs() as lines:
            page = await client.get("/broken", headers={"Accept": "text/html"})
            line = await client.get("/broken")

    assert [page.status_code, line.status_code] == [500, 500]
    told = [re.search(r"([0-9a-f]{8})(?:</strong>|\.$)", answer.text) for answer in (page, line)]
    assert [each and each[1] for each in told] == [each["reference"] for each in lines]
    assert all(each["path"] == "/broken" and "breaks" in each["where"][-1] for each in lines)
    assert "private words" not in str(lines)


@pytest.mark.parametrize(
    ("path", "logged"), [("/media/7-9-secret", "/media/"), ("/unsubscribe/7-secret", "/unsubscribe/"), ("/x", "/x")]
)
async def test_an_address_that_opens_something_by_itself_is_in_no_log(path: str, logged: str) -> None:
    headers = [(b"accept", b"*/*")]
    request = Request({"type": "http", "method": "GET", "path": path, "headers": headers, "query_string": b""})
    with capture_logs() as lines:
        await tell_fault(request, KeyError())
    assert [line["path"] for line in lines] == [logged]


@pytest.mark.parametrize("path", ["/in/sms/main", "/sign-in"])
async def test_who_leaves_in_the_middle_of_a_request_is_nothing_for_the_log(
    sqlite_url: str, tmp_path: Path, path: str
) -> None:
    coming = iter([{"type": "http.request", "body": b"Body=hel", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(coming)

    async def send(message: Any) -> None:
        """To nobody."""

    headers = {"content-type": "application/x-www-form-urlencoded", "content-length": "99", "x-twilio-signature": "x"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    async with council_at_work(sqlite_url, tmp_path) as council:
        with capture_logs() as lines:
            await council.app(scope, receive, send)  # nothing is raised, which the server would write a trace of
    assert lines == []
