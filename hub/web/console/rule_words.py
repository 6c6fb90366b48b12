"""Rules in plain words: as lists show them, and what differs between two sets of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.web.console import words
from routing.arranging import group_of
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
    return [
        Summary(
            rule.get("name", ""),
            group_of(rule),
            _when(rule.get("when", {}), queues),
            _then(rule.get("then", {}), queues),
        )
        for rule in rules
    ]


def _when(when: Mapping[str, Any], queues: Mapping[str, str]) -> str:
    """words or phrases in the message: bin, bins and 12 more; the channel: phone"""
    return "; ".join(
        f"{_lowered(_called(f'when.{name}'))}: {_argument(name, value, queues)}" for name, value in when.items()
    )


def _argument(name: str, value: Any, queues: Mapping[str, str]) -> str:
    if name in ("any", "none", "all") and isinstance(value, list):
        return ", ".join(f"({_when(each, queues)})" for each in value if isinstance(each, dict))
    condition = discover().get(name)
    for field in condition.fields if condition else ():
        if field.of in ("queue", "topic"):
            value = _renamed(value, field.key, queues.get)
        elif field.of == "channel":
            value = _renamed(value, field.key, words.channel)
        elif field.choices:
            value = _renamed(value, field.key, dict(field.choices).get)
    return _value(value)


def _renamed(value: Any, key: str, name_of: Callable[[str], str | None]) -> Any:
    """With the names of what it refers to; what has no name stays."""
    if isinstance(value, dict):
        return {name: _renamed(each, "", name_of) if name == key else each for name, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, key, name_of) for each in value]
    return (name_of(value) or value) if isinstance(value, str) else value


def _then(then: Mapping[str, Any], queues: Mapping[str, str]) -> str:
    named = {**then, "queue": queues.get(then["queue"], then["queue"])} if isinstance(then.get("queue"), str) else then
    return "; ".join(f"{_lowered(_called(f'then.{key}'))}: {_value(value)}" for key, value in named.items())


def _lowered(words: str) -> str:
    """As it stands within a sentence."""
    return words[:1].lower() + words[1:]


def _value(value: Any, most: int | None = 4) -> str:
    """Of a list at most so many entries; None = all."""
    if isinstance(value, dict):
        return "; ".join(f"{key.replace('_', ' ')}: {_value(each, most)}" for key, each in value.items())
    if isinstance(value, list):
        shown = [f"({_value(each, most)})" if isinstance(each, dict) else str(each) for each in value[:most]]
        left = len(value) - len(shown)
        return ", ".join(shown) + (f" and {left} more" if left else "")
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


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
    before, after = _flat(found.before or {}, queues), _flat(found.after or {}, queues)
    lines = [
        _line(key, before.get(key), after.get(key), found.kind)
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


def _line(key: str, before: Any, after: Any, kind: str) -> Line:
    if kind not in ("added", "removed") and _is_words(before) and _is_words(after):
        gone, come = ([each for each in one if each not in other] for one, other in ((before, after), (after, before)))
        if gone or come:
            sides = (("Taken out", ", ".join(gone)), ("Added", ", ".join(come)))
            return Line(_called(key), tuple(side for side in sides if side[1]))
    return _sides(_called(key), _whole(before), _whole(after))


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


def _whole(value: Any) -> str:
    return "" if value is None else _value(value, None)
