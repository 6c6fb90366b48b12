"""automatic: whether a machine wrote the message."""

from routing.facts import Facts
from routing.flags import Flag


class Automatic(Flag):
    __slots__ = ()
    name = "automatic"
    subject = "the message"
    when_true = "a machine wrote the message"
    when_false = "a person wrote the message"

    @staticmethod
    def fact(facts: Facts) -> bool:
        return facts.automatic


condition = Automatic
