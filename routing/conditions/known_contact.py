"""known_contact: whether the sender has earlier cases."""

from routing.condition import Clause
from routing.conditions.open_cases import OpenCases
from routing.conditions.repeat_contact import RepeatContact
from routing.facts import Facts
from routing.fields import YES, Field
from routing.flags import Flag


class KnownContact(Flag):
    __slots__ = ()
    name = "known_contact"
    subject = "the contact"
    title = "Whether the citizen is known"
    about = "who writes"
    fields = (Field(kind="one", label="They have had a case before", choices=YES),)
    when_true = "the citizen has earlier cases"
    when_false = "the citizen has no earlier case"

    def covers(self, other: Clause) -> bool:
        return self == other or (self.wanted and isinstance(other, OpenCases | RepeatContact))

    def excludes(self, other: Clause) -> bool:
        return super().excludes(other) or (not self.wanted and isinstance(other, OpenCases | RepeatContact))

    @staticmethod
    def fact(facts: Facts) -> bool:
        return facts.known


condition = KnownContact
