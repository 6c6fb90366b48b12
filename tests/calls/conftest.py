"""A line of a small council: on both databases where their own ways matter, else on SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.calls.line import Line, line_at_work

ON_BOTH = {"test_calls", "test_answering", "test_spoken"}  # where a database's own ways matter


@pytest.fixture
async def line(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Line]:
    """MORE of the module is added to the council file."""
    more = getattr(request.module, "MORE", "")
    async with line_at_work(request.getfixturevalue(request.param), tmp_path, more=more) as line:
        yield line


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Calls and rings are tried on both databases; what the line says and in which order it is told, on SQLite."""
    if "line" in metafunc.fixturenames:
        module = metafunc.module.__name__.rpartition(".")[2]
        urls = ["sqlite_url", "postgres_url"] if module in ON_BOTH else ["sqlite_url"]
        metafunc.parametrize("line", urls, indirect=True, ids=[url.removesuffix("_url") for url in urls])
