"""tag: a tag that the case has by now, from the groups of rules before this one or from before it was reopened."""

from dataclasses import dataclass
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, Names, in_words
from routing.facts import Facts
from routing.fields import Field


@dataclass(frozen=True, slots=True)
class HasTag(Condition):
    name = "tag"
    subject = "the case's tags"
    title = "A tag that the case has by now"
    splits = True
    fields = (Field(kind="lines", label="Tags, one on each line", hint="From the groups of rules before this one."),)

    tags: frozenset[str]

    @classmethod
    def parse(cls, argument: object) -> Self:
        return cls(frozenset(arguments.words(argument)))

    def asks(self) -> frozenset[str]:
        return frozenset({"tags"})

    def waits_for(self) -> frozenset[tuple[str, str]]:
        return frozenset(("tag", each) for each in self.tags)

    def covers(self, other: Clause) -> bool:
        return isinstance(other, HasTag) and other.tags <= self.tags

    def expected(self) -> Any:
        return sorted(self.tags)

    def actual(self, facts: Facts) -> Any:
        return list(facts.tags)

    def matches(self, actual: Any) -> bool:
        return not self.tags.isdisjoint(actual)

    def wants(self, names: Names) -> str:
        return f"it has the tag {names.any_of(self.expected())} by then"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        if not actual:
            return "it has no tag so far"
        found = f"it has the tag{'s' if len(actual) > 1 else ''} {in_words(actual, 'and')}"
        return found if matched else f"{found}, not {in_words(self.expected())}"


condition = HasTag
