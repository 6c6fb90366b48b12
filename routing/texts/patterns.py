"""Regular expressions over folded texts, by RE2: the time grows with the text alone, whatever the pattern."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import re2

from routing.condition import ConditionError

LONGEST = 500  # characters
_MEMORY = 64 << 20  # bytes for many patterns at once


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> Any:
    """A pattern that ignores the case; `search` finds it. Raises ConditionError with a plain reason."""
    if len(pattern) > LONGEST:
        raise ConditionError(f"longer than {LONGEST} characters")
    try:
        made = re2.compile(pattern, _options())
    except re2.error as error:
        raise ConditionError(f"not a regular expression: {_reason(error)}") from None
    if made.search("") is not None:
        raise ConditionError("matches even an empty text")
    return made


def finds_any(patterns: tuple[str, ...], folded: str) -> bool:
    """Whether any of these is found: by one look, or one after the other where together they are too much."""
    together = _any_of(patterns)
    if together is not None:
        return together.search(folded) is not None
    return any(compiled(pattern).search(folded) is not None for pattern in patterns)


@lru_cache(maxsize=1024)
def _any_of(patterns: tuple[str, ...]) -> Any:
    """One pattern that is found where any of these is; None: it would be too large."""
    try:
        return re2.compile("|".join(f"(?:{pattern})" for pattern in patterns), _options())
    except re2.error:
        return None


class PatternSet:
    """Looks for all patterns in one go; one after the other where together they are too much."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = tuple(sorted(set(patterns)))
        self._set: Any = re2.Set.SearchSet(_options())
        for pattern in self._patterns:
            self._set.Add(pattern)
        try:
            self._set.Compile()
        except re2.error:
            self._set = None

    def found_in(self, folded: str) -> list[str]:
        if self._set is None:
            return [pattern for pattern in self._patterns if compiled(pattern).search(folded) is not None]
        return [self._patterns[place] for place in self._set.Match(folded) or ()]


def _options() -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MEMORY
    return options


def _reason(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
