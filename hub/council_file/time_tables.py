"""[[holiday]], [[type]] and [[escalation]], and what the tables of queues and agents say of time and work."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from routing.time.bank_holidays import EVERY_PART, LocalHoliday, parse_day, parts
from routing.time.calendars import spans_of_day
from routing.time.clocks import ClockRule, parse_clocks
from routing.time.escalations import problems_of

_DAYS = re.compile(r"([0-9]{1,5})d")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

LONGEST_NAME = 120  # characters
NO_HOLIDAYS = "none"
MOST_SKILLS = 50
SHORTEST_KEPT = 30  # days after closing: until then providers may still report
LONGEST_KEPT = 36_500

Table = Mapping[str, Any]
Complain = Callable[[str, str], None]  # key, reason


def _line(written: str) -> str:
    written = written.strip()
    if not written or len(written) > LONGEST_NAME or not written.isprintable():
        raise ValueError(f"must be one line of 1 to {LONGEST_NAME} characters")
    return written


def _slug(written: str) -> str:
    if len(written) > 60 or not _SLUG.fullmatch(written):
        raise ValueError("must be lower-case letters, digits and single hyphens, such as complaint-1; at most 60")
    return written


def _day(written: str) -> str:
    try:
        parse_day(written)
    except ValueError as error:
        raise ValueError(str(error).removeprefix("date: ")) from None
    return written


def _year_day(written: str) -> str:
    if written and parse_day(written)[0] is None:
        raise ValueError('must be a day such as "2027-12-31"')
    return written


def _spans(written: str) -> str:
    if written:
        spans_of_day(written)
    return written


def _skill(written: str) -> str:
    written = _line(written).lower()
    if len(written) > 60:
        raise ValueError("at most 60 characters")
    return written


def _language(written: str) -> str:
    """The primary language alone: who speaks cy answers cy-GB."""
    written = written.strip().lower()
    if not (2 <= len(written) <= 3 and written.isascii() and written.isalpha()):
        raise ValueError("must be a language in two or three letters, such as cy")
    return written


def _counts(written: object) -> object:
    if not isinstance(written, dict):
        raise ValueError("must be a table such as { total = 12, webchat = 3 }")
    for key, count in written.items():
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= 1000:
            raise ValueError(f"{key} must be a number from 0 to 1000")
    return written


def _forget_after(written: object) -> int:
    """Days after closing; 0 = never."""
    found = _DAYS.fullmatch(written.strip()) if isinstance(written, str) else None
    days = int(found[1]) if found else written
    if not isinstance(days, int) or isinstance(days, bool) or not SHORTEST_KEPT <= days <= LONGEST_KEPT:
        raise ValueError(f'must be a number of days such as "730d", from {SHORTEST_KEPT} to {LONGEST_KEPT}')
    return days


Line = Annotated[StrictStr, AfterValidator(_line)]
Slug = Annotated[StrictStr, AfterValidator(_slug)]
Day = Annotated[StrictStr, AfterValidator(_day)]
YearDay = Annotated[StrictStr, AfterValidator(_year_day)]
Skills = Annotated[tuple[Annotated[StrictStr, AfterValidator(_skill)], ...], Field(max_length=MOST_SKILLS)]
Languages = tuple[Annotated[StrictStr, AfterValidator(_language)], ...]
Capacity = Annotated[dict[str, int], BeforeValidator(_counts)]
ForgetAfter = Annotated[int, BeforeValidator(_forget_after)]
Assigning = Literal["pull", "round-robin", "least-loaded", "longest-idle"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class OverflowTable(_Table):
    """Where a queue's cases go that nobody takes."""

    to: StrictStr
    after: StrictStr = ""  # working time of the queue that a case has waited
    over: Annotated[StrictInt, Field(ge=0, le=100_000)] | None = None  # how many may wait
    closed: StrictBool = False  # while the queue is closed


class HolidayTable(_Table):
    date: Day
    name: Line
    open: StrictBool = False
    hours: Annotated[StrictStr, AfterValidator(_spans)] = ""
    queues: tuple[StrictStr, ...] = ()  # slugs; none = all
    bank_holiday: StrictBool | None = None


