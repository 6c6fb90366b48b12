"""docs/routing.md describes every condition, with examples that the parser takes."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from routing.calendars import Hours
from routing.conditions import discover
from routing.rules import parse_rules

PAGE = (Path(__file__).parents[2] / "docs" / "routing.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))


def examples(text: str) -> list[dict[str, Any]]:
    return [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL)]


def test_every_condition_and_nothing_else_has_a_section() -> None:
    assert set(SECTIONS) == set(discover())


@pytest.mark.parametrize("name", sorted(discover()))
def test_every_condition_has_an_example_that_uses_it(name: str) -> None:
    (example,) = examples(SECTIONS[name])
    assert f"{name} =" in SECTIONS[name]
    assert parse_rules([{"name": name, **example, "then": {"queue": "waste"}}], {"waste"})


def test_the_other_examples_are_taken_too() -> None:
    for example in examples(PAGE):
        if "when" in example:
            assert parse_rules([{"name": "r", "then": {"queue": "waste"}, **example}], {"waste"})
        for rule in example.get("rule", []):
            assert parse_rules([rule], {"waste"})
        if "hours" in example:
            assert Hours.parse(example["hours"])
