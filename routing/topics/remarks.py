"""What to know before believing a classifier's figures: few messages, one topic that outweighs all, topics left out."""

import math
from collections.abc import Iterable, Mapping
from itertools import chain

from routing.condition import in_words
from routing.topics.measures import Measures, flawless_needed

_LOPSIDED = 0.7  # of all messages
_ROUGH = 0.02  # either way
_NAMED = 8  # topics in one sentence


def remarks(measures: Measures, left_out: Mapping[str, int], precision: float) -> tuple[str, ...]:
    """Sentences for whoever answers for it. `left_out`: topics with too few messages, and how many they have."""
    return tuple(chain(_rough(measures), _lopsided(measures), _single(left_out), _not_followed(measures, precision)))


def of_queues(topics: Iterable[str], queues: Iterable[str], unsorted: Iterable[str] = ()) -> tuple[str, ...]:
    """How topics and the council's queues (slugs) go together; messages are routed by topics that are queues. In those
    that are `unsorted` inboxes put what nobody has sorted: no case is learned to belong there."""
    known, there_are = set(topics), set(queues)
    told = []
    if strange := sorted(known - there_are):
        told.append(f"No queue has this name, so that only rules can use it: {_listed(strange)}.")
    if unseen := sorted(there_are - known - set(unsorted)):
        told.append(f"Never guessed, since no message to learn from is of this queue: {_listed(unseen)}.")
    return tuple(told)


def _rough(measures: Measures) -> Iterable[str]:
    share, count = measures.accuracy, measures.messages
    off = 1.96 * math.sqrt(max(share * (1 - share), 0.25 / count) / count)
    if off > _ROUGH:
        yield f"With {count} messages the share that is right is known to within {off:.0%}, no closer."


def _lopsided(measures: Measures) -> Iterable[str]:
    topic, count = max(((topic, each.messages) for topic, each in measures.topics.items()), key=lambda each: each[1])
    share = count / measures.messages
    if share >= _LOPSIDED:
        yield (
            f"{share:.0%} of the messages are of {in_words(topic)}: whoever always said so would be right as often. "
            "Look at the recall of the other topics."
        )


def _single(left_out: Mapping[str, int]) -> Iterable[str]:
    if left_out:
        yield f"Left out, since a single message is nothing to learn from: {_listed(sorted(left_out))}."


def _not_followed(measures: Measures, precision: float) -> Iterable[str]:
    enough = flawless_needed(precision)
    never = {topic: each.messages for topic, each in measures.topics.items() if each.needed is None}
    if len(never) == len(measures.topics):
        yield "Nothing is routed without a person as yet: every message goes to triage, with its likeliest queues."
    if few := sorted(topic for topic, count in never.items() if count < enough):
        yield f"Too few messages to be sure of (some {enough} that are all taken rightly would do): {_listed(few)}."
    if wrong := sorted(topic for topic, count in never.items() if count >= enough):
        yield f"Too often mistaken to be followed without a person: {_listed(wrong)}."


def _listed(topics: list[str]) -> str:
    more = f" and {len(topics) - _NAMED} more" if len(topics) > _NAMED else ""
    return ", ".join(topics[:_NAMED]) + more
