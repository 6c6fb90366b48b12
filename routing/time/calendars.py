"""Opening hours, and durations in working time. Times of day are minutes after midnight, local."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from statistics import multimode

from routing.time.bank_holidays import Holidays, Spans

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60  # minutes

_LOOKS_AHEAD = 15  # days
LONGEST = timedelta(days=366)  # of working time

_SPAN = re.compile(r"(\d\d:\d\d)\s*-\s*(\d\d:\d\d)", re.ASCII)
_DURATION = re.compile(r"(\d{1,5})([mhd])", re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}

Week = tuple[Spans, ...]  # by weekday, Monday first: (first minute open, first minute closed)


@dataclass(frozen=True, slots=True)
class Hours:
    """When a queue is open. A time that the clocks skip in spring reads as the one an hour later."""

    week: Week
    holidays: Holidays | None = None  # None: every week is like the other

    @classmethod
    def always(cls, holidays: Holidays | None = None) -> "Hours":
        return cls((((0, DAY),),) * 7, holidays)

    @classmethod
    def parse(cls, table: Mapping[str, object] | None, holidays: Holidays | None = None) -> "Hours":
        """{"mon-fri": "09:00-17:00", "sat": "10:00-12:00"}; several spans a day are separated by commas, one past
        midnight belongs to the day it begins on, a day that isn't named is closed. None or {}: always open.

        Raises ValueError with a plain reason that starts with the key.
        """
        return cls(_week(_spans_by_day(table)), holidays) if table else cls.always(holidays)

    @property
    def working_day(self) -> timedelta:
        """What "1d" means: the most usual length of the days that open, the longest of equally usual ones."""
        lengths = [sum(end - start for start, end in spans) for spans in self.week]
        return timedelta(minutes=max(multimode(filter(None, lengths))))

    def spans_on(self, day: date) -> Spans:
        """When it is open on a local day."""
        usual = self.week[day.weekday()]
        return usual if self.holidays is None else self.holidays.spans_on(day, usual)

    def is_open(self, at: datetime) -> bool:
        """`at` is aware and in the council's zone."""
        return any(start <= at < end for start, end in self._open_on(at.date(), _zone(at)))

    def next_change(self, at: datetime) -> datetime | None:
        """When it opens or closes next after `at` (aware, in the council's zone); None: not within two weeks."""
        zone, is_open = _zone(at), self.is_open(at)
        for days in range(_LOOKS_AHEAD):
            for span in self._open_on(at.date() + timedelta(days=days), zone):
                for moment in span:
                    if moment > at and self.is_open(moment.astimezone(zone)) != is_open:
                        return moment.astimezone(zone)
        return None

    def add_working_time(self, start: datetime, duration: timedelta) -> datetime:
        """The moment at which this much open time has passed since `start` (aware, in the council's zone).

        Time that really passes is counted, also when the clocks change. Raises ValueError outside 0 to 366 days.
        """
        zone = _zone(start)
        if not timedelta(0) <= duration <= LONGEST:
            raise ValueError("working time is between nothing and 366 days")
        now, left, day = start.astimezone(UTC), duration, start.date()
        while left:
            for opens, closes in self._open_on(day, zone):
                passed = min(max(closes - max(now, opens), timedelta(0)), left)
                if passed:
                    now, left = max(now, opens) + passed, left - passed
            day += timedelta(days=1)
        return now.astimezone(zone)

    def subtract_working_time(self, end: datetime, duration: timedelta) -> datetime:
        """The latest moment from which this much open time passes until `end`; as `add_working_time` otherwise."""
        zone = _zone(end)
        if not timedelta(0) <= duration <= LONGEST:
            raise ValueError("working time is between nothing and 366 days")
        now, left, day = end.astimezone(UTC), duration, end.date()
        while left:
            for opens, closes in reversed(list(self._open_on(day, zone))):
                passed = min(max(min(now, closes) - opens, timedelta(0)), left)
                if passed:
                    now, left = min(now, closes) - passed, left - passed
            day -= timedelta(days=1)
        return now.astimezone(zone)

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """How much open time there is from `start` to `end`; nothing when `end` isn't later. Both as above."""
        zone, passed, day = _zone(start), timedelta(0), start.date()
        last = end.astimezone(zone).date()
        start, end = (
            start.astimezone(UTC),
            end.astimezone(UTC),
        )  # two times of one zone are subtracted by the wall clock
        while day <= last:
            for opens, closes in self._open_on(day, zone):
                passed += max(min(closes, end) - max(opens, start), timedelta(0))
            day += timedelta(days=1)
        return passed

    def _open_on(self, day: date, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
        """The open spans of a local day as moments in UTC."""
        for start, end in self.spans_on(day):
            yield _moment(day, start, zone), _moment(day, end, zone)


def parse_duration(text: object, hours: Hours) -> timedelta:
    """Working time: "30m", "4h", or "5d" in working days of these hours. Raises ValueError."""
    parts = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if not parts:
        raise ValueError("must be a number and m, h or d, such as 30m, 4h or 5d")
    unit = _UNITS.get(parts[2]) or hours.working_day
    duration = int(parts[1]) * unit
    if not timedelta(0) < duration <= LONGEST:
        raise ValueError("must be more than nothing and at most 366 days of working time")
    return duration


def spans_of_day(written: object) -> Spans:
    """The spans of "10:00-12:00, 13:00-15:00" on one day. Raises ValueError with a plain reason."""
    if not isinstance(written, str):
        raise ValueError("must be a string such as 09:00-17:00")
    spans = sorted(minutes_between(span) for span in written.split(","))
    if spans[-1][1] > DAY:
        raise ValueError("goes over midnight: a holiday ends with its day")
    if any(earlier[1] > later[0] for earlier, later in pairwise(spans)):
        raise ValueError("two spans overlap")
    return tuple(spans)


def weekdays(written: str) -> tuple[int, ...]:
    """The days (0 = Monday) of "sat", "mon-fri" or "sat-mon". Raises ValueError."""
    first, dash, last = (part.strip() for part in written.strip().lower().partition("-"))
    for name in (first, last) if dash else (first,):
        if name not in WEEKDAYS:
            raise ValueError(f'"{name}" is not a weekday: use {", ".join(WEEKDAYS)}, or a span such as mon-fri')
    begin = WEEKDAYS.index(first)
    length = (WEEKDAYS.index(last) - begin) % 7 + 1 if dash else 1
    return tuple((begin + step) % 7 for step in range(length))


def minutes_between(written: str) -> tuple[int, int]:
    """Start and end of "09:00-17:00" in minutes; the end is past 1440 when the span goes over midnight.

    Raises ValueError with a plain reason.
    """
    parts = _SPAN.fullmatch(written.strip())
    if not parts:
        raise ValueError("must be two times such as 09:00-17:00")
    start, end = minute_of(parts[1]), minute_of(parts[2])
    if start == DAY:
        raise ValueError("begins at 24:00: write 00:00")
    if start == end:
        raise ValueError("begins and ends at the same time")
    return start, end if end > start else end + DAY


def minute_of(written: str) -> int:
    """Minutes after midnight of "17:30"; 24:00 is the day's end. Raises ValueError."""
    hour, _, minute = written.partition(":")
    minutes = int(hour) * 60 + int(minute)
    if int(minute) > 59 or minutes > DAY:
        raise ValueError(f"{written} is not a time of day")
    return minutes


def _spans_by_day(table: Mapping[str, object]) -> dict[int, list[tuple[int, int]]]:
    by_day: dict[int, list[tuple[int, int]]] = {}
    for key, written in table.items():
        try:
            if not isinstance(written, str):
                raise ValueError("must be a string such as 09:00-17:00")
            spans = [minutes_between(span) for span in written.split(",")]
            for day in weekdays(key):
                if day in by_day:
                    raise ValueError(f"{WEEKDAYS[day]} is named twice")
                by_day[day] = list(spans)
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from None
    return by_day


def _week(by_day: Mapping[int, list[tuple[int, int]]]) -> Week:
    """Cuts spans at midnight and puts the rest on the next day. Raises ValueError where two overlap."""
    week: list[list[tuple[int, int]]] = [[] for _ in WEEKDAYS]
    for day, spans in by_day.items():
        for start, end in spans:
            week[day].append((start, min(end, DAY)))
            if end > DAY:
                week[(day + 1) % 7].append((0, end - DAY))
    for day, of_day in enumerate(week):
        of_day.sort()
        if any(earlier[1] > later[0] for earlier, later in pairwise(of_day)):
            raise ValueError(f"{WEEKDAYS[day]}: two spans overlap")
    return tuple(tuple(of_day) for of_day in week)


@lru_cache(maxsize=4096)  # of a day each case that is opened asks for the same few
def _moment(day: date, minute: int, zone: tzinfo) -> datetime:
    """Local midnight and so many minutes on the clock; the first of the two where the clocks go back."""
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    return local.replace(tzinfo=zone).astimezone(UTC)


def _zone(at: datetime) -> tzinfo:
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.tzinfo
