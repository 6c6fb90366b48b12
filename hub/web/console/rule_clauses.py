"""The conditions of a rule as one clause in plain words: it comes by telephone, and it says “bin” or “bins”."""

from collections.abc import Mapping, Sequence
from typing import Any

from routing.condition import SHOWN, ConditionError, Names
from routing.conditions import discover

Table = Mapping[str, Any]


def names_of(queues: Mapping[str, str], most: int | None = SHOWN) -> Names:
    """`queues`: their names by slug. `most`: entries of a list that are said; None = all."""
    return Names({"queue": queues, "topic": queues}, most)


def clause_of(when: Table, names: Names, *, inside: bool = False) -> str:
    """`inside`: it is part of something larger."""
    inner = inside or len(when) > 1
    ordered = sorted((name for name in when if name != "none"), key=lambda name: name == "any")
    said = joined([_part(name, when[name], names, inner) for name in ordered], "and")
    if "none" in when:
        but = joined(alternatives(when["none"], names, inside=True), "or")
        said = f"{said}, unless {but}" if said else f"none of this is so: {but}"
    return f"({said})" if inside and (len(when) > 1 or "none" in when) else said


def alternatives(tables: Any, names: Names, *, inside: bool = False) -> list[str]:
    """A clause for each of the tables below any, none or all."""
    if not isinstance(tables, list):
        return [value_in_words(tables)]
    return [clause_of(each, names, inside=inside or len(tables) > 1) for each in tables if isinstance(each, dict)]


def _part(name: str, value: Any, names: Names, inside: bool) -> str:
    if name in ("any", "all"):
        parts = alternatives(value, names)
        said = joined(parts, "or" if name == "any" else "and")
        if not inside or len(parts) < 2:
            return said
        return f"either {said}" if name == "any" else f"({said})"
    condition = discover().get(name)
    try:
        return condition.parse(value).wants(names) if condition else f"{name}: {value_in_words(value)}"
    except ConditionError:  # as somebody left it in a draft
        title = condition.title if condition and condition.title else name.replace("_", " ")
        return f"{lowered(title)}: {value_in_words(value) or '–'}"


def joined(clauses: Sequence[str], last: str) -> str:
    """a, and b; with brackets where it would not be plain what belongs together."""
    clauses = list(filter(None, clauses))
    if len(clauses) < 2:
        return "".join(clauses)
    firm = [f"({each})" if each.startswith("either ") else each for each in clauses[:-1]]
    return f"{', '.join(firm)}, {last} {clauses[-1]}"


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
