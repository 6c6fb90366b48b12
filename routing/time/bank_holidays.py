"""Which days are holidays: by a country's law, and by the council's own word. Days are local dates.

The law's come from the `holidays` library. It can't know what is proclaimed later, nor always what was proclaimed for
one part of a country: the council's own entries overrule it, and KNOWN_UNTIL says how far it is to be trusted.
It is loaded when a day is first asked for: with it come all countries of the world, which takes a quarter of a second.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Self

KNOWN_UNTIL = date(2027, 12, 31)  # what governments had proclaimed when this version was made
EVERY_PART = "*"  # as a subdivision: a holiday in any part of the country

_DEFAULT_PART = {"GB": "ENG"}  # where a country as a whole has no calendar that anybody lives by
_MOST_DAYS = 60  # that a calendar may close in a row: more is a mistake

Spans = tuple[tuple[int, int], ...]  # minutes after midnight


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalHoliday:
    """A day on which the council does otherwise; `month_day` instead of `day` for every year."""

    name: str
    day: date | None = None
    month_day: tuple[int, int] | None = None
    open: bool = False
    spans: Spans = ()  # open only then
    bank_holiday: bool | None = None  # overrules the library for statutory clocks, too

    def is_on(self, day: date) -> bool:
        return day == self.day or (day.month, day.day) == self.month_day

    @classmethod
    def parse(cls, table: Mapping[str, object], spans: Spans) -> Self:
        """{date, name, open?, bank_holiday?}; `spans` are its hours, read. Raises ValueError starting with the key."""
        day, month_day = parse_day(table.get("date"))
        bank = table.get("bank_holiday")
        return cls(
            name=str(table.get("name", "")),
            day=day,
            month_day=month_day,
            open=bool(table.get("open")) or bool(spans),
            spans=spans,
            bank_holiday=None if bank is None else bool(bank),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Holidays:
    """The days on which a queue does otherwise than in its usual week."""

    country: str  # ISO 3166 alpha-2; "" = no law's holidays
    subdivision: str = ""  # ISO 3166-2 without its country, EVERY_PART, or "" = the country's own
    own: Sequence[LocalHoliday] = ()

    def spans_on(self, day: date, usual: Spans) -> Spans:
        """When it is open on that day, of which `usual` is its weekday's."""
        own = next((local for local in self.own if local.is_on(day)), None)
        if own is not None:
            return own.spans or (usual if own.open else ())
        return () if day in bank_holidays(self.country, self.subdivision, day.year) else usual

    def name_of(self, day: date) -> str:
        """What the day is called; "" = it is no holiday."""
        own = next((local for local in self.own if local.is_on(day)), None)
        return own.name if own else bank_holidays(self.country, self.subdivision, day.year).get(day, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingDays:
    """The days that a statutory clock counts: no weekend and no bank holiday. A council's own closed days count,
    unless it says that they are bank holidays."""

    country: str
    subdivision: str = EVERY_PART
    own: Sequence[LocalHoliday] = ()

    def is_working(self, day: date) -> bool:
        if day.weekday() in weekend(self.country):
            return False
        own = next((local for local in self.own if local.bank_holiday is not None and local.is_on(day)), None)
        if own is not None:
            return not own.bank_holiday
        return day not in bank_holidays(self.country, self.subdivision, day.year)

    def add(self, start: date, count: int) -> date:
        """The count-th working day after `start`; `start` itself when the count is 0."""
        day = start
        while count:
            day = self.rolled(day + timedelta(days=1))
            count -= 1
        return day

    def rolled(self, day: date) -> date:
        """The day itself, or the next working one."""
        for _ in range(_MOST_DAYS):
            if self.is_working(day):
                return day
            day += timedelta(days=1)
        raise ValueError(f"there is no working day in the {_MOST_DAYS} days before {day}")

    def between(self, start: date, end: date) -> int:
        """How many working days there are after `start`, up to and with `end`; 0 when `end` isn't later."""
        days = ((start + timedelta(days=step)) for step in range(1, (end - start).days + 1))
        return sum(map(self.is_working, days))


@lru_cache(maxsize=1024)
def bank_holidays(country: str, subdivision: str, year: int) -> Mapping[date, str]:
    """Names by day. Nothing for a country that the library doesn't know."""
    if country not in countries():
        return MappingProxyType({})
    if subdivision == EVERY_PART:
        every = parts(country) or ("",)
        return MappingProxyType({day: name for part in every for day, name in _of(country, part, year).items()})
    return MappingProxyType(_of(country, subdivision or _DEFAULT_PART.get(country, ""), year))


@lru_cache
def countries() -> frozenset[str]:
    """Those that the library knows."""
    from holidays.registry import EntityLoader

    return frozenset(EntityLoader.get_country_codes(include_aliases=False))


@lru_cache(maxsize=256)
def parts(country: str) -> tuple[str, ...]:
    """A country's subdivisions as the library knows them."""
    import holidays as library

    return tuple(getattr(library, country).subdivisions) if country in countries() else ()


@lru_cache(maxsize=256)
def weekend(country: str) -> frozenset[int]:
    """Weekdays, 0 = Monday."""
    if country not in countries():
        return frozenset({5, 6})
    import holidays as library

    return frozenset(library.country_holidays(country).weekend)


def parse_day(written: object) -> tuple[date | None, tuple[int, int] | None]:
    """ "2026-12-24" is that day, "12-24" every year's. Raises ValueError starting with the key."""
    if isinstance(written, str) and re.fullmatch(r"\d\d-\d\d", written, re.ASCII):
        day = _date(f"2024-{written}")  # a leap year: 29 February is a day
        return None, (day.month, day.day)
    return _date(written), None


def _date(written: object) -> date:
    try:
        if isinstance(written, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", written, re.ASCII):
            return date.fromisoformat(written)
    except ValueError:
        pass
    raise ValueError('date: must be a day such as "2026-12-24", or "12-24" for every year')


def _of(country: str, part: str, year: int) -> dict[date, str]:
    import holidays as library

    found = library.country_holidays(country, subdiv=part or None, years=year)
    return {day: str(name) for day, name in found.items() if day.year == year}
