"""Which case does a message belong to? Set-based: a few statements answer for a whole batch.

In this order: the signed reply token; In-Reply-To and References, when the sender belongs to the case; for a chat
its session's case; a reference quoted in the text, with a matching sender; the contact's case within the inbox's
continuity window, across channels. Else it is a new case; one that comes too late for an ended case follows it, and
what comes later still joins that follow-up.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import Session

from channels.contract import InboundMessage, Verification
from hub.actions.intake._follow_ups import follow_ups
from hub.actions.intake.arrivals import Arrival
from hub.db.dialects import dialect_of
from hub.db.types import as_moment
from hub.models import CaseStatus, Priority

_OPEN = "status NOT IN ('resolved', 'closed')"
_MOST_MERGES = 10  # of a case that was merged into one that was merged …
CONSENT = "consent"  # the outcome of a case that is nothing but STOP or START: closed from its start, never continued
KEYWORD = "keyword"  # the same of a case that is nothing but a text which the hub has answered


_STATUSES = {status.value: status for status in CaseStatus}
_PRIORITIES = {priority.value: priority for priority in Priority}


@dataclass(slots=True)
class OpenCase:
    """What the intake must know of a case while it adds messages to it; changed cases are written back."""

    id: int
    reference: str
    contact_id: int
    status: CaseStatus
    priority: Priority
    seq: int
    touched_at: datetime  # its latest message, or its resolving
    queue_id: int = 0
    is_new: bool = False
    reopened: bool = False
    woken: bool = False  # the citizen was waited for, and wrote
    stood: tuple[CaseStatus, Priority] | None = None  # when it was loaded

    @property
    def has_moved(self) -> bool:
        """Do the columns change that lists are sorted by? Mostly not, and then their indexes needn't be touched."""
        return (self.status, self.priority) != self.stood

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq


@dataclass(slots=True)
class Contact:
    """The sender of an arrival, as far as the intake knows."""

    id: int
    is_new: bool
    opted_out: bool = False
    language: str = ""  # BCP 47; known only where it is needed for an answer
    open_cases: int = 0
    acknowledged: int | None = None  # cases of theirs in the last 24 hours; None: nobody has asked yet


class Thread(NamedTuple):
    """`case` is None for a new one; `mentioned` is a case that was named but isn't joined, or is closed."""

    case: OpenCase | None
    mentioned: OpenCase | None = None
    follow_up: bool = False  # the mentioned case is the sender's own and closed
    other_sender: bool = False  # joined by token though somebody else wrote
    apart: bool = False  # the mentioned case goes on, but these words speak of danger and get a case of their own


