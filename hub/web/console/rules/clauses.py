"""The conditions of a rule as one clause in plain words: it comes by telephone, and it says “bin” or “bins”.

The words are those of the conditions and combinations themselves; here is how they stand within each other, also in
rules that can't be compiled any more.
"""

from collections.abc import Mapping
from typing import Any

from routing.combinations import COMBINATIONS, EITHER, AllOf, AnyOf, NoneOf
from routing.condition import SHOWN, ConditionError, Names
from routing.conditions import discover

Table = Mapping[str, Any]


def clause_of(when: Table, names: Names, *, inside: bool = False) -> str:
    """`inside`: it is part of something larger."""
    inner = inside or len(when) > 1
    ordered = sorted((name for name in when if name != NoneOf.name), key=lambda name: name == AnyOf.name)
    said = AllOf.worded([part for name in ordered if (part := _part(name, when[name], names, inner))])
    if NoneOf.name in when:
        but = alternatives(when[NoneOf.name], names, inside=True)
        said = f"{said}, unless {AnyOf.worded(but)}" if said else NoneOf.worded(but)
    return f"({said})" if inside and (len(when) > 1 or NoneOf.name in when) else said


def alternatives(tables: Any, names: Names, *, inside: bool = False) -> list[str]:
    """A clause for each of the tables below any, none or all."""
    if not isinstance(tables, list):
        return [value_in_words(tables)]
    return [clause_of(each, names, inside=inside or len(tables) > 1) for each in tables if isinstance(each, dict)]


def _part(name: str, value: Any, names: Names, inside: bool) -> str:
    if name in COMBINATIONS:
        parts = alternatives(value, names)
        said = COMBINATIONS[name].worded(parts)
        if not inside or len(parts) < 2:
            return said
        return f"{EITHER}{said}" if name == AnyOf.name else f"({said})"
    condition = discover().get(name)
    try:
        return condition.parse(value).wants(names) if condition else f"{name}: {value_in_words(value)}"
    except ConditionError:  # as somebody left it in a draft
        title = condition.title if condition and condition.title else name.replace("_", " ")
        return f"{lowered(title)}: {value_in_words(value) or '–'}"


def lowered(words: str) -> str:
    """As it stands within a sentence."""
    return words[:1].lower() + words[1:]


def value_in_words(value: Any, most: int | None = SHOWN) -> str:
    """Of a list at most so many entries; None = all."""
    if isinstance(value, dict):
        return "; ".join(f"{key.replace('_', ' ')}: {value_in_words(each, most)}" for key, each in value.items())
    if isinstance(value, list):
        shown = [f"({value_in_words(each, most)})" if isinstance(each, dict) else str(each) for each in value[:most]]
        left = len(value) - len(shown)
        return ", ".join(shown) + (f" and {left} more" if left else "")
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
