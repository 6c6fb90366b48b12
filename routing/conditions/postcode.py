"""postcode: a postcode in the subject or text that begins so: "SA1" is not the beginning of "SA10"."""

from dataclasses import dataclass
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, ConditionError, Names, in_words
from routing.facts import Facts
from routing.fields import Field
from routing.texts.postcodes import begins, prefix_of


@dataclass(frozen=True, slots=True)
class InPostcode(Condition):
    name = "postcode"
    subject = "the postcodes in the text"
    title = "A postcode in the message"
    about = "what it says"
    splits = True
    fields = (Field(kind="lines", label="Postcodes or their beginnings, one on each line"),)

    prefixes: tuple[str, ...]

    @classmethod
    def parse(cls, argument: object) -> Self:
        return cls(prefixes(argument))

    def covers(self, other: Clause) -> bool:
        return isinstance(other, InPostcode) and all(
            any(begins(theirs, mine) for mine in self.prefixes) for theirs in other.prefixes
        )

    def expected(self) -> Any:
        return list(self.prefixes)

    def actual(self, facts: Facts) -> Any:
        return list(facts.postcodes)

    def matches(self, actual: Any) -> bool:
        return any(begins(postcode, prefix) for postcode in actual for prefix in self.prefixes)

    def wants(self, names: Names) -> str:
        return f"it names a postcode in {names.any_of(self.prefixes)}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        if not actual:
            return "it names no postcode"
        found = f"it names the postcode{'s' if len(actual) > 1 else ''} {in_words(actual, 'and')}"
        return found if matched else f"{found}, none in {in_words(self.expected())}"


def prefixes(argument: object) -> tuple[str, ...]:
    """Postcodes or their beginnings, as they are compared. Raises ConditionError."""
    written = arguments.words(argument)
    found = tuple(prefix_of(word) for word in written)
    for word, prefix in zip(written, found, strict=True):
        if prefix is None:
            raise ConditionError(f'"{word}" is no postcode and no beginning of one, such as SA, SA1, SA1 2 or 101')
    return tuple(prefix for prefix in found if prefix is not None)


condition = InPostcode
