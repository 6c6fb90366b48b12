"""Expressions of rules in the Common Expression Language (cel.dev): compiled once, bounded, tried before they are kept.

They see the facts by name, the words as conditions compare them (`text` and `subject` are folded). Whatever could run
long is refused: long expressions, loops in loops in loops, and `matches`, which would compile its pattern each time.
`tried` runs one with nothing left out, however little of it messages make it look at. Only where somebody keeps it:
what is in force must load, on a slower machine too.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise, takewhile
from typing import Any

from routing.arguments import LANGUAGE
from routing.condition import ConditionError
from routing.facts import Facts
from routing.texts.words import fold
from routing.time.calendars import WEEKDAYS
from routing.unabridged import LOOPS, quoted, tokens, unabridged

LONGEST = 1000  # characters
_LONGEST_TEXT = 20_000  # characters of a message that an expression sees
_MOST_LISTED = 50  # entries of a list that it sees: citizens write the postcodes, and a loop in a loop tries all pairs
_SLOWEST = 0.05  # seconds of processor, on the trial, with nothing left out
_MOST_LOOPS = 2
_EQUALS = ("==", "!=")

VALUES: Mapping[str, Callable[[Facts], Any]] = {
    "text": lambda facts: facts.folded[:_LONGEST_TEXT],
    "subject": lambda facts: fold(facts.subject)[:_LONGEST_TEXT],
    "channel": lambda facts: facts.channel,
    "inbox": lambda facts: facts.inbox,
    "sender": lambda facts: facts.sender,
    "to": lambda facts: facts.to,
    "language": lambda facts: facts.language,
    "verification": lambda facts: facts.verification,
    "topic": lambda facts: facts.topic,
    "confidence": lambda facts: float(facts.confidence),
    "supposed": lambda facts: {topic: float(confidence) for topic, confidence in facts.supposed},
    "known": lambda facts: facts.known,
    "open_cases": lambda facts: facts.open_cases,
    "days_since": lambda facts: -1.0 if facts.days_since is None else float(facts.days_since),
    "attachments": lambda facts: facts.attachments,
    "automatic": lambda facts: facts.automatic,
    "menu": lambda facts: list(facts.menu[:_MOST_LISTED]),
    "tags": lambda facts: list(facts.tags[:_MOST_LISTED]),
    "flags": lambda facts: list(facts.flags[:_MOST_LISTED]),
    "postcodes": lambda facts: list(facts.postcodes[:_MOST_LISTED]),
    "wards": lambda facts: list(facts.wards[:_MOST_LISTED]),
    "words": lambda facts: len(facts.sequence),
    "weekday": lambda facts: WEEKDAYS[facts.at.weekday()],
    "hour": lambda facts: facts.at.hour,
    "minute": lambda facts: facts.at.minute,
    "date": lambda facts: facts.at.date().isoformat(),
}
_ONE_OF: Mapping[str, tuple[str, ...]] = {"weekday": WEEKDAYS, "verification": ("claimed", "delivered", "verified")}
_ASKED = frozenset({"flags", "days_since", "topic", "tags", "wards"})


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    written: str
    names: tuple[str, ...]  # of VALUES
    program: Any

    @property
    def asks(self) -> frozenset[str]:
        asked = _ASKED.intersection(self.names)
        if not {"confidence", "supposed"}.isdisjoint(self.names):
            asked |= {"topic"}
        return asked | self._languages() if "language" in self.names else asked

    def _languages(self) -> frozenset[str]:
        """Those that it names, so that the hub looks for them."""
        return frozenset(f"language:{each}" for each in self.compared("language") if LANGUAGE.fullmatch(each))

    def compared(self, *names: str) -> frozenset[str]:
        """The words that these values are compared with: `"x" in tags`, `tags.exists(t, t == "x")`; "" isn't one."""
        there = tokens(self.written)
        entries = {there[place + 2] for place in _loops(there) if place > 1 and there[place - 2] in names}
        places = (place for place, name in enumerate(there) if name in names or name in entries)
        return frozenset(found for place in places for each in _beside(there, place) if (found := quoted(each)))

    def values(self, facts: Facts) -> dict[str, Any]:
        return {name: VALUES[name](facts) for name in self.names}

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Raises whatever the library raises where the values don't fit."""
        return self.program.execute(values) is True


@lru_cache(maxsize=4096)
def compile_expression(written: str) -> Expression:
    """Raises ConditionError with a plain reason: it doesn't compile, names what there isn't, or is too long."""
    written = written.strip()
    _check_size(written)
    program = _program(written)
    names, bound = set(program.variables()), set(_bound(tokens(written)))
    if unknown := sorted(names - VALUES.keys() - bound):
        raise ConditionError(f'there is no "{unknown[0]}"; there are {", ".join(VALUES)}')
    if names.isdisjoint(VALUES):
        raise ConditionError("looks at nothing of the message, so that it always says the same")
    return Expression(written, tuple(sorted(names & VALUES.keys())), program)


