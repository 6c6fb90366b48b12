"""to: the number that was called or texted, or the mail address that was written to."""

from dataclasses import dataclass, field
from typing import Any, Self

from routing import arguments
from routing.addresses import comparable_address, full_address
from routing.condition import Clause, Condition
from routing.facts import Facts


@dataclass(frozen=True, slots=True)
class ToIs(Condition):
    name = "to"
    subject = "the address written to"

    addresses: tuple[str, ...]
    comparable: frozenset[str] = field(repr=False)

    @classmethod
    def parse(cls, argument: object) -> Self:
        addresses = arguments.words(argument)
        return cls(addresses, frozenset(map(full_address, addresses)))

    def covers(self, other: Clause) -> bool:
        return isinstance(other, ToIs) and other.comparable <= self.comparable

    def excludes(self, other: Clause) -> bool:
        return isinstance(other, ToIs) and self.comparable.isdisjoint(other.comparable)

    def expected(self) -> Any:
        return list(self.addresses)

    def actual(self, facts: Facts) -> Any:
        return facts.to

    def matches(self, actual: Any) -> bool:
        return comparable_address(actual) in self.comparable


condition = ToIs
