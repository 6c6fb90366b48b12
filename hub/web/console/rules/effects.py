"""What rules do, in plain words: as a sentence in lists, and each effect by itself where one compares."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from hub.web.console.rules.clauses import value_in_words
from routing import arguments
from routing.combinations import AllOf
from routing.condition import ConditionError, Names, counted, in_words, listed
from routing.languages import language_called

Then = Mapping[str, Any]

_SAID: Mapping[str, Callable[[str], str]] = {
    "queue": lambda value: f"it goes to {value}",
    "priority": lambda value: f"its priority is {value}",
    "tags": lambda value: f"it is tagged {value}",
    "type": lambda value: f"its type is “{value}”",
    "language": lambda value: f"answers are in {value} from now on",
    "template": lambda value: f"it is acknowledged with “{value}”",
    "restricted": lambda value: "only the queue’s members, the holder and a few roles see it",
    "notify": lambda value: f"{value} are told" if " and " in value else f"{value} is told",
    "hold": lambda value: f"it is put off for {value}",
    "ask": lambda value: f"the citizen is asked {value}",
    "dangers": lambda value: f"the alarm {value} is raised",
}


def sentence(then: Then, names: Names) -> str:
    """Of the effects as a rule has them: it goes to Waste, and it is tagged “bins”."""
    return AllOf.worded([_SAID[key](effect_in_words(key, value, names)) if key in _SAID else f"{key}: {value}"
                         for key, value in then.items() if value not in (None, "", [], {}, False)])  # fmt: skip


def effect_in_words(key: str, value: Any, names: Names) -> str:
    """What one effect says, of a rule or of routing.effects.More.to_json."""
    try:
        return _IN_WORDS[key](value, names) if key in _IN_WORDS else value_in_words(value, None)
    except (ConditionError, TypeError, ValueError, AttributeError):  # as somebody left it in a draft
        return value_in_words(value, None)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _length(value: Any) -> str:
    """Of “4h” in a rule, and of seconds in a decision: 4 hours."""
    held = timedelta(seconds=value) if isinstance(value, int) else arguments.elapsing(value)
    minutes = int(held.total_seconds()) // 60
    size, unit = next((size, unit) for size, unit in _UNITS if minutes % size == 0)
    return counted(minutes // size, unit)


_UNITS = ((24 * 60, "day"), (60, "hour"), (1, "minute"))


def _question(value: Any, names: Names) -> str:
    by_language = {"": value} if isinstance(value, str) else value
    return listed(
        [f"“{text}”" + (f" ({language_called(tag)})" if tag else "") for tag, text in by_language.items()], "or"
    )


_IN_WORDS: Mapping[str, Callable[[Any, Names], str]] = {
    "queue": lambda value, names: names.one(value, "queue"),
    "type": lambda value, names: names.one(value, "type"),
    "template": lambda value, names: names.one(value, "template"),
    "tags": lambda value, names: in_words(_listed(value), "and", most=None),
    "language": lambda value, names: language_called(value),
    "notify": lambda value, names: listed(_listed(value), "and"),
    "hold": lambda value, names: _length(value),
    "ask": _question,
    "dangers": lambda value, names: in_words(_listed(value), "and", most=None),
}
