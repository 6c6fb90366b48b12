"""Statutory clocks: every vector of the law that we know, random dates against numpy's own business days, both weekends
on which the clocks change."""

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.time.bank_holidays import EVERY_PART, Holidays, LocalHoliday, WorkingDays, bank_holidays, parts, weekend
from routing.time.calendars import Hours
from routing.time.clocks import ClockRule, Run, Term, days_paused, end_of, last_day, months_later, parse_clocks

LONDON = ZoneInfo("Europe/London")
UNION = WorkingDays(country="GB")
ENGLAND = WorkingDays(country="GB", subdivision="ENG")
FOI = ClockRule(name="answer", title="Answer", within=Term(20, "working days"), extension=Term(20, "working days"))
ACKNOWLEDGE = ClockRule(name="acknowledge", title="Acknowledge", within=Term(5, "working days"))
STAGE_1 = ClockRule(name="answer", title="Answer", within=Term(10, "working days"))
ACCESS = ClockRule(name="answer", title="Answer", within=Term(1, "months"), rolls=True)

days = st.dates(date(2015, 1, 1), date(2032, 12, 31))


@pytest.mark.parametrize(
    ("rule", "working", "received", "extended_by", "due"),
    [
        (FOI, UNION, "2026-03-02", 0, "2026-03-31"),  # St Patrick's Day is one in Northern Ireland
        (FOI, UNION, "2026-06-01", 0, "2026-06-30"),  # the World Cup's Monday is one in Scotland
        (FOI, ENGLAND, "2026-03-02", 0, "2026-03-30"),  # what a calendar of England alone would say
        (FOI, UNION, "2026-03-07", 0, "2026-04-08"),  # on a Saturday: Monday is the first day
        (FOI, UNION, "2026-03-02", 20, "2026-04-30"),
        (FOI, UNION, "2025-12-24", 0, "2026-01-27"),  # and 2 January in Scotland
        (ACKNOWLEDGE, ENGLAND, "2026-06-01", 0, "2026-06-08"),
        (STAGE_1, ENGLAND, "2026-06-08", 0, "2026-06-22"),
        (STAGE_1, ENGLAND, "2026-06-08", 10, "2026-07-06"),
        (ACCESS, UNION, "2026-01-31", 0, "2026-03-02"),  # 28 February is a Saturday
        (ACCESS, UNION, "2027-01-31", 0, "2027-03-01"),  # 28 February is a Sunday
        (ACCESS, UNION, "2028-01-31", 0, "2028-02-29"),
        (ACCESS, UNION, "2026-09-03", 0, "2026-10-05"),
        (ACCESS, UNION, "2026-01-31", 2, "2026-04-30"),  # three months from receipt, not two from 2 March
        (ACCESS, UNION, "2026-11-30", 0, "2026-12-30"),
        (ACCESS, UNION, "2026-11-25", 0, "2026-12-29"),  # Christmas, Boxing Day, and Monday instead of it
    ],
)  # fmt: skip
def test_a_clock_ends_on_the_day_that_the_law_says(
    rule: ClockRule, working: WorkingDays, received: str, extended_by: int, due: str
) -> None:
    run = Run(started_on=date.fromisoformat(received), extended_by=extended_by)
    assert last_day(rule, run, working).isoformat() == due


@cache
def business_days(part: str) -> np.busdaycalendar:
    years = range(2014, 2036)
    return np.busdaycalendar(holidays=[day for year in years for day in bank_holidays("GB", part, year)])


@given(days, st.integers(0, 60), st.sampled_from(["ENG", "SCT", "NIR", "WLS", EVERY_PART]))
def test_working_days_are_those_of_an_independent_library(start: date, count: int, part: str) -> None:
    working, theirs = WorkingDays(country="GB", subdivision=part), business_days(part)
    # numpy counts from a business day: from the last one up to the start
    expected = np.busday_offset(start.isoformat(), count, roll="backward", busdaycal=theirs).item() if count else start
    end = working.add(start, count)
    assert end == expected
    first, last = (str(day + timedelta(days=1)) for day in (start, end))
    assert working.between(start, end) == np.busday_count(first, last, busdaycal=theirs)
    assert working.rolled(start) == np.busday_offset(start.isoformat(), 0, roll="forward", busdaycal=theirs).item()


