"""The town, on both databases."""

from collections.abc import AsyncIterator

import pytest

from tests.queries.town import Town, living_in


@pytest.fixture
async def town(database_url: str) -> AsyncIterator[Town]:
    async with living_in(database_url) as town:
        yield town
