"""Which cases a batch of messages may join: loaded and locked by a few statements, however large it is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from hub.actions.intake._follow_ups import follow_ups
from hub.actions.intake._threading import CONSENT, KEYWORD, Contact, OpenCase, Threads
from hub.actions.intake.arrivals import Arrival
from hub.db.dialects import dialect_of
from hub.db.types import as_moment
from hub.models import CaseStatus, Priority

_OPEN = "status NOT IN ('resolved', 'closed')"
_MOST_MERGES = 10  # of a case that was merged into one that was merged …
_STATUSES = {status.value: status for status in CaseStatus}
_PRIORITIES = {priority.value: priority for priority in Priority}


def find_threads(session: Session, arrivals: Sequence[Arrival], contacts: Sequence[Contact], now: datetime) -> Threads:
    """Loads and locks, in the order of their ids, every case that one of these arrivals may join."""
    by_message_id, bodies, copies = _by_message_id(session, arrivals)
    seen: dict[int, OpenCase] = {}
    latest = _latest_cases(session, arrivals, contacts, now, seen)
    wanted = {*by_message_id.values(), *(case_id for case_ids in latest.values() for case_id in case_ids)}
    for arrival in arrivals:
        wanted.update(arrival.quoted_cases)
        if arrival.token_case is not None:
            wanted.add(arrival.token_case)
    into = _joined_to(session, {case_id for arrival in arrivals for case_id in _named(arrival)})
    meant = {*by_message_id.values(), *into.values(), *(each for arrival in arrivals for each in _named(arrival))}
    following = follow_ups(session, meant)
    cases = _locked_cases(session, sorted({*wanted, *into.values(), *following.values()}), seen)
    named = {*by_message_id.values(), *into.values(), *(a.token_case for a in arrivals if a.token_case in cases)}
    written_to = _written_to(session, arrivals, sorted(named))
    return Threads(cases, by_message_id, bodies, latest, written_to, copies, into, following)


def _named(arrival: Arrival) -> tuple[int, ...]:
    """The cases that a message names itself, by its address or in its words."""
    return (*arrival.quoted_cases, *((arrival.token_case,) if arrival.token_case is not None else ()))


def _joined_to(session: Session, case_ids: set[int]) -> dict[int, int]:
    """Of those that were merged: the case that goes on, however often it was merged itself."""
    found: dict[int, int] = {}
    looked, steps = set(case_ids), 0
    while looked and steps < _MOST_MERGES:
        sql = "SELECT case_id, into_id FROM merges WHERE case_id IN MANY(:ids) AND undone_at IS NULL"
        step = {row.case_id: row.into_id for row in dialect_of(session).run(session, sql, ids=sorted(looked))}
        found = {case_id: step.get(goal, goal) for case_id, goal in found.items()} | {
            case_id: goal for case_id, goal in step.items() if case_id in case_ids
        }
        looked, steps = set(step.values()), steps + 1
    return found


def _by_message_id(
    session: Session, arrivals: Sequence[Arrival]
) -> tuple[dict[str, int], dict[str, set[str]], dict[tuple[str, str, str], int]]:
    """By Message-ID: the case of the first mail that bore it, and the external ids of all; and the cases by all that
    makes a mail the same."""
    wanted = sorted({message_id for arrival in arrivals for message_id in arrival.known_as})
    if not wanted:
        return {}, {}, {}
    sql = (
        "SELECT message_id, case_id, external_id, sender FROM messages "
        "WHERE message_id IN MANY(:ids) AND message_id <> '' ORDER BY id"
    )
    cases: dict[str, int] = {}
    bodies: dict[str, set[str]] = {}
    copies: dict[tuple[str, str, str], int] = {}
    for row in dialect_of(session).run(session, sql, ids=wanted):
        cases.setdefault(row.message_id, row.case_id)
        bodies.setdefault(row.message_id, set()).add(row.external_id)
        copies.setdefault((row.message_id, row.external_id, row.sender), row.case_id)
    return cases, bodies, copies


def _latest_cases(
    session: Session, arrivals: Sequence[Arrival], contacts: Sequence[Contact], now: datetime, seen: dict[int, OpenCase]
) -> dict[int, list[int]]:
    """By contact, for those known before: the open case that was spoken about last and, unless that one goes on,
    the one that ended last. Counts their open cases on the way, and adds the cases to `seen`."""
    known = {contact.id: contact for contact in contacts if not contact.is_new}
    if not known:
        return {}
    latest: dict[int, list[int]] = {}
    lively: dict[int, timedelta] = {}  # how long ago the open case was spoken about
    for case, count in _latest_by_contact(session, _OPEN, sorted(known)):
        known[case.contact_id].open_cases = count
        latest[case.contact_id] = [case.id]
        lively[case.contact_id] = now - case.touched_at
        seen[case.id] = case
    windows = {c.id: timedelta(days=a.inbox.continuity_days) for a, c in zip(arrivals, contacts, strict=True)}
    ended = {c for c, window in windows.items() if window and c in known and lively.get(c, timedelta.max) > window}
    if ended:
        ended_cases = f"status IN ('resolved', 'closed') AND outcome NOT IN ('{CONSENT}', '{KEYWORD}')"
        for case, _ in _latest_by_contact(session, ended_cases, sorted(ended)):
            latest.setdefault(case.contact_id, []).append(case.id)
            seen[case.id] = case
    return latest


_NAMES = "id, reference, contact_id, status, priority, seq, touched_at, queue_id"
_COLUMNS = "id, reference, contact_id, status, priority, seq, coalesce(resolved_at, updated_at) AS touched_at, queue_id"


def _latest_by_contact(session: Session, condition: str, contact_ids: list[int]) -> list[tuple[OpenCase, int]]:
    """Of each contact the case touched last among those of the condition, and how many there are. Chosen here: nearly
    all have one, and to rank them costs a database four times the look."""
    sql = f"SELECT {_COLUMNS} FROM cases WHERE contact_id IN MANY(:ids) AND {condition}"  # noqa: S608  # our own words
    latest: dict[int, Sequence[Any]] = {}
    counts: Counter[int] = Counter()
    for row in dialect_of(session).fetch_at_once(session, _NAMES, sql, ids=contact_ids):
        contact_id = row[2]
        counts[contact_id] += 1
        if contact_id not in latest or (latest[contact_id][6], latest[contact_id][0]) < (row[6], row[0]):
            latest[contact_id] = row
    return [(_loaded(row), counts[contact_id]) for contact_id, row in latest.items()]


def _locked_cases(session: Session, ids: list[int], seen: Mapping[int, OpenCase]) -> dict[int, OpenCase]:
    """`seen` holds what was read of some; where nobody else writes meanwhile it needn't be read again."""
    dialect = dialect_of(session)
    if not dialect.row_lock and all(case_id in seen for case_id in ids):
        return {case_id: seen[case_id] for case_id in ids}
    sql = f"SELECT {_COLUMNS} FROM cases WHERE id IN MANY(:ids) ORDER BY id {dialect.row_lock}"  # noqa: S608  # as above
    return {row[0]: _loaded(row) for row in dialect.fetch(session, sql, ids=ids)} if ids else {}


def _loaded(row: Sequence[Any]) -> OpenCase:
    status, priority = _STATUSES[row[3]], _PRIORITIES[row[4]]
    return OpenCase(
        id=row[0],
        reference=row[1],
        contact_id=row[2],
        status=status,
        priority=priority,
        seq=row[5],
        touched_at=as_moment(row[6]),
        queue_id=row[7],
        stood=(status, priority),
    )


def _written_to(session: Session, arrivals: Sequence[Arrival], case_ids: list[int]) -> set[tuple[int, str]]:
    """Whom agents have written to in these cases, or added: they belong to it like the contact does."""
    uris = sorted({arrival.uri for arrival in arrivals if arrival.uri})
    if not case_ids or not uris:
        return set()
    sql = (
        "SELECT DISTINCT case_id, recipient FROM messages WHERE case_id IN MANY(:cases) AND recipient IN MANY(:uris) "
        "AND direction = 'out' AND author_id IS NOT NULL "
        "UNION SELECT case_id, uri FROM participants WHERE case_id IN MANY(:cases) AND uri IN MANY(:uris)"
    )
    rows = dialect_of(session).run(session, sql, cases=case_ids, uris=uris)
    return {(row.case_id, row.recipient) for row in rows}
