"""queue_open: whether one of these queues is open, or closed, by its hours and holidays."""

from dataclasses import dataclass
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, ConditionError, Names
from routing.facts import Facts
from routing.fields import Field


@dataclass(frozen=True, slots=True)
class QueueOpen(Condition):
    """{queue = "waste", is = false}, or the slugs of queues of which one is open."""

    name = "queue_open"
    subject = "the queue's hours"
    title = "Whether a queue is open"
    about = "how and when it comes"
    fields = (
        Field(kind="some", key="queue", label="Any of these queues", of="queue"),
        Field(kind="one", key="is", label="Is", choices=(("true", "Open"), ("false", "Closed"))),
    )

    queues: tuple[str, ...]
    wanted: bool

    @classmethod
    def parse(cls, argument: object) -> Self:
        if not isinstance(argument, dict):
            return cls(arguments.words(argument), True)
        for key in argument:
            if key not in ("queue", "is"):
                raise ConditionError("there is no such key; there are queue, is", f".{key}")
        if "queue" not in argument:
            raise ConditionError("is missing", ".queue")
        try:
            wanted = arguments.yes_or_no(argument.get("is", True))
        except ConditionError as error:
            raise ConditionError(str(error), ".is") from None
        return cls(arguments.words(argument["queue"]), wanted)

    def asks(self) -> frozenset[str]:
        return frozenset(f"hours:{queue}" for queue in self.queues)

    def refers(self) -> frozenset[tuple[str, str]]:
        return frozenset(("queue", queue) for queue in self.queues)

    def excludes(self, other: Clause) -> bool:
        same = isinstance(other, QueueOpen) and len(self.queues) == 1 and self.queues == other.queues
        return same and isinstance(other, QueueOpen) and self.wanted is not other.wanted

    def expected(self) -> Any:
        return {"queue": list(self.queues), "is": self.wanted}

    def actual(self, facts: Facts) -> Any:
        """By slug; a queue is missing whose calendar couldn't be read."""
        known = dict(facts.hours)
        return {queue: known[queue] for queue in self.queues if queue in known}

    def matches(self, actual: Any) -> bool:
        return self.wanted in actual.values()

    def wants(self, names: Names) -> str:
        return f"the queue {names.any_of(self.queues, 'queue')} is {_word(self.wanted)}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        settled = [queue for queue in self.queues if actual.get(queue) is self.wanted]
        if matched:
            return f"the queue {names.any_of(settled[:1], 'queue')} is {_word(self.wanted)}"
        unknown = [queue for queue in self.queues if queue not in actual]
        if unknown:
            return f"the hours of {names.any_of(unknown, 'queue', 'and')} are not known"
        several, verb = ("s", "are") if len(self.queues) > 1 else ("", "is")
        return f"the queue{several} {names.any_of(self.queues, 'queue', 'and')} {verb} {_word(not self.wanted)}"


def _word(is_open: bool) -> str:
    return "open" if is_open else "closed"


condition = QueueOpen