@given(days, st.integers(1, 24))
def test_a_month_later_is_the_same_date_or_the_months_last_day(day: date, count: int) -> None:
    later = months_later(day, count)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == count
    last = months_later(day.replace(day=1), count + 1) - timedelta(days=1)
    assert later.day == min(last.day, day.day)
    assert np.datetime64(later, "M") - np.datetime64(day, "M") == np.timedelta64(count, "M")


@given(days, st.integers(0, 15), st.integers(0, 40))
def test_a_pause_gives_back_the_days_that_it_took(start: date, before: int, length: int) -> None:
    """Whoever pauses loses no working day and wins none: what was left is what is left."""
    paused_on = UNION.add(start, before)
    resumed_on = paused_on + timedelta(days=length)
    taken = days_paused(FOI, paused_on, resumed_on, UNION)
    end = last_day(FOI, Run(started_on=start, paused_for=taken), UNION)
    assert UNION.between(resumed_on, end) == 20 - before


def test_a_pause_of_a_month_is_counted_in_days() -> None:
    taken = days_paused(ACCESS, date(2026, 5, 10), date(2026, 5, 13), UNION)
    assert last_day(ACCESS, Run(started_on=date(2026, 5, 1), paused_for=taken), UNION) == date(2026, 6, 4)


@pytest.mark.parametrize("changing", ["2026-03-29", "2026-10-25"])
@pytest.mark.parametrize("received", range(10))
def test_the_day_on_which_the_clocks_change_moves_no_deadline(changing: str, received: int) -> None:
    start = date.fromisoformat(changing) - timedelta(days=received)
    for rule in (ACKNOWLEDGE, FOI, ACCESS):
        due = end_of(last_day(rule, Run(started_on=start), UNION), LONDON)
        assert f"{due:%H:%M:%S}" == "23:59:59"
        assert due.date() == last_day(rule, Run(started_on=start), UNION)
    assert UNION.add(start, 5) == np.busday_offset(
        start.isoformat(), 5, roll="backward", busdaycal=business_days(EVERY_PART)
    ).item()  # fmt: skip


# --- holidays ---------------------------------------------------------------------------------------------------


def test_the_union_of_the_kingdoms_bank_holidays_has_those_of_each_part() -> None:
    union = bank_holidays("GB", EVERY_PART, 2026)
    for day in ("2026-01-02", "2026-03-17", "2026-06-15", "2026-07-13", "2026-08-03", "2026-08-31", "2026-11-30"):
        assert date.fromisoformat(day) in union


def test_a_country_without_a_part_has_the_calendar_that_most_live_by() -> None:
    assert date(2026, 4, 6) in bank_holidays("GB", "", 2026)  # Easter Monday
    assert bank_holidays("XX", "", 2026) == {}
    assert weekend("XX") == weekend("GB") == {5, 6}
    assert weekend("EG") == {4, 5}
    assert "ENG" in parts("GB")
    assert parts("XX") == ()


OWN = (
    LocalHoliday.parse({"date": "2026-12-24", "name": "Christmas Eve"}, ((540, 720),)),
    LocalHoliday.parse({"date": "08-31", "name": "Fair", "open": True}, ()),
    LocalHoliday.parse({"date": "2026-09-02", "name": "Proclaimed late", "bank_holiday": True}, ()),
    LocalHoliday.parse({"date": "2026-05-04", "name": "Withdrawn", "open": True, "bank_holiday": False}, ()),
    LocalHoliday.parse({"date": "2026-09-03", "name": "Staff day"}, ()),
)


