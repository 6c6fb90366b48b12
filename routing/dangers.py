"""Dangers: words and patterns, in several languages, and choices in a phone menu, that raise an alarm at once, whatever
the rules say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from itertools import chain
from typing import Any

from routing import arguments
from routing.compiling import Complain, Known
from routing.condition import NOBODYS, Clause, Condition, ConditionError, Names, in_words
from routing.conditions.menu import MenuChoice
from routing.conditions.text_contains import TextContains
from routing.conditions.text_like import HoldsLike
from routing.conditions.text_matches import TextMatches
from routing.facts import Facts
from routing.texts.patterns import finds_any
from routing.texts.words import BETWEEN, fold, phrases_pattern, words_needed

KEYS = (
    "name", "queue", "phrases", "like", "patterns", "menu", "unless", "answer", "call", "acknowledge_within",
    "restricted",
)  # fmt: skip
LONGEST_ANSWER = 1000  # characters
_MOST_STEPS = 20
_ACKNOWLEDGE_WITHIN = timedelta(minutes=15)

_SOUGHT: tuple[tuple[str, type[Condition]], ...] = (
    ("phrases", TextContains),
    ("like", HoldsLike),
    ("patterns", TextMatches),
    ("menu", MenuChoice),
)

Part = tuple[str, Condition]  # language ("" = any), what is looked for in it


@dataclass(frozen=True, slots=True)
class SpeaksOfDanger(Condition):
    """Any of its parts holds in what is left of the text without the innocent phrases."""

    name = "danger"
    subject = "the text"

    parts: tuple[Part, ...]
    unless: tuple[str, ...] = ()
    _rarest: frozenset[str] | None = field(init=False, repr=False, compare=False)  # HoldsPhrase.rarest of all phrases
    _patterns: tuple[str, ...] = field(init=False, repr=False, compare=False)  # of all parts

    def __post_init__(self) -> None:
        rarest = [part.rarest for _, part in self.parts if isinstance(part, TextContains)]
        patterns = (part.patterns for _, part in self.parts if isinstance(part, TextMatches))
        known = [each for each in rarest if each is not None]
        object.__setattr__(self, "_rarest", frozenset().union(*known) if len(known) == len(rarest) else None)
        object.__setattr__(self, "_patterns", tuple(dict.fromkeys(chain.from_iterable(patterns))))

    @classmethod
    def parse(cls, argument: object) -> "SpeaksOfDanger":
        raise ConditionError("stands in [[danger]], not in a rule")

    def covers(self, other: Clause) -> bool:
        return not self.unless and any(part.covers(other) for _, part in self.parts)

    def anchors(self) -> frozenset[str] | None:
        """None where there are patterns: these are tried on every text, since looking for many at once may give up."""
        if any(isinstance(part, TextMatches) for _, part in self.parts):
            return None
        found = [part.anchors() for _, part in self.parts]
        return frozenset().union(*filter(None, found)) if all(each is not None for each in found) else None

    def expected(self) -> Any:
        return {"parts": [part.expected() for _, part in self.parts], "unless": list(self.unless)}

    def actual(self, facts: Facts) -> Any:
        """In which language, and what was found; None: no part of it."""
        left = self._left(facts)
        skipped = self._kinds_without_a_find(left)
        for language, part in self.parts:
            if type(part) in skipped:
                continue
            found = part.actual(left)
            if part.matches(found):
                return {"language": language, "why": part.why(found, True, NOBODYS)}
        return None

    def _kinds_without_a_find(self, left: Facts) -> list[type[Condition]]:
        """Told for all languages at once: to ask each of them costs as many times as much."""
        without: list[type[Condition]] = []
        if self._rarest is not None and self._rarest.isdisjoint(left.words):
            without.append(TextContains)
        if self._patterns and not finds_any(self._patterns, left.folded):
            without.append(TextMatches)
        return without

    def language_of(self, facts: Facts) -> str:
        """Of the words that it finds; "" = any, or it finds none."""
        found = self.actual(facts)
        return str(found["language"]) if found else ""

    def matches(self, actual: Any) -> bool:
        return actual is not None

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        if matched:
            return str(actual["why"])
        tags = {tag for _, part in self.parts if isinstance(part, MenuChoice) for tag in part.tags}
        sought = [str(each) for _, part in self.parts if not isinstance(part, MenuChoice) for each in part.expected()]
        apart = f", other than in {in_words(list(self.unless))}" if self.unless else ""
        missed = [f"it says none of {in_words(sought)}{apart}"] if sought else []
        missed += [f"the caller didn’t choose {names.any_of(sorted(tags), 'menu')} in the menu"] if tags else []
        return ", and ".join(missed)

    def _left(self, facts: Facts) -> Facts:
        if not self.unless or not any(needed <= facts.words for needed in _words_needed(self.unless)):
            return facts
        left = phrases_pattern(self.unless).sub(BETWEEN, facts.folded)
        return facts if left == facts.folded else Facts(
            channel=facts.channel, inbox=facts.inbox, at=facts.at, text=left, menu=facts.menu
        )  # fmt: skip


@lru_cache(maxsize=1024)
def _words_needed(phrases: tuple[str, ...]) -> tuple[frozenset[str], ...]:
    return tuple(map(words_needed, phrases))


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """One danger of the council file."""

    name: str
    queue: str  # slug
    when: SpeaksOfDanger = field(repr=False)
    answer: tuple[tuple[str, str], ...] = ()  # (language, what the citizen is told)
    calls: tuple[tuple[str, ...], ...] = ()  # whom each step calls
    acknowledge_within: timedelta = _ACKNOWLEDGE_WITHIN  # then the next step calls
    restricted: bool = True


def parse_danger(entry: Mapping[str, Any], known: Known, complain: Complain) -> Danger | None:
    """A [[danger]] table, its name checked already. Tells every problem to `complain`."""
    told: list[str] = []

    def tell(key: str, reason: str) -> None:
        told.append(key)
        complain(key, reason)

    for key in entry:
        if key not in KEYS:
            tell(key, f"there is no such key; there are {', '.join(KEYS)}")
    queue = entry.get("queue")
    if not isinstance(queue, str):
        tell("queue", "is missing" if queue is None else f"must be a string, not {arguments.kind(queue)}")
    elif queue not in known.get("queue", frozenset({queue})):
        tell("queue", f'there is no queue "{queue}"')
    parts = tuple(_parts(entry, tell))
    if not parts and not told:
        tell("phrases", "has no phrase, pattern or menu: what does it look for?")
    unless = _read(entry, "unless", arguments.words, (), tell)
    if invisible := [phrase for phrase in unless if not fold(phrase).split()]:
        tell("unless", f"{invisible[0]!r} has no visible character")
    answer = _read(entry, "answer", lambda written: arguments.texts(written, LONGEST_ANSWER), (), tell)
    calls = _read(entry, "call", _calls, (), tell)
    within = _read(entry, "acknowledge_within", arguments.elapsing, _ACKNOWLEDGE_WITHIN, tell)
    restricted = _read(entry, "restricted", arguments.yes_or_no, True, tell)
    if told:
        return None
    return Danger(
        name=str(entry["name"]).strip(),
        queue=str(queue),
        when=SpeaksOfDanger(parts, unless),
        answer=answer,
        calls=calls,
        acknowledge_within=within,
        restricted=restricted,
    )


def _read(entry: Mapping[str, Any], key: str, parse: Any, otherwise: Any, complain: Complain) -> Any:
    if entry.get(key) in (None, []):
        return otherwise
    try:
        return parse(entry[key])
    except ConditionError as error:
        complain(f"{key}{error.key}", str(error))
        return otherwise


def _parts(entry: Mapping[str, Any], complain: Complain) -> Iterator[Part]:
    """Those of one language before those of any, so that the answer comes in the citizen's."""
    yield from sorted(_parts_as_written(entry, complain), key=lambda part: part[0] == "")


def _parts_as_written(entry: Mapping[str, Any], complain: Complain) -> Iterator[Part]:
    for key, condition in _SOUGHT:
        written = entry.get(key)
        if written is None:
            continue
        by_language = written if isinstance(written, dict) else {"": written}
        for language, phrases in by_language.items():
            path = f".{language}" if language else ""
            if language and not arguments.LANGUAGE.fullmatch(language):
                complain(f"{key}{path}", "is not a language tag such as en or cy")
                continue
            try:
                yield language, condition.parse(phrases)
            except ConditionError as error:
                complain(f"{key}{path}{error.key}", str(error))


def _calls(written: object) -> tuple[tuple[str, ...], ...]:
    """One step, or a list of steps."""
    if isinstance(written, list) and any(isinstance(step, list) for step in written):
        if len(written) > _MOST_STEPS:
            raise ConditionError(f"more than {_MOST_STEPS} steps")
        return tuple(_step(step, f"[{place}]") for place, step in enumerate(written))
    return (arguments.reachable(written),)


def _step(written: object, key: str) -> tuple[str, ...]:
    try:
        return arguments.reachable(written)
    except ConditionError as error:
        raise ConditionError(str(error), f"{key}{error.key}") from None
