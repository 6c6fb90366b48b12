"""What is wrong with a council file: all of it at once, each problem with its line, its key and the reason."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails

from hub.council_file.lines import Path
from hub.errors import Invalid
from routing.arguments import kind

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_BEFORE_REASON = re.compile(r"([\w.*#\[\]-]+): ")

Finding = tuple[Path, str]  # where, and the reason

_WANTED = {
    "string_type": "must be a string",
    "tuple_type": "must be a list",
    "dict_type": "must be a table",
    "float_type": "must be a number",
    "finite_number": "must be a number",
}


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    line: int  # from 1
    key: str  # "queue.first_response", "rule.when.any[0].text_contains[2]", "" for the document
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.key}: {self.reason}" if self.key else f"line {self.line}: {self.reason}"


class CouncilFileErrors(Invalid):
    """The file is refused whole; its text has a line for each problem, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def dotted(path: Path) -> str:
    """A path for people. A [[table]]'s number is left out, since the line says which one it is."""
    shown = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in (path[:1] + _below_table(path)))
    return shown.removeprefix(".")


def _below_table(path: Path) -> Path:
    return path[2:] if len(path) > 1 and isinstance(path[1], int) else path[1:]


def steps(key: str) -> Path:
    """A path of "when.any[0].text_contains[2]"."""
    return tuple(int(place) if place else name for place, name in _STEP.findall(key))


def keyed(sentence: str, around: Path) -> Finding:
    """A sentence that may begin with its key ("menu.1.say: is missing"), as a finding inside `around`."""
    found = _BEFORE_REASON.match(sentence)
    if found is None:
        return around, sentence
    return (*around, *steps(found[1])), sentence[found.end() :]


def in_words(errors: Iterable[ErrorDetails], around: Path, known: Iterable[str]) -> Iterator[Finding]:
    """pydantic's errors in plain words, without the values that were given. `known`: the keys that there are."""
    there_are = ", ".join(known)
    for error in errors:
        where = (*around, *error["loc"])
        if error["type"] == "value_error":
            reason = str(error["ctx"]["error"])
            yield keyed(reason, where) if error["loc"] in (("hours",), ("quiet",)) else (where, reason)
        elif error["type"] == "extra_forbidden":
            yield where, f"there is no such key; there are {there_are}"
        else:
            yield where, _reason(error["type"], error["msg"], error.get("ctx", {}), error["input"])


def _reason(error_type: str, message: str, context: dict[str, Any], given: object) -> str:
    if error_type == "missing":
        return "is missing"
    if error_type in _WANTED:
        return f"{_WANTED[error_type]}, not {kind(given)}"
    if error_type == "enum":
        return f"must be one of {context['expected'].replace(' or ', ', ')}".replace("'", "")
    if error_type in ("greater_than_equal", "less_than_equal"):
        return f"must be {'at least' if 'ge' in context else 'at most'} {context.get('ge', context.get('le')):g}"
    return message[:1].lower() + message[1:]
