"""How good a classifier is, from judgements on messages that it had not seen, and where it may be followed alone."""

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

_SURE = 2.0  # standard deviations: 39 times in 40 it comes out better
_FAIRLY_SURE = 0.84  # 4 times in 5
_NEXT = 1 / 4  # as many messages, beside those that were judged, are foreseen: fewer, and luck decides what they show
_SHRINK = 10  # a topic's own record counts beside so many judgements of the average topic
_SHOWN = 12  # confusions that are told


class Judged(NamedTuple):
    """One held-out message: what people said it is about, and what the classifier took it for."""

    truth: str
    said: str
    confidence: float

    @property
    def is_right(self) -> bool:
        return self.truth == self.said


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicMeasures:
    messages: int  # that people gave this topic
    precision: float  # of those it took for this topic, how many were
    recall: float  # of those that were, how many it found
    f1: float
    needed: float | None  # the confidence from which on it is followed; None: never
    alone: int  # messages that were taken for it with that confidence
    alone_right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """All on held-out messages."""

    messages: int
    accuracy: float
    macro_f1: float
    alone: float  # share of all messages that would be routed without a person
    alone_precision: float  # how many of those rightly; 1.0 when there is none
    topics: Mapping[str, TopicMeasures]
    confused: Sequence[tuple[str, str, int]]  # (truth, said, how often), the most frequent first
    remarks: Sequence[str] = ()  # what to know before believing the figures, in sentences

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def accuracy_of(self, other: Mapping[str, Any]) -> float:
        """What a version with those measures (`to_json`) would reach on these messages, each topic as often as here.

        A topic that it doesn't know it never gets right.
        """
        recalls = {topic: of_it["recall"] for topic, of_it in other.get("topics", {}).items()}
        right = sum(recalls.get(topic, 0.0) * of_it.messages for topic, of_it in self.topics.items())
        return _share(right, self.messages)


def measured(judged: Sequence[Judged], needed: Mapping[str, float]) -> Measures:
    topics = {topic: _of_topic(topic, judged, needed.get(topic)) for topic in sorted({each.truth for each in judged})}
    alone = sum(each.alone for each in topics.values())
    wrong = Counter((each.truth, each.said) for each in judged if not each.is_right)
    return Measures(
        messages=len(judged),
        accuracy=_share(sum(each.is_right for each in judged), len(judged)),
        macro_f1=_share(sum(each.f1 for each in topics.values()), len(topics)),
        alone=_share(alone, len(judged)),
        alone_precision=_share(sum(each.alone_right for each in topics.values()), alone) if alone else 1.0,
        topics=topics,
        confused=[(truth, said, count) for (truth, said), count in wrong.most_common(_SHOWN)],
    )


def _of_topic(topic: str, judged: Sequence[Judged], needed: float | None) -> TopicMeasures:
    messages = sum(each.truth == topic for each in judged)
    said = [each for each in judged if each.said == topic]
    right = sum(each.is_right for each in said)
    alone = [each for each in said if needed is not None and each.confidence >= needed]
    return TopicMeasures(
        messages=messages,
        precision=_share(right, len(said)),
        recall=_share(right, messages),
        f1=_share(2 * right, len(said) + messages),
        needed=needed,
        alone=len(alone),
        alone_right=sum(each.is_right for each in alone),
    )


def trusted(judged: Sequence[Judged], precision: float) -> dict[str, float]:
    """For each topic the least confidence from which on it may be followed; topics that may never be are absent.

    From where all topics together were right so often that the next messages will be, too; of those the topics whose
    own judgements there agree: by what is true of them 4 times in 5, not by what they happen to show.
    """
    usual = _first(_running(judged), lambda record: _foreseen(record.right, record.of) >= precision)
    if usual is None:
        return {}
    by_topic: dict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        by_topic[each.said].append(each)
    found = {topic: _among_others(_running(said), usual, precision) for topic, said in by_topic.items()}
    return {topic: least for topic, least in found.items() if least is not None}


def flawless_needed(precision: float) -> int:
    """How many judgements without a mistake let topics be followed."""
    return next(count for count in itertools.count(1) if _foreseen(count, count) >= precision)


def _among_others(records: Sequence["_Record"], usual: "_Record", precision: float) -> float | None:
    average = _share(usual.right, usual.of)
    above = [record for record in records if record.confidence >= usual.confidence]
    record = _first(above, lambda record: _at_least(record.right + _SHRINK * average, record.of + _SHRINK) >= precision)
    if record is None:
        return None
    return usual.confidence if record is above[-1] else record.confidence


class _Record(NamedTuple):
    """Of the judgements with this confidence or more: how many were right, and how many there are."""

    confidence: float
    right: int
    of: int


def _running(judged: Sequence[Judged]) -> list[_Record]:
    """One for each confidence, the highest first."""
    records: list[_Record] = []
    right = 0
    for count, each in enumerate(sorted(judged, key=lambda each: -each.confidence), 1):
        right += each.is_right
        record = _Record(each.confidence, right, count)
        if records and records[-1].confidence == each.confidence:
            records.pop()
        records.append(record)
    return records


def _first(records: Sequence[_Record], is_enough: Callable[[_Record], bool]) -> _Record | None:
    """The one with the least confidence."""
    return next((record for record in reversed(records) if is_enough(record)), None)


def _foreseen(right: int, count: int) -> float:
    """The share of the next messages that will be right, or more: these are few, and what was seen is a sample, too.

    The posterior predictive distribution under Jeffreys' prior, as a normal one.
    """
    share, coming = (right + 0.5) / (count + 1), count * _NEXT
    return share - _SURE * math.sqrt(share * (1 - share) / coming * (count + 1 + coming) / (count + 2))


def _at_least(right: float, count: float) -> float:
    """Wilson's lower bound of the share that is right."""
    share, square = right / count, _FAIRLY_SURE**2
    centre = share + square / (2 * count)
    spread = _FAIRLY_SURE * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    return (centre - spread) / (1 + square / count)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
