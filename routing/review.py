"""What looks wrong with rules that can be read: those that never match, never get their turn, contradict another, or
wait for what nobody gives."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

from routing.combinations import COMBINATIONS, AllOf, covers, never_holds
from routing.compiling import Known
from routing.condition import Clause, in_words
from routing.conditions import discover
from routing.rules import DANGER, Rule, RuleProblem, RuleSet

Doubt = tuple[Rule, str, str]  # which rule, key, reason

_ONCE = ("queue", "type", "language", "template", "hold", "ask")  # effects that don't add up

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
    dangers = [rule for rule in rule_set.rules if rule.group.name == DANGER]
    rules = [rule for rule in rule_set.rules[len(dangers) :] if rule.name in written]
    found = [*_impossible(rules), *_unreachable(dangers, rules), *_overruled(rules)]
    for rule in rules:
        when = written[rule.name][1].get("when")
        found += ((rule, key, reason) for key, reason in _waiting_in_vain(rule, when, rules, known or {}))
    problems = [RuleProblem(written[rule.name][0], rule.name, key, reason) for rule, key, reason in found]
    return tuple(sorted(problems, key=lambda problem: problem.index))


def place_of_new(rule: Rule, mates: Sequence[Rule]) -> int:
    """Where a new rule stands among those of its group, from 0: as far down as it still gets its turn. One that looks
    for words stands before those at the end that look for none, such as one that takes whatever is left."""
    if rule.group.mode == "collect":
        return len(mates)
    place = next((place for place, each in enumerate(mates) if covers(each.when, rule.when)), len(mates))
    while rule.when.anchors() and place and mates[place - 1].when.anchors() is None:
        place -= 1
    return place


def _impossible(rules: Sequence[Rule]) -> Iterator[Doubt]:
    for rule in rules:
        if never_holds(rule.when):
            yield rule, "when", "can never match: its conditions exclude each other"


def _unreachable(dangers: Sequence[Rule], rules: Sequence[Rule]) -> Iterator[Doubt]:
    """A danger ends all groups, a match the group whose first match decides."""
    mates: defaultdict[str, list[Rule]] = defaultdict(list)  # those before, by group
    certain: dict[str, list[Rule]] = {}  # two of these, of which one always matches, by group
    for rule in rules:
        group, is_first = rule.group.name, rule.group.mode == "first"
        hiding = certain.get(group) or ([] if never_holds(rule.when) else _hiding(rule, [*dangers, *mates[group]]))
        if hiding:
            yield rule, "when", f"is never reached: all that it matches, {_named(hiding)} takes before it"
        if is_first:
            pair = next(([each, rule] for each in mates[group] if _completes(each, rule)), None)
            if pair and group not in certain:
                certain[group] = pair
            mates[group].append(rule)


def _completes(one: Rule, other: Rule) -> bool:
    return one.when.completes(other.when) or other.when.completes(one.when)


def _hiding(rule: Rule, earlier: Sequence[Rule]) -> list[Rule]:
    """Those of which one matches whatever the rule matches: as a whole, or each of its alternatives; [] = none."""
    for alternatives in _alternatives(rule.when):
        found: set[str] = set()
        for one in alternatives:
            hiding = next((each for each in earlier if covers(each.when, one)), None)
            if hiding is None:
                found.clear()
                break
            found.add(hiding.name)
        if found:
            return [each for each in earlier if each.name in found]
    return []


def _alternatives(when: Clause) -> Iterator[Iterable[Clause]]:
    yield (when,)
    yield when.split()
    if isinstance(when, AllOf):
        for place, part in enumerate(when.parts):
            yield (AllOf((*when.parts[:place], one, *when.parts[place + 1 :])) for one in part.split())


def _named(rules: Sequence[Rule]) -> str:
    return in_words([rule.name for rule in rules])


def _overruled(rules: Sequence[Rule]) -> Iterator[Doubt]:
    """Of rules that match together, the first to say something of a kind has its way."""
    for place, rule in enumerate(rules):
        before = [each for each in rules[:place] if each.group != rule.group or rule.group.mode == "collect"]
        if not before or never_holds(rule.when):
            continue
        for key in _ONCE:
            ours = getattr(rule.then, key)
            for other in before if ours else ():
                theirs = getattr(other.then, key)
                if theirs and theirs != ours and _matches_before(other, rule) and _has_its_way(other, key, rules):
                    reason = f"has no effect: {_named([other])} matches whatever it matches and comes first"
                    yield rule, f"then.{key}", reason
                    break


def _matches_before(rule: Rule, later: Rule) -> bool:
    """What looks at tags may see fewer of them than a rule after it does."""
    return "tags" not in rule.when.asks() and covers(rule.when, later.when)


def _has_its_way(rule: Rule, key: str, rules: Sequence[Rule]) -> bool:
    """Whenever it matches, it or one before it says something of this kind."""
    mates = takewhile(lambda each: each is not rule, (each for each in rules if each.group == rule.group))
    return rule.group.mode == "collect" or all(getattr(each.then, key) for each in mates)


# --- what nobody gives -----------------------------------------------------------------------------------------


def _waiting_in_vain(rule: Rule, when: object, rules: Sequence[Rule], known: Known) -> Iterator[tuple[str, str]]:
    """Keys and reasons: tags that no rule gives or none in time, choices that no menu has, topics without a queue."""
    for key, kind, name in _waited_for(when, "when"):
        if kind == "tag":
            if reason := _no_tag(name, rule, rules):
                yield key, reason
        elif name not in known.get(kind, {name}):
            yield key, _NOWHERE[kind].format(name)


def _waited_for(when: object, path: str) -> Iterator[tuple[str, str, str]]:
    """The key of each condition of a readable `when`, with the kind and the name that it waits for."""
    for name, argument in when.items() if isinstance(when, Mapping) else ():
        key = f"{path}.{name}"
        if name in COMBINATIONS:
            for place, part in enumerate(argument):
                yield from _waited_for(part, f"{key}[{place}]")
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
