"""contact_flag: a flag that the contact bears, such as "vulnerable"."""

from dataclasses import dataclass
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, Names, in_words
from routing.facts import Facts
from routing.fields import Field


@dataclass(frozen=True, slots=True)
class BearsFlag(Condition):
    name = "contact_flag"
    subject = "the contact's flags"
    title = "A flag of the citizen"
    about = "who writes"
    splits = True
    fields = (Field(kind="lines", label="Flags, one on each line", hint="Such as vulnerable."),)

    flags: frozenset[str]

    @classmethod
    def parse(cls, argument: object) -> Self:
        return cls(frozenset(word.casefold() for word in arguments.words(argument)))

    def asks(self) -> frozenset[str]:
        return frozenset({"flags", *(f"flag:{flag}" for flag in self.flags)})

    def covers(self, other: Clause) -> bool:
        return isinstance(other, BearsFlag) and other.flags <= self.flags

    def expected(self) -> Any:
        return sorted(self.flags)

    def actual(self, facts: Facts) -> Any:
        return list(facts.flags)

    def matches(self, actual: Any) -> bool:
        return not self.flags.isdisjoint(flag.casefold() for flag in actual)

    def wants(self, names: Names) -> str:
        return f"the citizen is flagged {names.any_of(self.expected())}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        found = f"the citizen is flagged {in_words(actual, 'and')}" if actual else "the citizen has no flag"
        return found if matched or not actual else f"{found}, not {in_words(self.expected())}"


condition = BearsFlag
