"""from: the sender's exact address, a phone number in international form or a mail address."""

from routing.facts import Facts
from routing.fields import Field
from routing.listed_addresses import OneOfAddresses


class FromIs(OneOfAddresses):
    __slots__ = ()
    name = "from"
    subject = "the sender"
    title = "Who writes"
    fields = (Field(kind="lines", label="Numbers or mail addresses, one on each line"),)

    @staticmethod
    def fact(facts: Facts) -> str:
        return facts.sender


condition = FromIs
