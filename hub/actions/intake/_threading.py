"""Which case does a message belong to? Decided here without the database, among those that `_joinable` has loaded.

In this order: the signed reply token; In-Reply-To and References, when the sender belongs to the case; for a chat
its session's case; a reference quoted in the text, with a matching sender; the contact's case within the inbox's
continuity window, across channels. Else it is a new case; one that comes too late for an ended case follows it, and
what comes later still joins that follow-up.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from channels.contract import InboundMessage, Verification
from hub.actions.intake.arrivals import Arrival
from hub.models import CaseStatus, Priority

CONSENT = "consent"  # the outcome of a case that is nothing but STOP or START: closed from its start, never continued
KEYWORD = "keyword"  # the same of a case that is nothing but a text which the hub has answered


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
