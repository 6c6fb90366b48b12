"""What a condition is: the port that every file of `routing/conditions` fills.

A condition is compiled once from its argument in the council file. `test` and `explain` both ask
`matches` about what `actual` found, so that what is decided and what is explained can't differ.

    Clause
    ├── Condition      one comparison; a file of routing/conditions
    └── Combination    all, any, none of other clauses; routing/combinations.py
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self

from routing.facts import Facts
from routing.fields import Fields

About = Literal["what it says", "how and when it comes", "who writes", "what else is known"]

SHOWN = 4  # entries of a list that a sentence names


class ConditionError(ValueError):
    """The argument of a condition is not usable; the text says why in plain words.

    `key` is the path below the condition at which it is wrong, such as "[2]", or "".
    """

    def __init__(self, reason: str, key: str = "") -> None:
        super().__init__(reason)
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One condition against one message. `expected` and `actual` hold JSON types."""

    condition: str
    expected: Any
    actual: Any
    matched: bool
    why: str  # in plain words, without a full stop
    conditions: tuple["Comparison", ...] = ()  # what was compared inside all, any and none
    broke: bool = False  # nobody can tell whether it holds; a rule that hangs on it is missed

    @property
    def held(self) -> bool | None:
        return None if self.broke else self.matched

    def to_json(self) -> dict[str, Any]:
        shown = {
            "condition": self.condition,
            "expected": self.expected,
            "actual": self.actual,
            "matched": self.matched,
            "why": self.why,
        }
        return {**shown, "conditions": [part.to_json() for part in self.conditions]} if self.conditions else shown


@dataclass(frozen=True, slots=True)
class Names:
    """How a rule in words says a list: by the names that the council's people know, and how many of them."""

    by_kind: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # "queue", "topic", "menu" …: names by slug
    most: int | None = SHOWN  # None = all

    def one(self, slug: str, kind: str) -> str:
        return self.by_kind.get(kind, {}).get(slug, slug)

    def any_of(self, listed: Sequence[str], kind: str = "", last: str = "or") -> str:
        return in_words([self.one(each, kind) for each in listed], last, most=self.most)


NOBODYS = Names()  # of no council: everything is said as it is written


class Clause(ABC):
    """Whatever may stand below `when`, compiled."""

    __slots__ = ()
    name: ClassVar[str]  # the key in the council file

    @abstractmethod
    def test(self, facts: Facts) -> bool | None:
        """Does it hold? None when something broke and nobody can tell. Never raises."""

    @abstractmethod
    def explain(self, facts: Facts, names: Names = NOBODYS) -> Comparison:
        """The same test with the values compared. Never raises."""

    def reason(self, facts: Facts) -> str:
        """The `why` of an explanation, for facts that match: without explaining what settles nothing."""
        return self.explain(facts).why

    def anchors(self) -> frozenset[str] | None:
        """Tokens (see routing.tokens) of which one must be there for this to hold; None when it may hold without."""
        return None

    def asks(self) -> frozenset[str]:
        """Facts beyond the message that it looks at, which the hub looks up only when a rule asks: "flags",
        "days_since", "topic", "wards", "tags"; "hours:" and a queue, "language:" and a tag, "flag:" and a flag."""
        return frozenset()

    def refers(self) -> frozenset[tuple[str, str]]:
        """What it names that must exist: ("queue", slug), ("ward", name)."""
        return frozenset()

    def waits_for(self) -> frozenset[tuple[str, str]]:
        """What it names that somebody has to give before it can be found: ("tag", …), ("menu", …), ("topic", …)."""
        return frozenset()

    def covers(self, other: "Clause") -> bool:
        """Is it certain that this holds whenever `other` does? False when nobody can say."""
        return self == other

    def excludes(self, other: "Clause") -> bool:
        """Is it certain that this and `other` never hold together? False when nobody can say."""
        return False

    def split(self) -> "Iterator[Clause]":
        """Narrower clauses, of which one at least holds whenever this does; none when it isn't made of such."""
        return iter(())

    def completes(self, other: "Clause") -> bool:
        """Is it certain that this or `other` always holds? False when nobody can say."""
        return False


class Condition(Clause):
    """One comparison."""

    __slots__ = ()
    subject: ClassVar[str]  # what it looks at, in words: "the channel"
    title: ClassVar[str] = ""  # where one is chosen from all; "" = its name
    splits: ClassVar[bool] = False  # its argument is a list, of which one entry that fits is enough
    about: ClassVar[About] = "what else is known"  # beside which others it stands there
    fields: ClassVar[Fields] = ()  # of its form; () = the argument is entered as in the council file

    @classmethod
    @abstractmethod
    def parse(cls, argument: object) -> Self:
        """Compile the argument as TOML gave it. Raises ConditionError."""

    def split(self) -> Iterator[Clause]:
        entries = self.expected() if self.splits else None
        if isinstance(entries, list) and len(entries) > 1:
            yield from (self.parse([each]) for each in entries)

    def check(self) -> None:
        """Raises ConditionError for what can be read but is of no use. Asked only where somebody keeps it: what is in
        force must load, whatever the machine."""

    @classmethod
    def as_entered(cls, argument: Any) -> Any:
        """The same argument as the form's fields have it."""
        return argument

    @abstractmethod
    def expected(self) -> Any:
        """What it wants, in JSON types."""

    @abstractmethod
    def actual(self, facts: Facts) -> Any:
        """What it finds, in JSON types."""

    @abstractmethod
    def matches(self, actual: Any) -> bool:
        """Is what `actual` found what it wants?"""

    def wants(self, names: Names) -> str:
        """What it asks for, as a clause of a rule in plain words: it comes by telephone."""
        return f"{self.subject} is {in_words(self.expected(), most=names.most)}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        """The comparison as a clause in plain words, from what `actual` gave: it came by mail, not by telephone."""
        found = f"{self.subject} is {in_words(actual)}"
        return found if matched else f"{found}, not {in_words(self.expected())}"

    def test(self, facts: Facts) -> bool | None:
        try:
            return self.matches(self.actual(facts))
        except Exception:  # noqa: BLE001 - whatever broke, the message must still find its queue
            return None

    def explain(self, facts: Facts, names: Names = NOBODYS) -> Comparison:
        actual, held = None, None
        try:
            actual = self.actual(facts)
            held = self.matches(actual)
            why = self.why(actual, held, names)
        except Exception as error:  # noqa: BLE001 - as in test; `held` stands as far as it got there
            # The error's kind alone, since its text could quote the citizen.
            why = f"the condition could not be tested ({type(error).__name__})"
        return Comparison(
            condition=self.name,
            expected=self.expected(),
            actual=actual,
            matched=held is True,
            why=why,
            broke=held is None,
        )


def in_words(found: Any, last: str = "or", most: int | None = SHOWN) -> str:
    """A JSON value for people: “a”, “b” or “c”; unknown; yes, no. Of long lists the first few."""
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, list) and found:
        shown = [in_words(each) for each in found[:most]]
        return listed(shown if len(shown) == len(found) else [*shown, f"{len(found) - len(shown)} more"], last)
    return "unknown" if found in (None, "", []) else f"“{found}”" if isinstance(found, str) else str(found)


def listed(clauses: Sequence[str], last: str) -> str:
    """a, b and c"""
    return f"{', '.join(clauses[:-1])} {last} {clauses[-1]}" if len(clauses) > 1 else clauses[0]


def counted(count: int, thing: str) -> str:
    """no case, 1 case, 2 cases"""
    return f"{count or 'no'} {thing}{'s' if count > 1 else ''}"
