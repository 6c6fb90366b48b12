"""The conditions that want one fact to be true, or to be false."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from routing import arguments
from routing.condition import Clause, Condition, Names
from routing.facts import Facts


@dataclass(frozen=True, slots=True)
class Flag(Condition):
    """A fact is as wanted."""

    when_true: ClassVar[str]  # the fact in words
    when_false: ClassVar[str]

    wanted: bool

    @classmethod
    def parse(cls, argument: object) -> Self:
        return cls(arguments.yes_or_no(argument))

    @staticmethod
    @abstractmethod
    def fact(facts: Facts) -> bool:
        """The fact that is compared."""

    def excludes(self, other: Clause) -> bool:
        return type(other) is type(self) and other != self

    def completes(self, other: Clause) -> bool:
        return self.excludes(other)

    def expected(self) -> Any:
        return self.wanted

    def actual(self, facts: Facts) -> Any:
        return self.fact(facts)

    def matches(self, actual: Any) -> bool:
        return actual is self.wanted

    def wants(self, names: Names) -> str:
        return self.when_true if self.wanted else self.when_false

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        return self.when_true if actual else self.when_false
