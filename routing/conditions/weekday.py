"""weekday: the day of the week in the council's own time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, ConditionError, Names, listed
from routing.facts import Facts
from routing.fields import Field
from routing.time.calendars import WEEKDAYS, weekdays

DAYS = tuple(zip(WEEKDAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True))


@dataclass(frozen=True, slots=True)
class OnWeekday(Condition):
    name = "weekday"
    subject = "the weekday"
    title = "The day of the week"
    about = "how and when it comes"
    fields = (Field(kind="some", label="On", choices=DAYS),)

    written: tuple[str, ...]
    days: frozenset[int]  # 0 = Monday

    @classmethod
    def parse(cls, argument: object) -> Self:
        written = arguments.words(argument)
        try:
            return cls(written, frozenset(day for entry in written for day in weekdays(entry)))
        except ValueError as error:
            raise ConditionError(str(error)) from None

    @classmethod
    def as_entered(cls, argument: Any) -> Any:
        """Spans of days as the days that they hold."""
        try:
            days = cls.parse(argument).days
        except ConditionError:
            return argument
        return [WEEKDAYS[day] for day in sorted(days)]

    def covers(self, other: Clause) -> bool:
        return isinstance(other, OnWeekday) and other.days <= self.days

    def excludes(self, other: Clause) -> bool:
        return isinstance(other, OnWeekday) and self.days.isdisjoint(other.days)

    def completes(self, other: Clause) -> bool:
        return isinstance(other, OnWeekday) and len(self.days | other.days) == len(WEEKDAYS)

    def split(self) -> Iterator[Clause]:
        return (self.parse(WEEKDAYS[day]) for day in sorted(self.days))

    def expected(self) -> Any:
        return list(self.written)

    def actual(self, facts: Facts) -> Any:
        return WEEKDAYS[facts.at.weekday()]

    def matches(self, actual: Any) -> bool:
        return WEEKDAYS.index(actual) in self.days

    def wants(self, names: Names) -> str:
        return f"it comes on {self._days()}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        found = f"it came on {dict(DAYS)[actual]}"
        return found if matched else f"{found}, not on {self._days()}"

    def _days(self) -> str:
        names = [dict(DAYS)[WEEKDAYS[day]] for day in sorted(self.days)]
        follow = len(names) > 2 and max(self.days) - min(self.days) == len(names) - 1
        return f"{names[0]} to {names[-1]}" if follow else listed(names, "or")


condition = OnWeekday