class TypeTable(_Table):
    slug: Slug
    name: Line
    another_than: StrictStr = ""
    forget_after: ForgetAfter = 0
    clock: tuple[dict[str, Any], ...] = ()


def local_holiday(table: Table) -> LocalHoliday:
    """Of a table that is right."""
    hours = table.get("hours") or ""
    return LocalHoliday.parse(table, spans_of_day(hours) if hours else ())


def clocks_of(table: Table, complain: Complain) -> tuple[ClockRule, ...]:
    """Of a raw [[type]]; what is wrong is told by key."""
    return parse_clocks(table.get("clock", []), lambda key, reason: complain(f"clock{key}", reason))


def check_part(country: str, written: object, complain: Callable[[str], None], *, also: tuple[str, ...] = ()) -> None:
    """A subdivision of the country whose holidays count; `also` are words that mean something else."""
    if not isinstance(written, str) or written in ("", *also):
        return
    if written not in parts(country):
        known = ", ".join((*parts(country), *(word for word in also if word))) or "none for this country"
        complain(f"must be a part of {country or 'the country'}: {known}")


def check_time(document: Table, tables: Mapping[str, Mapping[int, Table]], country: str, complain_at: Any) -> None:
    """How holidays, types, escalations, queues and agents fit together; `complain_at(path)` gives a Complain."""
    queues, agents = _slugs(tables["queue"], "slug"), _emails(tables["agent"])
    types = _slugs(tables["type"], "slug")
    council = document.get("council")
    if isinstance(council, Mapping):
        of_council = complain_at(("council",))
        check_part(country, council.get("subdivision"), lambda reason: of_council("subdivision", reason))
    for index, table in tables["queue"].items():
        of_queue = complain_at(("queue", index))
        _check_queue(table, queues, country, of_queue)
    for index, table in tables["holiday"].items():
        _refer(table.get("queues"), queues, "queue", complain_at(("holiday", index)))
    clocks: set[str] = set()
    for index, table in tables["type"].items():
        of_type = complain_at(("type", index))
        for rule in clocks_of(table, of_type):
            clocks.add(rule.name)
            _check_clock_part(rule, country, of_type)
        other = table.get("another_than")
        if isinstance(other, str) and other and (other not in types or other == table.get("slug")):
            of_type("another_than", f'there is no other type "{other}"')
    for index, table in tables["escalation"].items():
        problems_of(table, queues, types, agents, clocks, complain_at(("escalation", index)))


def _check_queue(table: Table, queues: frozenset[str], country: str, complain: Complain) -> None:
    words = ("", NO_HOLIDAYS, EVERY_PART)
    check_part(country, table.get("holidays"), lambda reason: complain("holidays", reason), also=words)
    overflow = table.get("overflow")
    if isinstance(overflow, Mapping):
        to = overflow.get("to")
        if isinstance(to, str) and (to not in queues or to == table.get("slug")):
            complain("overflow.to", f'there is no other queue "{to}"')
        if not overflow.keys() & {"after", "over", "closed"}:
            complain("overflow", "says not when: give after, over or closed")


def _check_clock_part(rule: ClockRule, country: str, complain: Complain) -> None:
    def about(reason: str) -> None:
        complain("clock", f"{rule.name}: holidays {reason}")

    check_part(country, rule.holidays, about, also=(EVERY_PART,))


def _refer(slugs: object, known: frozenset[str], kind: str, complain: Complain) -> None:
    for place, slug in enumerate(slugs if isinstance(slugs, list) else ()):
        if isinstance(slug, str) and slug not in known:
            complain(f"{kind}s[{place}]", f'there is no {kind} "{slug}"')


def _slugs(tables: Mapping[int, Table], key: str) -> frozenset[str]:
    return frozenset(table[key] for table in tables.values() if isinstance(table.get(key), str))


def _emails(tables: Mapping[int, Table]) -> frozenset[str]:
    return frozenset(email.strip().lower() for email in _slugs(tables, "email"))