@dataclass(slots=True)
class Threads:
    """What one batch may join; later messages of the batch see the cases that earlier ones opened."""

    cases: dict[int, OpenCase]
    by_message_id: dict[str, int]
    bodies: dict[str, set[str]]  # Message-ID → external ids of the mails that bear it
    latest: dict[int, list[int]]  # contact id → case ids, the one to continue first
    written_to: set[tuple[int, str]]  # (case id, address URI): whom an agent has written to there, or added
    copies: dict[tuple[str, str, str], int] = field(default_factory=dict)  # Message-ID, external id, sender → case id
    into: Mapping[int, int] = field(default_factory=dict)  # which case a merged one was joined to
    follow_ups: dict[tuple[int, int], int] = field(default_factory=dict)  # (ended case, contact) → where it goes on

    def find(self, arrival: Arrival, contact: Contact, now: datetime) -> Thread:
        said = arrival.message
        if not (said.message_id or said.references or arrival.quoted_cases) and arrival.token_case is None:
            return self._following(arrival, contact, now)  # as nearly every text
        if arrival.token_case is not None and (case := self._goes_on_as(arrival.token_case)):
            stranger = not self._belongs(case, arrival, contact)
            if case.status is not CaseStatus.CLOSED:
                return Thread(case, other_sender=stranger)
            return Thread(None, mentioned=case) if stranger else self._followed(case, contact)
        if (case := self._copied(arrival)) and case.status is not CaseStatus.CLOSED:
            return Thread(case)
        named = [*self._referenced(arrival)]
        if arrival.scheme == "chat" and (case := self._continued(arrival, contact, now)):
            return Thread(case)
        named += [case for case_id in arrival.quoted_cases if (case := self._goes_on_as(case_id))]
        own = next((case for case in named if self._belongs(case, arrival, contact)), None)
        if own is not None:
            return Thread(own) if own.status is not CaseStatus.CLOSED else self._followed(own, contact)
        if case := self._continued(arrival, contact, now):
            return Thread(case, mentioned=named[0] if named else None)
        return Thread(None, mentioned=named[0]) if named else self._after_its_end(arrival, contact)

    def _following(self, arrival: Arrival, contact: Contact, now: datetime) -> Thread:
        """Of a message that names nothing."""
        if contact.id not in self.latest:
            return Thread(None)
        case = self._continued(arrival, contact, now)
        return Thread(case) if case is not None else self._after_its_end(arrival, contact)

    def _followed(self, ended: OpenCase, contact: Contact) -> Thread:
        """Of what the sender says in a case of their own that is closed."""
        case = self.cases.get(self.follow_ups.get((ended.id, contact.id), 0))
        return Thread(case) if case is not None else Thread(None, mentioned=ended, follow_up=True)

    def add(self, case: OpenCase, said: InboundMessage, thread: Thread) -> None:
        """What comes later in the batch may join this case, too."""
        self.cases[case.id] = case
        if thread.follow_up and thread.mentioned is not None:
            self.follow_ups[thread.mentioned.id, case.contact_id] = case.id
        if case.status is not CaseStatus.CLOSED:
            self.latest[case.contact_id] = [case.id, *self.latest.get(case.contact_id, ())]
        if said.message_id:
            self.by_message_id.setdefault(said.message_id, case.id)
            self.bodies.setdefault(said.message_id, set()).add(said.external_id)
            self.copies.setdefault((said.message_id, said.external_id, str(said.sender)), case.id)

    def is_copy(self, arrival: Arrival, case: OpenCase) -> bool:
        """Does the very same mail of the same sender stand in this case already, from another inbox?"""
        return self._copied(arrival) is case

    def has_other_body(self, said: InboundMessage) -> bool:
        """Did another mail with the same Message-ID come before? The same mail at two inboxes is no other."""
        known = self.bodies.get(said.message_id)
        return known is not None and said.external_id not in known

    def _copied(self, arrival: Arrival) -> OpenCase | None:
        said = arrival.message
        if not said.message_id:
            return None  # no mail
        return self._goes_on_as(self.copies.get((said.message_id, said.external_id, str(said.sender)), 0))

    def _goes_on_as(self, case_id: int) -> OpenCase | None:
        return self.cases.get(self.into.get(case_id, case_id))

    def _referenced(self, arrival: Arrival) -> Iterable[OpenCase]:
        for message_id in arrival.known_as:
            case = self.cases.get(self.by_message_id.get(message_id, 0))
            if case is not None:
                yield case

    def _belongs(self, case: OpenCase, arrival: Arrival, contact: Contact) -> bool:
        if arrival.message.verification is Verification.CLAIMED:
            return False
        return case.contact_id == contact.id or (case.id, arrival.uri) in self.written_to

    def _continued(self, arrival: Arrival, contact: Contact, now: datetime) -> OpenCase | None:
        if arrival.message.verification is Verification.CLAIMED:
            return None
        for case in self._latest(contact):
            if _may_go_on(case, arrival, now):
                return case
        return None

    def _after_its_end(self, arrival: Arrival, contact: Contact) -> Thread:
        """The contact's case that ended too long ago to be continued is mentioned."""
        if not arrival.inbox.continuity_days or arrival.message.verification is Verification.CLAIMED:
            return Thread(None)
        ended = next((case for case in self._latest(contact) if not case.status.is_open), None)
        return Thread(None, mentioned=ended, follow_up=ended is not None)

    def _latest(self, contact: Contact) -> list[OpenCase]:
        return [case for case_id in self.latest.get(contact.id, ()) if (case := self.cases.get(case_id))]


def _may_go_on(case: OpenCase, arrival: Arrival, now: datetime) -> bool:
    """A chat goes on in its session's open case; all else within the window since the latest word or the resolving."""
    if arrival.scheme == "chat" and case.status.is_open:
        return True
    window = timedelta(days=arrival.inbox.continuity_days)
    return case.status is not CaseStatus.CLOSED and bool(window) and now - case.touched_at <= window


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
