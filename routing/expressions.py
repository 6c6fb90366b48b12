"""Expressions of rules in the Common Expression Language (cel.dev): compiled once, bounded, tried before they are kept.

They see the facts by name, the words as conditions compare them (`text` and `subject` are folded). Whatever could run
long is refused: long expressions, loops in loops in loops, and `matches`, which would compile its pattern each time.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from routing.arguments import LANGUAGE
from routing.calendars import WEEKDAYS
from routing.condition import ConditionError
from routing.facts import Facts
from routing.words import fold

LONGEST = 1000  # characters
_LONGEST_TEXT = 20_000  # characters of a message that an expression sees
_MOST_LISTED = 50  # entries of a list that it sees: citizens write the postcodes, and a loop in a loop tries all pairs
_SLOWEST = 0.02  # seconds of processor, on the trial
_MOST_LOOPS = 2
_LOOP = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(")
_BOUND = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(\s*(\w+)\s*,")  # a loop's own name
_COMPARED = re.compile(r"\blanguage\s*(?:[!=]=|\.\s*startsWith\s*\(|\bin\s*\[)([^)\]&|]*)")  # with what
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")

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
        compared = " ".join(_COMPARED.findall(self.written))
        quoted = (found[0][1:-1] for found in _QUOTED.finditer(compared))
        return frozenset(f"language:{each}" for each in quoted if LANGUAGE.fullmatch(each))

    def values(self, facts: Facts) -> dict[str, Any]:
        return {name: VALUES[name](facts) for name in self.names}

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Raises whatever the library raises where the values don't fit."""
        return self.program.execute(values) is True


@lru_cache(maxsize=4096)
def compile_expression(written: str) -> Expression:
    """Raises ConditionError with a plain reason: it doesn't compile, names what there isn't, isn't a yes or no, or
    could run long."""
    written = written.strip()
    _check_size(written)
    program = _program(written)
    names, bound = set(program.variables()), set(_BOUND.findall(_QUOTED.sub('""', written)))
    if unknown := sorted(names - VALUES.keys() - bound):
        raise ConditionError(f'there is no "{unknown[0]}"; there are {", ".join(VALUES)}')
    if names.isdisjoint(VALUES):
        raise ConditionError("looks at nothing of the message, so that it always says the same")
    expression = Expression(written, tuple(sorted(names & VALUES.keys())), program)
    _try(expression)
    return expression


def _check_size(written: str) -> None:
    if not written:
        raise ConditionError("must not be empty")
    if len(written) > LONGEST:
        raise ConditionError(f"longer than {LONGEST} characters")
    code = _QUOTED.sub('""', written)
    if len(_LOOP.findall(code)) > _MOST_LOOPS:
        raise ConditionError(f"could run long: at most {_MOST_LOOPS} of all, exists, exists_one, map and filter")
    if re.search(r"\bmatches\s*\(", code):
        raise ConditionError("could run long: for patterns use the condition text_matches")


def _program(written: str) -> Any:
    from cel import compile as compile_cel  # its package loads a terminal's toolkit: only where a rule needs it

    try:
        return compile_cel(written)
    except ValueError as error:
        said = str(error).partition("\n")[0].partition("ERROR: ")[2]
        reason = said.partition(" expecting {")[0] or "it can't be read"
        raise ConditionError(f"doesn't compile: {reason.replace('<input>:', 'at ')}") from None


def _try(expression: Expression) -> None:
    """On a long message with as much of everything as it may see."""
    listed = tuple(f"entry {number}" for number in range(_MOST_LISTED))
    postcodes = " ".join(f"SA{number} 2AB" for number in range(_MOST_LISTED))
    facts = Facts(
        channel="sms",
        inbox="main",
        text=f"{postcodes} {'word ' * (_LONGEST_TEXT // 5)}",
        subject="word " * (_LONGEST_TEXT // 5),
        at=datetime(2026, 3, 2, 12, tzinfo=UTC),
        menu=listed,
        tags=listed,
        flags=listed,
        wards=listed,
    )
    values = expression.values(facts)
    started = time.thread_time()  # of this thread alone: how busy the machine is doesn't count
    try:
        result = expression.program.execute(values)
    except Exception as error:  # noqa: BLE001 - whatever the library raises, the expression is of no use
        raise ConditionError(f"doesn't work: {str(error).partition('.')[0].lower()}") from None
    if not isinstance(result, bool):
        raise ConditionError(f"must give true or false, not {type(result).__name__}")
    if time.thread_time() - started > _SLOWEST:
        raise ConditionError("runs long: it took more than 20 ms on a long message")
