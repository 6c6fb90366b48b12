"""Must show 6: a hub that is killed under load loses nothing that it acknowledged, and stores nothing twice."""

import asyncio
import random

import pytest

from tests.acceptance import stored
from tests.acceptance.conftest import Settle
from tests.acceptance.hub_process import started
from tests.acceptance.steady_load import pouring
from tests.acceptance.town import Town


@pytest.fixture(params=["sqlite", "postgresql"])
def doomed(request: pytest.FixtureRequest, own_town: Settle) -> Town:
    return own_town(request.getfixturevalue("postgres_url") if request.param == "postgresql" else "")


async def test_three_kills_lose_and_double_nothing(doomed: Town) -> None:
    await kill_under_load(doomed, kills=3)


@pytest.mark.soak
async def test_twenty_kills_lose_and_double_nothing(doomed: Town) -> None:
    await kill_under_load(doomed, kills=20)


async def kill_under_load(town: Town, kills: int) -> None:
    chance = random.Random(6)
    async with pouring(town.place.url) as load:
        for _ in range(kills):
            with started(town.place, "serve") as process:
                await asyncio.to_thread(process.until_ready)
                await load.until_acknowledged(chance.randint(10, 40))
                await asyncio.sleep(chance.uniform(0, 0.2))
                process.kill()
        last = town.place.start("serve")
        await asyncio.to_thread(last.until_ready)
    try:
        assert load.tries > len(load.acknowledged)
        found = stored.texts(town.place)
        assert {sid: found[sid] for sid in load.acknowledged if found[sid] != 1} == {}
        assert sum(found.values()) == len(load.acknowledged)
    finally:
        last.end()
