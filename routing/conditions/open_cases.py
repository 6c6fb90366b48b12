"""open_cases: the fewest open cases that the contact must have."""

from dataclasses import dataclass
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, Names, counted
from routing.facts import Facts
from routing.fields import Field


@dataclass(frozen=True, slots=True)
class OpenCases(Condition):
    name = "open_cases"
    subject = "the number of open cases"
    title = "How many open cases the citizen has"
    about = "who writes"
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

    def wants(self, names: Names) -> str:
        return f"the citizen has at least {counted(self.fewest, 'open case')}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        found = f"the citizen has {counted(actual, 'open case')}"
        return found if matched or not actual else f"{found}, fewer than {self.fewest}"


condition = OpenCases
