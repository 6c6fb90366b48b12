"""time_between: the time of day in the council's own time, "17:00-09:00" spans midnight."""

from dataclasses import dataclass
from typing import Any, Self

from routing import arguments
from routing.calendars import DAY, minutes_between
from routing.condition import Condition, ConditionError
from routing.facts import Facts


@dataclass(frozen=True, slots=True)
class TimeBetween(Condition):
    name = "time_between"
    subject = "the time"

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

    def compare(self, facts: Facts) -> bool:
        minute = facts.at.hour * 60 + facts.at.minute
        return (minute - self.start) % DAY < (self.end - self.start)

    def expected(self) -> Any:
        return self.written

    def actual(self, facts: Facts) -> Any:
        return facts.at.strftime("%H:%M")

    def why(self, actual: Any, matched: bool) -> str:
        return f"the time is {actual}, {'within' if matched else 'outside'} {self.written}"


condition = TimeBetween
