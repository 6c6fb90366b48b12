"""From which confidence on a topic may be followed: measured, and with little evidence never."""

import pytest

from routing.topics.measures import Judged, Measures, measured, trusted


def judged(topic: str, right: int, wrong: int, confidence: float) -> list[Judged]:
    return [Judged(topic, topic, confidence)] * right + [Judged("other", topic, confidence)] * wrong


def test_a_topic_is_followed_from_where_it_was_right_often_enough() -> None:
    needed = trusted([*judged("waste", 200, 2, 0.9), *judged("waste", 50, 50, 0.6)], 0.95)
    assert needed == {"waste": 0.9}


def test_a_few_lucky_judgements_are_no_evidence() -> None:
    assert trusted(judged("waste", 12, 0, 0.99), 0.95) == {}


def test_a_short_record_is_believed_beside_a_good_average_but_not_against_its_own() -> None:
    average = judged("waste", 600, 5, 0.9)
    needed = trusted([*average, *judged("roads", 12, 0, 0.9), *judged("parks", 0, 4, 0.9)], 0.95)
    assert needed.keys() == {"waste", "roads"}


def test_a_topic_that_is_right_a_little_too_seldom_is_not_carried_by_the_others() -> None:
    """It shows 95.3 %, which is luck as often as not."""
    average = judged("waste", 2000, 20, 0.9)
    assert trusted([*average, *judged("roads", 204, 10, 0.9)], 0.95).keys() == {"waste"}


@pytest.mark.parametrize(("right", "wrong", "is_followed"), [(290, 4, True), (287, 7, False), (2900, 100, True)])
def test_the_fewer_there_are_the_more_often_they_must_be_right(right: int, wrong: int, is_followed: bool) -> None:
    """97.6 % of three hundred are too little, 96.7 % of three thousand enough, that 95 % of the next be right."""
    assert bool(trusted(judged("waste", right, wrong, 0.9), 0.95)) is is_followed


def test_the_measures_count_what_was_right_and_what_was_confused() -> None:
    judgements = [Judged("a", "a", 0.9), Judged("a", "b", 0.8), Judged("b", "b", 0.7), Judged("b", "b", 0.6)]
    measures = measured(judgements, {"b": 0.65})
    assert measures.accuracy == 0.75
    assert measures.topics["a"].precision == 1.0
    assert measures.topics["a"].recall == 0.5
    assert measures.topics["b"].precision == pytest.approx(2 / 3)
    assert (measures.alone, measures.alone_precision) == (0.5, 0.5)
    assert measures.confused == [("a", "b", 1)]
    assert measures.macro_f1 == pytest.approx((2 / 3 + 0.8) / 2)


def learned(**topics: tuple[int, int]) -> Measures:
    """Of each topic how many messages it has, and how many of them were found."""
    judgements = [
        Judged(topic, topic if number < right else "?", 0.9)
        for topic, (messages, right) in topics.items()
        for number in range(messages)
    ]
    return measured(judgements, {})


@pytest.mark.parametrize(
    ("before", "now", "accuracy"),
    [
        pytest.param({"waste": (100, 90)}, {"waste": (200, 20)}, 0.9, id="more messages"),
        pytest.param({"waste": (9, 9), "roads": (1, 0)}, {"waste": (1, 1), "roads": (9, 0)}, 0.1, id="harder ones"),
        pytest.param({"waste": (100, 90)}, {"waste": (50, 30), "parks": (50, 30)}, 0.45, id="a topic was added"),
        pytest.param({"waste": (50, 40), "parks": (50, 0)}, {"waste": (100, 70)}, 0.8, id="a topic was removed"),
        pytest.param({}, {"waste": (100, 70)}, 0.0, id="nothing is known of it"),
    ],
)
def test_another_version_counts_with_what_it_would_get_right_of_the_messages_as_they_are_now(
    before: dict[str, tuple[int, int]], now: dict[str, tuple[int, int]], accuracy: float
) -> None:
    assert learned(**now).accuracy_of(learned(**before).to_json()) == pytest.approx(accuracy)
