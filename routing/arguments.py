"""Reads the arguments that conditions share: words, counts, yes or no. All raise ConditionError."""

import re
from datetime import timedelta

from routing.condition import ConditionError

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_ELAPSING = re.compile(r"(\d{1,5})([mhd])", re.ASCII)
_MAIL = re.compile(r"[^@\s<>,;:\"]+@[^@\s<>,;:\".]+(\.[^@\s<>,;:\".]+)+")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)

MOST_WORDS = 1000
LONGEST_WORD = 200  # characters


def words(argument: object, longest: int = LONGEST_WORD) -> tuple[str, ...]:
    """One string, or a list of them: stripped, none of them empty, repeats dropped, in order."""
    entries = [argument] if isinstance(argument, str) else argument
    if not isinstance(entries, list):
        raise ConditionError(f"must be a string or a list of strings, not {kind(argument)}")
    if not entries:
        raise ConditionError("the list is empty")
    if len(entries) > MOST_WORDS:
        raise ConditionError(f"more than {MOST_WORDS} entries")
    listed = isinstance(argument, list)
    return tuple(
        dict.fromkeys(_word(entry, f"[{index}]" if listed else "", longest) for index, entry in enumerate(entries))
    )


def _word(entry: object, key: str, longest: int) -> str:
    if not isinstance(entry, str):
        raise ConditionError(f"must be a string, not {kind(entry)}", key)
    if not entry.strip():
        raise ConditionError("must not be empty", key)
    if len(entry) > longest:
        raise ConditionError(f"longer than {longest} characters", key)
    return entry.strip()


def texts(argument: object, longest: int) -> tuple[tuple[str, str], ...]:
    """A text, or texts by language: ("", text), or (language, text) in order."""
    if isinstance(argument, str):
        return (("", _word(argument, "", longest)),)
    if not isinstance(argument, dict):
        raise ConditionError(f"must be a text or a table of texts by language, not {kind(argument)}")
    if not argument:
        raise ConditionError("the table is empty")
    for language in argument:
        if not LANGUAGE.fullmatch(language):
            raise ConditionError(f'"{language}" is not a language tag such as en or cy')
    return tuple((language, _word(text, f".{language}", longest)) for language, text in argument.items())


def elapsing(argument: object) -> timedelta:
    """A time that passes by night and day, such as "15m", "4h" or "2d"; up to 90 days."""
    found = _ELAPSING.fullmatch(argument.strip()) if isinstance(argument, str) else None
    if not found:
        raise ConditionError("must be a number and m, h or d, such as 15m, 4h or 2d")
    units = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
    passed = int(found[1]) * units[found[2]]
    if not timedelta(0) < passed <= timedelta(days=90):
        raise ConditionError("must be more than nothing and at most 90 days")
    return passed


def reachable(argument: object) -> tuple[str, ...]:
    """Mail addresses and phone numbers of people to be told something."""
    listed = words(argument)
    for place, written in enumerate(listed):
        if not (_MAIL.fullmatch(written) or _NUMBER.fullmatch(written.replace(" ", ""))):
            key = f"[{place}]" if isinstance(argument, list) else ""
            raise ConditionError("must be a mail address or a number in full, such as +441632960100", key)
    return tuple(each if "@" in each else each.replace(" ", "") for each in listed)


def yes_or_no(argument: object) -> bool:
    if not isinstance(argument, bool):
        raise ConditionError(f"must be true or false, not {kind(argument)}")
    return argument


def count(argument: object) -> int:
    """A whole number of at least 1."""
    if not isinstance(argument, int) or isinstance(argument, bool):
        raise ConditionError(f"must be a whole number, not {kind(argument)}")
    if argument < 1:
        raise ConditionError("must be 1 or more")
    return argument


def kind(value: object) -> str:
    """The TOML kind of a value, for people."""
    if isinstance(value, bool):
        return "true or false"
    kinds: dict[type, str] = {int: "a number", float: "a number", str: "a string", list: "a list", dict: "a table"}
    return kinds.get(type(value), "a date or time")
