"""Rules in plain words: as lists show them, and what differs between two sets of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.web.console.rule_clauses import alternatives, clause_of, joined, lowered, names_of, value_in_words
from routing.arranging import group_of
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


def summaries(rules: Sequence[Table], queues: Mapping[str, str]) -> list[Summary]:
    """`queues`: their names by slug."""
    names = names_of(queues)
    return [
        Summary(
            rule.get("name", ""),
            group_of(rule),
            clause_of(rule.get("when", {}), names),
            _then(rule.get("then", {}), queues),
        )
        for rule in rules
    ]


def _then(then: Mapping[str, Any], queues: Mapping[str, str]) -> str:
    named = {**then, "queue": queues.get(then["queue"], then["queue"])} if isinstance(then.get("queue"), str) else then
    return "; ".join(f"{lowered(_called(f'then.{key}'))}: {value_in_words(value)}" for key, value in named.items())


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
    """One thing that isn't as it was: what, and its sides as (label, words)."""

    what: str
    sides: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A difference in words. `kind`: of routing.differences."""

    kind: str
    called: str  # "Added"
    title: str  # "Missed bin", "group labels"
    lines: tuple[Line, ...]


def told(found: Iterable[Difference], queues: Mapping[str, str]) -> list[Told]:
    """`queues`: their names by slug."""
    return [
        Told(
            each.kind,
            _KINDS[each.kind],
            each.name if each.table == "rule" else f"{each.table} {each.name}",
            tuple(_lines(each, queues)),
        )
        for each in found
    ]


def _lines(found: Difference, queues: Mapping[str, str]) -> list[Line]:
    names = names_of(queues, most=None)
    before, after = _flat(found.before or {}, queues), _flat(found.after or {}, queues)
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


def _flat(entry: Table, queues: Mapping[str, str]) -> Table:
    """Each condition and each effect by itself: "when.channel", "then.queue"."""
    found: dict[str, Any] = {}
    for key, value in entry.items():
        if key in ("when", "then") and isinstance(value, dict):
            found |= {f"{key}.{name}": inner for name, inner in value.items()}
        elif key != "name":
            found[key] = mode_in_words(value) if key == "mode" else value
    if isinstance(queue := found.get("then.queue"), str):
        found["then.queue"] = queues.get(queue, queue)
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
    if table != "when" or not name:
        return value_in_words(value, None)
    if name in ("all", "any", "none"):
        return joined(alternatives(value, names), "and" if name == "all" else "or")
    return clause_of({name: value}, names)
