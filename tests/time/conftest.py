"""Anytown, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cases.anytown import Town, living


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with living(database_url, tmp_path) as town:
        yield town
