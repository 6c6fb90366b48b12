"""The conditions that want an address of the message to be among those listed, however it is written."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, Self

from routing import arguments
from routing.addresses import comparable_address, full_address
from routing.condition import Clause, Condition
from routing.facts import Facts


@dataclass(frozen=True, slots=True)
class OneOfAddresses(Condition):
    """A phone number in international form, or a mail address, is one of those listed."""

    splits = True

    addresses: tuple[str, ...]
    comparable: frozenset[str] = field(repr=False)

    @classmethod
    def parse(cls, argument: object) -> Self:
        addresses = arguments.words(argument)
        return cls(addresses, frozenset(map(full_address, addresses)))

    @staticmethod
    @abstractmethod
    def fact(facts: Facts) -> str:
        """The address that is compared."""

    def covers(self, other: Clause) -> bool:
        return isinstance(other, type(self)) and other.comparable <= self.comparable

    def excludes(self, other: Clause) -> bool:
        return isinstance(other, type(self)) and self.comparable.isdisjoint(other.comparable)

    def expected(self) -> Any:
        return list(self.addresses)

    def actual(self, facts: Facts) -> Any:
        return self.fact(facts)

    def matches(self, actual: Any) -> bool:
        return comparable_address(actual) in self.comparable
