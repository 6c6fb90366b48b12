"""Typing errors: a letter too much, one too few, another one, or two neighbours swapped.

One error is allowed from four letters on, two from nine; shorter words and those with digits must be right.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations

from rapidfuzz.distance import OSA

_ONE_FROM = 4  # letters
_TWO_FROM = 9
_REMEMBERED = 50_000  # words


def errors_allowed(word: str) -> int:
    if len(word) < _ONE_FROM or not word.isalpha():
        return 0
    return 1 if len(word) < _TWO_FROM else 2


def is_like(found: str, word: str) -> bool:
    """Is `found` this word, with the typing errors that the word allows? Both are folded."""
    if found == word:
        return True
    allowed = errors_allowed(word)
    if not allowed or abs(len(found) - len(word)) > allowed:
        return False
    return bool(OSA.distance(found, word, score_cutoff=allowed) <= allowed)


class Speller:
    """Finds, for any word, which of a vocabulary it is like. Words that a deletion or two make equal are candidates:
    looking these up costs the same for ten words of vocabulary as for ten thousand."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._by_shortened: dict[str, list[str]] = {}
        self._two = False
        for word in vocabulary:
            allowed = errors_allowed(word)
            self._two = self._two or allowed > 1
            for shortened in _shortened(word, allowed):
                self._by_shortened.setdefault(shortened, []).append(word)
        self._known: dict[str, tuple[str, ...]] = {}

    def like(self, found: str) -> tuple[str, ...]:
        """The words of the vocabulary that this one is like."""
        if not self._by_shortened:
            return ()
        known = self._known.get(found)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[found] = tuple(self._look(found))
        return known

    def _look(self, found: str) -> Iterator[str]:
        candidates: set[str] = set()
        deletions = 2 if self._two and len(found) >= _TWO_FROM - 2 else 1
        for shortened in _shortened(found, deletions):
            candidates.update(self._by_shortened.get(shortened, ()))
        return (word for word in sorted(candidates) if is_like(found, word))


def _shortened(word: str, most: int) -> set[str]:
    """The word without up to so many of its letters; a monstrous one only as it is."""
    made = {word}
    if len(word) > 40:
        return made
    for count in range(1, most + 1):
        for gone in combinations(range(len(word)), count):
            made.add("".join(letter for place, letter in enumerate(word) if place not in gone))
    return made
