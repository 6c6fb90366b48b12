"""What looks wrong with rules that can be read: those that never match, never get their turn, or contradict another."""

from collections.abc import Iterator, Sequence

from routing.combinations import covers, never_holds
from routing.rules import DANGER, Rule, RuleProblem, RuleSet


def doubts(rule_set: RuleSet, entries: Sequence[object]) -> tuple[RuleProblem, ...]:
    """Warnings, certain ones only, in the order of the entries: the rules as written, which give the places."""
    places = {
        str(entry["name"]).strip(): index
        for index, entry in enumerate(entries)
        if isinstance(entry, dict) and "name" in entry
    }
    rules = [rule for rule in rule_set.rules if rule.group.name != DANGER]
    found = [*_impossible(rules), *_unreachable(rules), *_contradictory(rules)]
    problems = [
        RuleProblem(places[rule.name], rule.name, key, reason) for rule, key, reason in found if rule.name in places
    ]
    return tuple(sorted(problems, key=lambda problem: problem.index))


Doubt = tuple[Rule, str, str]  # which rule, key, reason


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
