"""Groups, dangers and effects over random rule sets: what is decided is what is explained, in the order written."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.engine import dangers_in, decide, explain
from routing.facts import Facts
from routing.review import doubts, place_of_new
from routing.rules import RuleErrors, RuleSet
from tests.routing.test_engine import NOON, QUEUES, messages, thens, whens, words

GROUPS = [{"name": "one", "mode": "collect"}, {"name": "two", "mode": "first"}]
effects = st.fixed_dictionaries(
    {},
    optional={
        "tags": st.lists(st.sampled_from("xyz"), min_size=1, max_size=2),
        "priority": st.sampled_from(["low", "urgent"]),
        "language": st.sampled_from(["en", "cy"]),
        "restricted": st.just(True),
        "hold": st.sampled_from(["2h", "1d"]),
    },
).filter(bool)
whens_with_tags = st.one_of(whens, st.fixed_dictionaries({"tag": st.sampled_from(["x", "y"])}))
grouped = st.lists(st.tuples(st.sampled_from(["one", "two", ""]), whens_with_tags, thens, effects), max_size=7).map(
    lambda drawn: [
        {
            "name": f"rule {i}",
            "when": when,
            "then": {**more, **(then if not group else {})},
            **({"group": group} if group else {}),
        }
        for i, (group, when, then, more) in enumerate(drawn)
    ]
)
dangers = st.lists(words, max_size=2, unique=True).map(
    lambda drawn: [{"name": f"danger {i}", "queue": "roads", "phrases": [word]} for i, word in enumerate(drawn)]
)


def parsed(entries: list[dict[str, Any]], found: list[dict[str, Any]]) -> RuleSet:
    return RuleSet.parse(entries, QUEUES, beside={"group": GROUPS, "danger": found})


@given(grouped, dangers, messages)
def test_explanation_and_decision_never_disagree(
    entries: list[dict[str, Any]], found: list[dict[str, Any]], message: Facts
) -> None:
    rules = parsed(entries, found)
    outcome, decision = decide(message, rules, "triage"), explain(message, rules, "triage")
    assert (outcome.rule, outcome.matched, outcome.queue, outcome.priority, outcome.tags, outcome.more) == (
        decision.rule,
        decision.matched,
        decision.queue,
        decision.priority,
        decision.tags,
        decision.more,
    )
    told = [trial.rule for trial in decision.explanation if trial.matched and trial.rule]
    assert tuple(told) == outcome.matched
    if outcome.rule:
        assert outcome.compared == next(t.why for t in decision.explanation if t.rule == outcome.rule)


@given(grouped, dangers, messages)
def test_danger_goes_before_everything_and_a_first_group_gives_one(
    entries: list[dict[str, Any]], found: list[dict[str, Any]], message: Facts
) -> None:
    rules = parsed(entries, found)
    outcome = decide(message, rules, "triage")
    group_of = {rule.name: rule.group for rule in rules.rules}
    raised = [danger.name for danger in dangers_in(message, rules)]
    if raised:
        assert list(outcome.matched) == raised
        assert (outcome.queue, outcome.priority, outcome.more.restricted) == ("roads", "urgent", True)
    firsts = [group_of[name].name for name in outcome.matched if group_of[name].mode == "first"]
    assert len(firsts) == len(set(firsts))


@given(grouped, messages)
def test_what_the_review_calls_unreachable_or_impossible_never_matches(
    entries: list[dict[str, Any]], message: Facts
) -> None:
    rules = parsed(entries, [])
    matched = decide(message, rules, "triage").matched
    idle = {doubt.rule for doubt in doubts(rules, entries) if doubt.key == "when"}
    assert idle.isdisjoint(matched)


@given(grouped, messages)
def test_deciding_twice_is_deciding_once(entries: list[dict[str, Any]], message: Facts) -> None:
    rules = parsed(entries, [])
    assert decide(message, rules, "triage") == decide(message, rules, "triage")
    if any("'tag'" in str(each["when"]) for each in entries):
        return  # a rule said twice may see, the second time, the tag of one that came after it
    same = parsed([*entries, *({**each, "name": f"{each['name']} again"} for each in entries)], [])
    once, twice = decide(message, rules, "triage"), decide(message, same, "triage")
    assert (once.queue, once.rule, once.priority) == (twice.queue, twice.rule, twice.priority)
    assert set(once.tags) == set(twice.tags)


@pytest.mark.parametrize(
    ("entries", "rule", "key", "reason"),
    [
        (
            [({"text_contains": ["bin", "road"]}, {}), ({"text_contains": "missed bin", "channel": "sms"}, {})],
            "r1",
            "when",
            "is never reached: all that it matches, “r0” takes before it",
        ),
        *(
            ([({"all": parts}, {})], "r0", "when", "can never match")
            for parts in (
                [{"channel": "sms"}, {"channel": "voice"}],
                [{"automatic": True}, {"none": [{"automatic": True}]}],
                [{"time_between": "22:00-06:00"}, {"time_between": "06:00-09:00"}],
                [{"language": "cy"}, {"language": ["en", "pl"]}],
                [{"from_domain": "nhs.uk"}, {"from_domain": "police.uk"}],
                [{"known_contact": False}, {"open_cases": 1}],
                [{"known_contact": False}, {"repeat_contact": 7}],
                [{"none": [{"any": [{"attachments": True}, {"attachments": False}]}]}],
            )
        ),
        *(
            ([(broad, {}), (narrow, {})], "r1", "when", "is never reached")
            for broad, narrow in (
                ({"text_like": "recycling"}, {"text_contains": "recycling centre"}),
                ({"text_like": "recycling"}, {"text_like": ["my recycling", "recycling"]}),
                ({"text_stems": {"en": ["collect"]}}, {"text_contains": ["collected", "not collecting"]}),
                ({"text_stems": {"en": ["collect"]}}, {"text_stems": {"en": ["collected bins"]}}),
                ({"text_matches": ["a+b", "c"]}, {"text_matches": "c"}),
                ({"time_between": "17:00-09:00"}, {"time_between": "22:00-06:00"}),
                ({"language": "cy"}, {"language": "cy-GB"}),
                ({"known_contact": True}, {"open_cases": 2}),
                ({"any": [{"known_contact": True}, {"known_contact": False}]}, {"channel": "sms"}),
                ({"any": [{"channel": "sms"}, {"none": [{"channel": "sms"}]}]}, {"channel": "voice"}),
            )
        ),
        (
            [({"channel": "sms"}, {"group": "one", "then": {"language": "cy"}}),
             ({"channel": "sms", "automatic": True}, {"group": "one", "then": {"language": "en"}})],
            "r1",
            "then.language",
            "has no effect: “r0” matches whatever it matches and comes first",
        ),
        (
            [({"channel": "sms"}, {"group": "one", "then": {"queue": "roads"}}),
             ({"channel": "sms", "known_contact": True}, {})],
            "r1",
            "then.queue",
            "has no effect: “r0” matches whatever it matches and comes first",
        ),
        *(
            ([(one, {}), (two, {}), (hidden, {})], "r2", "when", "is never reached: all that it matches, “r0” or “r1”")
            for one, two, hidden in (
                ({"channel": "sms"}, {"channel": ["voice", "email"]}, {"channel": ["sms", "voice"]}),
                ({"text_contains": "bin"}, {"text_contains": "road"}, {"text_contains": ["bin", "wet road"]}),
                ({"known_contact": True}, {"known_contact": False}, {"text_contains": "bin"}),
                ({"weekday": "mon-fri"}, {"weekday": ["sat", "sun"]}, {"text_contains": "bin"}),
                ({"weekday": "mon"}, {"weekday": "tue-thu"}, {"weekday": "mon-wed", "channel": "sms"}),
                ({"text_contains": "a"}, {"menu": "b"}, {"any": [{"menu": "b"}, {"text_contains": "such a"}]}),
            )
        ),
        (
            [({"from_domain": "nhs.uk"}, {}), ({"from": ["a@nhs.uk", "b@ward.nhs.uk"]}, {})],
            "r1",
            "when",
            "is never reached: all that it matches, “r0”",
        ),
        ([({"from_domain": "nhs.uk", "from": "a@b.example"}, {})], "r0", "when", "can never match"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_do_what_it_says_is_pointed_out(
    entries: list[tuple[dict[str, Any], dict[str, Any]]], rule: str, key: str, reason: str
) -> None:
    tables = [
        {"name": f"r{i}", "when": when, "then": {"queue": "waste"}, **more} for i, (when, more) in enumerate(entries)
    ]
    (doubt,) = doubts(parsed(tables, []), tables)  # and no other
    assert (doubt.rule, doubt.key) == (rule, key)
    assert doubt.reason.startswith(reason)


BUSINESS = {"name": "b", "group": "one", "when": {"channel": "sms"}, "then": {"tags": ["business"]}}
LATER = {"name": "l", "group": "two", "when": {"channel": "sms"}, "then": {"tags": ["business"]}}


@pytest.mark.parametrize(
    ("when", "more", "others", "key", "reason"),
    [
        ({"tag": ["business", "buisness"]}, {}, [BUSINESS], "when.tag", 'no rule gives the tag "buisness"'),
        ({"any": [{"channel": "sms"}, {"none": [{"tag": "x"}]}]}, {}, [], "when.any[1].none[0].tag", 'no rule gives'),
        ({"tag": "business"}, {"group": "one"}, [LATER], "when.tag", 'no rule before it gives the tag "business"'),
        ({"tag": "business"}, {"group": "two"}, [LATER], "when.tag", 'no rule before it gives the tag "business"'),
        ({"menu": ["waste", "wate"]}, {}, [], "when.menu", 'no menu of a telephone line has the tag "wate"'),
        ({"topic": {"is": ["Waste", "bins"], "confidence": 0.9}}, {}, [], "when.topic", 'there is no queue "bins"'),
        *(
            ({"expression": written}, {}, [BUSINESS], "when.expression", reason)
            for written, reason in (
                ('"business" in tags || "buisness" in tags', 'no rule gives the tag "buisness"'),
                ('tags.exists(t, t == "buisness")', 'no rule gives the tag "buisness"'),
                ('menu == ["waste"] || menu[0] != "wate"', 'no menu of a telephone line has the tag "wate"'),
                ('topic in ["waste", "bins"] && topic != ""', 'there is no queue "bins"'),
                ('"bins" in supposed && supposed["bins"] > 0.4', 'there is no queue "bins"'),
            )
        ),
    ],
)  # fmt: skip
def test_a_rule_that_waits_for_what_nobody_gives_is_pointed_out(
    when: dict[str, Any], more: dict[str, Any], others: list[dict[str, Any]], key: str, reason: str
) -> None:
    tables = [*others, {"name": "r", "when": when, "then": {"queue": "waste"}, **more}]
    (doubt,) = doubts(parsed(tables, []), tables, {"menu": {"waste"}, "topic": {"waste"}})
    assert (doubt.rule, doubt.key) == ("r", key)
    assert doubt.reason.startswith(reason)


@pytest.mark.parametrize(
    ("when", "mode", "place"),
    [
        ({"text_contains": "road"}, "first", 2),
        ({"text_contains": "bin"}, "first", 0),
        ({"known_contact": True}, "first", 4),
        ({"channel": "sms", "weekday": "mon"}, "first", 2),
        ({"text_contains": "bin"}, "collect", 4),
    ],
)
def test_a_new_rule_stands_where_it_gets_its_turn_and_before_those_that_take_what_is_left(
    when: dict[str, Any], mode: str, place: int
) -> None:
    mates = [{"text_contains": ["bin", "bins"]}, {"menu": "roads"}, {"channel": "sms"}, {"channel": ["voice", "email"]}]
    rules = [
        {"name": f"r{i}", "group": "g", "when": each, "then": {"tags": ["t"]}} for i, each in enumerate([*mates, when])
    ]
    *there, new = RuleSet.parse(rules, set(), beside={"group": [{"name": "g", "mode": mode}]}).rules
    assert place_of_new(new, there) == place


def test_an_expression_that_names_what_there_is_not_is_refused() -> None:
    known = {"channel": {"sms"}, "inbox": {"main"}, "queue": {"waste"}}
    for written, reason in (
        ('channel == "fax" || words > 3', 'there is no channel "fax"'),
        ('inbox != "Main" && inbox in ["main", "planing"]', 'there is no inbox "planing"'),
        ('"Castle" in wards', 'there is no ward "castle"'),
        ('weekday == "monday"', 'there is no weekday "monday"; there are mon, tue'),
        ('"proven" == verification', 'there is no verification "proven"'),
    ):
        rule = {"name": "r", "when": {"expression": written}, "then": {"queue": "waste"}}
        with pytest.raises(RuleErrors) as refused:
            RuleSet.parse([rule], known["queue"], known=known)
        assert [(each.key, each.reason.startswith(reason)) for each in refused.value.problems] == [
            ("when.expression", True)
        ]


def test_what_is_given_in_time_or_by_those_nobody_knows_here_is_left_alone() -> None:
    same_group = {"name": "s", "group": "one", "when": {"tag": "business"}, "then": {"tags": ["shop"]}}
    named = {"all": [{"tag": "shop"}, {"menu": "x"}, {"topic": "y"}]}
    ungrouped = {"name": "u", "when": named, "then": {"queue": "waste"}}
    tables = [BUSINESS, same_group, ungrouped]
    assert doubts(parsed(tables, []), tables) == ()


def test_a_rule_that_a_danger_always_comes_before_is_pointed_out() -> None:
    gas = {"name": "Gas", "queue": "roads", "phrases": {"en": ["gas leak", "smell gas"]}}
    entry = {"name": "r", "when": {"text_contains": ["a gas leak", "smell gas"]}, "then": {"queue": "waste"}}
    (doubt,) = doubts(parsed([entry], [gas]), [entry])
    assert doubt.reason == "is never reached: all that it matches, “Gas” takes before it"
    assert doubts(parsed([entry], [{**gas, "unless": ["no gas leak"]}]), [entry]) == ()


def test_a_choice_in_a_phone_menu_is_a_danger_beside_words_and_is_none_of_these() -> None:
    danger = {
        "name": "Child",
        "queue": "roads",
        "phrases": {"en": ["hitting"]},
        "menu": ["child"],
        "unless": ["minder"],
    }
    rules = parsed([], [danger])
    called = Facts(channel="voice", inbox="main", text="the minder", menu=("child",), at=NOON)
    assert decide(called, rules, "triage").rule == "Child"
    written = explain(Facts(channel="sms", inbox="main", text="a child", at=NOON), rules, "triage")
    assert written.rule is None
    assert written.explanation[0].why == (
        "missed: it says none of “hitting”, other than in “minder”, and the caller didn’t choose “child” in the menu"
    )


def test_a_rule_of_a_group_may_be_overruled_only_by_what_certainly_has_its_way() -> None:
    """A first rule may end the group before the one that gives the queue is tried."""
    sms = {"channel": "sms"}
    tagging = {"name": "t", "group": "two", "when": {"text_contains": "bin"}, "then": {"tags": ["x"]}}
    placing = {"name": "p", "group": "two", "when": sms, "then": {"queue": "roads"}}
    last = {"name": "l", "when": sms, "then": {"queue": "waste"}}
    assert doubts(parsed([tagging, placing, last], []), [tagging, placing, last]) == ()
    (doubt,) = doubts(parsed([placing, tagging, last], []), [placing, tagging, last])
    assert (doubt.rule, doubt.key) == ("l", "then.queue")


@given(grouped, messages)
def test_what_the_review_calls_without_effect_changes_nothing(entries: list[dict[str, Any]], message: Facts) -> None:
    rules = parsed(entries, [])
    idle = [doubt for doubt in doubts(rules, entries) if doubt.key.startswith("then.")]
    before = decide(message, rules, "triage")
    for doubt in idle:
        key = doubt.key.removeprefix("then.")
        if key == "queue":
            assert before.rule != doubt.rule
            continue
        then = {name: value for name, value in entries[doubt.index]["then"].items() if name != key}
        without = [*entries[: doubt.index], {**entries[doubt.index], "then": then or {"tags": []}}]
        after = decide(message, parsed([*without, *entries[doubt.index + 1 :]], []), "triage")
        assert (after.queue, after.more) == (before.queue, before.more)


@pytest.mark.parametrize(
    ("beside", "place", "reason"),
    [
        ({"group": [{"name": "a", "mode": "all"}]}, "group 1 \"a\", mode", "must be one of first, collect"),
        ({"group": [{"name": "danger"}]}, 'group 1 "danger", name', "dangers have tables of their own"),
        ({"ward": [{"name": "Castle"}]}, 'ward 1 "Castle", postcodes', "is missing"),
        ({"ward": [{"name": "C", "postcodes": ["Elm"]}]}, 'ward 1 "C", postcodes', '"Elm" is no postcode'),
        ({"danger": [{"name": "d", "queue": "x", "phrases": ["y"]}]}, 'danger 1 "d", queue', 'there is no queue "x"'),
        ({"danger": [{"name": "d", "queue": "waste"}]}, 'danger 1 "d", phrases', "has no phrase, pattern or menu"),
        ({"danger": [{"name": "d", "queue": "waste", "phrases": {"en": []}}]}, 'd", phrases.en', "the list is empty"),
        ({"danger": [{"name": "d", "queue": "waste", "patterns": ["(a"]}]}, 'd", patterns[0]', "not a regular expr"),
        ({"danger": [{"name": "d", "queue": "waste", "patterns": {"c": ["a"]}}]}, 'd", patterns.c', "is not a lang"),
        ({"danger": [{"name": "d", "queue": "waste", "patterns": {"cy": ["(a"]}}]}, 'patterns.cy[0]', "not a regular"),
        ({"danger": [{"name": "d", "queue": "waste", "phrases": "y", "call": [["I"]]}]}, 'd", call[0][0]', "must be a"),
    ],
)  # fmt: skip
def test_what_rules_are_read_with_is_refused_with_place_and_reason(
    beside: dict[str, Any], place: str, reason: str
) -> None:
    with pytest.raises(RuleErrors) as caught:
        RuleSet.parse([], QUEUES, beside=beside)
    (problem,) = caught.value.problems
    assert place in str(problem)
    assert problem.reason.startswith(reason)


@pytest.mark.parametrize(
    "entries",
    [
        [{"text_contains": "recycling"}, {"text_like": "recycling"}],
        [{"text_stems": {"de": ["collect"]}}, {"text_stems": {"en": ["collect"]}}],
        [{"text_like": "bin"}, {"text_contains": "bin"[:2]}],
        [{"text_like": "垃圾"}, {"text_contains": "垃圾"}],  # stands anywhere in a word, which isn't like it
        [{"time_between": "09:00-17:00"}, {"time_between": "16:00-18:00"}],
        [{"all": [{"time_between": "09:00-17:00"}, {"time_between": "16:00-18:00"}]}],
        [{"all": [{"language": "cy"}, {"language": "cy-GB"}]}],
        [{"any": [{"attachments": 2}, {"attachments": False}]}, {"attachments": True}],
    ],
)
def test_rules_that_may_both_match_are_left_alone(entries: list[dict[str, Any]]) -> None:
    tables = [{"name": f"r{i}", "when": when, "then": {"queue": "waste"}} for i, when in enumerate(entries)]
    assert doubts(parsed(tables, []), tables) == ()


def test_wards_are_known_by_their_postcodes() -> None:
    beside = {"ward": [{"name": "Castle", "postcodes": ["SA1 1", "SA2"]}, {"name": "Mill", "postcodes": ["SA1 2AB"]}]}
    entry = {"name": "r", "when": {"ward": ["mill"]}, "then": {"queue": "waste"}}
    rules = RuleSet.parse([entry], QUEUES, beside=beside)
    for text, rule in (("at SA1 2AB", "r"), ("at SA1 1AB", None), ("sa12ab", "r"), ("SA1 2AA", None)):
        assert decide(Facts(channel="sms", inbox="main", text=text, at=NOON), rules, "triage").rule == rule


def test_three_hundred_rules_of_every_kind_are_still_found_by_their_words() -> None:
    entries = [
        {"name": f"{kind} {i}", "when": {kind: argument(i)}, "then": {"queue": "waste"}}
        for i in range(75)
        for kind, argument in (
            ("text_contains", lambda i: [f"word{i}"]),
            ("text_stems", lambda i: {"en": [f"collecting street{i}"]}),
            ("text_like", lambda i: [f"recycling centre{i}"]),
            ("text_matches", lambda i: [f"ref-{i}-[0-9]+"]),
        )
    ]
    rules = RuleSet.parse(entries, QUEUES)
    message = Facts(channel="sms", inbox="main", text="collected streets7, recyling centre8, ref-9-12", at=NOON)
    assert [rule.name for rule in rules.candidates(message)] == ["text_like 8", "text_matches 9"] or [
        rule.name for rule in rules.candidates(message) if rule.when.test(message)
    ] == ["text_like 8", "text_matches 9"]
