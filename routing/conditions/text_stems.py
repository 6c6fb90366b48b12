"""text_stems: words or phrases in the subject or the text by their stems: "collect" finds "collected", "collecting"."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, ConditionError, Names, in_words
from routing.facts import Facts
from routing.fields import Field
from routing.phrases import HoldsPhrase
from routing.texts.stems import LANGUAGES, stem
from routing.texts.words import WORD, fold, holds_run
from routing.tokens import stem_token

Stems = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HoldsStems(Condition):
    """{en = ["missed bin", …], de = […]}: any phrase of any language."""

    name = "text_stems"
    subject = "the text"
    title = "Words in all their forms in the message"
    about = "what it says"
    fields = (Field(kind="lines by language", label="Words or phrases, one on each line", of="stems"),)

    phrases: tuple[tuple[str, str], ...]  # language, as written
    stems: tuple[Stems, ...] = field(repr=False)  # of each phrase

    @classmethod
    def parse(cls, argument: object) -> Self:
        if not isinstance(argument, dict) or not argument:
            raise ConditionError('must be a table by language, such as { en = ["missed bin"] }')
        phrases = tuple(_phrases(argument))
        return cls(phrases, tuple(_stems(language, phrase) for language, phrase in phrases))

    def covers(self, other: Clause) -> bool:
        """Every phrase of the other holds one of these."""
        if isinstance(other, HoldsStems):
            pairs = zip(other.phrases, other.stems, strict=True)
            return all(self._holds_one(language, stems) for (language, _), stems in pairs)
        if not isinstance(other, HoldsPhrase):
            return False
        languages = {language for language, _ in self.phrases}
        return all(
            any(self._holds_one(language, tuple(stem(language, word) for word in words)) for language in languages)
            for words in other.sequences()
        )

    def _holds_one(self, of: str, there: Stems) -> bool:
        pairs = zip(self.phrases, self.stems, strict=True)
        return any(holds_run(there, wanted) for (language, _), wanted in pairs if language == of)

    def anchors(self) -> frozenset[str] | None:
        """Of each phrase the longest stem, which tends to be the rarest."""
        pairs = zip(self.phrases, self.stems, strict=True)
        return frozenset(stem_token(language, max(stems, key=len)) for (language, _), stems in pairs)

    def expected(self) -> Any:
        expected: dict[str, list[str]] = {}
        for language, phrase in self.phrases:
            expected.setdefault(language, []).append(phrase)
        return expected

    def actual(self, facts: Facts) -> Any:
        """The phrase whose stems stand there, as the rule writes it; None without one."""
        for (language, phrase), wanted in zip(self.phrases, self.stems, strict=True):
            if holds_run(facts.stems(language), wanted):
                return phrase
        return None

    def matches(self, actual: Any) -> bool:
        return actual is not None

    def wants(self, names: Names) -> str:
        return f"it says a form of {names.any_of([phrase for _, phrase in self.phrases])}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        if matched:
            return f"it says a form of {in_words(actual)}"
        return f"it says no form of {in_words([phrase for _, phrase in self.phrases])}"


def _phrases(argument: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for language, written in argument.items():
        if language not in LANGUAGES:
            known = ", ".join(LANGUAGES)
            raise ConditionError(f"there is no stemmer for this language; there are {known}", f".{language}")
        try:
            for phrase in arguments.words(written):
                if not WORD.search(fold(phrase)):
                    raise ConditionError(f"{phrase!r} has no letter or digit")
                yield language, phrase
        except ConditionError as error:
            raise ConditionError(str(error), f".{language}{error.key}") from None


def _stems(language: str, phrase: str) -> Stems:
    return tuple(stem(language, word) for word in WORD.findall(fold(phrase)))


condition = HoldsStems
