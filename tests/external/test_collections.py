"""Mails of other projects' collections, read as their own parsers read them: see collections.py for the formats.

What is told of a miss is its file; whether ours is wrong or theirs is a person's judgement.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from channels.email.parsing import understand
from tests.external.agreement import Agreement, agreement
from tests.external.collections import expectations

Read = list[tuple[Path, Agreement]]


@pytest.fixture(scope="module")
def read() -> Read:
    found = [
        (expected.path, agreement(understand(expected.path.read_bytes()), expected))
        for expected in expectations(Path(os.environ["HUB_MATERIAL"]))
    ]
    assert found, "the material has no mails with expected results: NAME.eml + NAME.json, NAME.box + NAME.yml"
    return found


def share(read: Read, agrees: Callable[[Agreement], bool]) -> float:
    misses = [path.name for path, found in read if not agrees(found)]
    print(f"{len(read) - len(misses)} of {len(read)}; not: {misses}")
    return 1 - len(misses) / len(read)


def test_subjects(read: Read) -> None:
    assert share(read, lambda found: found.subject) >= 0.97


def test_senders(read: Read) -> None:
    assert share(read, lambda found: found.sender) >= 0.97


def test_texts(read: Read) -> None:
    assert share(read, lambda found: found.text) >= 0.9


def test_names_and_bytes_of_files(read: Read) -> None:
    assert share(read, lambda found: found.files) >= 0.95
