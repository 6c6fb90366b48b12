"""What looks wrong with rules that can be read: those that never match, never get their turn, contradict another, or
wait for what nobody gives."""

from collections.abc import Iterator, Mapping, Sequence

from routing.combinations import COMBINATIONS, Known, covers, never_holds
from routing.conditions import discover
from routing.rules import DANGER, Rule, RuleProblem, RuleSet

Doubt = tuple[Rule, str, str]  # which rule, key, reason

_NOWHERE = {
    "menu": 'no menu of a telephone line has the tag "{}"',
    "topic": 'there is no queue "{}": only a topic that is learned from a file of your own can be called so',
}


def doubts(rule_set: RuleSet, entries: Sequence[object], known: Known | None = None) -> tuple[RuleProblem, ...]:
    """Warnings, certain ones only, in the order of the entries: the rules as written, which give the places.

    `known`: the tags of the phone menus ("menu"), and what topics may be called, case-folded ("topic"); what is absent
    isn't looked at.
    """
    written = {
        str(entry["name"]).strip(): (index, entry)
        for index, entry in enumerate(entries)
        if isinstance(entry, dict) and "name" in entry
    }
    rules = [rule for rule in rule_set.rules if rule.group.name != DANGER and rule.name in written]
    found = [*_impossible(rules), *_unreachable(rules), *_contradictory(rules)]
    for rule in rules:
        when = written[rule.name][1].get("when")
        found += ((rule, key, reason) for key, reason in _waiting_in_vain(rule, when, rules, known or {}))
    problems = [RuleProblem(written[rule.name][0], rule.name, key, reason) for rule, key, reason in found]
    return tuple(sorted(problems, key=lambda problem: problem.index))


def _impossible(rules: Sequence[Rule]) -> Iterator[Doubt]:
    for rule in rules:
        if never_holds(rule.when):
            yield rule, "when", "can never match: its conditions exclude each other"


def _unreachable(rules: Sequence[Rule]) -> Iterator[Doubt]:
    for place, rule in enumerate(rules):
        if rule.group.mode != "first" or never_holds(rule.when):
            continue
        earlier = (each for each in rules[:place] if each.group == rule.group)
        hiding = next((each for each in earlier if covers(each.when, rule.when)), None)
        if hiding:
            yield rule, "when", f'is never reached: whatever it matches, "{hiding.name}" before it matches first'


def _contradictory(rules: Sequence[Rule]) -> Iterator[Doubt]:
    """Of rules that collect, the first to say something of a kind has its way."""
    for place, rule in enumerate(rules):
        if rule.group.mode != "collect":
            continue
        for before in (each for each in rules[:place] if each.group == rule.group):
            same = covers(before.when, rule.when)
            for key in ("queue", "type", "language", "template", "hold", "ask") if same else ():
                ours, theirs = getattr(rule.then, key), getattr(before.then, key)
                if ours and theirs and ours != theirs:
                    yield (
                        rule,
                        f"then.{key}",
                        f'has no effect: "{before.name}" matches whatever it matches and comes first',
                    )


# --- what nobody gives -----------------------------------------------------------------------------------------


def _waiting_in_vain(rule: Rule, when: object, rules: Sequence[Rule], known: Known) -> Iterator[tuple[str, str]]:
    """Keys and reasons: tags that no rule gives or none in time, choices that no menu has, topics without a queue."""
    for key, kind, name in _named(when, "when"):
        if kind == "tag":
            if reason := _no_tag(name, rule, rules):
                yield key, reason
        elif name not in known.get(kind, {name}):
            yield key, _NOWHERE[kind].format(name)


def _named(when: object, path: str) -> Iterator[tuple[str, str, str]]:
    """The key of each condition of a readable `when`, with the kind and the name that it waits for."""
    for name, argument in when.items() if isinstance(when, Mapping) else ():
        key = f"{path}.{name}"
        if name in COMBINATIONS:
            for place, part in enumerate(argument):
                yield from _named(part, f"{key}[{place}]")
        elif name in (conditions := discover()):
            yield from ((key, *waited) for waited in sorted(conditions[name].parse(argument).waits_for()))


def _no_tag(tag: str, rule: Rule, rules: Sequence[Rule]) -> str:
    """Why a new case hasn't this tag when the rule's turn comes; "" = it may have."""
    giving = [place for place, each in enumerate(rules) if tag in each.then.tags]
    if not giving:
        return f'no rule gives the tag "{tag}"'
    turn = rules.index(rule)
    ends = rule.group.mode == "first"  # then what matched before it in its own group has ended that
    if any(place < turn and not (ends and rules[place].group == rule.group) for place in giving):
        return ""
    return f'no rule before it gives the tag "{tag}": a new case doesn\'t have it by then'
