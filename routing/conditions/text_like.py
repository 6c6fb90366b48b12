"""text_like: words or phrases in the subject or the text, typing errors allowed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, ConditionError, Names, in_words
from routing.facts import Facts
from routing.fields import Field
from routing.phrases import HoldsPhrase
from routing.texts.typos import is_like
from routing.texts.words import WORD, fold, holds_run
from routing.tokens import like_token


@dataclass(frozen=True, slots=True)
class HoldsLike(Condition):
    """Any of the phrases, each word with as many typing errors as its length allows (routing.texts.typos)."""

    name = "text_like"
    subject = "the text"
    title = "Words in the message, typing errors allowed"
    about = "what it says"
    splits = True
    fields = (Field(kind="lines", label="Words or phrases, one on each line"),)

    phrases: tuple[str, ...]
    words: tuple[tuple[str, ...], ...] = field(repr=False)  # of each phrase, folded

    @classmethod
    def parse(cls, argument: object) -> Self:
        phrases = arguments.words(argument)
        words = tuple(tuple(WORD.findall(fold(phrase))) for phrase in phrases)
        for phrase, found in zip(phrases, words, strict=True):
            if not found:
                raise ConditionError(f"{phrase!r} has no letter or digit")
        return cls(phrases, words)

    def covers(self, other: Clause) -> bool:
        """Every phrase of the other holds one of these."""
        if isinstance(other, HoldsLike):
            return all(any(holds_run(theirs, mine) for mine in self.words) for theirs in other.words)
        return isinstance(other, HoldsPhrase) and all(map(self._found_in, other.sequences()))

    def anchors(self) -> frozenset[str] | None:
        """Of each phrase the longest word, which tends to be the rarest."""
        return frozenset(like_token(max(words, key=len)) for words in self.words)

    def expected(self) -> Any:
        return list(self.phrases)

    def actual(self, facts: Facts) -> Any:
        """The phrase, as the rule writes it, and what stands there; None without one."""
        return self._found_in(facts.sequence)

    def _found_in(self, there: Sequence[str]) -> dict[str, str] | None:
        for phrase, words in zip(self.phrases, self.words, strict=True):
            for place in range(len(there) - len(words) + 1):
                found = there[place : place + len(words)]
                if all(map(is_like, found, words)):
                    return {"phrase": phrase, "found": " ".join(found)}
        return None

    def matches(self, actual: Any) -> bool:
        return actual is not None

    def wants(self, names: Names) -> str:
        return f"it says something like {names.any_of(self.phrases)}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        if not matched:
            return f"it says nothing like {in_words(list(self.phrases))}"
        if actual["found"] == " ".join(WORD.findall(fold(actual["phrase"]))):
            return f"it says {in_words(actual['phrase'])}"
        return f"it says {in_words(actual['found'])}, which is like {in_words(actual['phrase'])}"


condition = HoldsLike
