"""text_matches: regular expressions in the subject or the text, in RE2's language; the case doesn't matter."""

from dataclasses import dataclass
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, ConditionError, Names, in_words
from routing.facts import Facts
from routing.fields import Field
from routing.texts.patterns import compiled, finds_any
from routing.tokens import pattern_token


@dataclass(frozen=True, slots=True)
class TextMatches(Condition):
    name = "text_matches"
    subject = "the text"
    title = "A pattern in the message"
    about = "what it says"
    splits = True
    fields = (Field(kind="lines", label="Regular expressions, one on each line", hint="Such as \\b[0-9]{6}\\b."),)

    patterns: tuple[str, ...]

    @classmethod
    def parse(cls, argument: object) -> Self:
        patterns = arguments.words(argument, longest=500)
        for place, pattern in enumerate(patterns):
            try:
                compiled(pattern)
            except ConditionError as error:
                raise ConditionError(str(error), f"[{place}]" if isinstance(argument, list) else "") from None
        return cls(patterns)

    def covers(self, other: Clause) -> bool:
        return isinstance(other, TextMatches) and set(other.patterns) <= set(self.patterns)

    def anchors(self) -> frozenset[str] | None:
        return frozenset(map(pattern_token, self.patterns))

    def expected(self) -> Any:
        return list(self.patterns)

    def actual(self, facts: Facts) -> Any:
        """The first pattern that is found, and the words that it found; None without one."""
        if len(self.patterns) > 1 and not finds_any(self.patterns, facts.folded):
            return None
        for pattern in self.patterns:
            found = compiled(pattern).search(facts.folded)
            if found is not None:
                return {"pattern": pattern, "found": found.group(0)}
        return None

    def matches(self, actual: Any) -> bool:
        return actual is not None

    def wants(self, names: Names) -> str:
        return f"it matches the pattern {names.any_of(self.patterns)}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        if matched:
            return f"it says {in_words(actual['found'])}, which matches a pattern"
        return f"it matches no pattern of {in_words(list(self.patterns))}"


condition = TextMatches
