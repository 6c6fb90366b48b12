"""The compiler of a `when` table: conditions of the catalogue, and all, any, none of them."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from routing.arguments import kind
from routing.combinations import COMBINATIONS, AllOf, Combination
from routing.condition import NOBODYS, Clause, Comparison, ConditionError, Names
from routing.conditions import Catalogue
from routing.facts import Facts

DEEPEST = 16  # combinations inside each other

Complain = Callable[[str, str], None]  # (key path, reason)
Known = Mapping[str, AbstractSet[str]]  # names by kind: "queue", "ward", "type", "template"; another kind: unchecked


@dataclass(frozen=True, slots=True)
class Unread(Clause):
    """What was kept once and can't be read any more: as a condition that breaks, it settles nothing."""

    name: str  # type: ignore[misc]  # of each its own
    argument: object
    problem: str

    def test(self, facts: Facts) -> None:
        return None

    def explain(self, facts: Facts, names: Names = NOBODYS) -> Comparison:
        why = f"the condition “{self.name}” can’t be read: {self.problem}"
        return Comparison(condition=self.name, expected=self.argument, actual=None, matched=False, why=why, broke=True)


def compile_when(
    table: object, path: str, catalogue: Catalogue, known: Known, complain: Complain, depth: int = 0
) -> Clause | None:
    """A table of conditions, all of which must hold. Tells every problem to `complain`; None when there was one.

    `known`: what exists, where somebody keeps the rules; no queues where they are read as they were kept."""
    if not isinstance(table, Mapping):
        complain(path, f"must be a table of conditions, not {kind(table)}")
        return None
    if not table:
        complain(path, "has no condition")
        return None
    clauses = [_clause(str(key), table[key], f"{path}.{key}", catalogue, known, complain, depth) for key in table]
    compiled = tuple(clause for clause in clauses if clause is not None)
    if len(compiled) < len(clauses):
        return None
    return compiled[0] if len(compiled) == 1 else AllOf(compiled)


def _clause(
    name: str, argument: object, path: str, catalogue: Catalogue, known: Known, complain: Complain, depth: int
) -> Clause | None:
    if name in COMBINATIONS:
        return _combination(COMBINATIONS[name], argument, path, catalogue, known, complain, depth + 1)
    if name not in catalogue:
        complain(path, f"there is no such condition; there are {', '.join([*COMBINATIONS, *sorted(catalogue)])}")
        return Unread(name, argument, "there is no such condition any more")
    try:
        clause = catalogue[name].parse(argument)
        if "queue" in known:
            clause.check()
    except ConditionError as error:
        complain(path + error.key, str(error))
        return Unread(name, argument, str(error))
    for kind_of, referred in sorted(clause.refers()):
        if referred not in known.get(kind_of, frozenset({referred})):
            complain(path, f'there is no {kind_of} "{referred}"')
            return None
    return clause


def _combination(
    combination: type[Combination],
    tables: object,
    path: str,
    catalogue: Catalogue,
    known: Known,
    complain: Complain,
    depth: int,
) -> Combination | None:
    if problem := _unfit(tables, depth):
        complain(path, problem)
        return None
    assert isinstance(tables, list)
    whens = [compile_when(table, f"{path}[{i}]", catalogue, known, complain, depth) for i, table in enumerate(tables)]
    parts = tuple(when for when in whens if when is not None)
    return combination(parts) if len(parts) == len(whens) else None


def _unfit(tables: object, depth: int) -> str | None:
    if depth > DEEPEST:
        return f"nested deeper than {DEEPEST}"
    if not isinstance(tables, list):
        return f"must be a list of tables, not {kind(tables)}"
    return None if tables else "the list is empty"
