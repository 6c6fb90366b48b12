"""Facts: what a line of JSON gives, what it is refused for, and that nothing of it leaks."""

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.facts import Facts

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 7, 6, 12, tzinfo=LONDON)
LINE: dict[str, Any] = {"channel": "sms", "text": "hello"}


@given(
    st.builds(
        Facts,
        channel=st.text(min_size=1),
        inbox=st.text(),
        text=st.text(),
        subject=st.text(),
        sender=st.text(),
        at=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1)).map(
            lambda at: at.replace(tzinfo=LONDON)
        ),
        known=st.booleans(),
        open_cases=st.integers(0, 99),
        attachments=st.integers(0, 99),
        language=st.text(),
        menu=st.lists(st.text()).map(tuple),
        automatic=st.booleans(),
        supposed=st.lists(st.tuples(st.text(), st.floats(0, 1))).map(tuple),
    )
)
def test_facts_come_back_from_json_as_they_went(facts: Facts) -> None:
    again = Facts.from_json(json.loads(json.dumps(facts.to_json())))
    assert again.to_json() == facts.to_json()
    assert (again.at.weekday(), again.at.hour, again.at.minute) == (facts.at.weekday(), facts.at.hour, facts.at.minute)


def test_a_line_needs_no_more_than_channel_and_text() -> None:
    assert Facts.from_line(LINE, NOW) == Facts(channel="sms", inbox="", text="hello", at=NOW)


def test_a_line_gives_all_that_a_rule_may_see() -> None:
    line = {
        **LINE,
        "subject": "s",
        "from": "+447700900123",
        "inbox": "main",
        "known": True,
        "open_cases": 2,
        "attachments": 1,
        "language": "cy",
        "menu": ["waste"],
        "automatic": True,
        "to": "+441632960100",
        "verification": "verified",
        "days_since": 1.5,
        "flags": ["vulnerable"],
        "tags": ["x"],
        "hours": {"waste": False},
        "topic": "waste",
        "confidence": 0.5,
        "topic_by": "7",
        "supposed": [["waste", 0.5], ["roads", 0.2]],
    }
    assert Facts.from_line(line, NOW).to_json() == {**line, "at": NOW.isoformat()}


@pytest.mark.parametrize(
    ("at", "local"),
    [
        ("2026-07-06T08:30:00Z", "09:30"),
        ("2026-07-06T08:30:00+02:00", "07:30"),
        ("2026-07-06T08:30", "08:30"),
        ("2026-12-06T08:30:00Z", "08:30"),
        (None, "12:00"),
    ],
)
def test_a_lines_time_is_put_into_the_councils_zone(at: str | None, local: str) -> None:
    facts = Facts.from_line({**LINE, "at": at}, NOW)
    assert facts.at.strftime("%H:%M") == local
    assert facts.at.tzinfo is LONDON


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ({"text": "x"}, "channel: missing"),
        ({"channel": "sms"}, "text: missing"),
        ({"channel": "", "text": "x"}, "channel: must not be empty"),
        ({**LINE, "text": 7}, "text: input should be a valid string"),
        ({**LINE, "sender": "x"}, "sender: no such key"),
        ({**LINE, "at": "yesterday"}, "at: not a time in ISO 8601"),
        ({**LINE, "at": 1700000000}, "at: "),
        ({**LINE, "open_cases": -1}, "open_cases: "),
        ({**LINE, "open_cases": True}, "open_cases: "),
        ({**LINE, "known": "yes"}, "known: "),
        ({**LINE, "menu": "waste"}, "menu: "),
        ({**LINE, "menu": [1]}, "menu.0: "),
        (["sms"], "a line must be an object"),
    ],
)
def test_a_bad_line_is_refused_by_key(line: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Facts.from_line(line, NOW)


def test_no_error_and_no_repr_quotes_the_citizen() -> None:
    with pytest.raises(ValueError, match="from") as caught:
        Facts.from_line({**LINE, "text": ["SECRET"], "from": {"SECRET": 1}}, NOW)
    assert "SECRET" not in f"{caught.value!r} {caught.value.__cause__!r}"
    facts = Facts(channel="sms", inbox="main", text="SECRET", subject="SECRET", sender="SECRET", at=NOW)
    assert facts.words
    assert "SECRET" not in repr(facts).upper()


def test_stored_facts_without_a_time_are_refused() -> None:
    with pytest.raises(ValueError, match="at: missing"):
        Facts.from_json(LINE)


def test_what_was_folded_once_is_no_part_of_equality() -> None:
    one, other = Facts.from_line(LINE, NOW), Facts.from_line(LINE, NOW + timedelta(0))
    assert one.folded == "hello"
    assert one == other
