"""text_contains: words or phrases that stand in the subject or the text."""

from routing.facts import Facts
from routing.fields import Field
from routing.phrases import HoldsPhrase


class TextContains(HoldsPhrase):
    __slots__ = ()
    name = "text_contains"
    subject = "it"
    title = "Words or phrases in the message"
    about = "what it says"
    fields = (Field(kind="lines", label="Words or phrases, one on each line", hint="Whole words, whatever the case."),)

    @staticmethod
    def searched(facts: Facts) -> str:
        return facts.folded


condition = TextContains
