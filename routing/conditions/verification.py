"""verification: how sure it is that the sender holds the address; what is surer matches, too."""

from dataclasses import dataclass
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, ConditionError, Names
from routing.facts import Facts
from routing.fields import Field

LEVELS = ("claimed", "delivered", "verified")
_WANTED = {"claimed": "known", "delivered": "one that a message came from, or verified", "verified": "verified"}
_FOUND = {"claimed": "only claimed", "delivered": "one that a message came from", "verified": "verified"}


@dataclass(frozen=True, slots=True)
class Verified(Condition):
    name = "verification"
    subject = "the sender's address"
    title = "How sure it is who writes"
    about = "who writes"
    fields = (
        Field(
            kind="one",
            label="Their number or mail address is",
            choices=(
                ("claimed", "At least claimed: they gave it, as in a chat"),
                ("delivered", "One that a message came from, or surer"),
                ("verified", "Verified: they have shown that it is theirs"),
            ),
        ),
    )

    least: str

    @classmethod
    def parse(cls, argument: object) -> Self:
        if argument not in LEVELS:
            raise ConditionError(f"must be one of {', '.join(LEVELS)}, not {_shown(argument)}")
        return cls(str(argument))

    def covers(self, other: Clause) -> bool:
        return isinstance(other, Verified) and LEVELS.index(self.least) <= LEVELS.index(other.least)

    def expected(self) -> Any:
        return self.least

    def actual(self, facts: Facts) -> Any:
        return facts.verification

    def matches(self, actual: Any) -> bool:
        return actual in LEVELS and LEVELS.index(actual) >= LEVELS.index(self.least)

    def wants(self, names: Names) -> str:
        return f"the sender’s address is {_WANTED[self.least]}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        found = f"the sender’s address is {_FOUND.get(actual, 'not known')}"
        return found if matched or self.least == LEVELS[0] else f"{found}, not {_FOUND[self.least]}"


def _shown(argument: object) -> str:
    return f'"{argument}"' if isinstance(argument, str) else arguments.kind(argument)


condition = Verified
