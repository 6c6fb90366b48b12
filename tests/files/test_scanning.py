"""Files are held until ClamAV has looked at them. The protocol is a fake's here; `make soak` asks a real clamd."""

import asyncio
import shutil
import struct
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlmodel import Session, select
from starlette.applications import Starlette
from starlette.routing import Route

from channels.contract import File
from hub.files.scanning import ScannerAway, scan_held, verdict
from hub.models import Attachment, AttachmentState, CaseEvent
from hub.web.app import health
from tests.cases.anytown import Town, living, mailed, settings_for
from tests.support.serving import free_socket

# The EICAR test file, in two halves so that no scanner takes this very file for it.
VIRUS = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@asynccontextmanager
async def clamd(answer: str = "") -> AsyncIterator[str]:
    """Speaks INSTREAM as clamd does; the address where it listens. `answer` stands for another one."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        command = await reader.readuntil(b"\0")
        if command == b"zPING\0":
            writer.write((answer or "PONG").encode() + b"\0")
            writer.close()
            return
        assert command == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!I", await reader.readexactly(4))[0]:
            content += await reader.readexactly(size)
        found = "stream: Test.Virus FOUND" if VIRUS in content else "stream: OK"
        writer.write((answer or found).encode() + b"\0")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_the_scanners_verdict_is_read() -> None:
    async with clamd() as address:
        assert await verdict(address, b"hello" * 50_000) == ""
        assert await verdict(address, b"x" * 100_000 + VIRUS) == "Test.Virus"
        assert await verdict(address, b"") == ""
    with pytest.raises(ScannerAway):
        await verdict(address, b"hello", seconds=1.0)


async def test_no_verdict_is_no_all_clear() -> None:
    async with clamd("INSTREAM size limit exceeded. ERROR") as address:
        with pytest.raises(ScannerAway, match="StreamMaxLength"):
            await verdict(address, b"hello")


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with living(database_url, tmp_path) as town:
        yield town


def watched(town: Town, address: str) -> None:
    """The town with a scanner: its settings are frozen, so the hub's own are exchanged."""
    settings = settings_for(town.hub.settings.database_url, town.hub.settings.data_dir)
    scanning = settings.model_copy(update={"clamd": address})
    object.__setattr__(town.hub, "settings", scanning)
    town.desk._settings = scanning


async def test_health_says_whether_the_scanner_is_there(town: Town) -> None:
    app = Starlette(routes=[Route("/health", health)])
    app.state.hub = town.hub
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as http:
        off = (await http.get("/health")).json()
        async with clamd() as address:
            watched(town, address)
            there = (await http.get("/health")).json()
        away = await http.get("/health")
        async with clamd("what?") as address:
            watched(town, address)
            strange = (await http.get("/health")).json()

    assert [each["scanner"] for each in (off, there, away.json(), strange)] == ["off", "ok", "away", "away"]
    assert (away.status_code, away.json()["status"]) == (200, "ok")  # what comes in is held, and nothing is lost


def _states(session: Session) -> dict[str, tuple[AttachmentState, str]]:
    return {row.filename: (row.state, row.error) for row in session.exec(select(Attachment))}


def _kinds(session: Session) -> list[str]:
    return [row.kind for row in session.exec(select(CaseEvent).order_by(CaseEvent.id))]  # type: ignore[arg-type]


async def test_files_are_held_scanned_and_the_infected_never_handed_out(town: Town) -> None:
    files = (
        File(filename="clean.txt", media_type="text/plain", content=b"hello"),
        File(filename="virus.txt", media_type="text/plain", content=VIRUS),
    )
    async with clamd() as address:
        watched(town, address)
        await town.receive(replace(mailed("See both"), files=files))
        assert {state for state, _ in (await town.db.read(_states)).values()} == {AttachmentState.HELD}
        assert await scan_held(town.hub) == 0.0
        assert await scan_held(town.hub) is None
    assert await town.db.read(_states) == {
        "clean.txt": (AttachmentState.STORED, ""),
        "virus.txt": (AttachmentState.INFECTED, "The virus scanner found Test.Virus."),
    }
    assert sorted((await town.db.read(_kinds))[-2:]) == ["infected", "scanned"]


async def test_while_the_scanner_is_away_files_stay_held_and_say_why(town: Town) -> None:
    async with clamd() as address:
        pass
    watched(town, address)
    file = File(filename="a.txt", media_type="text/plain", content=b"hello")
    await town.receive(replace(mailed("See it"), files=(file,)))
    await scan_held(town.hub)
    [(state, error)] = (await town.db.read(_states)).values()
    assert (state, error) == (AttachmentState.HELD, "the virus scanner can't be reached")
    assert await scan_held(town.hub) is None  # not before a while has passed


@pytest.fixture
def real_clamd(tmp_path: Path) -> Iterator[str]:
    """Debian's clamd with a signature of our own; fails when it isn't installed."""
    program = shutil.which("clamd")
    assert program, "install clamav-daemon: apt-get install clamav-daemon"
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "test.ndb").write_text(f"Test-Signature:0:*:{VIRUS.hex()}\n")
    with free_socket() as bound:
        port = bound.getsockname()[1]
    conf = tmp_path / "clamd.conf"
    conf.write_text(
        f"DatabaseDirectory {tmp_path / 'db'}\nTCPSocket {port}\nTCPAddr 127.0.0.1\nForeground yes\n"
        "StreamMaxLength 1M\n"
    )
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([program, "-c", str(conf)], stdout=log, stderr=log)
    yield f"127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


@pytest.mark.soak
async def test_a_real_clamd_finds_what_its_database_names(real_clamd: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            assert await verdict(real_clamd, b"hello") == ""
            break
        except ScannerAway:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.2)
    assert await verdict(real_clamd, b"x" * 300_000 + VIRUS) == "Test-Signature.UNOFFICIAL"
    with pytest.raises(ScannerAway):
        await verdict(real_clamd, b"x" * 3_000_000)
