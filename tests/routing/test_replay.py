"""Replaying the past: counts of parts are those of the whole, and every past case is counted once."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from routing.engine import decide
from routing.facts import Facts
from routing.replay import Past, queue_records, rule_records, tallied
from routing.rules import RuleSet
from tests.routing.test_engine import NOON, messages, rule_lists, rule_set

DANGER = {"danger": [{"name": "Gas", "queue": "roads", "phrases": ["gas"]}]}
RULES: list[dict[str, Any]] = [
    {"name": "Bins", "when": {"text_contains": "bin"}, "then": {"queue": "waste"}},
    {"name": "Idle", "when": {"text_contains": "swing"}, "then": {"queue": "roads"}},
    {"name": "All else", "when": {"channel": "sms"}, "then": {"queue": "roads"}},
]


def past(text: str, queue: str, hours: int = 0) -> Past:
    facts = Facts(channel="sms", inbox="main", text=text, at=NOON + timedelta(hours=hours))
    return Past(f"{hours:08}", facts, queue, "triage")


def test_moves_volumes_by_hour_staffing_and_idle_rules_are_counted() -> None:
    rules = RuleSet.parse(RULES, {"waste", "roads", "triage"}, beside=DANGER)
    cases = [past("bin", "waste"), past("bin", "triage", 1), past("gas bin", "waste", 2), past("x", "roads", 7 * 24)]
    tally = tallied(cases, rules)

    assert dict(tally.moved) == {("triage", "waste"): 1, ("waste", "roads"): 1}
    assert tally.examples["triage", "waste"] == ["00000001"]
    assert [(each.rule, each.reached, each.matched) for each in rule_records(tally, rules)] == [
        ("Gas", 4, 1),
        ("Bins", 3, 2),
        ("Idle", 1, 0),
        ("All else", 1, 1),
    ]
    assert [each.rule for each in rule_records(tally, rules) if each.never] == ["Idle"]
    assert [each.rule for each in rule_records(tally, rules) if each.always] == ["All else"]
    records = {each.queue: each for each in queue_records(tally, minutes=30)}
    assert (records["roads"].total_before, records["roads"].total_after) == (1, 2)
    assert records["roads"].after[14] == 1
    assert (records["roads"].staff_hours, records["triage"].staff_hours) == (0.5, -0.5)
    assert (records["roads"].busiest_hour, records["roads"].changes) == (12, True)
    busy = {each.queue: each for each in queue_records(tallied([*cases[:2]] * 40, rules), minutes=30)}
    assert (busy["waste"].people_before, busy["waste"].people_after) == (20.0, 20.0)


@given(rule_lists, st.lists(messages, max_size=8), st.integers(0, 8))
def test_parts_add_up_and_a_replay_of_the_same_rules_moves_nothing(
    entries: list[dict[str, Any]], said: list[Any], cut: int
) -> None:
    rules = rule_set(*entries)
    pasts = [Past(str(n), facts, decide(facts, rules, "triage").queue, "triage") for n, facts in enumerate(said)]
    whole, parts = tallied(pasts, rules), tallied(pasts[:cut], rules)
    parts.join(tallied(pasts[cut:], rules))
    assert parts == whole
    assert not whole.moved
    assert sum(whole.after.values()) == whole.cases == len(said)
