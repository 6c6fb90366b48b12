"""docs/routing.md describes every condition, with examples that the parser takes."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from routing.conditions import discover
from routing.rules import RuleSet
from routing.time.calendars import Hours

PAGE = (Path(__file__).parents[2] / "docs" / "routing.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))


QUEUES = {"waste", "housing-repairs", "triage", "childrens-services", "business"}
WARDS = {"ward": [{"name": "Castle", "postcodes": ["SA1"]}]}


def taken(*rules: dict[str, Any], **beside: Any) -> bool:
    """Does the parser take them? Raises RuleErrors."""
    return bool(RuleSet.parse(list(rules), QUEUES, beside={**WARDS, **beside}).rules)


def examples(text: str) -> list[dict[str, Any]]:
    return [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL)]


def test_every_condition_and_nothing_else_has_a_section() -> None:
    assert set(SECTIONS) == set(discover())


@pytest.mark.parametrize("name", sorted(discover()))
def test_every_condition_has_an_example_that_uses_it(name: str) -> None:
    (example,) = examples(SECTIONS[name])
    assert f"{name} =" in SECTIONS[name]
    assert taken({"name": name, **example, "then": {"queue": "waste"}})


def test_the_other_examples_are_taken_too() -> None:
    for example in examples(PAGE):
        if "when" in example:
            assert taken({"name": "r", "then": {"queue": "waste"}, **example})
        beside = {name: example[name] for name in ("group", "danger", "ward") if name in example}
        if beside or "rule" in example:
            assert taken(*example.get("rule", []), **beside) or "ward" in beside
        if "hours" in example:
            assert Hours.parse(example["hours"])
