"""Which case does a message belong to? Set-based: a few statements answer for a whole batch.

In this order: the signed reply token; In-Reply-To and References, when the sender belongs to the case; for a chat
its session's case; a reference quoted in the text, with a matching sender; the contact's case within the inbox's
continuity window, across channels. Else it is a new case.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from hub.actions._arrivals import Arrival
from hub.db.dialects import dialect_of
from hub.db.types import as_moment
from hub.models import CaseStatus, Priority


@dataclass(slots=True)
class OpenCase:
    """What the intake must know of a case while it adds messages to it; `changed` cases are written back."""

    id: int
    reference: str
    contact_id: int
    status: CaseStatus
    priority: Priority
    seq: int
    touched_at: datetime  # its latest message, or its resolving
    tags: list[str] = field(default_factory=list)
    is_new: bool = False
    changed: bool = False
    reopened: bool = False
    raised: bool = False  # its priority, by what a reopening message said

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq


@dataclass(slots=True)
class Contact:
    """The sender of an arrival, as far as the intake knows."""

    id: int
    is_new: bool
    opted_out: bool = False
    open_cases: int = 0


@dataclass(frozen=True, slots=True)
class Thread:
    """`case` is None for a new one; `mentioned` is a case that was named but isn't joined, or is closed."""

    case: OpenCase | None
    mentioned: OpenCase | None = None
    follow_up: bool = False  # the mentioned case is the sender's own and closed
    other_sender: bool = False  # joined by token though somebody else wrote


@dataclass(slots=True)
class Threads:
    """What one batch may join; later messages of the batch see the cases that earlier ones opened."""

    cases: dict[int, OpenCase]
    by_message_id: dict[str, int]
    newest: dict[int, int]  # contact id → case id, the open one first
    written_to: set[tuple[int, str]]  # (case id, address URI): whom an agent has written to there

    def find(self, arrival: Arrival, contact: Contact, now: datetime) -> Thread:
        if arrival.token_case is not None and (case := self.cases.get(arrival.token_case)):
            stranger = not self._belongs(case, arrival, contact)
            if case.status is not CaseStatus.CLOSED:
                return Thread(case, other_sender=stranger)
            return Thread(None, mentioned=case, follow_up=not stranger)
        named = [*self._referenced(arrival)]
        if arrival.scheme == "chat" and (case := self._continued(arrival, contact, now)):
            return Thread(case)
        named += [case for case_id in arrival.quoted_cases if (case := self.cases.get(case_id))]
        own = next((case for case in named if self._belongs(case, arrival, contact)), None)
        if own is not None and own.status is not CaseStatus.CLOSED:
            return Thread(own)
        if own is None and (case := self._continued(arrival, contact, now)):
            return Thread(case, mentioned=named[0] if named else None)
        return Thread(None, mentioned=own or (named[0] if named else None), follow_up=own is not None)

    def add(self, case: OpenCase, message_id: str) -> None:
        self.cases[case.id] = case
        self.newest[case.contact_id] = case.id
        if message_id:
            self.by_message_id.setdefault(message_id, case.id)

    def _referenced(self, arrival: Arrival) -> Iterable[OpenCase]:
        for message_id in arrival.known_as:
            case = self.cases.get(self.by_message_id.get(message_id, 0))
            if case is not None:
                yield case

    def _belongs(self, case: OpenCase, arrival: Arrival, contact: Contact) -> bool:
        return case.contact_id == contact.id or (case.id, arrival.uri) in self.written_to

    def _continued(self, arrival: Arrival, contact: Contact, now: datetime) -> OpenCase | None:
        case = self.cases.get(self.newest.get(contact.id, 0))
        window = timedelta(days=arrival.inbox.continuity_days)
        if case is None or case.status is CaseStatus.CLOSED or now - case.touched_at > window or not window:
            return None
        return case


