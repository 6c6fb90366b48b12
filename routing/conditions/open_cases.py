"""open_cases: the fewest open cases that the contact must have."""

from dataclasses import dataclass
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition
from routing.facts import Facts
from routing.fields import Field


@dataclass(frozen=True, slots=True)
class OpenCases(Condition):
    name = "open_cases"
    subject = "the number of open cases"
    title = "How many open cases the citizen has"
    fields = (Field(kind="number", label="At least so many open cases"),)

    fewest: int

    @classmethod
    def parse(cls, argument: object) -> Self:
        return cls(arguments.count(argument))

    def covers(self, other: Clause) -> bool:
        return isinstance(other, OpenCases) and self.fewest <= other.fewest

    def expected(self) -> Any:
        return self.fewest

    def actual(self, facts: Facts) -> Any:
        return facts.open_cases

    def matches(self, actual: Any) -> bool:
        return bool(actual >= self.fewest)

    def why(self, actual: Any, matched: bool) -> str:
        found = f"the contact has {actual} open case{'' if actual == 1 else 's'}"
        return found if matched else f"{found}, not at least {self.fewest}"


condition = OpenCases
