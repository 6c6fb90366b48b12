"""Statutory clocks: when a law wants an answer. Pure arithmetic on local dates; the last day counts whole.

A clock's term begins on the day after it starts: "20 working days" from a Monday ends on the 20th working day after it.
Months end on the same date, or on the month's last day where there is none (31 January, 28 February).
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Literal, get_args

from routing.time.bank_holidays import EVERY_PART, WorkingDays

Unit = Literal["working days", "days", "months"]
Until = Literal["acknowledged", "replied", "resolved", "marked"]
OnResume = Literal["continues", "restarts"]

LONGEST = {"working days": 1000, "days": 1500, "months": 48}

_TERM = re.compile(r"([1-9]\d{0,3}) (working days?|days?|months?)", re.ASCII)
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_KEYS = ("name", "title", "within", "until", "after", "extension", "extensions", "pauses", "rolls", "holidays")

Complain = Callable[[str, str], None]  # key, reason


@dataclass(frozen=True, slots=True)
class Term:
    """How long: "20 working days", "30 days", "1 month"."""

    count: int
    unit: Unit

    @classmethod
    def parse(cls, written: object) -> "Term":
        """Raises ValueError."""
        found = _TERM.fullmatch(written.strip()) if isinstance(written, str) else None
        if not found:
            raise ValueError("must be a number of working days, days or months, such as 20 working days or 1 month")
        unit: Unit = next(each for each in get_args(Unit) if found[2].rstrip("s") == each.rstrip("s"))
        count = int(found[1])
        if count > LONGEST[unit]:
            raise ValueError(f"at most {LONGEST[unit]} {unit}")
        return cls(count, unit)

    def __str__(self) -> str:
        return f"{self.count} {self.unit if self.count != 1 else self.unit[:-1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRule:
    """One clock of a type of case, as the council file has it."""

    name: str
    title: str
    within: Term
    until: Until = "resolved"  # what meets it; "marked": only a caseworker's word
    after: str = ""  # the clock that must be met before this one starts
    extension: Term | None = None  # the longest one
    extensions: int = 0  # how many there may be
    pauses: Mapping[str, OnResume] = field(default_factory=dict)  # lawful reasons, and what happens on resuming
    rolls: bool = False  # a last day that is no working day is put off to the next one
    holidays: str = EVERY_PART  # which part's bank holidays are no working days


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a clock has run so far."""

    started_on: date
    extended_by: int = 0  # in the unit of its term
    paused_for: int = 0  # days; working days where it counts those


def last_day(rule: ClockRule, run: Run, days: WorkingDays) -> date:
    """The day at whose end the clock has run out."""
    count = rule.within.count + run.extended_by
    if rule.within.unit == "working days":
        return days.add(run.started_on, count + run.paused_for)
    if rule.within.unit == "months":
        day = months_later(run.started_on, count)
    else:
        day = run.started_on + timedelta(days=count)
    day += timedelta(days=run.paused_for)
    return days.rolled(day) if rule.rolls else day


def days_paused(rule: ClockRule, paused_on: date, resumed_on: date, days: WorkingDays) -> int:
    """By how many days a pause puts the last day off, in the days that the clock counts."""
    if rule.within.unit == "working days":
        return days.between(paused_on, resumed_on)
    return max(0, (resumed_on - paused_on).days)


def months_later(day: date, count: int) -> date:
    """The same date so many months later, or that month's last day."""
    months = day.year * 12 + day.month - 1 + count
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def end_of(day: date, zone: tzinfo) -> datetime:
    """The last second of a local day; by the local clock, so that a change to summer time moves no deadline."""
    return datetime.combine(day, time(23, 59, 59), zone)


# --- the council file ------------------------------------------------------------------------------------------


def parse_clocks(entries: object, complain: Complain) -> tuple[ClockRule, ...]:
    """The clocks of a type: a list of tables. What is wrong is told by key ("[1].within") and left out."""
    if not isinstance(entries, list | tuple):
        complain("", "must be a list of tables: write [[type.clock]]")
        return ()
    names: set[str] = set()
    rules = []
    for index, entry in enumerate(entries):
        rule = _rule(entry, names, lambda key, reason, at=index: complain(f"[{at}]{key}", reason))  # type: ignore[misc]  # mypy: a default in a lambda
        if rule is not None:
            names.add(rule.name)
            rules.append(rule)
    return tuple(rules)


def _rule(entry: object, earlier: set[str], complain: Complain) -> ClockRule | None:
    if not isinstance(entry, Mapping):
        complain("", "must be a table")
        return None
    wrong = list(_wrong(entry, earlier))
    for key, reason in wrong:
        complain(f".{key}", reason)
    if wrong:
        return None
    extension = Term.parse(entry["extension"]) if "extension" in entry else None
    return ClockRule(
        name=entry["name"],
        title=str(entry.get("title") or entry["name"].replace("-", " ").capitalize()),
        within=Term.parse(entry["within"]),
        until=entry.get("until", "resolved"),
        after=entry.get("after", ""),
        extension=extension,
        extensions=entry.get("extensions", 1 if extension else 0),
        pauses=dict(entry.get("pauses", {})),
        rolls=entry.get("rolls", False),
        holidays=entry.get("holidays", EVERY_PART),
    )


def _wrong(entry: Mapping[str, Any], earlier: set[str]) -> Iterable[tuple[str, str]]:
    yield from ((key, f"there is no such key; there are {', '.join(_KEYS)}") for key in entry if key not in _KEYS)
    name = entry.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > 40:
        yield "name", "must be lower-case letters, digits and single hyphens, such as acknowledge; at most 40"
    elif name in earlier:
        yield "name", "another clock of this type has the same name"
    if not isinstance(entry.get("title", ""), str):
        yield "title", "must be a string"
    if entry.get("until", "resolved") not in get_args(Until):
        yield "until", f"must be one of {', '.join(get_args(Until))}"
    if entry.get("after", "") not in {"", *earlier}:
        yield "after", "must name a clock of this type that stands before it"
    if not isinstance(entry.get("rolls", False), bool):
        yield "rolls", "must be true or false"
    if not isinstance(entry.get("holidays", ""), str):
        yield "holidays", 'must be a part of the country such as "ENG", or "*" for all of them'
    yield from _wrong_terms(entry)
    yield from _wrong_pauses(entry.get("pauses", {}))


def _wrong_terms(entry: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    terms: dict[str, Term] = {}
    for key in ("within", "extension"):
        if key not in entry and key == "extension":
            continue
        try:
            terms[key] = Term.parse(entry.get(key))
        except ValueError as error:
            yield key, "is missing" if key not in entry else str(error)
    if len(terms) == 2 and terms["within"].unit != terms["extension"].unit:
        yield "extension", f"must be in {terms['within'].unit}, like within"
    many = entry.get("extensions", 1)
    if not isinstance(many, int) or isinstance(many, bool) or not 1 <= many <= 20:
        yield "extensions", "must be a number from 1 to 20"
    elif "extensions" in entry and "extension" not in entry:
        yield "extension", "is missing: how long each may be"


def _wrong_pauses(pauses: object) -> Iterable[tuple[str, str]]:
    if not isinstance(pauses, Mapping):
        yield "pauses", 'must be a table of reasons, such as { clarification = "restarts" }'
        return
    for reason, effect in pauses.items():
        if effect not in get_args(OnResume):
            yield f"pauses.{reason}", f"must be one of {', '.join(get_args(OnResume))}"
