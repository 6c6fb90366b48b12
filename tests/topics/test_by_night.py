"""Topics are learned anew by night, in a process of its own, while a version is in use."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog.testing

from hub.actions.council.topics import keep_model, replace_examples, use_model
from hub.models import TopicModel
from hub.worker.learning import COMMAND, learn_by_night
from tests.cases.anytown import Town, living
from tests.topics.messages import sorted_by_people

NIGHT = datetime(2026, 7, 7, 1, 30, tzinfo=UTC)  # half past two in London


DYING = """
import asyncio, sys
from hub.db.database import Database

async def learn():
    async with Database(sys.argv[1]).alone("topics") as is_mine:
        print(is_mine, flush=True)
        await asyncio.sleep(60)

asyncio.run(learn())
"""  # a worker at its learning


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """What was learned the day before is in use."""
    async with living(database_url, tmp_path) as town:
        await town.db.write(keep_model, b"", {"accuracy": 0.9}, use=True)
        await town.change(TopicModel, 1, created_at=NIGHT - timedelta(hours=20))
        yield town


def leaving(mark: Path, code: int = 0) -> list[str]:
    """A command that leaves a mark."""
    return [sys.executable, "-c", f"open({str(mark)!r}, 'a').write('x'); raise SystemExit({code})"]


async def test_it_learns_by_night_once_and_only_while_topics_are_in_use(town: Town, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    await learn_by_night(town.hub, NIGHT - timedelta(hours=1), leaving(mark))  # half past one
    await learn_by_night(town.hub, NIGHT + timedelta(hours=4), leaving(mark))
    assert not mark.exists()

    with structlog.testing.capture_logs() as told:
        await learn_by_night(town.hub, NIGHT, leaving(mark))
        await learn_by_night(town.hub, NIGHT, leaving(mark, 1))
    assert mark.read_text() == "xx"
    assert [entry["log_level"] for entry in told if "learned" in entry["event"]] == ["info", "error"]

    version = await town.db.write(keep_model, b"", {"accuracy": 0.9}, use=False)  # what it then keeps
    await town.change(TopicModel, version, created_at=NIGHT)
    await learn_by_night(town.hub, NIGHT + timedelta(hours=1), leaving(mark))
    assert mark.read_text() == "xx"

    await learn_by_night(town.hub, NIGHT + timedelta(days=1), leaving(mark))
    await town.db.write(use_model, None)
    await learn_by_night(town.hub, NIGHT + timedelta(days=1), leaving(mark))
    assert mark.read_text() == "xxx"


async def test_of_several_workers_one_learns_and_the_others_leave_it(postgres_url: str, tmp_path: Path) -> None:
    pipe, mark = tmp_path / "pipe", tmp_path / "mark"
    os.mkfifo(pipe)
    slow = [sys.executable, "-c", f"open({str(pipe)!r}, 'w').close(); open({str(pipe)!r}).close()"]
    async with living(postgres_url, tmp_path / "one") as one, living(postgres_url, tmp_path / "other") as other:
        await one.db.write(keep_model, b"", {"accuracy": 0.9}, use=True)
        await one.change(TopicModel, 1, created_at=NIGHT - timedelta(hours=20))
        learning = asyncio.create_task(learn_by_night(one.hub, NIGHT, slow))
        await asyncio.to_thread(pipe.read_text)  # it is at it
        await learn_by_night(other.hub, NIGHT, leaving(mark))
        assert not mark.exists()

        version = await one.db.write(keep_model, b"", {"accuracy": 0.9}, use=False)
        await one.change(TopicModel, version, created_at=NIGHT)
        await asyncio.to_thread(pipe.write_text, "")
        await learning
        await learn_by_night(other.hub, NIGHT, leaving(mark))
        assert not mark.exists()
        await learn_by_night(other.hub, NIGHT + timedelta(days=1), leaving(mark))
        assert mark.exists()


async def test_a_worker_that_was_killed_keeps_no_other_from_learning(town: Town, tmp_path: Path) -> None:
    """SQLite has one worker, which nobody waits for."""
    url, mark = str(town.hub.settings.database_url), tmp_path / "mark"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", DYING, url, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"True\n"
    if not town.db.is_sqlite:
        await learn_by_night(town.hub, NIGHT, leaving(mark))
        assert not mark.exists()
    process.kill()
    await process.wait()
    async with asyncio.timeout(10):
        while not mark.exists():  # the server sees it a moment later
            await learn_by_night(town.hub, NIGHT, leaving(mark))


@pytest.mark.soak
async def test_the_real_command_learns_a_version_and_uses_it(town: Town, tmp_path: Path) -> None:
    """`hub learn --careful` in a process of its own, on the database that the worker has open."""
    await town.db.write(replace_examples, sorted_by_people())
    settings = {"HUB_DATA_DIR": str(tmp_path), "HUB_DATABASE_URL": str(town.hub.settings.database_url)}
    await learn_by_night(town.hub, NIGHT, ["env", *(f"{name}={value}" for name, value in settings.items()), *COMMAND])
    before, after = await town.rows(TopicModel)
    assert (before.in_use, after.in_use) == (False, True)
    assert after.measures["accuracy"] > 0.9
    await town.desk.topics.reload()
    said = await town.desk.topics.about("A pothole damaged my car near the school")
    assert said is not None
    assert (said.topic, said.by) == ("roads", f"version {after.version}")

    await learn_by_night(town.hub, NIGHT, COMMAND)  # the newest is of the same night, by its clock
    assert len(await town.rows(TopicModel)) == 2


async def test_a_worker_that_stops_takes_the_learning_along(town: Town, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    endless = f"import os, signal; open({str(pipe)!r}, 'w').write(str(os.getpid())); signal.pause()"
    learning = asyncio.create_task(learn_by_night(town.hub, NIGHT, [sys.executable, "-c", endless]))
    process = int(await asyncio.to_thread(pipe.read_text))
    learning.cancel()
    with pytest.raises(asyncio.CancelledError):
        await learning
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
