"""Rules in plain words: as lists show them, and what differs between two sets of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub.web.console.rules.clauses import alternatives, clause_of, value_in_words
from hub.web.console.rules.effects import effect_in_words, sentence
from routing.arranging import group_of
from routing.combinations import COMBINATIONS, AllOf, AnyOf
from routing.condition import Names
from routing.conditions import discover
from routing.differences import Difference

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Summary:
    """A rule in a line or two of plain words."""

    name: str
    group: str
    when: str
    then: str


def summaries(rules: Sequence[Table], names: Names) -> list[Summary]:
    return [
        Summary(
            rule.get("name", ""),
            group_of(rule),
            clause_of(rule.get("when", {}), names),
            sentence(rule.get("then", {}), names),
        )
        for rule in rules
    ]


def mode_in_words(mode: object) -> str:
    return "every rule that matches counts" if mode == "collect" else "the first rule that matches ends it"


# --- what differs ----------------------------------------------------------------------------------------------

_KINDS = {"added": "Added", "changed": "Changed", "renamed": "Renamed", "moved": "Moved", "removed": "Removed"}
_CALLED = {
    "group": "Group", "mode": "When one matches", "when": "When", "then": "Then", "then.queue": "Queue",
    "then.priority": "Priority", "then.tags": "Tags", "then.type": "Type of case", "then.language": "Answers in",
    "then.template": "Acknowledges with", "then.restricted": "Restricted", "then.notify": "Tells",
    "then.hold": "Put off for", "then.ask": "Asks the citizen", "when.all": "All of", "when.any": "One of",
    "when.none": "None of",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that isn't as it was: what, and its sides as (label, words); no label: all of it is new or gone."""

    what: str
    sides: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A difference in words. `kind`: of routing.differences."""

    kind: str
    called: str  # "Added"
    title: str  # "Missed bin", "group labels"
    lines: tuple[Line, ...]


def told(found: Iterable[Difference], names: Names) -> list[Told]:
    return [
        Told(
            each.kind,
            _KINDS[each.kind],
            each.name if each.table == "rule" else f"{each.table} {each.name}",
            tuple(_lines(each, replace(names, most=None))),
        )
        for each in found
    ]


def _lines(found: Difference, names: Names) -> list[Line]:
    if found.table == "rule" and found.kind in ("added", "removed"):
        return _whole_rule(found, names)
    before, after = _flat(found.before or {}), _flat(found.after or {})
    lines = [
        _line(key, before.get(key), after.get(key), found.kind, names)
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key)
    ]
    if found.kind == "renamed" and found.before is not None:
        lines.insert(0, _sides("Name", str(found.before.get("name", "")), found.name))
    if found.table in ("rule", "group") and found.now and (found.is_elsewhere or not found.was):
        lines.append(_sides("Place", f"number {found.was}" if found.was else "", f"number {found.now}"))
    return lines


def _whole_rule(found: Difference, names: Names) -> list[Line]:
    """One that is new or gone, as lists say it."""
    entry = (found.after if found.kind == "added" else found.before) or {}
    (said,) = summaries([entry], names)
    place = found.now if found.kind == "added" else found.was
    lines = (
        ("When", said.when),
        ("Then", said.then),
        ("Group", said.group),
        ("Place", f"number {place}" if place else ""),
    )
    return [Line(what, (("", words),)) for what, words in lines if words]


def _flat(entry: Table) -> Table:
    """Each condition and each effect by itself: "when.channel", "then.queue"."""
    found: dict[str, Any] = {}
    for key, value in entry.items():
        if key in ("when", "then") and isinstance(value, dict):
            found |= {f"{key}.{name}": inner for name, inner in value.items()}
        elif key != "name":
            found[key] = mode_in_words(value) if key == "mode" else value
    return found


def _line(key: str, before: Any, after: Any, kind: str, names: Names) -> Line:
    if kind not in ("added", "removed") and _is_as_written(key) and _is_words(before) and _is_words(after):
        gone, come = ([each for each in one if each not in other] for one, other in ((before, after), (after, before)))
        if gone or come:
            sides = (("Taken out", ", ".join(gone)), ("Added", ", ".join(come)))
            return Line(_called(key), tuple(side for side in sides if side[1]))
    return _sides(_called(key), _whole(key, before, names), _whole(key, after, names))


def _is_as_written(key: str) -> bool:
    """Are its entries words that somebody wrote, and not names of something?"""
    table, _, name = key.partition(".")
    condition = discover().get(name) if table == "when" else None
    return condition is None or [field.kind for field in condition.fields] == ["lines"]


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _sides(what: str, before: str, after: str) -> Line:
    return Line(what, tuple(side for side in (("Before", before), ("After", after)) if side[1]))


def _called(key: str) -> str:
    table, _, name = key.partition(".")
    condition = discover().get(name) if table == "when" else None
    if condition is not None and condition.title:
        return condition.title
    return _CALLED.get(key, (name or table).replace("_", " ").capitalize())


def _whole(key: str, value: Any, names: Names) -> str:
    table, _, name = key.partition(".")
    if value is None:
        return ""
    if table == "then" and name:
        return effect_in_words(name, value, names)
    if table != "when" or not name:
        return value_in_words(value, None)
    if name in COMBINATIONS:
        return (AllOf if name == AllOf.name else AnyOf).worded(alternatives(value, names))
    return clause_of({name: value}, names)
