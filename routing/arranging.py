"""Rules as they are written, arranged anew: moved within their group, and groups made, changed, moved, taken away.

Nothing given is changed; what comes back is in turn, as `in_turn` says.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Entry = dict[str, Any]  # a table of the council file


def group_of(rule: Mapping[str, Any]) -> str:
    """The name of its group, "" = none."""
    return str(rule.get("group", "")).strip()


def in_turn(rules: Sequence[Entry], groups: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """As they are tried: group by group, then those of no group. A group that isn't among `groups` comes last."""
    names = [*(str(group.get("name", "")).strip() for group in groups), ""]
    order = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return sorted(rules, key=lambda rule: order.get(group_of(rule), len(order)))


def moved(rules: Sequence[Entry], place: int, to: int) -> list[Entry]:
    """The rule at `place` (of all, from 0) as number `to` (from 0) of its group; beyond the ends, at the end."""
    rule = rules[place]
    there = [index for index, each in enumerate(rules) if group_of(each) == group_of(rule)]
    mates = [rules[index] for index in there if index != place]
    mates.insert(min(max(to, 0), len(mates)), rule)
    arranged = list(rules)
    for index, mate in zip(there, mates, strict=True):
        arranged[index] = mate
    return arranged


def regrouped(
    rules: Sequence[Entry], groups: Sequence[Mapping[str, Any]], place: int, group: str, to: int
) -> list[Entry]:
    """The rule at `place` (of all, from 0) as number `to` (from 0) of this group, "" = of none; beyond the ends, at the
    end."""
    rule = {name: value for name, value in rules[place].items() if name != "group"} | (
        {"group": group} if group else {}
    )
    others = [*rules[:place], *rules[place + 1 :]]
    return in_turn(moved([*others, rule], len(others), to), groups)


def rank(rules: Sequence[Entry], place: int) -> tuple[int, int]:
    """Which number of its group the rule at `place` is, from 0, and how many the group has."""
    there = [index for index, each in enumerate(rules) if group_of(each) == group_of(rules[place])]
    return there.index(place), len(there)


def group_kept(
    rules: Sequence[Entry], groups: Sequence[Entry], place: int, name: str, mode: str
) -> tuple[list[Entry], list[Entry]]:
    """With the group at `place` called this, its rules too; the place after the last is a new one's."""
    kept = {"name": name, "mode": mode}
    if place >= len(groups):
        return list(rules), [*groups, kept]
    former = group_of({"group": groups[place].get("name", "")})
    renamed = [{**rule, "group": name} if group_of(rule) == former else rule for rule in rules]
    return renamed, [*groups[:place], kept, *groups[place + 1 :]]


def group_moved(groups: Sequence[Entry], place: int, to: int) -> list[Entry]:
    """The group at `place` at `to` instead; beyond the ends, at the end."""
    others = [*groups[:place], *groups[place + 1 :]]
    others.insert(min(max(to, 0), len(others)), groups[place])
    return others
