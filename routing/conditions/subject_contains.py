"""subject_contains: words or phrases that stand in the subject alone."""

from routing.facts import Facts
from routing.fields import Field
from routing.phrases import HoldsPhrase
from routing.texts.words import fold


class SubjectContains(HoldsPhrase):
    __slots__ = ()
    name = "subject_contains"
    subject = "its subject"
    title = "Words or phrases in the subject"
    about = "what it says"
    fields = (Field(kind="lines", label="Words or phrases, one on each line"),)

    @staticmethod
    def searched(facts: Facts) -> str:
        return fold(facts.subject)


condition = SubjectContains
