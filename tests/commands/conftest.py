"""`hub` as somebody types it: within this process on a database, or as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
import structlog
import typer
from typer.testing import CliRunner

from hub.commands import register
from hub.errors import HubError

ROOT = Path(__file__).resolve().parents[2]


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    return surroundings_in(tmp_path)


def surroundings_in(folder: Path) -> dict[str, str]:
    """The environment of a hub with a data folder of its own."""
    return {"HUB_DATA_DIR": str(folder / "data"), "HUB_LOG_LEVEL": "error"}


def run_here(surroundings: Mapping[str, str]) -> Run:
    """Runs a command within this process."""
    app = typer.Typer()
    register(app)

    def run(*arguments: str, stdin: str | bytes = "", **variables: str) -> Ended:
        result = CliRunner().invoke(app, arguments, input=stdin, env={**surroundings, **variables})
        if isinstance(result.exception, HubError):
            return Ended(1, result.stdout, result.exception.message)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ended(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def hub(surroundings: dict[str, str], database_url: str) -> Iterator[Run]:
    """Runs a command on a migrated, empty database: SQLite, then PostgreSQL."""
    yield run_here({**surroundings, "HUB_DATABASE_URL": database_url})
    structlog.reset_defaults()


@pytest.fixture
def new_hub(surroundings: dict[str, str], empty_database_url: str) -> Iterator[Run]:
    """Runs a command on a database without a single table."""
    yield run_here({**surroundings, "HUB_DATABASE_URL": empty_database_url})
    structlog.reset_defaults()


@pytest.fixture
def bare_hub(surroundings: dict[str, str]) -> Iterator[Run]:
    """Runs a command that needs no database."""
    yield run_here(surroundings)
    structlog.reset_defaults()


@pytest.fixture
def process(surroundings: dict[str, str], tmp_path: Path) -> Run:
    """Runs `hub` as a process, on a new SQLite database."""

    def run(*arguments: str, stdin: str | bytes = b"", **variables: str) -> Ended:
        ended = subprocess.run(
            [sys.executable, "-W", "error", "-c", "from hub.cli import main; main()", *arguments],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **surroundings, **variables},
            cwd=tmp_path,
            timeout=60,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())

    return run
