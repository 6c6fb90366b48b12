"""How a form asks for the argument of a condition or an effect: what each file says of its own, and what a form gives.

A form gives texts, an argument is made of TOML types; `entered` and `argument_of` lead from one to the other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal[
    "lines",  # texts, one a line
    "some",  # of the choices
    "one",  # of the choices
    "number",
    "percent",  # a number from 0 to 1
    "text",
    "times",  # "09:00-17:00"
    "switch",  # true, or nothing
    "lines by language",  # a table of them
    "text by language",  # a text, or a table of them
]
Choices = tuple[tuple[str, str], ...]  # (value, in words)
Said = Mapping[str, str]  # what a form gives for one field: by "", a choice, a language, "from" and "until"

YES: Choices = (("true", "Yes"), ("false", "No"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One entry of a form."""

    kind: Kind
    label: str
    key: str = ""  # in the argument's table; "" = the argument itself
    choices: Choices = ()
    of: str = ""  # the choices are the council's: its queues, channels, inboxes, wards, topics, types, templates
    hint: str = ""


Fields = tuple[Field, ...]


class NotShown(ValueError):
    """The form has no way to show this argument; it stays as it is written."""


def entered(field: Field, argument: Any) -> dict[str, str]:
    """What stands in the form for this argument, or for none. Raises NotShown."""
    value = argument if not field.key else _part(argument, field.key)
    if value is None:
        return {}
    try:
        return _ENTERED[field.kind](value)
    except (TypeError, ValueError, AttributeError):
        raise NotShown from None


def argument_of(fields: Fields, said: Sequence[Said]) -> Any:
    """The argument that the entries of a form make, one for each field; what isn't filled in is left out."""
    values = [_MADE[field.kind](given) for field, given in zip(fields, said, strict=True)]
    if len(fields) == 1 and not fields[0].key:
        return values[0]
    return {field.key: value for field, value in zip(fields, values, strict=True) if value not in (None, [], {})}


def _part(argument: Any, key: str) -> Any:
    """Of a table; what isn't a table is its first key's value."""
    if isinstance(argument, Mapping):
        return argument.get(key)
    return argument if key in ("is", "queue") else None


def _listed(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise TypeError
    return value


def _lines(value: Any) -> str:
    listed = _listed(value)
    if any("\n" in each for each in listed):
        raise ValueError
    return "\n".join(listed)


def _number(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return f"{value:g}"


def _times(value: str) -> dict[str, str]:
    start, _, end = value.partition("-")
    return {"from": start.strip(), "until": end.strip()}


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int):
        raise TypeError
    return str(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


_ENTERED: Mapping[Kind, Callable[[Any], dict[str, str]]] = {
    "lines": lambda value: {"": _lines(value)},
    "some": lambda value: dict.fromkeys(_listed(value), "on"),
    "one": lambda value: {"": _word(value)},
    "number": lambda value: {"": _number(value)},
    "percent": lambda value: {"": f"{float(value) * 100:g}"},
    "text": lambda value: {"": _text(value)},
    "times": _times,
    "switch": lambda value: {"": "on"} if value is True else {},
    "lines by language": lambda value: {language: _lines(phrases) for language, phrases in value.items()},
    "text by language": lambda value: (
        {"": value} if isinstance(value, str) else {language: _text(text) for language, text in value.items()}
    ),
}


def _split(written: str) -> list[str]:
    return [line.strip() for line in written.splitlines() if line.strip()]


def _as_number(written: str) -> Any:
    written = written.strip().replace(",", ".")
    if not written:
        return None
    try:
        number = float(written)
    except ValueError:
        return written  # the condition says what is wrong with it
    return int(number) if number.is_integer() else number


def _as_share(written: str) -> Any:
    number = _as_number(written.replace("%", ""))
    return round(number / 100, 6) if isinstance(number, int | float) else number


def _as_word(written: str) -> Any:
    if written in ("true", "false"):
        return written == "true"
    return int(written) if written.isascii() and written.isdigit() else written or None


def _by_language(said: Said) -> Any:
    texts = {language: text.strip() for language, text in said.items() if text.strip()}
    return texts[""] if texts.keys() == {""} else {language: text for language, text in texts.items() if language}


_MADE: Mapping[Kind, Callable[[Said], Any]] = {
    "lines": lambda said: _split(said.get("", "")),
    "some": lambda said: [choice for choice, given in said.items() if given],
    "one": lambda said: _as_word(said.get("", "")),
    "number": lambda said: _as_number(said.get("", "")),
    "percent": lambda said: _as_share(said.get("", "")),
    "text": lambda said: said.get("", "").strip() or None,
    "times": lambda said: f"{said.get('from', '').strip()}-{said.get('until', '').strip()}",
    "switch": lambda said: True if said.get("") else None,
    "lines by language": lambda said: {language: _split(text) for language, text in said.items() if _split(text)},
    "text by language": _by_language,
}
