"""tag: a tag that the case has by now, from the groups of rules before this one or from before it was reopened."""

from dataclasses import dataclass
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, in_words
from routing.facts import Facts
from routing.fields import Field


@dataclass(frozen=True, slots=True)
class HasTag(Condition):
    name = "tag"
    subject = "the case's tags"
    title = "A tag that the case has by now"
    fields = (Field(kind="lines", label="Tags, one on each line", hint="From the groups of rules before this one."),)

    tags: frozenset[str]

    @classmethod
    def parse(cls, argument: object) -> Self:
        return cls(frozenset(arguments.words(argument)))

    def asks(self) -> frozenset[str]:
        return frozenset({"tags"})

    def covers(self, other: Clause) -> bool:
        return isinstance(other, HasTag) and other.tags <= self.tags

    def expected(self) -> Any:
        return sorted(self.tags)

    def actual(self, facts: Facts) -> Any:
        return list(facts.tags)

    def matches(self, actual: Any) -> bool:
        return not self.tags.isdisjoint(actual)

    def why(self, actual: Any, matched: bool) -> str:
        has = f"has the tag {in_words(actual)}" if actual else "has no tag so far"
        return f"the case {has}" if matched else f"the case {has}, not {in_words(self.expected())}"


condition = HasTag
