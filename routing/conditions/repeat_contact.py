"""repeat_contact: the contact's last case was touched at most so many days ago."""

from dataclasses import dataclass
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, Names, counted
from routing.facts import Facts
from routing.fields import Field


@dataclass(frozen=True, slots=True)
class RepeatContact(Condition):
    name = "repeat_contact"
    subject = "the contact's last case"
    title = "The citizen was in touch lately"
    about = "who writes"
    fields = (Field(kind="number", label="Within so many days"),)

    days: int

    @classmethod
    def parse(cls, argument: object) -> Self:
        return cls(arguments.count(argument))

    def asks(self) -> frozenset[str]:
        return frozenset({"days_since"})

    def covers(self, other: Clause) -> bool:
        return isinstance(other, RepeatContact) and other.days <= self.days

    def expected(self) -> Any:
        return self.days

    def actual(self, facts: Facts) -> Any:
        return facts.days_since

    def matches(self, actual: Any) -> bool:
        return actual is not None and bool(actual <= self.days)

    def wants(self, names: Names) -> str:
        return f"something happened in the citizen’s cases within the last {counted(self.days, 'day')}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        if actual is None:
            return "the citizen has no earlier case"
        found = f"something last happened in the citizen’s cases {_ago(actual)}"
        return found if matched else f"{found}, more than {counted(self.days, 'day')}"


def _ago(days: float) -> str:
    whole = int(days)
    return "today" if whole == 0 else f"{whole} day{'' if whole == 1 else 's'} ago"


condition = RepeatContact
