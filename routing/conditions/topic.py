"""topic: what a classifier takes the message to be about, when it is sure enough."""

from dataclasses import dataclass, field
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, ConditionError, in_words
from routing.facts import Facts


@dataclass(frozen=True, slots=True)
class TopicIs(Condition):
    """Topics, or {is = […], confidence = 0.8}: then the classifier must be at least so sure."""

    name = "topic"
    subject = "the topic"

    listed: tuple[str, ...]
    least: float  # 0 to 1
    folded: frozenset[str] = field(repr=False)

    @classmethod
    def parse(cls, argument: object) -> Self:
        least: object = 0.0
        if isinstance(argument, dict):
            for key in argument:
                if key not in ("is", "confidence"):
                    raise ConditionError("there is no such key; there are is, confidence", f".{key}")
            if "is" not in argument:
                raise ConditionError("is missing", ".is")
            least, argument = argument.get("confidence", 0.0), argument["is"]
        if isinstance(least, bool) or not isinstance(least, int | float) or not 0 <= least <= 1:
            raise ConditionError("must be a number from 0 to 1", ".confidence")
        listed = arguments.words(argument)
        return cls(listed, float(least), frozenset(word.casefold() for word in listed))

    def asks(self) -> frozenset[str]:
        return frozenset({"topic"})

    def covers(self, other: Clause) -> bool:
        return isinstance(other, TopicIs) and other.folded <= self.folded and self.least <= other.least

    def excludes(self, other: Clause) -> bool:
        return isinstance(other, TopicIs) and self.folded.isdisjoint(other.folded)

    def expected(self) -> Any:
        return {"is": list(self.listed), "confidence": self.least} if self.least else list(self.listed)

    def actual(self, facts: Facts) -> Any:
        return {"topic": facts.topic, "confidence": round(facts.confidence, 3), "by": facts.topic_by}

    def matches(self, actual: Any) -> bool:
        return actual["topic"].casefold() in self.folded and actual["confidence"] >= self.least

    def why(self, actual: Any, matched: bool) -> str:
        if not actual["topic"]:
            return str(actual["by"] or "no classifier")
        found = f'the topic is "{actual["topic"]}" ({actual["confidence"]:.0%} sure)'
        if matched:
            return found
        if actual["topic"].casefold() in self.folded:
            return f"{found}, less than {self.least:.0%}"
        return f"{found}, not {in_words(list(self.listed))}"


condition = TopicIs
