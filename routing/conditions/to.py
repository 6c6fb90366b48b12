"""to: the number that was called or texted, or the mail address that was written to."""

from routing.facts import Facts
from routing.fields import Field
from routing.listed_addresses import OneOfAddresses


class ToIs(OneOfAddresses):
    __slots__ = ()
    name = "to"
    subject = "the address written to"
    title = "The number or address written to"
    fields = (Field(kind="lines", label="Numbers or mail addresses, one on each line"),)

    @staticmethod
    def fact(facts: Facts) -> str:
        return facts.to


condition = ToIs
