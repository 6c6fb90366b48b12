"""Rules as the council file has them: read, checked as a whole, compiled, and indexed for deciding."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from routing import arguments
from routing.compiling import Complain, Known, compile_when
from routing.condition import Clause, ConditionError
from routing.conditions import Catalogue, discover
from routing.conditions.postcode import prefixes
from routing.dangers import Danger, parse_danger
from routing.effects import Effects, Priority, parse_effects
from routing.facts import Facts
from routing.texts.postcodes import begins
from routing.tokens import Tokens

__all__ = ["Effects", "Group", "Priority", "Rule", "RuleErrors", "RuleProblem", "RuleSet", "Ward", "parse_rules"]

LONGEST_NAME = 120  # characters
DANGER = "danger"  # the group that comes before all others
BESIDE = ("group", "danger", "ward")  # the tables that rules are read with
MODES = ("first", "collect")

Beside = Mapping[str, Sequence[Mapping[str, Any]]]  # those tables' entries, as the council file has them


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """What is wrong at one place. `index` counts from 0; `rule` and `key` are "" where there is no name, no key."""

    index: int
    rule: str
    key: str
    reason: str
    table: str = "rule"

    def __str__(self) -> str:
        name = f' "{self.rule}"' if self.rule else ""
        return f"{self.table} {self.index + 1}{name}{', ' if self.key else ''}{self.key}: {self.reason}"


class RuleErrors(ValueError):
    """The rules are refused whole; `problems` has all that is wrong, in the order of the rules."""

    def __init__(self, problems: Sequence[RuleProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are tried together. `first`: the first match ends it; `collect`: all matches count."""

    name: str  # "" = the rules that name no group
    mode: Literal["first", "collect"] = "first"


@dataclass(frozen=True, slots=True)
class Ward:
    name: str
    postcodes: tuple[str, ...]  # whole ones, or their beginnings


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    when: Clause
    then: Effects
    group: Group = Group("")


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in the order in which they are tried: dangers, the groups one after the other, then those of no group.

    `version` names this very set in what is stored of a decision.
    """

    rules: tuple[Rule, ...]
    version: int = 0
    wards: tuple[Ward, ...] = ()
    asks: frozenset[str] = field(init=False, repr=False, compare=False)  # facts beyond the message: Clause.asks
    dangers_ask: frozenset[str] = field(init=False, repr=False, compare=False)  # the same of the dangers alone
    _by_token: Mapping[str, int] = field(init=False, repr=False, compare=False)  # bit i: rule i may match
    _unindexed: int = field(init=False, repr=False, compare=False)  # the rules that may match any text
    _tokens: Tokens = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_token: dict[str, int] = {}
        unindexed = 0
        for index, rule in enumerate(self.rules):
            anchors = rule.when.anchors()
            if anchors is None:
                unindexed |= 1 << index
            for token in anchors or ():
                by_token[token] = by_token.get(token, 0) | 1 << index
        object.__setattr__(self, "asks", _asked(self.rules))
        object.__setattr__(self, "dangers_ask", _asked(rule for rule in self.rules if rule.then.danger is not None))
        object.__setattr__(self, "_by_token", by_token)
        object.__setattr__(self, "_unindexed", unindexed)
        object.__setattr__(self, "_tokens", Tokens.asked_by(by_token))

    @classmethod
    def parse(
        cls,
        entries: object,
        queues: AbstractSet[str] | None,
        version: int = 0,
        catalogue: Catalogue | None = None,
        beside: Beside | None = None,
        known: Known | None = None,
        *,
        in_force: bool = False,
    ) -> Self:
        """`entries` as `parse_rules`; `beside`: the groups, dangers and wards that they are read with; `known`: which
        types of case and templates there are. What is absent isn't checked. Raises RuleErrors, unless they are
        or were `in_force`: what can't be read any more, by a hub that lacks a condition, then settles nothing."""
        return cls(*_parsed(entries, queues, catalogue, beside or {}, known or {}, version, in_force=in_force))

    @property
    def languages(self) -> frozenset[str]:
        """Tags of the languages that rules ask about."""
        return self._asked_about("language:")

    @property
    def flags(self) -> frozenset[str]:
        """Of contacts, that rules ask about by name."""
        return self._asked_about("flag:")

    def _asked_about(self, kind_of: str) -> frozenset[str]:
        return frozenset(asked.removeprefix(kind_of) for asked in self.asks if asked.startswith(kind_of))

    @property
    def dangers(self) -> tuple[Danger, ...]:
        """In the order of the council file."""
        return tuple(rule.then.danger for rule in self.rules if rule.then.danger is not None)

    @property
    def has_dangers(self) -> bool:
        return bool(self.rules) and self.rules[0].then.danger is not None

    def candidates(self, facts: Facts) -> Iterator[Rule]:
        """The rules that may match by the words that are there, in order; no other one can."""
        left = self._unindexed
        try:
            for token in self._tokens.of(facts):
                left |= self._by_token[token]
        except Exception:  # noqa: BLE001 - without the index each rule is tried by itself
            left = (1 << len(self.rules)) - 1
        while left:
            lowest = left & -left
            yield self.rules[lowest.bit_length() - 1]
            left ^= lowest

    def prepared(self, facts: Facts) -> Facts:
        """With what only this set knows of the message: the wards of its postcodes."""
        if "wards" not in self.asks or not facts.postcodes:
            return facts
        lying = (
            ward.name
            for ward in self.wards
            if any(begins(postcode, prefix) for postcode in facts.postcodes for prefix in ward.postcodes)
        )
        return facts.changed(wards=tuple(lying))


