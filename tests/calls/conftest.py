"""A line of a small council, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.calls.line import Line, line_at_work


@pytest.fixture
async def line(database_url: str, tmp_path: Path) -> AsyncIterator[Line]:
    async with line_at_work(database_url, tmp_path) as line:
        yield line
