"""Deciding and explaining: over random rules and messages the two never disagree."""

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.conditions import catalogue, discover
from routing.conditions.channel import ChannelIs
from routing.engine import dangers_in, decide, explain
from routing.facts import Facts
from routing.rules import RuleSet

NOON = datetime(2026, 3, 2, 12, tzinfo=ZoneInfo("Europe/London"))
QUEUES = {"waste", "roads", "triage"}


def facts(text: str = "", **more: Any) -> Facts:
    return Facts(**{"channel": "sms", "inbox": "main", "text": text, "at": NOON, **more})


def rule(name: str, when: dict[str, Any], **then: Any) -> dict[str, Any]:
    return {"name": name, "when": when, "then": {"queue": "waste", **then}}


def rule_set(*entries: dict[str, Any]) -> RuleSet:
    return RuleSet.parse(list(entries), QUEUES, version=1)


# --- random rules and messages of few words, so that many of them meet -----------------------------------------

words = st.sampled_from(["bin", "missed", "road", "MISSED bin", "bin!", "c++", "tŷ", "करें", "कर", "垃圾", "a-b", "b"])
conditions = st.one_of(
    st.fixed_dictionaries({"text_contains": st.lists(words, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"subject_contains": words}),
    st.fixed_dictionaries({"channel": st.sampled_from(["sms", "voice"])}),
    st.fixed_dictionaries({"menu": st.sampled_from(["waste", "roads"])}),
    st.fixed_dictionaries({"attachments": st.sampled_from([True, False, 2])}),
    st.fixed_dictionaries({"weekday": st.sampled_from(["mon-fri", "sat"]), "text_contains": words}),
    st.fixed_dictionaries({"time_between": st.just("17:00-09:00"), "automatic": st.booleans()}),
    st.fixed_dictionaries({"topic": st.just("waste")}),
    st.fixed_dictionaries({"text_like": words.filter(lambda word: any(map(str.isalnum, word)))}),
    st.fixed_dictionaries({"text_stems": st.fixed_dictionaries({"en": st.sampled_from(["bin", "missing", "a-b"])})}),
    st.fixed_dictionaries({"time_between": st.sampled_from(["08:00-12:00", "12:00-13:00", "22:00-09:00"])}),
    st.fixed_dictionaries({"language": st.sampled_from(["cy", "cy-GB", "en"])}),
    st.fixed_dictionaries({"from_domain": st.sampled_from(["police.uk", "met.police.uk", "nhs.uk"])}),
    st.sampled_from([{"known_contact": True}, {"known_contact": False}, {"open_cases": 2}, {"repeat_contact": 3}]),
)


def nested(leaves: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.recursive(
        leaves,
        lambda inner: st.dictionaries(
            st.sampled_from(["all", "any", "none"]), st.lists(inner, min_size=1, max_size=3), min_size=1, max_size=2
        ),
        max_leaves=6,
    )


whens = nested(conditions)
thens = st.fixed_dictionaries(
    {"queue": st.sampled_from(sorted(QUEUES))},
    optional={
        "priority": st.sampled_from(["low", "normal", "high", "urgent"]),
        "tags": st.lists(st.sampled_from("xyz")),
    },
)
rule_lists = st.lists(st.tuples(whens, thens), max_size=6).map(
    lambda drawn: [{"name": f"rule {i}", "when": when, "then": then} for i, (when, then) in enumerate(drawn)]
)
texts = st.lists(words, max_size=5).map(" ".join)
contacts: list[dict[str, Any]] = [{}, {"known": True}, {"known": True, "open_cases": 2, "days_since": 3.0}]
messages = st.builds(
    lambda contact, **given: Facts(**contact, **given),
    contact=st.sampled_from(contacts),
    language=st.sampled_from(["", "en", "cy", "cy-GB"]),
    sender=st.sampled_from(["", "a@met.police.uk", "b@nhs.uk"]),
    channel=st.sampled_from(["sms", "voice"]),
    inbox=st.just("main"),
    text=texts,
    subject=texts,
    at=st.integers(0, 7 * 24).map(lambda hours: NOON + timedelta(hours=hours)),
    attachments=st.integers(0, 2),
    menu=st.sampled_from([(), ("waste",), ("roads", "waste")]),
    automatic=st.booleans(),
)


@given(rule_lists, messages)
def test_what_is_decided_is_what_is_explained(entries: list[dict[str, Any]], message: Facts) -> None:
    rules = rule_set(*entries)
    outcome, decision = decide(message, rules, "triage"), explain(message, rules, "triage")
    assert (outcome.rule, outcome.queue, outcome.priority, outcome.tags) == (
        decision.rule,
        decision.queue,
        decision.priority,
        decision.tags,
    )
    (matched,) = (trial for trial in decision.explanation if trial.matched)
    assert (matched.rule, matched.why) == (outcome.rule, outcome.compared)


@given(rule_lists, messages)
def test_every_rule_is_told_in_order_and_only_the_first_match_wins(
    entries: list[dict[str, Any]], message: Facts
) -> None:
    told = explain(message, rule_set(*entries), "triage").explanation
    names = [entry["name"] for entry in entries]
    winner = [trial.rule for trial in told].index(next(trial.rule for trial in told if trial.matched))
    assert [trial.rule for trial in told] == (names if told[winner].rule else [*names, None])
    assert all(trial.conditions for trial in told[:winner])
    assert all(trial.why.startswith("not reached: ") for trial in told[winner + 1 :])


@given(whens, messages)
def test_nesting_means_what_it_says(when: dict[str, Any], message: Facts) -> None:
    def matches(table: dict[str, Any]) -> bool:
        return decide(message, rule_set(rule("r", table)), "triage").rule == "r"

    assert matches({"all": [when]}) is matches({"any": [when]}) is matches(when)
    assert matches({"none": [when]}) is not matches(when)
    assert matches({"none": [{"none": [when]}]}) is matches(when)
    for name, table in when.items():
        if name in ("all", "any", "none"):
            parts = [matches(part) for part in table]
            truth = {"all": all(parts), "any": any(parts), "none": not any(parts)}
            assert matches({name: table}) is truth[name]
    assert matches(when) is all(matches({name: table}) for name, table in when.items())


@given(rule_lists, messages)
def test_stored_facts_give_the_same_explanation_again(entries: list[dict[str, Any]], message: Facts) -> None:
    first = explain(message, rule_set(*entries), "triage").to_json()
    stored = Facts.from_json(json.loads(json.dumps(message.to_json())))
    assert json.loads(json.dumps(first)) == explain(stored, rule_set(*entries), "triage").to_json()


def test_a_match_reads_in_one_sentence() -> None:
    entry = rule("Missed bin", {"any": [{"topic": "waste"}, {"text_contains": "missed bin"}]}, tags=["t"])
    assert explain(facts("My missed bin"), rule_set(entry), "triage").to_json() == {
        "rule": "Missed bin",
        "matched": ["Missed bin"],
        "queue": "waste",
        "priority": "normal",
        "tags": ["t"],
        "effects": {},
        "explanation": [
            {
                "rule": "Missed bin",
                "group": "",
                "matched": True,
                "why": "matched: it says “missed bin”",
                "conditions": [
                    {
                        "condition": "any",
                        "expected": "at least one of 2",
                        "actual": "1 of 2 matched",
                        "matched": True,
                        "why": "it says “missed bin”",
                        "conditions": [
                            {
                                "condition": "topic",
                                "expected": ["waste"],
                                "actual": {"topic": "", "confidence": 0.0, "by": ""},
                                "matched": False,
                                "why": "nothing here learns topics",
                            },
                            {
                                "condition": "text_contains",
                                "expected": ["missed bin"],
                                "actual": "missed bin",
                                "matched": True,
                                "why": "it says “missed bin”",
                            },
                        ],
                    }
                ],
            }
        ],
    }


def test_what_comes_after_the_match_is_not_reached() -> None:
    decision = explain(
        facts("bin"), rule_set(rule("a", {"text_contains": "bin"}), rule("b", {"channel": "sms"})), "triage"
    )
    assert decision.to_json()["explanation"][1] == {
        "rule": "b",
        "group": "",
        "matched": False,
        "why": "not reached: “a” matched first",
        "conditions": [],
    }


def test_where_nothing_matches_the_inboxs_own_queue_takes_it_and_says_so() -> None:
    decision = explain(facts("hello"), rule_set(rule("a", {"text_contains": "bin"})), "triage").to_json()
    assert (decision["rule"], decision["queue"], decision["priority"], decision["tags"]) == (
        None,
        "triage",
        "normal",
        [],
    )
    assert [trial["rule"] for trial in decision["explanation"]] == ["a", None]
    assert decision["explanation"][-1]["matched"] is True
    assert decision["explanation"][-1]["why"] == "No rule matched: the inbox’s own queue “triage” takes it"


@pytest.mark.parametrize(
    ("when", "message", "why"),
    [
        ({"channel": "sms", "text_contains": "x"}, facts("y"), "missed: it does not say “x”"),
        (
            {"none": [{"automatic": True}]},
            facts(automatic=True),
            "missed: a machine wrote it, which rules it out",
        ),
        ({"none": [{"automatic": True}]}, facts(), "matched: a person wrote it"),
        (
            {"channel": "sms", "text_contains": "x"},
            facts("x"),
            "matched: it came by text, and it says “x”",
        ),
    ],
)
def test_a_combination_is_told_by_the_parts_that_settled_it(when: dict[str, Any], message: Facts, why: str) -> None:
    assert explain(message, rule_set(rule("r", when)), "triage").explanation[0].why == why


class Exploding(ChannelIs):
    __slots__ = ()
    name = "exploding"

    def matches(self, actual: Any) -> bool:
        raise RuntimeError("the citizen's words")


BREAKING = catalogue([*((name, each) for name, each in discover().items()), ("here", Exploding)])
BROKE = "the condition could not be tested (RuntimeError)"


def test_a_condition_that_breaks_is_missed_and_routing_goes_on() -> None:
    entries = [rule("broken", {"exploding": "sms"}), rule("next", {"channel": "sms"}, queue="roads")]
    rules = RuleSet.parse(entries, QUEUES, catalogue=BREAKING)
    assert decide(facts(), rules, "triage").rule == "next"
    told = explain(facts(), rules, "triage")
    assert told.rule == "next"
    assert told.explanation[0].why == f"missed: {BROKE}"


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ({"none": [{"exploding": "sms"}]}, f"missed: {BROKE}"),
        ({"none": [{"none": [{"exploding": "sms"}]}]}, f"missed: {BROKE}"),
        ({"channel": "sms", "none": [{"text_contains": "x"}, {"exploding": "sms"}]}, f"missed: {BROKE}"),
        ({"exploding": "sms", "channel": "voice"}, "missed: it came by text, not by telephone"),
        ({"none": [{"exploding": "sms"}, {"channel": "sms"}]}, "missed: it came by text, which rules it out"),
        ({"any": [{"exploding": "sms"}, {"channel": "sms"}]}, "matched: it came by text"),
        (
            {"none": [{"all": [{"exploding": "sms"}, {"channel": "voice"}]}]},
            "matched: it came by text, not by telephone",
        ),
    ],
)
def test_a_rule_that_hangs_on_a_condition_that_breaks_is_missed_wherever_that_stands(
    when: dict[str, Any], why: str
) -> None:
    rules = RuleSet.parse([rule("r", when)], QUEUES, catalogue=BREAKING)
    assert explain(facts(), rules, "triage").explanation[0].why == why
    assert decide(facts(), rules, "triage").rule == ("r" if why.startswith("matched") else None)


