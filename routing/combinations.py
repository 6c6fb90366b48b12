"""all, any, none: clauses made of clauses."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import ClassVar

from routing.condition import NOBODYS, Clause, Comparison, Names
from routing.facts import Facts

EITHER = "either "  # what an alternative begins with that stands within something larger


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

    @staticmethod
    @abstractmethod
    def worded(clauses: Sequence[str]) -> str:
        """What it asks for, in plain words, from what each of its parts asks for."""

    def told(self, reasons: list[Comparison], matched: bool) -> str:
        """What settled it, in plain words: whatever the combination, each of these is so."""
        return AllOf.worded([part.why for part in reasons])

    def test(self, facts: Facts) -> bool | None:
        return self.holds(part.test(facts) for part in self.parts)

    def asks(self) -> frozenset[str]:
        return frozenset().union(*(part.asks() for part in self.parts))

    def explain(self, facts: Facts, names: Names = NOBODYS) -> Comparison:
        parts = tuple(part.explain(facts, names) for part in self.parts)
        held = self.holds(part.held for part in parts)
        matched = held is True
        reasons = [part for part in parts if part.broke] if held is None else self.reasons(parts, matched)
        return Comparison(
            condition=self.name,
            expected=f"{self.quantity} of {len(parts)}",
            actual=f"{sum(part.matched for part in parts)} of {len(parts)} matched",
            matched=matched,
            why=AllOf.worded([part.why for part in reasons]) if held is None else self.told(reasons, matched),
            conditions=parts,
            broke=held is None,
        )


class AllOf(Combination):
    __slots__ = ()
    name = "all"
    quantity = "all"

    @staticmethod
    def worded(clauses: Sequence[str]) -> str:
        """a, and b"""
        return _joined(clauses, "and")

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
        return self.worded([part.reason(facts) for part in self.parts])

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
    def worded(clauses: Sequence[str]) -> str:
        """a, or b"""
        return _joined(clauses, "or")

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

    def split(self) -> Iterator[Clause]:
        return iter(self.parts)


class NoneOf(Combination):
    __slots__ = ()
    name = "none"
    quantity = "none"

    @staticmethod
    def worded(clauses: Sequence[str]) -> str:
        """none of this is so: a, or b"""
        return f"none of this is so: {AnyOf.worded(clauses)}"

    @staticmethod
    def holds(parts: Iterable[bool | None]) -> bool | None:
        held = AnyOf.holds(parts)
        return None if held is None else not held

    @staticmethod
    def reasons(parts: tuple[Comparison, ...], matched: bool) -> list[Comparison]:
        return list(parts) if matched else [part for part in parts if part.matched][:1]

    def told(self, reasons: list[Comparison], matched: bool) -> str:
        told = AllOf.worded([part.why for part in reasons])
        return told if matched else f"{told}, which rules it out"

    def covers(self, other: Clause) -> bool:
        if type(other) is NoneOf:
            return all(any(covers(theirs, mine) for theirs in other.parts) for mine in self.parts)
        return all(excludes(mine, other) for mine in self.parts)

    def excludes(self, other: Clause) -> bool:
        return any(covers(mine, other) for mine in self.parts)

    def completes(self, other: Clause) -> bool:
        return all(covers(other, mine) for mine in self.parts)


def _joined(clauses: Sequence[str], last: str) -> str:
    """With brackets where it would not be plain what belongs together."""
    if len(clauses) < 2:
        return "".join(clauses)
    firm = [f"({each})" if each.startswith(EITHER) else each for each in clauses[:-1]]
    return f"{', '.join(firm)}, {last} {clauses[-1]}"


def covers(clause: Clause, other: Clause) -> bool:
    """As Clause.covers, and through what `other` is made of."""
    if clause.covers(other) or (type(clause) in _COMBINING and always_holds(clause)):
        return True
    if type(other) is AllOf:
        return any(covers(clause, part) for part in other.parts)
    return type(other) is AnyOf and all(covers(clause, part) for part in other.parts)


def excludes(clause: Clause, other: Clause) -> bool:
    """As Clause.excludes, from either side and through what `other` is made of."""
    if clause.excludes(other) or (type(other) is NoneOf and other.excludes(clause)):
        return True
    if type(other) is AllOf:
        return any(excludes(clause, part) for part in other.parts)
    return type(other) is AnyOf and all(excludes(clause, part) for part in other.parts)


def never_holds(clause: Clause) -> bool:
    """Is it certain that nothing makes it hold?"""
    if type(clause) is AnyOf:
        return all(never_holds(part) for part in clause.parts)
    if type(clause) is AllOf:
        parts = clause.parts
        return any(map(never_holds, parts)) or any(excludes(one, two) for one, two in permutations(parts, 2))
    return type(clause) is NoneOf and any(map(always_holds, clause.parts))


def always_holds(clause: Clause) -> bool:
    """Is it certain that nothing makes it miss?"""
    if type(clause) is AnyOf:
        return any(map(always_holds, clause.parts)) or any(
            one.completes(two) for one, two in permutations(clause.parts, 2)
        )
    if type(clause) is AllOf:
        return all(map(always_holds, clause.parts))
    return type(clause) is NoneOf and all(map(never_holds, clause.parts))


_COMBINING = (AllOf, AnyOf, NoneOf)
COMBINATIONS: Mapping[str, type[Combination]] = {each.name: each for each in _COMBINING}
