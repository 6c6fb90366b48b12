"""from: the sender's exact address, a phone number in international form or a mail address."""

import re
from dataclasses import dataclass, field
from typing import Any, Self

from routing import arguments
from routing.condition import Condition, ConditionError
from routing.facts import Facts

_PHONE = re.compile(r"\+?[\d\s().-]+")
_PUNCTUATION = re.compile(r"[\s().-]")


@dataclass(frozen=True, slots=True)
class FromIs(Condition):
    name = "from"
    subject = "the sender"

    addresses: tuple[str, ...]
    comparable: frozenset[str] = field(repr=False)

    @classmethod
    def parse(cls, argument: object) -> Self:
        addresses = arguments.words(argument)
        comparable = [_comparable(address) for address in addresses]
        for address, folded in zip(addresses, comparable, strict=True):
            if folded.isdigit() and folded.startswith("0"):
                raise ConditionError(f"write the number {address} in full, with + and the country's code")
        return cls(addresses, frozenset(comparable))

    def expected(self) -> Any:
        return list(self.addresses)

    def actual(self, facts: Facts) -> Any:
        return facts.sender

    def matches(self, actual: Any) -> bool:
        return _comparable(actual) in self.comparable


def _comparable(address: str) -> str:
    """Case-folded, without `tel:` or `mailto:`, a number without spaces and punctuation."""
    folded = address.strip().casefold().removeprefix("tel:").removeprefix("mailto:")
    return _PUNCTUATION.sub("", folded) if _PHONE.fullmatch(folded) else folded


condition = FromIs
