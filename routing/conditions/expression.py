"""expression: what the other conditions can't say, in the Common Expression Language."""

from dataclasses import dataclass, field
from typing import Any, Self

from routing.condition import Condition, ConditionError, Names, in_words
from routing.expressions import Expression, compile_expression, tried
from routing.facts import Facts
from routing.fields import Field

_WORDS = ("text", "subject")  # too long for a sentence


@dataclass(frozen=True, slots=True)
class ExpressionHolds(Condition):
    name = "expression"
    subject = "the expression"
    title = "An expression (CEL)"
    fields = (Field(kind="text", label="It holds", hint="Such as open_cases > 2 && hour < 8."),)

    written: str
    compiled: Expression = field(repr=False, compare=False)

    @classmethod
    def parse(cls, argument: object) -> Self:
        if not isinstance(argument, str):
            raise ConditionError("must be a string with an expression, such as 'open_cases > 2'")
        compiled = compile_expression(argument)
        return cls(compiled.written, compiled)

    def check(self) -> None:
        tried(self.compiled)

    def asks(self) -> frozenset[str]:
        return self.compiled.asks

    def refers(self) -> frozenset[tuple[str, str]]:
        wards = {("ward", each.casefold()) for each in self.compiled.compared("wards")}
        inboxes = {("inbox", each.casefold()) for each in self.compiled.compared("inbox")}
        return frozenset({("channel", each) for each in self.compiled.compared("channel")} | wards | inboxes)

    def waits_for(self) -> frozenset[tuple[str, str]]:
        topics = {("topic", each.casefold()) for each in self.compiled.compared("topic", "supposed")}
        tags = {("tag", each) for each in self.compiled.compared("tags")}
        return frozenset({("menu", each) for each in self.compiled.compared("menu")} | tags | topics)

    def expected(self) -> Any:
        return self.written

    def actual(self, facts: Facts) -> Any:
        """The values that it looked at, long texts shortened, and what came out."""
        values = self.compiled.values(facts)
        return {
            "result": self.compiled.holds(values),
            "values": {name: _short(value) for name, value in values.items()},
        }

    def matches(self, actual: Any) -> bool:
        return actual["result"] is True

    def test(self, facts: Facts) -> bool | None:
        try:
            return self.compiled.holds(self.compiled.values(facts))
        except Exception:  # noqa: BLE001 - as Condition.test
            return None

    def wants(self, names: Names) -> str:
        return f"the expression “{self.written}” holds"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        held = f"the expression “{self.written}” {'holds' if matched else 'does not hold'}"
        seen = [f"{name} is {_shown(value)}" for name, value in actual["values"].items() if name not in _WORDS]
        return f"{held}: {' and '.join(seen)}" if seen else held


def _shown(value: Any) -> str:
    return "empty" if value in ("", [], {}) else in_words(value, "and")


def _short(value: Any) -> Any:
    return f"{value[:60]}…" if isinstance(value, str) and len(value) > 60 else value


condition = ExpressionHolds
