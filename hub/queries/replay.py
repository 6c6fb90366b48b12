"""Past cases as the router saw them, and what other rules would have done with them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from orjson import loads
from sqlmodel import Session

from hub.db.dialects import dialect_of
from routing.facts import Facts
from routing.replay import Past, Tally
from routing.rules import RuleSet

_CHUNK = 2000  # cases read at once

# a restricted case counts, and is nobody's example; JSON comes as text from both databases
_CASES = (
    "SELECT c.id, CASE WHEN EXISTS (SELECT 1 FROM restrictions r WHERE r.case_id = c.id) THEN '' ELSE c.reference END, "
    "c.rule, CAST(c.facts AS TEXT), c.inbox_id, CAST(e.detail AS TEXT) FROM cases c "
    "LEFT JOIN case_events e ON e.case_id = c.id AND e.seq = 1 "
    "WHERE c.id > :after AND c.id <= :upto ORDER BY c.id LIMIT :count"
)
_MESSAGES = "SELECT id, text, subject, sender, recipient FROM messages WHERE id IN MANY(:ids)"
_INBOXES = "SELECT i.id, i.channel, i.name, q.slug FROM inboxes i JOIN queues q ON q.id = i.queue_id"


class _Case(NamedTuple):
    """A past case as it is stored; `facts` and `opened` as hub.actions keeps them."""

    reference: str
    rule: str | None
    facts: dict[str, Any]
    inbox_id: int
    opened: dict[str, Any]


class _Inbox(NamedTuple):
    channel: str
    name: str
    fallback: str  # the slug of its own queue


def case_span(session: Session, since: datetime | None) -> tuple[int, int, int]:
    """Ids before the first and of the last case opened since then, and how many there are."""
    sql = "SELECT coalesce(min(id), 1) - 1 AS low, coalesce(max(id), 0) AS high, count(*) AS n FROM cases"
    if since is None:
        row = dialect_of(session).run(session, sql).one()
    else:
        row = dialect_of(session).run(session, f"{sql} WHERE opened_at >= :since", since=since).one()
    return row.low, row.high, row.n


def replay_span(session: Session, rule_set: RuleSet, zone: ZoneInfo, after: int, upto: int) -> Tally:
    """The cases with ids in (after, upto]."""
    tally = Tally()
    inboxes = {row[0]: _Inbox(*row[1:]) for row in dialect_of(session).fetch(session, _INBOXES)}
    for cases in _chunks(session, after, upto):
        messages = _messages(session, cases)
        for case in cases:
            past = _past(case, inboxes[case.inbox_id], messages.get(case.facts.get("message", 0)), zone)
            if past is None:
                tally.unreadable += 1
            else:
                tally.add(past, rule_set)
    return tally


def _chunks(session: Session, after: int, upto: int) -> Iterator[Sequence[_Case]]:
    dialect = dialect_of(session)
    while True:
        rows = dialect.fetch(session, _CASES, after=after, upto=upto, count=_CHUNK)
        if rows:
            yield [
                _Case(reference, rule, loads(facts), inbox_id, loads(opened) if opened else {})
                for _, reference, rule, facts, inbox_id, opened in rows
            ]
            after = rows[-1][0]
        if len(rows) < _CHUNK:
            return


def _messages(session: Session, cases: Sequence[_Case]) -> Mapping[int, tuple[Any, ...]]:
    """By id: text, subject, sender and recipient."""
    ids = [case.facts["message"] for case in cases if "message" in case.facts]
    return {row[0]: row[1:] for row in dialect_of(session).fetch(session, _MESSAGES, ids=ids)}


def _past(case: _Case, inbox: _Inbox, message: tuple[Any, ...] | None, zone: ZoneInfo) -> Past | None:
    if message is None or "at" not in case.facts:
        return None
    text, subject, sender, recipient = message
    told = {
        "channel": inbox.channel,
        "inbox": inbox.name,
        "text": text,
        "subject": subject,
        "from": sender.partition(":")[2],
        "to": recipient,
        "verification": "delivered",
        **case.facts,
    }
    del told["message"]
    queue = str(case.opened.get("queue", inbox.fallback))
    return Past(case.reference, Facts.trusted(told, zone), queue, queue if case.rule is None else inbox.fallback)
