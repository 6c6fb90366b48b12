"""topic: what a classifier takes the message to be about: when it is sure, or as sure as the rule itself asks."""

from dataclasses import dataclass, field
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, ConditionError, Names
from routing.facts import Facts
from routing.fields import Field
from routing.tokens import topic_token


@dataclass(frozen=True, slots=True)
class TopicIs(Condition):
    """Topics that the classifier is sure of by its own measure; or {is = […], confidence = 0.8}: then that number alone
    counts, and what it only supposes matches too."""

    name = "topic"
    subject = "the topic"
    title = "The topic, as the hub has learned it"
    about = "what it says"
    splits = True
    fields = (
        Field(kind="some", key="is", label="It is about", of="topic"),
        Field(
            kind="percent",
            key="confidence",
            label="At least so many per cent sure",
            hint="Empty: as sure as it has been measured to need.",
        ),
    )

    listed: tuple[str, ...]
    least: float | None  # 0 to 1; None: whatever it is sure of
    folded: frozenset[str] = field(repr=False)

    @classmethod
    def parse(cls, argument: object) -> Self:
        least: object = None
        if isinstance(argument, dict):
            for key in argument:
                if key not in ("is", "confidence"):
                    raise ConditionError("there is no such key; there are is, confidence", f".{key}")
            if "is" not in argument:
                raise ConditionError("is missing", ".is")
            least, argument = argument.get("confidence"), argument["is"]
        if least is not None:
            if isinstance(least, bool) or not isinstance(least, int | float) or not 0 <= least <= 1:
                raise ConditionError("must be a number from 0 to 1", ".confidence")
            least = float(least)
        listed = arguments.words(argument)
        return cls(listed, least, frozenset(word.casefold() for word in listed))

    def asks(self) -> frozenset[str]:
        return frozenset({"topic"})

    def waits_for(self) -> frozenset[tuple[str, str]]:
        return frozenset(("topic", each) for each in self.folded)

    def anchors(self) -> frozenset[str] | None:
        return frozenset(map(topic_token, self.folded))

    def covers(self, other: Clause) -> bool:
        if not isinstance(other, TopicIs) or not other.folded <= self.folded:
            return False
        if self.least is None or other.least is None:
            return self.least == other.least or self.least == 0
        return self.least <= other.least

    def excludes(self, other: Clause) -> bool:
        """It is sure of one topic at most; the confidences of those that it supposes add up to 1, but for rounding."""
        if not isinstance(other, TopicIs) or not self.folded.isdisjoint(other.folded):
            return False
        return self.least is None or other.least is None or self.least + other.least > 1.001

    def expected(self) -> Any:
        return list(self.listed) if self.least is None else {"is": list(self.listed), "confidence": self.least}

    def actual(self, facts: Facts) -> Any:
        """What it is sure of; without that, and if the rule says how sure is enough, the likeliest of the rule's."""
        topic, confidence = facts.topic, facts.confidence
        if not topic and self.least is not None:
            supposed = (guess for guess in facts.supposed if guess[0].casefold() in self.folded)
            topic, confidence = next(supposed, (topic, confidence))
        return {"topic": topic, "confidence": round(confidence, 3), "by": facts.topic_by}

    def matches(self, actual: Any) -> bool:
        return actual["topic"].casefold() in self.folded and actual["confidence"] >= (self.least or 0.0)

    def wants(self, names: Names) -> str:
        sure = "" if self.least is None else f", at least {self.least:.0%} sure"
        return f"its topic is {names.any_of(self.listed, 'topic')}{sure}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        if not actual["topic"]:
            return str(actual["by"] or "nothing here learns topics")
        found = f"its topic is “{names.one(actual['topic'], 'topic')}” ({actual['confidence']:.0%} sure)"
        if matched:
            return found
        if actual["topic"].casefold() in self.folded:
            return f"{found}, less than {self.least:.0%}"
        return f"{found}, not {names.any_of(self.listed, 'topic')}"


condition = TopicIs
