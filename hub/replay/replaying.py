"""Runs a replay: over all past cases, in several processes where there are many, beside the hub's own work."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from multiprocessing import get_context
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from hub.db.engine import reader_engine
from hub.models import Council
from hub.queries.replay import case_span, replay_span
from hub.replay.apart import Past, prepare, replay_part
from routing.replay import QueueRecord, RuleRecord, Tally, queue_records, rule_records
from routing.rules import RuleSet

MINUTES_A_CASE = 10.0
ALONE = 4000  # cases that one process does sooner than two have started
SPANS: Mapping[str, str] = {
    "": "all of it",
    "30": "the last 30 days",
    "91": "the last three months",
    "365": "the last year",
}
_PARTS = 64  # at least, for those who wait to see how far it is
_FIRST = 1000  # of the whole is the first part: small, so that something is seen at once
_MOST_PROCESSES = 4
_WORDS = {
    "flags": "the citizen’s flags",
    "flag": "whether the citizen is flagged “{}”",
    "days_since": "when the citizen was last in touch",
    "topic": "the topic",
    "hours": "whether the queue {} was open",
    "language": "whether they are written in the language {}",
    "tags": "tags",
    "wards": "wards",
}

Table = Mapping[str, Any]
Progress = Callable[[int, int], None]  # (cases done, cases in all)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What the rules would have done."""

    tally: Tally
    rules: tuple[RuleRecord, ...]
    queues: tuple[QueueRecord, ...]
    since: datetime | None
    minutes: float  # of work that a case takes
    asks: tuple[str, ...]  # facts that are kept only since a rule asks about them: older cases miss there

    @property
    def asks_in_words(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_in_words(asked) for asked in self.asks))

    def to_json(self) -> dict[str, Any]:
        """JSON types only."""
        tally = self.tally
        return {
            "cases": tally.cases,
            "unchanged": tally.cases - tally.moved.total(),
            "moved": [
                {"from": before, "to": after, "count": count, "examples": tally.examples[before, after]}
                for (before, after), count in tally.moved.most_common()
            ],
            "queues": [
                {
                    "queue": each.queue,
                    "before": each.total_before,
                    "after": each.total_after,
                    "by_hour": {"before": list(each.before), "after": list(each.after)},
                    "staff_hours_a_week": each.staff_hours,
                    "people_at_busiest_hour": {"before": each.people_before, "after": each.people_after},
                }
                for each in self.queues
            ],
            "rules": [
                {"rule": each.rule, "group": each.group, "reached": each.reached, "matched": each.matched}
                for each in self.rules
            ],
            "never": [each.rule for each in self.rules if each.never],
            "always": [each.rule for each in self.rules if each.always],
            "fallback": tally.fallbacks,
            "alarms": tally.alarms,
            "unreadable": tally.unreadable,
            "since": self.since.isoformat() if self.since else None,
            "from": tally.first.isoformat() if tally.first else None,
            "to": tally.last.isoformat() if tally.last else None,
            "minutes_a_case": self.minutes,
            "asks": list(self.asks),
            "asks_in_words": list(self.asks_in_words),
        }


def replay(
    url: str,
    rules: Sequence[Table],
    beside: Mapping[str, Sequence[Table]],
    since: datetime | None = None,
    minutes: float = MINUTES_A_CASE,
    progress: Progress = lambda done, total: None,
    alone: int = ALONE,
) -> Replayed:
    """`url` of the database; up to `alone` cases take one process. What `progress` raises ends it. Raises RuleErrors
    for rules that can't be read."""
    rule_set = RuleSet.parse(list(rules), None, beside=beside)
    engine = reader_engine(url)
    try:
        with Session(engine) as session:
            zone, languages = _zone_and_languages(session)
            low, high, count = case_span(session, since)
            progress(0, count)
            tally = replay_span(session, rule_set, zone, low, high) if count <= alone else None
    finally:
        engine.dispose()
    if tally is None:
        tally = _in_parts(Past(url, rules, beside, zone), part_edges(low, high), count, progress)
    progress(count, count)
    return Replayed(
        tally=tally,
        rules=rule_records(tally, rule_set),
        queues=queue_records(tally, minutes),
        since=since,
        minutes=minutes,
        asks=_lacking(rule_set, languages),
    )


def _lacking(rule_set: RuleSet, languages: list[str]) -> tuple[str, ...]:
    """What the intake looks up only since a rule asks about it."""
    always = {"tags", "wards", *(f"language:{tag}" for tag in languages), *(f"flag:{flag}" for flag in rule_set.flags)}
    return tuple(sorted(rule_set.asks - always))


def _in_words(asked: str) -> str:
    """A key of routing.condition.Clause.asks for people."""
    kind, _, named = asked.partition(":")
    return _WORDS[kind].format(named)


def part_edges(low: int, high: int) -> list[int]:
    """Of the ids that the parts hold: the first part is small, and each next one twice as large until it is enough."""
    edges, size = [low], max(1, (high - low) // _FIRST)
    while edges[-1] < high:
        edges.append(min(edges[-1] + size, high))
        size = min(2 * size, max(1, (high - low) // _PARTS))
    return edges


def _in_parts(past: Past, edges: Sequence[int], count: int, progress: Progress) -> Tally:
    whole = Tally()
    processes = max(1, min(os.cpu_count() or 1, _MOST_PROCESSES))
    with ProcessPoolExecutor(processes, get_context("spawn"), prepare, (past,)) as pool:
        parts = [pool.submit(replay_part, after, upto) for after, upto in pairwise(edges)]
        try:
            for part in parts:  # in order, so that the examples are the same each time
                whole.join(part.result())
                progress(min(whole.cases + whole.unreadable, count), count)
        except BaseException:
            pool.shutdown(cancel_futures=True)  # nobody waits for the rest
            raise
    return whole


def _zone_and_languages(session: Session) -> tuple[ZoneInfo, list[str]]:
    council = session.get(Council, 1) or Council(name="", timezone="UTC")
    return ZoneInfo(council.timezone), council.languages
