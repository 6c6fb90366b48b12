"""A running hub takes the council's configuration anew when it has changed, whatever went wrong the time before."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from hub.actions.council.apply_council import apply_council
from hub.council_file import parse
from hub.queries.directory import load_directory
from tests.cases.anytown import COUNCIL, Town, living


async def renamed(town: Town, name: str) -> None:
    await town.db.write(apply_council, parse(COUNCIL.replace("Anytown Council", name)))


async def until_it_is(town: Town, name: str) -> None:
    async with asyncio.timeout(10):
        while town.hub.directory.council != name:
            await asyncio.sleep(0.02)


async def test_a_fault_while_it_is_loaded_leaves_no_process_with_the_old_one(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with living(sqlite_url, tmp_path) as town:
        await renamed(town, "Bytown Council")
        await until_it_is(town, "Bytown Council")
        reload, faults = town.desk.reload, iter([RuntimeError("a fault")])

        async def faulty() -> None:
            for fault in faults:
                raise fault
            await reload()

        monkeypatch.setattr(town.desk, "reload", faulty)
        await renamed(town, "Cetown Council")
        await until_it_is(town, "Cetown Council")


async def test_an_old_configuration_that_was_read_slowly_does_not_follow_a_newer_one(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with living(sqlite_url, tmp_path) as town:
        read, looks = town.db.read, iter(["slow"])
        has_read, may_go_on = asyncio.Event(), asyncio.Event()

        async def slow_at_first(query: Any, *args: Any) -> Any:
            found = await read(query, *args)
            if query is load_directory and next(looks, ""):
                has_read.set()
                await may_go_on.wait()
            return found

        monkeypatch.setattr(town.db, "read", slow_at_first)
        first = asyncio.create_task(town.desk.reload())
        await has_read.wait()
        await renamed(town, "Bytown Council")
        second = asyncio.create_task(town.desk.reload())
        await asyncio.wait([second], timeout=0.2)
        may_go_on.set()
        await asyncio.gather(first, second)
        assert town.hub.directory.council == "Bytown Council"


async def test_a_variable_that_an_inbox_needs_and_that_is_not_set_is_told_at_the_start(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SET_TOKEN", "secret")
    council = COUNCIL.replace('auth_token = "t"', 'auth_token = "env:UNSET_TOKEN"', 1)
    council = council.replace('auth_token = "t"', 'auth_token = "env:SET_TOKEN"', 1)
    with capture_logs() as lines:
        async with living(sqlite_url, tmp_path, council=council):
            pass
    assert [(line["inbox"], line["variable"]) for line in lines if "variable" in line] == [("sms/main", "UNSET_TOKEN")]
