"""From which confidence on a topic may be followed: measured, and with little evidence never."""

import pytest

from routing.topics.measures import Judged, measured, trusted


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