def _check_size(written: str) -> None:
    if not written:
        raise ConditionError("must not be empty")
    if len(written) > LONGEST:
        raise ConditionError(f"longer than {LONGEST} characters")
    there = tokens(written)
    if sum(1 for _ in _loops(there)) > _MOST_LOOPS:
        raise ConditionError(f"could run long: at most {_MOST_LOOPS} of all, exists, exists_one, map and filter")
    if any(name == "matches" and follows == "(" for name, follows in pairwise(there)):
        raise ConditionError("could run long: for patterns use the condition text_matches")


def _beside(there: list[str], place: int) -> Iterator[str]:
    """The tokens that the value at this place is compared with."""
    if place > 1 and there[place - 1] in ("in", *_EQUALS):
        yield there[place - 2]
    after = there[place + 1 :]
    if after[:1] == ["["]:  # an entry of it
        yield from after[1:2]
        after = after[3:]
    if after[:1] and after[0] in _EQUALS:
        yield from after[1:2]
    elif after[:3] == [".", "startsWith", "("]:
        yield from after[3:4]
    elif after[:2] == ["in", "["]:
        yield from takewhile(lambda each: each != "]", after[2:])


def _loops(there: list[str]) -> Iterator[int]:
    """Where their names stand."""
    for place, (dot, name, bracket) in enumerate(zip(there, there[1:], there[2:], strict=False)):
        if dot == "." and name in LOOPS and bracket == "(":
            yield place + 1


def _bound(there: list[str]) -> Iterator[str]:
    """What loops call their entries."""
    return (there[place + 2] for place in _loops(there) if place + 2 < len(there))


def _program(written: str) -> Any:
    from cel import compile as compile_cel  # its package loads a terminal's toolkit: only where a rule needs it

    try:
        return compile_cel(written)
    except ValueError as error:
        said = str(error).partition("\n")[0].partition("ERROR: ")[2]
        reason = (
            said.partition(" expecting ")[0].replace("mismatched input '<EOF>'", "it ends too early")
            or "it can't be read"
        )
        raise ConditionError(f"doesn't compile: {reason.replace('<input>:', 'at ')}") from None


@lru_cache(maxsize=4096)
def tried(expression: Expression) -> None:
    """Raises ConditionError when it gives no yes or no, breaks, or could run long, on a message with as much of all
    as it may see."""
    for name, there_are in _ONE_OF.items():
        if unknown := sorted(expression.compared(name).difference(there_are)):
            raise ConditionError(f'there is no {name} "{unknown[0]}"; there are {", ".join(there_are)}')
    facts = _full(expression.written)
    result = _result(expression.program, expression.values(facts.changed(**_FROM_NOBODY)))
    whole, values = _program(unabridged(expression.written)), expression.values(facts)
    started = time.thread_time()  # of this thread alone: how busy the machine is doesn't count
    _result(whole, values)
    if time.thread_time() - started > _SLOWEST:
        raise ConditionError(f"could run long: all of it takes more than {_SLOWEST * 1000:.0f} ms on a long message")
    if not isinstance(result, bool):
        raise ConditionError(f"must give true or false, not {type(result).__name__}")


def _result(program: Any, values: Mapping[str, Any]) -> Any:
    try:
        return program.execute(values)
    except Exception as error:  # noqa: BLE001 - whatever the library raises, the expression is of no use
        raise ConditionError(_broken(error)) from None


def _broken(error: Exception) -> str:
    said = str(error).partition(". ")[0].rstrip(".")
    if unknown := _UNKNOWN.match(said):
        return f"there is no function “{unknown[1]}”"
    if isinstance(error, KeyError):
        return f"doesn't work: there may be no {said}; ask first, as in {said} in supposed"
    return f"doesn't work: {said[:1].lower()}{said[1:]}"


_UNKNOWN = re.compile(r"Undefined variable or function: '(\w+)'")
_FROM_NOBODY: Mapping[str, Any] = {
    "known": False, "open_cases": 0, "days_since": None, "attachments": 0,
    "topic": "", "confidence": 0.0, "supposed": (),
}  # fmt: skip


def _full(written: str) -> Facts:
    """What the expression itself names is there, too, so that nothing that it asks for first is missing."""
    named = [found for token in tokens(written) if (found := quoted(token)) is not None]
    entries = tuple([*named, *(f"entry {number}" for number in range(_MOST_LISTED))][:_MOST_LISTED])
    postcodes = " ".join(f"SA{number} 2AB" for number in range(_MOST_LISTED))
    return Facts(
        channel="sms",
        inbox="main",
        text=f"{postcodes} {'word ' * (_LONGEST_TEXT // 5)}",
        subject="word " * (_LONGEST_TEXT // 5),
        at=datetime(2026, 3, 2, 12, 30, tzinfo=UTC),
        sender="+447700900123",
        to="+441632960100",
        language="en",
        verification="delivered",
        known=True,
        open_cases=_MOST_LISTED,
        days_since=1.5,
        attachments=_MOST_LISTED,
        topic=entries[0],
        confidence=0.9,
        supposed=tuple((entry, 0.5) for entry in entries),
        menu=entries,
        tags=entries,
        flags=entries,
        wards=entries,
    )