@pytest.mark.parametrize(
    ("at", "is_open", "works_by_law"),
    [
        ("2026-12-24T10:00", True, True),
        ("2026-12-24T13:00", False, True),
        ("2026-12-25T10:00", False, False),
        ("2026-08-31T10:00", True, False),  # the council works on it, the law doesn't
        ("2026-09-02T10:00", False, False),
        ("2026-05-04T10:00", True, True),
        ("2026-09-03T10:00", False, True),  # the council alone is closed: the law's clock runs
        ("2026-09-04T10:00", True, True),
    ],
)
def test_the_councils_word_overrules_the_library(at: str, is_open: bool, works_by_law: bool) -> None:
    hours = Hours.parse({"mon-fri": "09:00-17:00"}, Holidays(country="GB", subdivision="ENG", own=OWN))
    moment = datetime.fromisoformat(at).replace(tzinfo=LONDON)
    assert hours.is_open(moment) is is_open
    assert WorkingDays(country="GB", subdivision="ENG", own=OWN).is_working(moment.date()) is works_by_law


def test_working_time_stands_still_on_holidays() -> None:
    hours = Hours.parse({"mon-fri": "09:00-17:00"}, Holidays(country="GB", subdivision="ENG"))
    before_easter = datetime(2026, 4, 2, 16, tzinfo=LONDON)
    assert hours.add_working_time(before_easter, timedelta(hours=2)) == datetime(2026, 4, 7, 10, tzinfo=LONDON)
    assert hours.holidays is not None
    assert hours.holidays.name_of(date(2026, 4, 3)) == "Good Friday"
    assert hours.holidays.name_of(date(2026, 4, 8)) == ""


@given(st.integers(0, 8 * 24 * 60), st.integers(0, 3000), st.sampled_from([date(2026, 3, 25), date(2026, 10, 21)]))
def test_what_was_added_can_be_taken_away(minutes: int, duration: int, around: date) -> None:
    hours = Hours.parse({"mon-fri": "09:00-17:00", "sat": "22:00-03:00"}, Holidays(country="GB", subdivision="ENG"))
    start = datetime(around.year, around.month, around.day, tzinfo=LONDON) + timedelta(minutes=minutes)
    span = timedelta(minutes=duration)
    end = hours.add_working_time(start, span)
    assert hours.working_time_between(start, end) == span
    assert hours.working_time_between(hours.subtract_working_time(end, span), end) == span
    assert hours.working_time_between(end, start) == timedelta(0) or end == start


# --- the council file -------------------------------------------------------------------------------------------

RIGHT = {"name": "answer", "within": "20 working days"}


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"within": "20 hours"}, "[0].within", "working days, days or months"),
        ({"within": "0 days"}, "[0].within", "working days, days or months"),
        ({"within": "49 months"}, "[0].within", "at most 48 months"),
        ({"name": "The Answer"}, "[0].name", "lower-case letters"),
        ({"until": "somebody cares"}, "[0].until", "one of acknowledged, replied, resolved, marked"),
        ({"after": "answer"}, "[0].after", "stands before it"),
        ({"extension": "1 month"}, "[0].extension", "in working days"),
        ({"extensions": 2}, "[0].extension", "is missing"),
        ({"extension": "10 working days", "extensions": 0}, "[0].extensions", "from 1 to 20"),
        ({"pauses": {"tea": "sometimes"}}, "[0].pauses.tea", "continues, restarts"),
        ({"pauses": ["tea"]}, "[0].pauses", "a table of reasons"),
        ({"rolls": "yes"}, "[0].rolls", "true or false"),
        ({"until_when": 1}, "[0].until_when", "no such key"),
        ({"title": 3}, "[0].title", "a string"),
        ({"holidays": 3}, "[0].holidays", "a part of the country"),
    ],
)
def test_a_clock_that_can_not_be_meant_is_refused_by_key(change: dict[str, object], key: str, reason: str) -> None:
    told: list[tuple[str, str]] = []
    assert parse_clocks([{**RIGHT, **change}], lambda *problem: told.append(problem)) == ()
    assert len(told) == 1
    assert told[0][0] == key
    assert reason in told[0][1]


def test_two_clocks_of_one_type_have_two_names() -> None:
    told: list[tuple[str, str]] = []
    [only] = parse_clocks([RIGHT, RIGHT, 7], lambda *problem: told.append(problem))
    assert (only.title, str(only.within), only.extensions) == ("Answer", "20 working days", 0)
    assert [key for key, _ in told] == ["[1].name", "[2]"]
