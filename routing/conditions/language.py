"""language: the language of the message, "cy" also matches "cy-GB"."""

import re
from dataclasses import dataclass
from typing import Any, Self

from routing import arguments
from routing.condition import SHOWN, Clause, Condition, ConditionError, Names, listed
from routing.facts import Facts
from routing.fields import Field
from routing.languages import language_called, tag_of

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")  # BCP 47, loosely


@dataclass(frozen=True, slots=True)
class LanguageIs(Condition):
    name = "language"
    subject = "the language"
    title = "The language"
    about = "what it says"
    splits = True
    fields = (
        Field(
            kind="lines",
            label="Languages, one on each line",
            hint="Such as Welsh or Polish; others by their tag, such as ca.",
        ),
    )

    written: tuple[str, ...]
    tags: tuple[str, ...]

    @classmethod
    def parse(cls, argument: object) -> Self:
        written = tuple(map(tag_of, arguments.words(argument)))
        for tag in written:
            if not _TAG.fullmatch(tag):
                raise ConditionError(f"“{tag}” is no language that is known here, and no tag such as cy or en-GB")
        return cls(written, tuple(tag.casefold() for tag in written))

    @classmethod
    def as_entered(cls, argument: Any) -> Any:
        """By their names."""
        try:
            return [tag if "-" in tag else language_called(tag) for tag in cls.parse(argument).written]
        except ConditionError:
            return argument

    def asks(self) -> frozenset[str]:
        return frozenset(f"language:{tag}" for tag in self.written)

    def covers(self, other: Clause) -> bool:
        return isinstance(other, LanguageIs) and all(map(self.matches, other.tags))

    def excludes(self, other: Clause) -> bool:
        if not isinstance(other, LanguageIs):
            return False
        return not any(map(self.matches, other.tags)) and not any(map(other.matches, self.tags))

    def expected(self) -> Any:
        return list(self.written)

    def actual(self, facts: Facts) -> Any:
        return facts.language

    def matches(self, actual: Any) -> bool:
        found = actual.casefold()
        return any(found == tag or found.startswith(f"{tag}-") for tag in self.tags)

    def wants(self, names: Names) -> str:
        return f"it is in {self._languages(names.most)}"

    def _languages(self, most: int | None) -> str:
        return listed([language_called(tag) for tag in self.written[:most]], "or")

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        found = f"it is in {language_called(actual)}" if actual else "its language is not known"
        return found if matched or not actual else f"{found}, not in {self._languages(SHOWN)}"


condition = LanguageIs
