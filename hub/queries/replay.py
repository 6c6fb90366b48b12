"""Past cases as the router saw them, and what other rules would have done with them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlmodel import Session

from hub.db.dialects import dialect_of
from routing.facts import Facts
from routing.replay import Past, Tally
from routing.rules import RuleSet

_CHUNK = 2000  # cases read at once

# a restricted case counts, and is nobody's example
_CASES = (
    "SELECT c.id, CASE WHEN EXISTS (SELECT 1 FROM restrictions r WHERE r.case_id = c.id) THEN '' ELSE c.reference END "
    "AS reference, c.rule, c.facts, i.channel, i.name, q.slug AS fallback, e.detail FROM cases c "
    "JOIN inboxes i ON i.id = c.inbox_id JOIN queues q ON q.id = i.queue_id "
    "LEFT JOIN case_events e ON e.case_id = c.id AND e.seq = 1 "
    "WHERE c.id > :after AND c.id <= :upto ORDER BY c.id LIMIT :count"
)
_MESSAGES = "SELECT id, text, subject, sender, recipient FROM messages WHERE id IN MANY(:ids)"


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
    for rows in _chunks(session, after, upto):
        said = _messages(session, rows)
        for row in rows:
            past = _past(row, said, zone)
            if past is None:
                tally.unreadable += 1
            else:
                tally.add(past, rule_set)
    return tally


def _chunks(session: Session, after: int, upto: int) -> Iterator[Sequence[Any]]:
    while True:
        rows = dialect_of(session).run(session, _CASES, after=after, upto=upto, count=_CHUNK).fetchall()
        if rows:
            yield [_decoded(row) for row in rows]
            after = rows[-1].id
        if len(rows) < _CHUNK:
            return


def _decoded(row: Any) -> tuple[str, str | None, dict[str, Any], str, str, str, dict[str, Any]]:
    return row.reference, row.rule, _json(row.facts), row.channel, row.name, row.fallback, _json(row.detail)


def _json(stored: Any) -> dict[str, Any]:
    """SQLite gives text, PostgreSQL has read it already."""
    if stored is None:
        return {}
    read: dict[str, Any] = orjson.loads(stored) if isinstance(stored, str | bytes) else stored
    return read


def _messages(session: Session, rows: Sequence[Any]) -> Mapping[int, Any]:
    ids = [row[2]["message"] for row in rows if "message" in row[2]]
    return {row.id: row for row in dialect_of(session).run(session, _MESSAGES, ids=ids)}


def _past(row: Any, said: Mapping[int, Any], zone: ZoneInfo) -> Past | None:
    reference, rule, stored, channel, inbox, fallback, opened = row
    message = said.get(stored.get("message", 0))
    if message is None or "at" not in stored:
        return None
    facts = Facts.trusted(
        {
            "channel": channel,
            "inbox": inbox,
            "text": message.text,
            "subject": message.subject,
            "from": message.sender.partition(":")[2],
            "to": message.recipient,
            "verification": "delivered",
            **{name: value for name, value in stored.items() if name != "message"},
        },
        zone,
    )
    queue = str(opened.get("queue", fallback))
    return Past(reference, facts, queue, queue if rule is None else fallback)
