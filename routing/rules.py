"""Rules as the council file has them: read, checked as a whole, compiled, and indexed for deciding."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Literal, Self, get_args

from routing import arguments
from routing.combinations import Complain, compile_when
from routing.condition import Clause, ConditionError
from routing.conditions import Catalogue, discover
from routing.facts import Facts

Priority = Literal["low", "normal", "high", "urgent"]

LONGEST_NAME = 120  # characters


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """What is wrong at one place. `index` counts from 0; `rule` and `key` are "" where there is no name, no key."""

    index: int
    rule: str
    key: str
    reason: str

    def __str__(self) -> str:
        name = f' "{self.rule}"' if self.rule else ""
        return f"rule {self.index + 1}{name}{', ' if self.key else ''}{self.key}: {self.reason}"


class RuleErrors(ValueError):
    """The rules are refused whole; `problems` has all that is wrong, in the order of the rules."""

    def __init__(self, problems: Sequence[RuleProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What a rule does with a message."""

    queue: str  # slug
    priority: Priority | None = None  # None: normal
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    when: Clause
    then: Effects


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in order, the first that matches wins. `version` names this very set in what is stored of a decision."""

    rules: tuple[Rule, ...]
    version: int = 0
    _by_word: Mapping[str, int] = field(init=False, repr=False, compare=False)  # bit i: rule i may match
    _wordless: int = field(init=False, repr=False, compare=False)  # the rules that may match any text

    def __post_init__(self) -> None:
        by_word: dict[str, int] = {}
        wordless = 0
        for index, rule in enumerate(self.rules):
            anchors = rule.when.anchors()
            if anchors is None:
                wordless |= 1 << index
            for word in anchors or ():
                by_word[word] = by_word.get(word, 0) | 1 << index
        object.__setattr__(self, "_by_word", by_word)
        object.__setattr__(self, "_wordless", wordless)

    @classmethod
    def parse(
        cls, entries: object, queues: AbstractSet[str], version: int = 0, catalogue: Catalogue | None = None
    ) -> Self:
        """As `parse_rules`. Raises RuleErrors."""
        return cls(parse_rules(entries, queues, catalogue), version)

    def candidates(self, facts: Facts) -> Iterator[Rule]:
        """The rules that may match by the words that are there, in order; no other one can."""
        left = self._wordless
        for word in facts.words & self._by_word.keys():
            left |= self._by_word[word]
        while left:
            lowest = left & -left
            yield self.rules[lowest.bit_length() - 1]
            left ^= lowest


def parse_rules(entries: object, queues: AbstractSet[str], catalogue: Catalogue | None = None) -> tuple[Rule, ...]:
    """Compile `[[rule]]` entries {name, when, then = {queue, priority?, tags?}}, keeping their order.

    `queues` are the slugs that exist; `catalogue` the conditions, those on disk when None. Raises RuleErrors with
    every problem of every rule.
    """
    if not isinstance(entries, list | tuple):
        raise RuleErrors([RuleProblem(0, "", "", f"rules must be a list of tables, not {arguments.kind(entries)}")])
    problems: list[RuleProblem] = []
    names: set[str] = set()
    conditions = discover() if catalogue is None else catalogue
    rules = [_rule(index, entry, queues, names, conditions, problems) for index, entry in enumerate(entries)]
    if problems:
        raise RuleErrors(problems)
    return tuple(rule for rule in rules if rule is not None)


def _rule(
    index: int,
    entry: object,
    queues: AbstractSet[str],
    names: set[str],
    catalogue: Catalogue,
    problems: list[RuleProblem],
) -> Rule | None:
    if not isinstance(entry, Mapping):
        problems.append(RuleProblem(index, "", "", f"must be a table, not {arguments.kind(entry)}"))
        return None
    name = entry.get("name")
    shown = name.strip() if isinstance(name, str) else ""

    def complain(key: str, reason: str) -> None:
        problems.append(RuleProblem(index, shown, key, reason))

    _check_name(name, shown, names, complain)
    _check_keys(entry, ("name", "when", "then"), "", complain)
    when = compile_when(entry.get("when", {}), "when", catalogue, complain)
    then = _effects(entry.get("then"), queues, complain)
    return Rule(shown, when, then) if when and then else None


def _check_name(name: object, shown: str, names: set[str], complain: Complain) -> None:
    if not shown:
        complain("name", "is missing" if name is None else "must be a string that isn't empty")
    elif len(shown) > LONGEST_NAME:
        complain("name", f"longer than {LONGEST_NAME} characters")
    elif shown in names:
        complain("name", "another rule has the same name")
    names.add(shown)


def _check_keys(table: Mapping[str, Any], known: tuple[str, ...], path: str, complain: Complain) -> None:
    for key in table:
        if key not in known:
            complain(f"{path}{key}", f"there is no such key; there are {', '.join(known)}")


def _effects(then: object, queues: AbstractSet[str], complain: Complain) -> Effects | None:
    if not isinstance(then, Mapping):
        complain("then", "is missing" if then is None else f"must be a table, not {arguments.kind(then)}")
        return None
    _check_keys(then, ("queue", "priority", "tags"), "then.", complain)
    queue, priority = then.get("queue"), then.get("priority")
    if not isinstance(queue, str):
        complain("then.queue", "is missing" if queue is None else f"must be a string, not {arguments.kind(queue)}")
    elif queue not in queues:
        complain("then.queue", f'there is no queue "{queue}"')
    if priority is not None and priority not in get_args(Priority):
        complain("then.priority", f"must be one of {', '.join(get_args(Priority))}")
    return Effects(queue=str(queue), priority=priority, tags=_tags(then.get("tags"), complain))


def _tags(tags: object, complain: Complain) -> tuple[str, ...]:
    if tags is None or tags == []:
        return ()
    try:
        return arguments.words(tags)
    except ConditionError as error:
        complain(f"then.tags{error.key}", str(error))
        return ()
