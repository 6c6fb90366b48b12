"""Reads the arguments that conditions share: words, counts, yes or no. All raise ConditionError."""

from routing.condition import ConditionError

MOST_WORDS = 1000
LONGEST_WORD = 200  # characters


def words(argument: object) -> tuple[str, ...]:
    """One string, or a list of them: stripped, none of them empty, repeats dropped, in order."""
    entries = [argument] if isinstance(argument, str) else argument
    if not isinstance(entries, list):
        raise ConditionError(f"must be a string or a list of strings, not {kind(argument)}")
    if not entries:
        raise ConditionError("the list is empty")
    if len(entries) > MOST_WORDS:
        raise ConditionError(f"more than {MOST_WORDS} entries")
    listed = isinstance(argument, list)
    return tuple(dict.fromkeys(_word(entry, f"[{index}]" if listed else "") for index, entry in enumerate(entries)))


def _word(entry: object, key: str) -> str:
    if not isinstance(entry, str):
        raise ConditionError(f"must be a string, not {kind(entry)}", key)
    if not entry.strip():
        raise ConditionError("must not be empty", key)
    if len(entry) > LONGEST_WORD:
        raise ConditionError(f"longer than {LONGEST_WORD} characters", key)
    return entry.strip()


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
