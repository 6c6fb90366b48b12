"""What is said beside a classifier's figures, so that nobody believes too much of them."""

import pytest

from routing.topics.measures import Judged, flawless_needed, measured, trusted
from routing.topics.remarks import of_queues, remarks


def told(counts: dict[str, tuple[int, int]], left_out: dict[str, int] | None = None) -> str:
    """Of topics with so many messages that are taken rightly, and so many that are taken for "waste"."""
    wrong = sum(count for _, count in counts.values())
    confidence = {topic: right / (right + wrong * (topic == "waste")) for topic, (right, _) in counts.items()}
    judged = [
        Judged(topic, said, confidence[said])
        for topic, (right, wrong) in counts.items()
        for said, count in ((topic, right), ("waste", wrong))
        for _ in range(count)
    ]
    return " ".join(remarks(measured(judged, trusted(judged, 0.95)), left_out or {}, 0.95))


def test_a_good_record_needs_no_remark() -> None:
    assert told({"waste": (900, 0), "roads": (900, 5)}) == ""


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ({"waste": (15, 0), "roads": (15, 2)}, "With 32 messages the share that is right is known to within 8%"),
        ({"waste": (10, 0), "roads": (10, 0)}, "Nothing is routed without a person as yet"),
        ({"waste": (10, 0), "roads": (10, 0)}, "(some 72 that are all taken rightly would do): roads, waste."),
        ({"waste": (900, 0), "roads": (90, 10)}, "90% of the messages are of “waste”: whoever always said so"),
        ({"waste": (300, 0), "roads": (900, 90)}, "Too often mistaken to be followed without a person: waste."),
    ],
)
def test_what_weakens_the_figures_is_said(counts: dict[str, tuple[int, int]], says: str) -> None:
    assert says in told(counts)


def test_topics_that_are_left_out_are_named_but_not_endlessly() -> None:
    left_out = {f"t{number:02}": 1 for number in range(11)}
    assert "a single message is nothing to learn from: t00, t01, t02, t03, t04, t05, t06, t07 and 3 more." in told(
        {"waste": (900, 0), "roads": (900, 0)}, left_out
    )


def test_so_many_without_a_mistake_are_just_enough() -> None:
    enough = flawless_needed(0.95)
    assert trusted([Judged("waste", "waste", 0.9)] * enough, 0.95)
    assert not trusted([Judged("waste", "waste", 0.9)] * (enough - 1), 0.95)


def test_topics_and_queues_that_do_not_go_together_are_named() -> None:
    assert of_queues({"waste", "roads"}, {"waste", "roads"}) == ()
    assert of_queues({"waste", "bins"}, {"waste", "parks"}) == (
        "No queue has this name, so that only rules can use it: bins.",
        "Never guessed, since no message to learn from is of this queue: parks.",
    )
    assert of_queues({"waste", "triage"}, {"waste", "triage", "planning"}, {"triage", "planning"}) == ()
