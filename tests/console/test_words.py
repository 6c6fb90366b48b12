"""How times, numbers, sizes and addresses are said."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.web.console import words
from hub.web.console.case.later import later
from hub.web.console.throttle import Throttle

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)  # a Monday; London keeps UTC in winter
SAY = words.Wording(zone=ZoneInfo("Europe/London"), country="GB", now=NOW)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=4, seconds=50), "4 min ago"),
        (timedelta(hours=2, minutes=59), "2 h ago"),
        (timedelta(hours=13), "today 01:30"),
        (timedelta(hours=15), "yesterday 23:30"),
        (timedelta(days=1), "yesterday 14:30"),
        (timedelta(days=3), "Fri 14:30"),
        (timedelta(days=20), "3 Nov"),
        (timedelta(days=400), "19 Oct 2025"),
    ],
)
def test_how_long_ago(before: timedelta, said: str) -> None:
    assert SAY.ago_words(NOW - before) == said


def test_a_case_is_put_off_until_each_moment_once() -> None:
    on_monday = words.Wording(now=datetime(2026, 11, 30, 13, tzinfo=UTC), zone=ZoneInfo("Europe/London"), country="GB")
    assert [each.words for each in later(on_monday)] == [
        "In an hour, Mon 30 Nov 14:00",
        "Tomorrow, Tue 1 Dec 09:00",
        "Next Monday, Mon 7 Dec 09:00",
        "In four weeks, Mon 28 Dec 09:00",
    ]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (timedelta(minutes=20), "in 20 min"),
        (timedelta(hours=2, minutes=1), "in 2 h"),
        (timedelta(hours=20), "tomorrow 10:30"),
        (timedelta(days=4), "Fri 14:30"),
        (timedelta(days=40), "2 Jan 2027"),
        (timedelta(seconds=-1), "1 min over"),
        (timedelta(hours=-5), "5 h over"),
        (timedelta(days=-1), "1 day over"),
        (timedelta(days=-3), "3 days over"),
    ],
)
def test_when_an_answer_is_due(after: timedelta, said: str) -> None:
    assert SAY.due_words(NOW + after) == said


def test_times_are_the_councils_own_with_the_exact_moment_beside_them() -> None:
    summer = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    html = words.Wording(zone=ZoneInfo("Europe/London"), country="GB", now=summer).clock(summer)
    assert html == ('<time datetime="2026-07-01T23:30:00+00:00" title="Thursday 2 July 2026, 00:30">00:30</time>')


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("+447700900123", "07700 900123"),
        ("+441632960100", "01632 960100"),
        ("+33612345678", "+33 6 12 34 56 78"),
        ("62200", "62200"),
        ("anonymous", "anonymous"),
    ],
)
def test_a_number_is_written_as_the_country_writes_it(value: str, said: str) -> None:
    assert SAY.place("tel", value) == said


def test_other_addresses_stand_as_they_are_and_a_chat_has_none() -> None:
    assert SAY.place("mailto", "a@b.example") == "a@b.example"
    assert SAY.place("chat", "f3a9") == "Website chat"


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 bytes"), (999, "999 bytes"), (24_400, "24 kB"), (1_840_000, "1.8 MB")]
)
def test_how_large_a_file_is(count: int, said: str) -> None:
    assert words.size(count) == said


def test_a_state_of_sending_says_what_to_do_when_it_went_wrong() -> None:
    assert words.delivery("delivered") == words.Delivery("Delivered", "done")
    assert "Don't send it again" in words.delivery("unknown").advice
    assert "another way" in words.delivery("failed").advice


# --- waiting after wrong passwords -----------------------------------------------------------------------------


def test_waits_begin_after_the_free_failures_double_and_end() -> None:
    throttle, keys = Throttle(), {"mail:a": 3}
    for _ in range(2):
        throttle.failed(keys, 0.0)
    assert throttle.wait(keys, 0.0) == 0
    throttle.failed(keys, 0.0)
    assert throttle.wait(keys, 10.0) == 20.0
    throttle.failed(keys, 30.0)
    assert throttle.wait(keys, 30.0) == 60.0
    for _ in range(20):
        throttle.failed(keys, 30.0)
    assert throttle.wait(keys, 30.0) == 300.0
    assert throttle.wait(keys, 930.0) == 0


def test_a_success_forgets_only_its_own_key() -> None:
    throttle, keys = Throttle(), {"mail:a": 1, "from:1": 1}
    throttle.failed(keys, 0.0)
    throttle.succeeded("mail:a")
    assert throttle.wait({"mail:a": 1}, 1.0) == 0
    assert throttle.wait(keys, 1.0) == 29.0


def test_an_attack_from_everywhere_does_not_fill_the_memory() -> None:
    throttle = Throttle()
    for number in range(10_100):
        throttle.failed({f"from:{number}": 1}, 0.0)
    assert len(throttle._failures) < 200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Missed bin, Müller", "Missed bin, Müller"),
        ("פנס ב-Elm Road!", "\u2068פנס ב-Elm Road!\u2069"),
        ("Invoice \u202e0001 fdp.exe", "Invoice 0001 fdp.exe"),
        ("\u2069\u202eمرحبا", "\u2068مرحبا\u2069"),  # no mark of theirs ends ours
    ],
    ids=["from left to right", "from right to left", "turned around", "broken out"],
)
def test_others_words_turn_nothing_around_them(text: str, said: str) -> None:
    assert words.isolated(text) == said
