"""The tests' PostgreSQL is itself tested: it copies, drops, and doesn't outlive whoever started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests.support.postgres import Server

ROOT = Path(__file__).resolve().parents[2]
STARTED_AND_WAITING = """
import sys
from tests.support.postgres import running
with running() as server:
    with open(server.folder + "/postmaster.pid") as lines:
        print(server.folder, lines.readline().strip(), flush=True)
    sys.stdin.read()
"""


def gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_copy_holds_what_its_template_held_and_can_be_dropped_while_in_use(postgres: Server) -> None:
    with psycopg.connect(postgres.create("oak")) as oak:
        oak.execute("CREATE TABLE tree AS SELECT 'oak' AS name")
    with psycopg.connect(postgres.create("acorn", template="oak")) as acorn:
        assert acorn.execute("SELECT name FROM tree").fetchall() == [("oak",)]
        postgres.drop("acorn")
        with pytest.raises(psycopg.OperationalError, match="terminat"):
            acorn.execute("SELECT 1")
    postgres.drop("oak")


def test_commits_of_tests_do_not_wait_for_the_disk(postgres: Server) -> None:
    with psycopg.connect(postgres.url("postgres")) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)


def test_a_killed_test_session_leaves_neither_a_server_nor_its_folder() -> None:
    session = subprocess.Popen(
        [sys.executable, "-c", STARTED_AND_WAITING], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with session:
        assert session.stdout is not None
        folder, postmaster = session.stdout.readline().split()
        session.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and (not gone(int(postmaster)) or Path(folder).exists()):
        time.sleep(0.05)
    assert gone(int(postmaster))
    assert not Path(folder).exists()
