"""from: the sender's exact address, a phone number in international form or a mail address."""

from typing import Any

from routing.condition import Names, in_words
from routing.facts import Facts
from routing.fields import Field
from routing.listed_addresses import OneOfAddresses


class FromIs(OneOfAddresses):
    __slots__ = ()
    name = "from"
    subject = "the sender"
    title = "Who writes"
    about = "who writes"
    fields = (Field(kind="lines", label="Numbers or mail addresses, one on each line"),)

    @staticmethod
    def fact(facts: Facts) -> str:
        return facts.sender

    def wants(self, names: Names) -> str:
        return f"it comes from {names.any_of(self.addresses)}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        if not actual:
            return "nobody knows whom it came from"
        found = f"it came from {in_words(actual)}"
        return found if matched else f"{found}, not from {in_words(self.expected())}"


condition = FromIs
