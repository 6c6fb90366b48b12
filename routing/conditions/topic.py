"""topic: what a classifier takes the message to be about. There is no classifier yet, so it always misses."""

from typing import Any

from routing.facts import Facts
from routing.listed import OneOf


class TopicIs(OneOf):
    __slots__ = ()
    name = "topic"
    subject = "the topic"

    @staticmethod
    def fact(facts: Facts) -> str:
        return ""

    def anchors(self) -> frozenset[str] | None:
        return frozenset()  # no word makes it hold

    def why(self, actual: Any, matched: bool) -> str:
        return "no classifier"


condition = TopicIs