@given(st.lists(st.tuples(nested(conditions | st.just({"exploding": "sms"})), thens), max_size=4), messages)
def test_explanation_and_decision_agree_where_conditions_break(
    drawn: list[tuple[dict[str, Any], dict[str, Any]]], message: Facts
) -> None:
    entries = [{"name": f"rule {i}", "when": when, "then": then} for i, (when, then) in enumerate(drawn)]
    rules = RuleSet.parse(entries, QUEUES, catalogue=BREAKING)
    outcome, decision = decide(message, rules, "triage"), explain(message, rules, "triage")
    (matched,) = (trial for trial in decision.explanation if trial.matched)
    assert (outcome.rule, outcome.queue, outcome.compared) == (decision.rule, decision.queue, matched.why)
    for each in rules.rules:
        assert each.when.test(message) is each.when.explain(message).held


def test_three_hundred_rules_try_only_those_whose_words_are_there() -> None:
    entries = [rule(f"rule {i}", {"text_contains": [f"word{i}", f"some thing{i}"]}) for i in range(300)]
    rules = rule_set(*entries, rule("last", {"channel": "voice"}))
    tried = [each.name for each in rules.candidates(facts("word7 and thing200 and word299 are here"))]
    assert tried == ["rule 7", "rule 200", "rule 299", "last"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"text": "my bin"}, []),
        ({"text": "เก็บขยะ"}, ["without spaces"]),
        ({"text": "ma poubelle, déjà", "topic": "WASTE", "confidence": 0.9}, ["sure", "supposed"]),
        ({"text": "my bin", "supposed": (("roads", 0.5), ("waste", 0.4))}, ["supposed"]),
    ],
)
def test_rules_about_topics_and_scripts_without_spaces_are_tried_where_they_may_match(
    said: dict[str, Any], expected: list[str]
) -> None:
    rules = rule_set(
        rule("sure", {"topic": ["Waste"]}),
        rule("supposed", {"topic": {"is": ["waste"], "confidence": 0.4}}),
        rule("without spaces", {"text_contains": ["ขยะ"]}),
    )
    message = facts(**said)
    assert [each.name for each in rules.candidates(message) if each.when.test(message)] == expected
    assert {each.name for each in rules.candidates(message)} <= {*expected, "sure"}


LARGE = [f"x{number} ([a-z]{{1,50}} ){{1,20}}y" for number in range(300)]  # too much to be looked for at once


def test_patterns_that_are_too_much_for_one_look_are_looked_for_one_after_the_other() -> None:
    rules = rule_set(*(rule(f"Pattern {number}", {"text_matches": each}) for number, each in enumerate(LARGE)))
    for text, found in (("x299 ab cd y", "Pattern 299"), ("nothing", None)):
        assert decide(facts(text), rules, "triage").rule == explain(facts(text), rules, "triage").rule == found


def test_a_condition_and_a_danger_with_patterns_that_are_too_much_for_one_look_hold() -> None:
    danger = {"name": "Many words", "queue": "triage", "patterns": LARGE}
    rules = RuleSet.parse([rule("All", {"text_matches": LARGE})], QUEUES, beside={"danger": [danger]})
    assert [found.name for found in dangers_in(facts("x299 ab cd y"), rules)] == ["Many words"]
    assert dangers_in(facts("nothing"), rules) == ()
    assert rules.rules[-1].when.test(facts("x299 ab cd y")) is True
    assert rules.rules[-1].when.test(facts("nothing")) is False
