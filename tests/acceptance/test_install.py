"""A wheel is all that a server needs: installed somewhere else it serves from an empty folder."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from tests.acceptance import hub_process
from tests.acceptance.hub_process import Place, started

ROOT = Path(__file__).parents[2]


PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run([*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)])
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """The `hub` command of an environment that holds the wheel, and the libraries of this one by reference."""
    environment = wheel.parent / "venv"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    run([*PIP, "--python", str(python), "install", "--no-deps", str(wheel)])
    libraries = next(environment.glob("lib/*/site-packages")) / "libraries.pth"
    libraries.write_text(sysconfig.get_path("purelib") + "\n")
    return environment / "bin" / "hub"


def run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


def test_the_wheel_holds_every_file_of_the_rooms(wheel: Path) -> None:
    rooms = [file for room in ("hub", "channels", "routing") for file in (ROOT / room).rglob("*")]
    files = {str(file.relative_to(ROOT)) for file in rooms if file.is_file() and file.suffix != ".pyc"}
    held = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == files


def test_the_wheel_serves_from_an_empty_folder(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_process, "HUB", installed)
    place = Place(folder=tmp_path)
    with started(place, "serve") as process:
        process.until_ready()
        page = httpx.get(f"{place.url}/sign-in")
        assert page.status_code == 200
        sheets = [part.partition('"')[0] for part in page.text.split('href="')[1:] if ".css" in part.partition('"')[0]]
        assert sheets
        assert {httpx.get(place.url + sheet).status_code for sheet in sheets} == {200}
