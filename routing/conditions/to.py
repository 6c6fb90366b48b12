"""to: the number that was called or texted, or the mail address that was written to."""

from typing import Any

from routing.condition import Names, in_words
from routing.facts import Facts
from routing.fields import Field
from routing.listed_addresses import OneOfAddresses


class ToIs(OneOfAddresses):
    __slots__ = ()
    name = "to"
    subject = "the address written to"
    title = "The number or address written to"
    about = "how and when it comes"
    fields = (Field(kind="lines", label="Numbers or mail addresses, one on each line"),)

    @staticmethod
    def fact(facts: Facts) -> str:
        return facts.to

    def wants(self, names: Names) -> str:
        return f"it comes to {names.any_of(self.addresses)}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        if not actual:
            return "nobody knows where it came to"
        found = f"it came to {in_words(actual)}"
        return found if matched else f"{found}, not to {in_words(self.expected())}"


condition = ToIs
