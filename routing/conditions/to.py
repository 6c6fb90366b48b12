"""to: the number that was called or texted, or the mail address that was written to."""

from routing.facts import Facts
from routing.listed_addresses import OneOfAddresses


class ToIs(OneOfAddresses):
    __slots__ = ()
    name = "to"
    subject = "the address written to"

    @staticmethod
    def fact(facts: Facts) -> str:
        return facts.to


condition = ToIs
