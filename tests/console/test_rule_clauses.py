"""Rules as lists and the review say them: plain clauses, with brackets only where they are needed."""

import pytest

from hub.web.console.rules.clauses import Table, clause_of
from hub.web.console.rules.effects import effect_in_words, sentence
from hub.web.console.rules.words import summaries, told
from routing.condition import Names
from routing.differences import all_differences

QUEUES = {"waste": "Waste and recycling"}
NAMES = Names(
    {
        "queue": QUEUES,
        "topic": QUEUES,
        "type": {"foi": "Freedom of information"},
        "template": {"sorry": "We are sorry"},
        "menu": {"waste": "bins and recycling"},
    }
)
PHONE, BIN, TITLED, KNOWN = (
    {"channel": "voice"},
    {"text_contains": "bin"},
    {"subject_contains": "bin"},
    {"known_contact": True},
)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({**PHONE, "text_contains": ["bin", "bins"]}, "it comes by telephone, and it says “bin” or “bins”"),
        ({"any": [BIN, TITLED]}, "it says “bin”, or its subject says “bin”"),
        ({"any": [BIN, TITLED], **PHONE}, "it comes by telephone, and either it says “bin”, or its subject says “bin”"),
        (
            {"any": [BIN, {**PHONE, **KNOWN}]},
            "it says “bin”, or (it comes by telephone, and the citizen has earlier cases)",
        ),
        (
            {"all": [{"any": [BIN, TITLED]}, PHONE]},
            "(either it says “bin”, or its subject says “bin”), and it comes by telephone",
        ),
        (
            {**PHONE, "none": [BIN, KNOWN]},
            "it comes by telephone, unless it says “bin”, or the citizen has earlier cases",
        ),
        (
            {**PHONE, "none": [{**BIN, **KNOWN}]},
            "it comes by telephone, unless (it says “bin”, and the citizen has earlier cases)",
        ),
        ({"none": [BIN]}, "none of this is so: it says “bin”"),
        ({"topic": "waste"}, "its topic is “Waste and recycling”"),
        ({"menu": ["waste", "tax"]}, "the caller chooses “tax” or “bins and recycling” in the menu"),
        ({"language": ["Welsh", "pl"]}, "it is in Welsh or Polish"),
        (
            {"text_contains": [], "nonesuch": [1, 2], "any": []},
            "words or phrases in the message: –, and nonesuch: 1, 2",
        ),
    ],
)
def test_the_conditions_of_a_rule_are_one_clause(when: Table, said: str) -> None:
    assert clause_of(when, NAMES) == said


def test_a_list_of_rules_says_each_in_plain_words() -> None:
    (summary,) = summaries([{"name": "Bins", "when": {**PHONE, **BIN}, "then": {"queue": "waste"}}], NAMES)
    assert (summary.when, summary.then) == (
        "it comes by telephone, and it says “bin”",
        "it goes to Waste and recycling",
    )


def test_all_that_a_rule_does_is_one_clause() -> None:
    then = {
        "queue": "waste", "priority": "high", "tags": ["a", "b"], "type": "foi", "language": "cy", "template": "sorry",
        "restricted": True, "notify": ["a@b.example", "+441632960100"], "hold": "36h", "ask": {"en": "Where?"},
    }  # fmt: skip
    assert sentence(then, NAMES) == (
        "it goes to Waste and recycling, its priority is high, it is tagged “a” and “b”, its type is “Freedom of "
        "information”, answers are in Welsh from now on, it is acknowledged with “We are sorry”, only the queue’s "
        "members, the holder and a few roles see it, a@b.example and +441632960100 are told, it is put off for 36 "
        "hours, and the citizen is asked “Where?” (English)"
    )


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("hold", "90m", "90 minutes"),
        ("hold", 3600, "1 hour"),
        ("hold", "2d", "2 days"),
        ("hold", "soon", "soon"),
        ("queue", ["waste"], "waste"),
        ("ask", "Where?", "“Where?”"),
    ],
)
def test_an_effect_is_said_as_people_say_it_also_as_somebody_left_it(key: str, value: object, said: str) -> None:
    assert effect_in_words(key, value, NAMES) == said


def test_the_review_says_each_change_in_plain_words() -> None:
    before = {"name": "Bins", "when": {"channel": ["voice"], "text_contains": ["bin"]}, "then": {"queue": "waste"}}
    after = {**before, "when": {"channel": ["voice", "sms"], "text_contains": ["bin", "bins"], "any": [KNOWN, TITLED]}}
    (changed,) = told(all_differences([before], [after], {}, {}), NAMES)
    assert [(line.what, line.sides) for line in changed.lines] == [
        ("The channel", (("Before", "it comes by telephone"), ("After", "it comes by telephone or text"))),
        ("Words or phrases in the message", (("Added", "bins"),)),
        ("One of", (("After", "the citizen has earlier cases, or its subject says “bin”"),)),
    ]
