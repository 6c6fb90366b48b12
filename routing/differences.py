"""What differs between two sets of rules as they are written, for people who look before they publish."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from routing.arranging import group_of, in_turn

Entry = Mapping[str, Any]  # a table of the council file
Kind = Literal["added", "changed", "renamed", "moved", "removed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry that isn't as it was. `before` and `after`: as it is written; None where there is none."""

    kind: Kind
    table: str  # rule, group, danger, ward
    name: str
    before: Entry | None
    after: Entry | None
    was: int = 0  # its number in its group, from 1; 0 where there is none
    now: int = 0
    is_elsewhere: bool = False  # it was moved, whatever else was done to it

    def __str__(self) -> str:
        """changed "Missed bin" """
        called = self.table if self.table != "rule" else ""
        if self.kind == "renamed" and self.before is not None:
            return " ".join(filter(None, ["renamed", called, f"“{self.before['name']}” to “{self.name}”"]))
        return " ".join(filter(None, [self.kind, called, f"“{self.name}”"]))


def differences(before: Sequence[Entry], after: Sequence[Entry], table: str = "rule") -> tuple[Difference, ...]:
    """In the order of the entries after, the removed ones last. Names are unique in each set."""
    old = {str(entry.get("name", "")): entry for entry in before}
    new = {str(entry.get("name", "")): entry for entry in after}
    moved = _moved([name for name in old if name in new], [name for name in new if name in old])
    gone = [name for name in old if name not in new]
    was, now = _numbers(before), _numbers(after)
    found = []
    for name, entry in new.items():
        if name not in old:
            former = next((each for each in gone if _without_name(old[each]) == _without_name(entry)), None)
            if former is not None:
                gone.remove(former)
            kind: Kind = "added" if former is None else "renamed"
            known = None if former is None else old[former]
            found.append(Difference(kind, table, name, known, entry, was.get(former or "", 0), now[name]))
        elif old[name] != entry or name in moved:
            kind = "moved" if old[name] == entry else "changed"
            found.append(Difference(kind, table, name, old[name], entry, was[name], now[name], name in moved))
    return (*found, *(Difference("removed", table, name, old[name], None, was[name]) for name in gone))


def all_differences(
    before: Sequence[Entry],
    after: Sequence[Entry],
    beside_before: Mapping[str, Sequence[Entry]],
    beside_after: Mapping[str, Sequence[Entry]],
) -> tuple[Difference, ...]:
    """Of the rules, then of the tables that they are read with. Rules count as moved only within their group, and a
    group's new name is no change of its rules."""
    tables = dict.fromkeys([*beside_before, *beside_after])
    beside = [
        each
        for table in tables
        for each in differences(beside_before.get(table, ()), beside_after.get(table, ()), table)
    ]
    renamed = {
        each.before["name"]: each.name
        for each in beside
        if each.table == "group" and each.kind == "renamed" and each.before is not None
    }
    groups = [*beside_after.get("group", ()), *beside_before.get("group", ())]
    followed = [
        {**rule, "group": renamed[group_of(rule)]} if group_of(rule) in renamed else dict(rule) for rule in before
    ]
    return (*differences(in_turn(followed, groups), in_turn([dict(rule) for rule in after], groups)), *beside)


def _numbers(entries: Sequence[Entry]) -> dict[str, int]:
    """Of each name, counted from 1 in its group."""
    counts: Counter[str] = Counter()
    found = {}
    for entry in entries:
        counts[group_of(entry)] += 1
        found[str(entry.get("name", ""))] = counts[group_of(entry)]
    return found


def _moved(old: Sequence[str], new: Sequence[str]) -> frozenset[str]:
    """The fewest names that stand elsewhere among those that stayed."""
    stayed: set[str] = set()
    for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        stayed.update(new[block.b : block.b + block.size])
    return frozenset(new) - stayed


def _without_name(entry: Entry) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != "name"}
