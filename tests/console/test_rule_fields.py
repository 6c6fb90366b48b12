"""A rule fills in the fields of a form, and the fields make the same rule again."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from hub.errors import Invalid
from hub.web.console.rules.fields import fields_of, rule_of, with_row, without_row
from routing.compiling import compile_when
from routing.conditions import discover
from routing.differences import differences

DEMO = Path(__file__).parents[2] / "hub" / "demo" / "council.toml"


def compiled(rule: dict[str, Any]) -> object:
    problems: list[tuple[str, str]] = []
    clause = compile_when(rule["when"], "when", discover(), {}, lambda *problem: problems.append(problem))
    assert problems == []
    return clause


def test_every_rule_of_the_demo_is_shown_whole_and_comes_back_the_same() -> None:
    for rule in tomllib.loads(DEMO.read_text(encoding="utf-8"))["rule"]:
        fields = fields_of(rule, 0)
        again = rule_of(fields)
        assert (fields["when"], fields["then"]) == ("", "")
        assert fields_of(again, 0) == fields
        assert again["then"].keys() == rule["then"].keys()
        if "weekday" not in str(rule):  # days instead of spans of days
            assert compiled(again) == compiled(rule)


def test_conditions_are_added_and_taken_away_and_what_cannot_be_meant_is_told_by_row() -> None:
    sent = with_row({"name": "Chased", "queue": "waste"}, "open_cases", "any.new")
    sent = with_row(sent, "channel", "any.new")
    assert sent["r1.part"] == "any.1"
    with pytest.raises(Invalid) as caught:
        rule_of({**sent, "r0.f0.": "two"})
    assert caught.value.fields.keys() == {"r0", "r1"}
    rule = rule_of(without_row({**sent, "r0.f0.": "2"}, 1))
    assert rule["when"] == {"any": [{"open_cases": 2}]}


def test_what_differs_is_told_by_rule() -> None:
    a, b, c = ({"name": name, "when": {"channel": name}} for name in "abc")
    found = differences([a, b, c], [c, {**a, "then": {}}, {**b, "name": "d"}])
    assert {"changed “a”", "renamed “b” to “d”"} <= set(map(str, found))
    assert [str(each) for each in differences([a], [])] == ["removed “a”"]
