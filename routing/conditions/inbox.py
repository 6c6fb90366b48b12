"""inbox: the name of the inbox that the message came to."""

from routing.facts import Facts
from routing.fields import Field
from routing.listed import OneOf


class InboxIs(OneOf):
    __slots__ = ()
    name = "inbox"
    subject = "the inbox"
    title = "The inbox"
    fields = (Field(kind="some", label="It came to", of="inbox"),)

    def refers(self) -> frozenset[tuple[str, str]]:
        return frozenset(("inbox", inbox) for inbox in self.folded)

    @staticmethod
    def fact(facts: Facts) -> str:
        return facts.inbox


condition = InboxIs