def find_threads(session: Session, arrivals: Sequence[Arrival], contacts: Sequence[Contact]) -> Threads:
    """Loads and locks, in the order of their ids, every case that one of these arrivals may join."""
    by_message_id = _by_message_id(session, arrivals)
    newest = _newest_cases(session, arrivals, contacts)
    wanted = {*by_message_id.values(), *newest.values()}
    for arrival in arrivals:
        wanted.update(arrival.quoted_cases)
        if arrival.token_case is not None:
            wanted.add(arrival.token_case)
    cases = _locked_cases(session, sorted(wanted))
    named = sorted({*by_message_id.values(), *(a.token_case for a in arrivals if a.token_case in cases)})
    return Threads(cases, by_message_id, newest, _written_to(session, arrivals, named))


def _by_message_id(session: Session, arrivals: Sequence[Arrival]) -> dict[str, int]:
    wanted = sorted({message_id for arrival in arrivals for message_id in arrival.known_as})
    if not wanted:
        return {}
    sql = (
        "SELECT message_id, case_id FROM messages WHERE message_id IN MANY(:ids) AND message_id <> '' ORDER BY id DESC"
    )
    return {row.message_id: row.case_id for row in dialect_of(session).run(session, sql, ids=wanted)}


def _newest_cases(session: Session, arrivals: Sequence[Arrival], contacts: Sequence[Contact]) -> dict[int, int]:
    """By contact, for those known before; counts their open cases on the way."""
    known = {contact.id: contact for contact in contacts if not contact.is_new}
    if not known:
        return {}
    dialect = dialect_of(session)
    newest: dict[int, int] = {}
    sql = (
        "SELECT contact_id, count(*) AS n, max(id) AS id FROM cases WHERE contact_id IN MANY(:ids) "
        "AND status NOT IN ('resolved', 'closed') GROUP BY contact_id"
    )
    for row in dialect.run(session, sql, ids=sorted(known)):
        known[row.contact_id].open_cases = row.n
        newest[row.contact_id] = row.id
    continued = {
        c.id for a, c in zip(arrivals, contacts, strict=True) if a.inbox.continuity_days
    } & known.keys() - newest.keys()
    if continued:
        sql = (
            "SELECT contact_id, max(id) AS id FROM cases WHERE contact_id IN MANY(:ids) "
            "AND status = 'resolved' GROUP BY contact_id"
        )
        newest |= {row.contact_id: row.id for row in dialect.run(session, sql, ids=sorted(continued))}
    return newest


def _locked_cases(session: Session, ids: list[int]) -> dict[int, OpenCase]:
    if not ids:
        return {}
    dialect = dialect_of(session)
    sql = (
        "SELECT id, reference, contact_id, status, priority, seq, coalesce(resolved_at, updated_at) AS touched_at "
        "FROM cases WHERE id IN MANY(:ids) ORDER BY id "
    )
    return {row.id: _open_case(row) for row in dialect.run(session, sql + dialect.row_lock, ids=ids)}


def _open_case(row: Any) -> OpenCase:
    return OpenCase(
        id=row.id,
        reference=row.reference,
        contact_id=row.contact_id,
        status=CaseStatus(row.status),
        priority=Priority(row.priority),
        seq=row.seq,
        touched_at=as_moment(row.touched_at),
    )


def _written_to(session: Session, arrivals: Sequence[Arrival], case_ids: list[int]) -> set[tuple[int, str]]:
    """Whom agents have written to in these cases: they belong to it like the contact does."""
    uris = sorted({arrival.uri for arrival in arrivals if arrival.uri})
    if not case_ids or not uris:
        return set()
    sql = (
        "SELECT DISTINCT case_id, recipient FROM messages WHERE case_id IN MANY(:cases) AND recipient IN MANY(:uris) "
        "AND direction = 'out' AND author_id IS NOT NULL"
    )
    rows = dialect_of(session).run(session, sql, cases=case_ids, uris=uris)
    return {(row.case_id, row.recipient) for row in rows}
