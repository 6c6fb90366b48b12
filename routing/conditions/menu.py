"""menu: a tag that the caller chose in a phone menu."""

from dataclasses import dataclass
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, Names
from routing.facts import Facts
from routing.fields import Field
from routing.tokens import menu_token


@dataclass(frozen=True, slots=True)
class MenuChoice(Condition):
    name = "menu"
    subject = "the menu choice"
    title = "What the caller chose in the menu"
    about = "how and when it comes"
    splits = True
    fields = (Field(kind="some", label="The caller chose", of="menu"),)

    tags: frozenset[str]

    @classmethod
    def parse(cls, argument: object) -> Self:
        return cls(frozenset(arguments.words(argument)))

    def waits_for(self) -> frozenset[tuple[str, str]]:
        return frozenset(("menu", each) for each in self.tags)

    def covers(self, other: Clause) -> bool:
        return isinstance(other, MenuChoice) and other.tags <= self.tags

    def anchors(self) -> frozenset[str] | None:
        return frozenset(map(menu_token, self.tags))

    def expected(self) -> Any:
        return sorted(self.tags)

    def actual(self, facts: Facts) -> Any:
        return list(facts.menu)

    def matches(self, actual: Any) -> bool:
        return not self.tags.isdisjoint(actual)

    def wants(self, names: Names) -> str:
        return f"the caller chooses {names.any_of(self.expected(), 'menu')} in the menu"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        if matched:
            return f"the caller chose {names.any_of(sorted(self.tags & set(actual)), 'menu', 'and')} in the menu"
        if not actual:
            return "nothing was chosen in a phone menu"
        chose, wanted = names.any_of(actual, "menu", "and"), names.any_of(self.expected(), "menu")
        return f"the caller chose {chose}, not {wanted}"


condition = MenuChoice
