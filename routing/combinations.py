"""all, any, none: clauses made of clauses, and the compiler of a `when` table."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import permutations
from typing import ClassVar

from routing.arguments import kind
from routing.condition import Clause, Comparison, ConditionError
from routing.conditions import Catalogue
from routing.facts import Facts

AND = " and "  # between the reasons of a sentence

DEEPEST = 16  # combinations inside each other

Complain = Callable[[str, str], None]  # (key path, reason)
Known = Mapping[str, AbstractSet[str]]  # names by kind: "queue", "ward", "type", "template"; another kind: unchecked


@dataclass(frozen=True, slots=True)
class Combination(Clause):
    """Holds by what its parts say; `test` stops at the first part that settles it, `explain` tries all.

    A part that broke settles nothing: what hangs on it isn't known either and doesn't match, inside `none` too."""

    quantity: ClassVar[str]  # how many parts must match, in words

    parts: tuple[Clause, ...]

    @staticmethod
    @abstractmethod
    def holds(parts: Iterable[bool | None]) -> bool | None:
        """The whole from its parts; reads no further than it must."""

    @staticmethod
    @abstractmethod
    def reasons(parts: tuple[Comparison, ...], matched: bool) -> list[Comparison]:
        """The parts that settled it."""

    def told(self, reasons: list[Comparison], matched: bool) -> str:
        """Those parts in one clause."""
        return AND.join(part.why for part in reasons)

    def test(self, facts: Facts) -> bool | None:
        return self.holds(part.test(facts) for part in self.parts)

    def asks(self) -> frozenset[str]:
        return frozenset().union(*(part.asks() for part in self.parts))

    def explain(self, facts: Facts) -> Comparison:
        parts = tuple(part.explain(facts) for part in self.parts)
        held = self.holds(part.held for part in parts)
        matched = held is True
        reasons = [part for part in parts if part.broke] if held is None else self.reasons(parts, matched)
        return Comparison(
            condition=self.name,
            expected=f"{self.quantity} of {len(parts)}",
            actual=f"{sum(part.matched for part in parts)} of {len(parts)} matched",
            matched=matched,
            why=AND.join(part.why for part in reasons) if held is None else self.told(reasons, matched),
            conditions=parts,
            broke=held is None,
        )


class AllOf(Combination):
    __slots__ = ()
    name = "all"
    quantity = "all"

    @staticmethod
    def holds(parts: Iterable[bool | None]) -> bool | None:
        held: bool | None = True
        for each in parts:
            if each is False:
                return False
            held = held if each else None
        return held

    @staticmethod
    def reasons(parts: tuple[Comparison, ...], matched: bool) -> list[Comparison]:
        return list(parts) if matched else [part for part in parts if part.held is False][:1]

    def test(self, facts: Facts) -> bool | None:
        held: bool | None = True
        for part in self.parts:  # a generator costs more than most parts
            if not (found := part.test(facts)):
                if found is False:
                    return False
                held = None
        return held

    def reason(self, facts: Facts) -> str:
        return AND.join(part.reason(facts) for part in self.parts)

    def anchors(self) -> frozenset[str] | None:
        anchored = [found for part in self.parts if (found := part.anchors()) is not None]
        return min(anchored, key=len, default=None)

    def covers(self, other: Clause) -> bool:
        return all(covers(part, other) for part in self.parts)

    def excludes(self, other: Clause) -> bool:
        return any(excludes(part, other) for part in self.parts)


class AnyOf(Combination):
    __slots__ = ()
    name = "any"
    quantity = "at least one"

    @staticmethod
    def holds(parts: Iterable[bool | None]) -> bool | None:
        held: bool | None = False
        for each in parts:
            if each:
                return True
            held = held if each is False else None
        return held

    @staticmethod
    def reasons(parts: tuple[Comparison, ...], matched: bool) -> list[Comparison]:
        return [part for part in parts if part.matched][:1] if matched else list(parts)

    def test(self, facts: Facts) -> bool | None:
        held: bool | None = False
        for part in self.parts:  # as above
            if found := part.test(facts):
                return True
            if found is None:
                held = None
        return held

    def reason(self, facts: Facts) -> str:
        matched = (part for part in self.parts if part.test(facts))
        return next(matched, self.parts[0]).reason(facts)

    def anchors(self) -> frozenset[str] | None:
        anchored = [found for part in self.parts if (found := part.anchors()) is not None]
        return frozenset().union(*anchored) if len(anchored) == len(self.parts) else None

    def covers(self, other: Clause) -> bool:
        return any(covers(part, other) for part in self.parts)

    def excludes(self, other: Clause) -> bool:
        return all(excludes(part, other) for part in self.parts)


class NoneOf(Combination):
    __slots__ = ()
    name = "none"
    quantity = "none"

    @staticmethod
    def holds(parts: Iterable[bool | None]) -> bool | None:
        held = AnyOf.holds(parts)
        return None if held is None else not held

    @staticmethod
    def reasons(parts: tuple[Comparison, ...], matched: bool) -> list[Comparison]:
        return list(parts) if matched else [part for part in parts if part.matched][:1]

    def told(self, reasons: list[Comparison], matched: bool) -> str:
        told = AND.join(part.why for part in reasons)
        return told if matched else f"{told}, which rules it out"

    def covers(self, other: Clause) -> bool:
        if isinstance(other, NoneOf):
            return all(any(covers(theirs, mine) for theirs in other.parts) for mine in self.parts)
        return all(excludes(mine, other) for mine in self.parts)

    def excludes(self, other: Clause) -> bool:
        return any(covers(mine, other) for mine in self.parts)

    def completes(self, other: Clause) -> bool:
        return all(covers(other, mine) for mine in self.parts)


def covers(clause: Clause, other: Clause) -> bool:
    """As Clause.covers, and through what `other` is made of."""
    if clause.covers(other) or always_holds(clause):
        return True
    if isinstance(other, AllOf):
        return any(covers(clause, part) for part in other.parts)
    return isinstance(other, AnyOf) and all(covers(clause, part) for part in other.parts)


def excludes(clause: Clause, other: Clause) -> bool:
    """As Clause.excludes, from either side and through what `other` is made of."""
    if clause.excludes(other) or (isinstance(other, NoneOf) and other.excludes(clause)):
        return True
    if isinstance(other, AllOf):
        return any(excludes(clause, part) for part in other.parts)
    return isinstance(other, AnyOf) and all(excludes(clause, part) for part in other.parts)


def never_holds(clause: Clause) -> bool:
    """Is it certain that nothing makes it hold?"""
    if isinstance(clause, AnyOf):
        return all(never_holds(part) for part in clause.parts)
    if isinstance(clause, AllOf):
        parts = clause.parts
        return any(map(never_holds, parts)) or any(excludes(one, two) for one, two in permutations(parts, 2))
    return isinstance(clause, NoneOf) and any(map(always_holds, clause.parts))


def always_holds(clause: Clause) -> bool:
    """Is it certain that nothing makes it miss?"""
    if isinstance(clause, AnyOf):
        return any(map(always_holds, clause.parts)) or any(
            one.completes(two) for one, two in permutations(clause.parts, 2)
        )
    if isinstance(clause, AllOf):
        return all(map(always_holds, clause.parts))
    return isinstance(clause, NoneOf) and all(map(never_holds, clause.parts))


COMBINATIONS: Mapping[str, type[Combination]] = {each.name: each for each in (AllOf, AnyOf, NoneOf)}


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
        return None
    try:
        clause = catalogue[name].parse(argument)
        if "queue" in known:
            clause.check()
    except ConditionError as error:
        complain(path + error.key, str(error))
        return None
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
