"""time_between: the time of day in the council's own time, "17:00-09:00" spans midnight."""

from dataclasses import dataclass
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, ConditionError, Names
from routing.facts import Facts
from routing.fields import Field
from routing.time.calendars import DAY, minute_of, minutes_between


@dataclass(frozen=True, slots=True)
class TimeBetween(Condition):
    name = "time_between"
    subject = "the time"
    title = "The time of day"
    about = "how and when it comes"
    fields = (Field(kind="times", label="Between", hint="The council’s own time; it may go over midnight."),)

    written: str
    start: int  # minutes after midnight; the first that matches
    end: int  # the first that no longer does

    @classmethod
    def parse(cls, argument: object) -> Self:
        if not isinstance(argument, str):
            raise ConditionError(f"must be a string such as 17:00-09:00, not {arguments.kind(argument)}")
        try:
            start, end = minutes_between(argument)
        except ValueError as error:
            raise ConditionError(str(error)) from None
        return cls(argument.strip(), start, end)

    def covers(self, other: Clause) -> bool:
        if not isinstance(other, TimeBetween):
            return False
        later = (other.start - self.start) % DAY
        return later + other.end - other.start <= self.end - self.start

    def excludes(self, other: Clause) -> bool:
        if not isinstance(other, TimeBetween):
            return False
        later = (other.start - self.start) % DAY
        return later >= self.end - self.start and DAY - later >= other.end - other.start

    def expected(self) -> Any:
        return self.written

    def actual(self, facts: Facts) -> Any:
        return f"{facts.at.hour:02}:{facts.at.minute:02}"

    def matches(self, actual: Any) -> bool:
        return (minute_of(actual) - self.start) % DAY < self.end - self.start

    def wants(self, names: Names) -> str:
        return f"it comes {self._span()}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        return f"it came at {actual}, {'' if matched else 'not '}{self._span()}"

    def _span(self) -> str:
        start, _, end = self.written.partition("-")
        return f"between {start.strip()} and {end.strip()}"


condition = TimeBetween
