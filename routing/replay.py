"""Replay: what a rule set would have done with past messages. Pure: facts and what was decided go in, counts come out;
counts of parts add up to those of the whole."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from routing.engine import decide
from routing.facts import Facts
from routing.rules import DANGER, RuleSet

_EXAMPLES = 5  # of cases, for each way that cases would move
HOURS = 24

Move = tuple[str, str]  # from queue, to queue


@dataclass(frozen=True, slots=True)
class Past:
    """A case as it was decided. `queue` is the one where it was put at first, `fallback` its inbox's own."""

    reference: str  # "" = it is to be no example
    facts: Facts
    queue: str
    fallback: str


@dataclass(slots=True)
class Tally:
    """What came of a number of past cases. Hours are local, 0 to 23."""

    cases: int = 0
    unreadable: int = 0  # cases whose facts weren't kept, or whose message is gone
    alarms: int = 0
    moved: Counter[Move] = field(default_factory=Counter)
    examples: dict[Move, list[str]] = field(default_factory=dict)  # references
    before: Counter[tuple[str, int]] = field(default_factory=Counter)  # (queue, hour) → cases
    after: Counter[tuple[str, int]] = field(default_factory=Counter)
    matched: Counter[str] = field(default_factory=Counter)  # by rule
    fallbacks: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def add(self, past: Past, rule_set: RuleSet) -> None:
        outcome = decide(past.facts, rule_set, past.fallback)
        at = past.facts.at
        self.cases += 1
        self.alarms += bool(outcome.more.dangers)
        self.fallbacks += outcome.rule is None
        for rule in outcome.matched:
            self.matched[rule] += 1
        self.before[past.queue, at.hour] += 1
        self.after[outcome.queue, at.hour] += 1
        if self.first is None or at < self.first:
            self.first = at
        if self.last is None or at > self.last:
            self.last = at
        if outcome.queue != past.queue:
            move = (past.queue, outcome.queue)
            self.moved[move] += 1
            examples = self.examples.setdefault(move, [])
            if past.reference and len(examples) < _EXAMPLES:
                examples.append(past.reference)

    def join(self, other: "Tally") -> None:
        """Adds another part of the same whole."""
        self.cases += other.cases
        self.unreadable += other.unreadable
        self.alarms += other.alarms
        self.fallbacks += other.fallbacks
        for name in ("moved", "before", "after", "matched"):
            getattr(self, name).update(getattr(other, name))
        for move, references in other.examples.items():
            self.examples[move] = [*self.examples.get(move, ()), *references][:_EXAMPLES]
        firsts = [each for each in (self.first, other.first) if each]
        lasts = [each for each in (self.last, other.last) if each]
        self.first, self.last = min(firsts, default=None), max(lasts, default=None)


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """How a rule fared: how often its turn came, and how often it matched then."""

    rule: str
    group: str
    reached: int
    matched: int

    @property
    def never(self) -> bool:
        return self.matched == 0

    @property
    def always(self) -> bool:
        """Every time: in a group that ends with its first match nothing after it ever gets a turn."""
        return 0 < self.matched == self.reached


@dataclass(frozen=True, slots=True)
class QueueRecord:
    """A queue's cases before and after, and what that means in hours of work a week."""

    queue: str
    before: tuple[int, ...]  # by hour of the day
    after: tuple[int, ...]
    staff_hours: float  # a week, more or (negative) less
    people_before: float  # at work in its busiest hour of an average day
    people_after: float

    @property
    def total_before(self) -> int:
        return sum(self.before)

    @property
    def total_after(self) -> int:
        return sum(self.after)

    @property
    def busiest_hour(self) -> int:
        """Of the day, by the cases after; 0 to 23."""
        return self.after.index(max(self.after))

    @property
    def changes(self) -> bool:
        return self.before != self.after


def rule_records(tally: Tally, rule_set: RuleSet) -> tuple[RuleRecord, ...]:
    """In the order of the rules."""
    gone: Counter[str] = Counter()  # by group: cases that an earlier rule of it has taken
    found = []
    for rule in rule_set.rules:
        matched, group = tally.matched[rule.name], rule.group.name
        alarmed = 0 if group == DANGER else tally.alarms
        found.append(RuleRecord(rule.name, group, tally.cases - alarmed - gone[group], matched))
        if rule.group.mode == "first":
            gone[group] += matched
    return tuple(found)


def queue_records(tally: Tally, minutes: float) -> tuple[QueueRecord, ...]:
    """Those with a case before or after, the fullest first. `minutes` is the work that one case takes."""
    weeks, days = _weeks(tally), _days(tally)
    queues = {queue for queue, _ in (*tally.before, *tally.after)}
    found = []
    for queue in queues:
        before = tuple(tally.before[queue, hour] for hour in range(HOURS))
        after = tuple(tally.after[queue, hour] for hour in range(HOURS))
        more = (sum(after) - sum(before)) * minutes / 60 / weeks
        people = [round(max(hours) * minutes / 60 / days, 1) for hours in (before, after)]
        found.append(QueueRecord(queue, before, after, round(more, 1), *people))
    return tuple(sorted(found, key=lambda each: (-each.total_after, each.queue)))


def _days(tally: Tally) -> int:
    """Of the calendar, the first and the last included."""
    return (tally.last.date() - tally.first.date()).days + 1 if tally.first and tally.last else 1


def _weeks(tally: Tally) -> float:
    if tally.first is None or tally.last is None:
        return 1.0
    return max((tally.last - tally.first).total_seconds() / (7 * 86_400), 1 / 7)


def tallied(pasts: Iterable[Past], rule_set: RuleSet) -> Tally:
    tally = Tally()
    for past in pasts:
        tally.add(past, rule_set)
    return tally
