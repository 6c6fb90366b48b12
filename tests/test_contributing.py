"""What CONTRIBUTING.md shows is true: its example is a condition that works."""

import re
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from routing.conditions import catalogue
from routing.facts import Facts

PAGE = Path(__file__).resolve().parents[1] / "CONTRIBUTING.md"
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


def example() -> ModuleType:
    """The page's one Python block, as the module that a reader would save it as."""
    (source,) = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    module = ModuleType("example")
    exec(source, module.__dict__)
    return module


@pytest.mark.parametrize(
    ("limit", "matched", "why"),
    [(2, True, "it has 3 words, more than 2"), (3, False, "it has 3 words, not more than 3")],
)
def test_the_example_of_a_condition_decides_and_explains(limit: int, matched: bool, why: str) -> None:
    module = example()
    known = catalogue([("the example", module.condition)])
    comparison = (
        known["words_over"]
        .parse(limit)
        .explain(Facts(channel="sms", inbox="sms/main", text="My missed bin", at=datetime(2026, 3, 2, 12, tzinfo=UTC)))
    )
    assert (comparison.matched, comparison.why) == (matched, why)


def test_the_files_that_the_page_names_are_there() -> None:
    named = re.findall(r"`((?:channels|routing|tests|hub|docs)/[\w/]+(?:\.\w+|/))`", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 8
    assert [name for name in named if not re.search("letter|NAME", name) and not (PAGE.parent / name).exists()] == []
