"""Reading rules: what is accepted, and that every problem is told with rule, key and reason."""

from typing import Any

import pytest

from routing.compiling import DEEPEST
from routing.effects import KEYS
from routing.rules import Effects, RuleErrors, RuleProblem, RuleSet, parse_rules

QUEUES = {"waste", "triage"}
WHEN = {"text_contains": "bin"}
THEN = {"queue": "waste"}


def problems(*entries: Any) -> list[tuple[int, str, str, str]]:
    with pytest.raises(RuleErrors) as caught:
        parse_rules(list(entries), QUEUES)
    return [(each.index, each.rule, each.key, each.reason) for each in caught.value.problems]


def problem_of(when: Any) -> tuple[str, str]:
    ((_, _, key, reason),) = problems({"name": "r", "when": when, "then": THEN})
    return key, reason


def nested(depth: int) -> dict[str, Any]:
    when: dict[str, Any] = WHEN
    for _ in range(depth):
        when = {"any": [when]}
    return when


def test_rules_keep_their_order_and_their_effects() -> None:
    then = {"queue": "waste", "priority": "high", "tags": ["a", "b", "a"]}
    rules = parse_rules(
        [{"name": " one ", "when": WHEN, "then": then}, {"name": "two", "when": nested(2), "then": THEN}], QUEUES
    )
    assert [rule.name for rule in rules] == ["one", "two"]
    assert rules[0].then == Effects(queue="waste", priority="high", tags=("a", "b"))
    assert rules[1].then == Effects(queue="waste", priority=None, tags=())


def test_no_rules_are_a_rule_set_too() -> None:
    assert RuleSet.parse([], QUEUES, version=7) == RuleSet((), 7)


@pytest.mark.parametrize(
    ("when", "key", "reason"),
    [
        ({}, "when", "has no condition"),
        ([], "when", "must be a table of conditions, not a list"),
        ("bin", "when", "must be a table of conditions, not a string"),
        ({"any": []}, "when.any", "the list is empty"),
        ({"all": WHEN}, "when.all", "must be a list of tables, not a table"),
        ({"none": [{}]}, "when.none[0]", "has no condition"),
        ({"any": [WHEN, "bin"]}, "when.any[1]", "must be a table of conditions, not a string"),
        ({"any": [WHEN, {"text_contains": []}]}, "when.any[1].text_contains", "the list is empty"),
        ({"text_contains": ["bin", " "]}, "when.text_contains[1]", "must not be empty"),
        ({"all": [{"none": [{"weekday": "x"}]}]}, "when.all[0].none[0].weekday", '"x" is not a weekday'),
        ({"text_contians": "bin"}, "when.text_contians", "there is no such condition; there are all, any, none, "),
    ],
)
def test_a_bad_when_is_refused_at_its_key(when: Any, key: str, reason: str) -> None:
    found_key, found_reason = problem_of(when)
    assert found_key == key
    assert found_reason.startswith(reason)


@pytest.mark.parametrize(
    ("then", "key", "reason"),
    [
        (None, "then", "is missing"),
        ("waste", "then", "must be a table, not a string"),
        ({"priority": "high"}, "then.queue", "name the queue that takes the case"),
        ({"queue": 7}, "then.queue", "must be a string, not a number"),
        ({"queue": "wast"}, "then.queue", 'there is no queue "wast"'),
        ({**THEN, "priority": "asap"}, "then.priority", "must be one of low, normal, high, urgent"),
        ({**THEN, "priority": []}, "then.priority", "must be one of low, normal, high, urgent"),
        ({**THEN, "tags": [1]}, "then.tags[0]", "must be a string, not a number"),
        ({**THEN, "tags": {}}, "then.tags", "must be a string or a list of strings, not a table"),
        (
            {**THEN, "agent": "a"},
            "then.agent",
            f"there is no such key; there are {', '.join(KEYS)}",
        ),
        ({**THEN, "restricted": "yes"}, "then.restricted", "must be true or false, not a string"),
        (
            {**THEN, "notify": ["duty"]},
            "then.notify[0]",
            "must be a mail address or a number in full, such as +441632960100",
        ),
        ({**THEN, "hold": "soon"}, "then.hold", "must be a number and m, h or d, such as 15m, 4h or 2d"),
        ({**THEN, "ask": {"en": ""}}, "then.ask.en", "must not be empty"),
        ({**THEN, "language": "English"}, "then.language", "must be a language tag such as en or cy"),
    ],
)
def test_a_bad_then_is_refused_at_its_key(then: Any, key: str, reason: str) -> None:
    ((_, _, found_key, found_reason),) = problems({"name": "r", "when": WHEN, "then": then})
    assert (found_key, found_reason[: len(reason)]) == (key, reason)


@pytest.mark.parametrize(
    ("entry", "rule", "key", "reason"),
    [
        ("rule", "", "", "must be a table, not a string"),
        ({"when": WHEN, "then": THEN}, "", "name", "is missing"),
        ({"name": " ", "when": WHEN, "then": THEN}, "", "name", "must be a string that isn't empty"),
        ({"name": "n" * 121, "when": WHEN, "then": THEN}, "n" * 121, "name", "longer than 120 characters"),
        ({"name": "r", "then": THEN}, "r", "when", "has no condition"),
        (
            {"name": "r", "when": WHEN, "then": THEN, "if": 1},
            "r",
            "if",
            "there is no such key; there are name, group, when, then",
        ),
    ],
)
def test_a_bad_rule_is_refused(entry: Any, rule: str, key: str, reason: str) -> None:
    assert problems(entry) == [(0, rule, key, reason)]


def test_all_problems_of_all_rules_are_told_at_once() -> None:
    found = problems(
        {"name": "a", "when": {"any": [{"menu": []}, {"nonsense": 1}]}, "then": {"queue": "x", "tags": [""]}},
        {"name": "b", "when": WHEN, "then": THEN},
        {"name": "a", "when": WHEN, "then": THEN},
    )
    assert [(index, key) for index, _, key, _ in found] == [
        (0, "when.any[0].menu"),
        (0, "when.any[1].nonsense"),
        (0, "then.queue"),
        (0, "then.tags[0]"),
        (2, "name"),
    ]


def test_what_is_refused_reads_as_a_sentence() -> None:
    with pytest.raises(RuleErrors) as caught:
        parse_rules([{"name": "Bins", "when": {"menu": []}, "then": THEN}], QUEUES)
    assert str(caught.value) == 'rule 1 "Bins", when.menu: the list is empty'
    assert caught.value.problems == (RuleProblem(0, "Bins", "when.menu", "the list is empty"),)


@pytest.mark.parametrize("entries", [None, {}, "rules", 3])
def test_rules_that_are_no_list_are_refused(entries: object) -> None:
    with pytest.raises(RuleErrors, match="rules must be a list of tables"):
        parse_rules(entries, QUEUES)


def test_nesting_is_bounded() -> None:
    assert parse_rules([{"name": "r", "when": nested(DEEPEST), "then": THEN}], QUEUES)
    key, reason = problem_of(nested(DEEPEST + 1))
    assert key.count("any") == DEEPEST + 1
    assert reason == "nested deeper than 16"
