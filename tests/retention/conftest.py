"""Anytown, which forgets: what was said about bins after 60 days, about roads never, complaints after a year."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cases.anytown import COUNCIL, Town, living

FORGETFUL = (
    COUNCIL.replace('slug = "waste"\ndepartment', 'slug = "waste"\nforget_after = "60d"\ndepartment')
    + """
[[type]]
slug = "complaint"
name = "Complaint"
forget_after = "365d"

[[type]]
slug = "question"
name = "Question"
"""
)


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with living(database_url, tmp_path, council=FORGETFUL) as town:
        yield town
