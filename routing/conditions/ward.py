"""ward: a postcode in the subject or text lies in one of these wards of the council file."""

from typing import Any

from routing.condition import Clause, Names, in_words
from routing.facts import Facts
from routing.fields import Field
from routing.listed import OneOf


class InWard(OneOf):
    __slots__ = ()
    name = "ward"
    subject = "the wards of the postcodes in the text"
    title = "The ward of a postcode in the message"
    about = "what it says"
    fields = (Field(kind="some", label="It lies in", of="ward"),)

    @staticmethod
    def fact(facts: Facts) -> str:
        return ""

    def asks(self) -> frozenset[str]:
        return frozenset({"wards"})

    def refers(self) -> frozenset[tuple[str, str]]:
        return frozenset(("ward", ward) for ward in self.folded)

    def excludes(self, other: Clause) -> bool:
        return False  # a message may name postcodes of two wards

    def actual(self, facts: Facts) -> Any:
        return list(facts.wards)

    def matches(self, actual: Any) -> bool:
        return any(ward.casefold() in self.folded for ward in actual)

    def wants(self, names: Names) -> str:
        return f"it names a postcode in the ward {names.any_of(self.listed)}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        if not actual:
            return "it names no postcode of a known ward"
        found = f"it names a postcode in the ward{'s' if len(actual) > 1 else ''} {in_words(actual, 'and')}"
        return found if matched else f"{found}, not {in_words(self.expected())}"


condition = InWard
