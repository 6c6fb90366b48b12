"""automatic: whether a machine wrote the message."""

from routing.facts import Facts
from routing.fields import YES, Field
from routing.flags import Flag


class Automatic(Flag):
    __slots__ = ()
    name = "automatic"
    subject = "the message"
    title = "Whether a machine wrote it"
    about = "who writes"
    fields = (Field(kind="one", label="A machine wrote it", choices=YES),)
    when_true = "a machine wrote it"
    when_false = "a person wrote it"

    @staticmethod
    def fact(facts: Facts) -> bool:
        return facts.automatic


condition = Automatic
