"""The conditions that look for words or phrases in something written."""

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, ConditionError, Names, in_words
from routing.facts import Facts
from routing.texts.words import WORD, fold, is_unspaced, phrases_pattern, words_needed


@dataclass(frozen=True, slots=True)
class HoldsPhrase(Condition):
    """Any of the phrases stands in what `searched` gives, by whole words, whatever the case and the white space."""

    splits = True

    phrases: tuple[str, ...]
    as_written: Mapping[str, str] = field(repr=False)  # by the phrase folded
    missed: str = field(repr=False)  # the clause for a miss, made once since a rule set misses far more than it hits
    needed: tuple[frozenset[str], ...] = field(repr=False)  # for each phrase, the words that can't be missing
    rarest: frozenset[str] | None = field(repr=False)  # one word of each phrase; None: one of them needs no word

    @classmethod
    def parse(cls, argument: object) -> Self:
        phrases = arguments.words(argument)
        if invisible := [phrase for phrase in phrases if not fold(phrase).split()]:
            raise ConditionError(f"{invisible[0]!r} has no visible character")
        as_written = {_spaced(fold(phrase)): phrase for phrase in phrases}
        missed = f"{cls.subject} does not say {in_words(list(phrases))}"
        needed = tuple(map(words_needed, phrases))
        rarest = frozenset(max(words, key=len) for words in needed) if all(needed) else None
        return cls(phrases, as_written, missed, needed, rarest)

    @staticmethod
    @abstractmethod
    def searched(facts: Facts) -> str:
        """The folded text to look in."""

    @property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when a text first holds the words of a phrase: for all rules at once it takes half a second."""
        return phrases_pattern(self.phrases)

    def covers(self, other: Clause) -> bool:
        """Every phrase of the other holds one of these."""
        return (
            isinstance(other, HoldsPhrase)
            and self.name in (other.name, "text_contains")
            and all(map(self._stands_in, other.as_written))
        )

    def _stands_in(self, phrase: str) -> bool:
        """Of another, folded: does it hold one of these?"""
        if self.rarest is not None and self.rarest.isdisjoint(WORD.findall(phrase)):  # cheaper by far than the pattern
            return False
        return self.pattern.search(phrase) is not None

    def sequences(self) -> Iterator[tuple[str, ...]]:
        """What a text that holds a phrase has for certain among its words, one after the other; of writing without
        spaces nothing."""
        for phrase in self.as_written:
            yield () if is_unspaced(phrase) else tuple(WORD.findall(phrase))

    def expected(self) -> Any:
        return list(self.phrases)

    def actual(self, facts: Facts) -> Any:
        """The phrase that stands there, as the rule writes it; None without one."""
        words = facts.words
        if self.rarest is not None and self.rarest.isdisjoint(words):  # cheaper by far than to look phrase by phrase
            return None
        for needed in self.needed:  # cheaper than the pattern by an order of magnitude
            if needed <= words:
                found = self.pattern.search(self.searched(facts))
                return self.as_written[_spaced(found[0])] if found else None
        return None

    def matches(self, actual: Any) -> bool:
        return actual is not None

    def wants(self, names: Names) -> str:
        return f"{self.subject} says {names.any_of(self.phrases)}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        return f"{self.subject} says {in_words(actual)}" if matched else self.missed

    def anchors(self) -> frozenset[str] | None:
        """Of each phrase the longest word, which tends to be the rarest."""
        return self.rarest


def _spaced(folded: str) -> str:
    return " ".join(folded.split())
