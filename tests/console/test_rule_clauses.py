"""Rules as lists and the review say them: plain clauses, with brackets only where they are needed."""

import pytest

from hub.web.console.rule_clauses import Table, clause_of, names_of
from hub.web.console.rule_words import summaries, told
from routing.differences import all_differences

QUEUES = {"waste": "Waste and recycling"}
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
        (
            {"text_contains": [], "nonesuch": [1, 2], "any": []},
            "words or phrases in the message: –, and nonesuch: 1, 2",
        ),
    ],
)
def test_the_conditions_of_a_rule_are_one_clause(when: Table, said: str) -> None:
    assert clause_of(when, names_of(QUEUES)) == said


def test_a_list_of_rules_says_each_in_plain_words() -> None:
    (summary,) = summaries([{"name": "Bins", "when": {**PHONE, **BIN}, "then": {"queue": "waste"}}], QUEUES)
    assert (summary.when, summary.then) == ("it comes by telephone, and it says “bin”", "queue: Waste and recycling")


def test_the_review_says_each_change_in_plain_words() -> None:
    before = {"name": "Bins", "when": {"channel": ["voice"], "text_contains": ["bin"]}, "then": {"queue": "waste"}}
    after = {**before, "when": {"channel": ["voice", "sms"], "text_contains": ["bin", "bins"], "any": [KNOWN, TITLED]}}
    (changed,) = told(all_differences([before], [after], {}, {}), QUEUES)
    assert [(line.what, line.sides) for line in changed.lines] == [
        ("The channel", (("Before", "it comes by telephone"), ("After", "it comes by telephone or text"))),
        ("Words or phrases in the message", (("Added", "bins"),)),
        ("One of", (("After", "the citizen has earlier cases, or its subject says “bin”"),)),
    ]
