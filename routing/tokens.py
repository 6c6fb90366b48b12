"""Tokens: what a rule can be found by without being tried. Most rules miss by the words alone, so a rule set keeps an
index from tokens to the rules that may match, and tries only these.

A token is a word of the text as it is; "en:miss", a stem; "~bin", a word of the vocabulary that a word of the text is
like; "/3", a pattern that was found, by its place; "#waste", a tag that was chosen in a phone menu; "=waste", a
topic.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from routing.facts import Facts
from routing.texts.patterns import PatternSet
from routing.texts.typos import Speller


def stem_token(language: str, stem: str) -> str:
    return f"{language}:{stem}"


def like_token(word: str) -> str:
    return f"~{word}"


def menu_token(tag: str) -> str:
    return f"#{tag}"


def pattern_token(pattern: str) -> str:
    return f"/{pattern}"


def topic_token(topic: str) -> str:
    return f"={topic.casefold()}"


@dataclass(frozen=True, slots=True)
class Tokens:
    """Makes the tokens of a message that the rules of one set ask for."""

    words: frozenset[str]
    languages: tuple[str, ...]
    stems: frozenset[str] = field(repr=False)
    speller: Speller | None = field(repr=False)
    patterns: PatternSet | None = field(repr=False)

    @classmethod
    def asked_by(cls, anchors: Iterable[str]) -> "Tokens":
        asked = frozenset(anchors)
        stems = frozenset(token for token in asked if ":" in token[1:] and token[0] not in "~/#=")
        like = [token[1:] for token in asked if token[0] == "~" and len(token) > 1]
        patterns = [token[1:] for token in asked if token[0] == "/" and len(token) > 1]
        return cls(
            words=asked,
            languages=tuple(sorted({token.partition(":")[0] for token in stems})),
            stems=stems,
            speller=Speller(like) if like else None,
            patterns=PatternSet(patterns) if patterns else None,
        )

    def of(self, facts: Facts) -> set[str]:
        """Those of the message that a rule of the set can be found by."""
        found = set(facts.words & self.words)
        if facts.topic or facts.supposed:
            topics = (facts.topic, *(topic for topic, _ in facts.supposed))
            found.update(self.words.intersection(map(topic_token, topics)))
        if facts.menu:
            found.update(self.words.intersection(map(menu_token, facts.menu)))
        for language in self.languages:
            found.update(token for stem in set(facts.stems(language)) if (token := f"{language}:{stem}") in self.stems)
        if self.speller is not None:
            for word in facts.words:
                found.update(map(like_token, self.speller.like(word)))
        if self.patterns is not None:
            found.update(map(pattern_token, self.patterns.found_in(facts.folded)))
        return found
