"""The conditions that want one fact to be among the words listed, whatever their case."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition
from routing.facts import Facts


@dataclass(frozen=True, slots=True)
class OneOf(Condition):
    """A fact is one of the words."""

    splits = True

    listed: tuple[str, ...]
    folded: frozenset[str] = field(repr=False)

    @classmethod
    def parse(cls, argument: object) -> Self:
        listed = arguments.words(argument)
        return cls(listed, frozenset(word.casefold() for word in listed))

    @staticmethod
    @abstractmethod
    def fact(facts: Facts) -> str:
        """The fact that is compared."""

    def covers(self, other: Clause) -> bool:
        return isinstance(other, type(self)) and other.folded <= self.folded

    def excludes(self, other: Clause) -> bool:
        return isinstance(other, type(self)) and self.folded.isdisjoint(other.folded)

    def expected(self) -> Any:
        return list(self.listed)

    def actual(self, facts: Facts) -> Any:
        return self.fact(facts)

    def matches(self, actual: Any) -> bool:
        return str(actual).casefold() in self.folded
