"""inbox: the name of the inbox that the message came to."""

from typing import Any

from routing.condition import Names, in_words
from routing.facts import Facts
from routing.fields import Field
from routing.listed import OneOf


class InboxIs(OneOf):
    __slots__ = ()
    name = "inbox"
    subject = "the inbox"
    title = "The inbox"
    about = "how and when it comes"
    fields = (Field(kind="some", label="It came to", of="inbox"),)

    def refers(self) -> frozenset[tuple[str, str]]:
        return frozenset(("inbox", inbox) for inbox in self.folded)

    @staticmethod
    def fact(facts: Facts) -> str:
        return facts.inbox

    def wants(self, names: Names) -> str:
        return f"it comes to the inbox {names.any_of(self.listed)}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        found = f"it came to the inbox {in_words(actual)}"
        return found if matched else f"{found}, not {in_words(self.expected())}"


condition = InboxIs
