"""subject_contains: words or phrases that stand in the subject alone."""

from routing.facts import Facts
from routing.phrases import HoldsPhrase
from routing.words import fold


class SubjectContains(HoldsPhrase):
    __slots__ = ()
    name = "subject_contains"
    subject = "the subject"

    @staticmethod
    def searched(facts: Facts) -> str:
        return fold(facts.subject)


condition = SubjectContains
