"""The hub's double with the simulator in it, on a real port."""

from collections.abc import AsyncIterator

import pytest

from tests.channels.simulator import hub_double


@pytest.fixture
async def world() -> AsyncIterator[hub_double.World]:
    async with hub_double.world() as one:
        yield one
