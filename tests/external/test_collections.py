"""Mails of other projects' collections, read as their own parsers read them: see collections.py for the formats.

What is told of a miss is its file; whether ours is wrong or theirs is a person's judgement.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from channels.email.understanding.parsing import understand
from tests.external.agreement import Agreement, agreement
from tests.external.collections import Expected, expectations

pytestmark = pytest.mark.material(lambda folder: any(True for _ in expectations(folder)))

Read = list[tuple[Expected, Agreement]]


@pytest.fixture(scope="module")
def read() -> Read:
    return [
        (expected, agreement(understand(expected.path.read_bytes()), expected))
        for expected in expectations(Path(os.environ["HUB_MATERIAL"]))
    ]


def share(read: Read, agrees: Callable[[Agreement], bool]) -> float:
    for kind in sorted({expected.of for expected, _ in read}):
        found = [(expected.path.name, agrees(agreed)) for expected, agreed in read if expected.of == kind]
        misses = [name for name, agreed in found if not agreed]
        print(f"{kind}: {len(found) - len(misses)} of {len(found)}; not: {misses}")
    return sum(agrees(agreed) for _, agreed in read) / len(read)


def test_subjects(read: Read) -> None:
    assert share(read, lambda found: found.subject) >= 0.97


def test_senders(read: Read) -> None:
    assert share(read, lambda found: found.sender) >= 0.97


def test_texts(read: Read) -> None:
    assert share(read, lambda found: found.text) >= 0.93


def test_names_and_bytes_of_files(read: Read) -> None:
    assert share(read, lambda found: found.files) >= 0.97
