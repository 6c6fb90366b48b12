"""Opening hours and working time, over both daylight-saving weekends."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.time.calendars import Hours, parse_duration

LONDON = ZoneInfo("Europe/London")
OFFICE = Hours.parse({"mon-fri": "09:00-17:00", "sat": "10:00-12:00"})
NIGHT = Hours.parse({"mon-sun": "22:00-06:00"})
SPLIT = Hours.parse({"mon": "09:00-12:00, 13:00-17:00"})
MARCH = datetime(2026, 3, 25, tzinfo=LONDON)  # the clocks go forward on Sunday the 29th at 01:00
OCTOBER = datetime(2026, 10, 21, tzinfo=LONDON)  # and back on Sunday the 25th at 02:00

around_a_change = st.tuples(st.sampled_from([MARCH, OCTOBER]), st.integers(0, 8 * 24 * 60)).map(
    lambda drawn: (drawn[0].astimezone(UTC) + timedelta(minutes=drawn[1])).astimezone(LONDON)
)
some_hours = st.sampled_from([OFFICE, NIGHT, SPLIT, Hours.always()])
some_minutes = st.integers(0, 3000).map(lambda minutes: timedelta(minutes=minutes))


def local(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("hours", "at", "is_open"),
    [
        (OFFICE, "2026-03-02T08:59", False),
        (OFFICE, "2026-03-02T09:00", True),
        (OFFICE, "2026-03-02T16:59:59", True),
        (OFFICE, "2026-03-02T17:00", False),
        (OFFICE, "2026-03-07T11:00", True),
        (OFFICE, "2026-03-08T11:00", False),
        (NIGHT, "2026-03-02T23:00", True),
        (NIGHT, "2026-03-02T05:59", True),
        (NIGHT, "2026-03-02T06:00", False),
        (SPLIT, "2026-03-02T12:30", False),
        (Hours.parse(None), "2026-03-08T03:00", True),
        (Hours.parse({}), "2026-03-08T03:00", True),
        (OFFICE, "2026-03-30T09:00", True),  # summer time
    ],
)
def test_a_queue_is_open_by_the_local_clock(hours: Hours, at: str, is_open: bool) -> None:
    assert hours.is_open(local(at)) is is_open


@pytest.mark.parametrize(
    ("hours", "at", "change"),
    [
        (OFFICE, "2026-03-02T08:59", "2026-03-02T09:00"),
        (OFFICE, "2026-03-02T09:00", "2026-03-02T17:00"),
        (OFFICE, "2026-03-07T12:00", "2026-03-09T09:00"),
        (NIGHT, "2026-03-02T23:00", "2026-03-03T06:00"),  # midnight changes nothing
        (OFFICE, "2026-03-28T13:00", "2026-03-30T09:00"),  # over the change to summer time
        (Hours.always(), "2026-03-02T12:00", None),
    ],
)
def test_the_next_opening_or_closing_is_known(hours: Hours, at: str, change: str | None) -> None:
    assert hours.next_change(local(at)) == (local(change) if change else None)


@pytest.mark.parametrize(
    ("hours", "start", "duration", "end"),
    [
        (OFFICE, "2026-03-02T10:00", "4h", "2026-03-02T14:00"),
        (OFFICE, "2026-03-02T16:00", "2h", "2026-03-03T10:00"),
        (OFFICE, "2026-03-02T13:00", "4h", "2026-03-02T17:00"),  # ends as the office closes, not as it opens
        (OFFICE, "2026-03-01T13:00", "30m", "2026-03-02T09:30"),
        (OFFICE, "2026-03-06T16:00", "4h", "2026-03-09T10:00"),  # over Saturday's two hours
        (OFFICE, "2026-03-02T09:00", "1d", "2026-03-02T17:00"),
        (OFFICE, "2026-03-27T16:00", "4h", "2026-03-30T10:00"),  # over the change in March
        (OFFICE, "2026-10-23T16:00", "4h", "2026-10-26T10:00"),  # and in October
        (NIGHT, "2026-03-28T22:00", "8h", "2026-03-29T23:00"),  # that night is an hour short
        (NIGHT, "2026-10-24T22:00", "8h", "2026-10-25T05:00"),  # and that one an hour long
        (Hours.always(), "2026-03-28T12:00", "1d", "2026-03-29T13:00"),
        (SPLIT, "2026-03-02T11:00", "2h", "2026-03-02T14:00"),
    ],
)
def test_working_time_is_counted_while_open(hours: Hours, start: str, duration: str, end: str) -> None:
    assert hours.add_working_time(local(start), parse_duration(duration, hours)) == local(end)


@given(some_hours, around_a_change, some_minutes, some_minutes)
def test_working_time_adds_up(hours: Hours, start: datetime, first: timedelta, second: timedelta) -> None:
    in_steps = hours.add_working_time(hours.add_working_time(start, first), second)
    assert in_steps == hours.add_working_time(start, first + second)


@given(some_hours, around_a_change, st.integers(0, 600))
def test_as_many_open_minutes_pass_as_were_asked_for(hours: Hours, start: datetime, minutes: int) -> None:
    end = hours.add_working_time(start, timedelta(minutes=minutes))
    passed = int((end.astimezone(UTC) - start.astimezone(UTC)) / timedelta(minutes=1))
    each = ((start.astimezone(UTC) + timedelta(minutes=step)).astimezone(LONDON) for step in range(passed))
    assert sum(map(hours.is_open, each)) == minutes
    assert end.tzinfo is LONDON


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ({"monday": "09:00-17:00"}, 'monday: "monday" is not a weekday'),
        ({"mon": "nine to five"}, "mon: must be two times"),
        ({"mon": 9}, "mon: must be a string"),
        ({"mon": ""}, "mon: must be two times"),
        ({"mon": "09:00-09:00"}, "mon: begins and ends at the same time"),
        ({"mon-fri": "09:00-17:00", "wed": "10:00-12:00"}, "wed: wed is named twice"),
        ({"mon": "09:00-12:00, 11:00-17:00"}, "mon: two spans overlap"),
        ({"mon": "22:00-06:00", "tue": "05:00-12:00"}, "tue: two spans overlap"),
        ({"sun": "22:00-06:00", "mon": "05:00-12:00"}, "mon: two spans overlap"),
    ],
)
def test_bad_hours_are_refused_by_key(table: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Hours.parse(table)


@pytest.mark.parametrize(
    ("text", "hours", "duration"),
    [
        ("30m", OFFICE, timedelta(minutes=30)),
        (" 4h ", OFFICE, timedelta(hours=4)),
        ("5d", OFFICE, timedelta(hours=40)),  # a working day is the usual one, not Saturday's
        ("1d", Hours.always(), timedelta(hours=24)),
        ("1d", SPLIT, timedelta(hours=7)),
        ("1d", Hours.parse({"mon": "09:00-17:00", "tue": "09:00-12:00"}), timedelta(hours=8)),
    ],
)
def test_a_duration_is_working_time(text: str, hours: Hours, duration: timedelta) -> None:
    assert parse_duration(text, hours) == duration


@pytest.mark.parametrize("text", ["", "4", "h", "-1h", "0h", "4 hours", "1.5h", "99999d", "٤h", 4, None, True])
def test_a_duration_that_says_nothing_sensible_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="must be"):
        parse_duration(text, OFFICE)


@pytest.mark.parametrize(
    ("start", "duration", "reason"),
    [
        (datetime(2026, 3, 2), timedelta(hours=1), "without a zone"),
        (MARCH, timedelta(hours=-1), "between nothing and 366 days"),
        (MARCH, timedelta(days=400), "between nothing and 366 days"),
    ],
)
def test_working_time_outside_its_range_is_refused(start: datetime, duration: timedelta, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        OFFICE.add_working_time(start, duration)
