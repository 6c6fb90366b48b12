"""The two stores of attachments do the same: a folder, and a bucket of a real S3 server."""

import logging
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import httpx
import pytest
from moto.server import ThreadedMotoServer
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.contract import File, InboundMessage
from hub.arriving import store_files
from hub.errors import NotFound
from hub.files.store import Files, FolderFiles, files_of
from hub.queries.views import AttachmentView
from hub.settings import Settings
from hub.web.handing_out import handed_out

CONTENT = bytes(range(256)) * 4000


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    httpx.put(f"{url}/hub-files", headers={"Host": f"{host}:{port}"})
    yield url
    server.stop()


def bucket(endpoint: str, folder: Path) -> Settings:
    return Settings(
        data_dir=folder,
        files_url="s3://hub-files/anytown",
        files_endpoint=endpoint,
        files_region="us-east-1",
        files_key_id="key",
        files_secret=SecretStr("secret"),
    )


@pytest.fixture(params=["folder", "bucket"])
def files(request: pytest.FixtureRequest, tmp_path: Path, endpoint: str) -> Files:
    return FolderFiles(tmp_path / "files") if request.param == "folder" else files_of(bucket(endpoint, tmp_path))


def test_a_content_is_stored_once_and_read_whole_or_in_part(files: Files) -> None:
    sha256 = files.store(CONTENT)
    assert files.store(CONTENT) == sha256
    assert (files.read(sha256), files.size(sha256)) == (CONTENT, len(CONTENT))
    assert b"".join(files.pieces(sha256, 10, 700_000)) == CONTENT[10:700_000]
    assert list(files.pieces(sha256, 5, 5)) == []
    assert files.read(files.store(b"")) == b""


def test_the_files_of_one_message_wait_for_the_disk_together(tmp_path: Path) -> None:
    """One after the other, a mail of 1,000 pictures kept its mail server waiting for ten seconds and more."""

    class Meeting(FolderFiles):
        four = Barrier(4)

        def store(self, content: bytes) -> str:
            self.four.wait(10)
            return super().store(content)

    contents = [b"one", b"two", b"two", b"three"]
    message = InboundMessage(
        channel="email",
        inbox="help",
        external_id="1",
        sender=None,
        text="",
        files=tuple(
            File(filename=f"{n}.txt", media_type="text/plain", content=each) for n, each in enumerate(contents)
        ),
    )
    files = Meeting(tmp_path / "files")

    stored = store_files(files, message)

    assert [(each.filename, files.read(each.sha256)) for each in stored] == [
        (f"{n}.txt", each) for n, each in enumerate(contents)
    ]


def test_what_isnt_there_is_said(files: Files) -> None:
    for sha256 in ("0" * 64, ""):
        assert files.size(sha256) is None
        with pytest.raises(FileNotFoundError):
            files.read(sha256)


@pytest.fixture
async def http(files: Files) -> AsyncIterator[httpx.AsyncClient]:
    sha256 = files.store(CONTENT)

    async def serve(request: Request) -> Response:
        state = request.query_params.get("state", "stored")
        given = AttachmentView(
            id=1, filename="a b.bin", media_type="x/y", size=len(CONTENT), state=state, disposition="attachment",
            content_id="", sha256=sha256, error="",
        )  # fmt: skip
        try:
            return await handed_out(request, files, given, "application/octet-stream", {"X-Own": "yes"})
        except NotFound as error:
            return Response(error.message, 404)

    app = Starlette(routes=[Route("/", serve)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub.example") as client:
        yield client


async def test_both_are_handed_out_alike(http: httpx.AsyncClient) -> None:
    whole = await http.get("/")
    assert (whole.status_code, whole.content, whole.headers["x-own"]) == (200, CONTENT, "yes")
    assert whole.headers["content-disposition"] == "attachment; filename*=utf-8''a%20b.bin"
    for asked, part in (("bytes=2-5", CONTENT[2:6]), ("bytes=-3", CONTENT[-3:]), ("bytes=1023990-", CONTENT[1023990:])):
        answered = await http.get("/", headers={"Range": asked})
        assert (answered.status_code, answered.content) == (206, part)
    for state in ("held", "infected", "pending", "failed"):
        assert (await http.get("/", params={"state": state})).status_code == 404


async def test_a_store_that_is_away_is_an_oserror(tmp_path: Path) -> None:
    away = files_of(bucket("http://127.0.0.1:9", tmp_path))
    with pytest.raises(OSError, match="doesn't answer"):
        away.read("0" * 64)


def test_a_content_is_deleted_unless_somebody_stored_it_since(files: Files) -> None:
    sha256 = files.store(CONTENT)
    now = datetime.now(UTC)
    files.delete(sha256, now - timedelta(hours=1))
    assert files.size(sha256) == len(CONTENT)
    files.delete(sha256, now + timedelta(minutes=1))
    assert files.size(sha256) is None
    files.delete(sha256, now + timedelta(minutes=1))  # gone is gone
    assert files.read(files.store(CONTENT)) == CONTENT


def test_storing_again_shows_that_it_is_needed(tmp_path: Path) -> None:
    files = FolderFiles(tmp_path)
    sha256 = files.store(CONTENT)
    os.utime(files.path_of(sha256), (0, 0))
    files.store(CONTENT)
    files.delete(sha256, datetime.now(UTC) - timedelta(minutes=1))
    assert files.size(sha256) == len(CONTENT)
    assert list(tmp_path.rglob("*.deleting")) == []
