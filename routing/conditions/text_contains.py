"""text_contains: words or phrases that stand in the subject or the text."""

from routing.facts import Facts
from routing.phrases import HoldsPhrase


class TextContains(HoldsPhrase):
    __slots__ = ()
    name = "text_contains"
    subject = "the text"

    @staticmethod
    def searched(facts: Facts) -> str:
        return facts.folded


condition = TextContains