def parse_rules(entries: object, queues: AbstractSet[str], catalogue: Catalogue | None = None) -> tuple[Rule, ...]:
    """Compile `[[rule]]` entries {name, when, then, group?}, keeping their order.

    `queues` are the slugs that exist; `catalogue` the conditions, those on disk when None. Raises RuleErrors with
    every problem of every rule.
    """
    return _parsed(entries, queues, catalogue, {}, {}, 0)[0]


def _parsed(
    entries: object,
    queues: AbstractSet[str] | None,
    catalogue: Catalogue | None,
    beside: Beside,
    known: Known,
    version: int,
    *,
    in_force: bool = False,
) -> tuple[tuple[Rule, ...], int, tuple[Ward, ...]]:
    if not isinstance(entries, list | tuple):
        raise RuleErrors([RuleProblem(0, "", "", f"rules must be a list of tables, not {arguments.kind(entries)}")])
    reading = _Reading(
        discover() if catalogue is None else catalogue, {**known, **({} if queues is None else {"queue": queues})}
    )
    groups = reading.all_of("group", beside.get("group", ()), reading.group)
    wards = reading.all_of("ward", beside.get("ward", ()), reading.ward)
    reading.know(groups, wards)
    names: set[str] = set()
    dangers = reading.all_of("danger", beside.get("danger", ()), reading.danger, names)
    rules = reading.all_of("rule", entries, reading.rule, names)
    if reading.problems and not in_force:
        raise RuleErrors(reading.problems)
    order = {group.name: place for place, group in enumerate([*groups, Group("")])}
    rules.sort(key=lambda rule: order.get(rule.group.name, len(order)))
    return (*dangers, *rules), version, tuple(wards)


def _asked(rules: Iterable[Rule]) -> frozenset[str]:
    return frozenset().union(*(rule.when.asks() for rule in rules))


class _Reading:
    """The tables of one set on their way; `problems` has all that is wrong."""

    def __init__(self, catalogue: Catalogue, known: Known) -> None:
        self.problems: list[RuleProblem] = []
        self._catalogue = catalogue
        self._known = dict(known)
        self._groups: dict[str, Group] = {}

    def know(self, groups: Sequence[Group], wards: Sequence[Ward]) -> None:
        self._groups = {group.name: group for group in groups}
        self._known["ward"] = {ward.name.casefold() for ward in wards}

    def all_of(self, table: str, entries: Sequence[object], read: Any, names: set[str] | None = None) -> list[Any]:
        """Those that are right by themselves."""
        taken: set[str] = set() if names is None else names
        found = []
        for index, entry in enumerate(entries):
            if not isinstance(entry, Mapping):
                reason = f"must be a table, not {arguments.kind(entry)}"
                self.problems.append(RuleProblem(index, "", "", reason, table))
                continue
            name = entry.get("name")
            shown = name.strip() if isinstance(name, str) else ""
            complain = self._complainer(table, index, shown)
            _check_name(table, name, shown, taken, complain)
            made = read(entry, shown, complain)
            if made is not None:
                found.append(made)
        return found

    def _complainer(self, table: str, index: int, shown: str) -> Complain:
        return lambda key, reason: self.problems.append(RuleProblem(index, shown, key, reason, table))

    def group(self, entry: Mapping[str, Any], name: str, complain: Complain) -> Group | None:
        _check_keys(entry, ("name", "mode"), "", complain)
        if name == DANGER:
            complain("name", "dangers have tables of their own: [[danger]]")
        mode = entry.get("mode", "first")
        if mode not in MODES:
            complain("mode", f"must be one of {', '.join(MODES)}")
            return None
        return Group(name, mode)

    def ward(self, entry: Mapping[str, Any], name: str, complain: Complain) -> Ward | None:
        _check_keys(entry, ("name", "postcodes"), "", complain)
        if "postcodes" not in entry:
            complain("postcodes", "is missing")
            return None
        try:
            return Ward(name, prefixes(entry["postcodes"]))
        except ConditionError as error:
            complain(f"postcodes{error.key}", str(error))
            return None

    def danger(self, entry: Mapping[str, Any], name: str, complain: Complain) -> Rule | None:
        danger = parse_danger(entry, self._known, complain)
        if danger is None:
            return None
        then = Effects(queue=danger.queue, priority="urgent", restricted=danger.restricted, danger=danger)
        return Rule(name, danger.when, then, Group(DANGER, "collect"))

    def rule(self, entry: Mapping[str, Any], name: str, complain: Complain) -> Rule | None:
        _check_keys(entry, ("name", "group", "when", "then"), "", complain)
        group = self._group_of(entry.get("group", ""), complain)
        when = compile_when(entry.get("when", {}), "when", self._catalogue, self._known, complain)
        then = parse_effects(entry.get("then"), self._known, complain, needs_queue=not group.name)
        return Rule(name, when, then, group) if when and then else None

    def _group_of(self, name: object, complain: Complain) -> Group:
        if name == "":
            return Group("")
        if not isinstance(name, str) or name.strip() not in self._groups:
            shown = f'"{name}"' if isinstance(name, str) else arguments.kind(name)
            complain("group", f"there is no group {shown}; [[group]] tables name them, in order")
            return Group(str(name))
        return self._groups[name.strip()]


def _check_name(table: str, name: object, shown: str, names: set[str], complain: Complain) -> None:
    if not shown:
        complain("name", "is missing" if name is None else "must be a string that isn't empty")
    elif len(shown) > LONGEST_NAME:
        complain("name", f"longer than {LONGEST_NAME} characters")
    elif shown in names:
        complain("name", f"another {table} has the same name")
    names.add(shown)


def _check_keys(table: Mapping[str, Any], known: tuple[str, ...], path: str, complain: Complain) -> None:
    for key in table:
        if key not in known:
            complain(f"{path}{key}", f"there is no such key; there are {', '.join(known)}")
