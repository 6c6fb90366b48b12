"""What became of sendings, as many as have ended at once. The two usual ends need no ORM: the provider has taken the
message, or it is to be tried again. Whatever else there is about one is left to `fates`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import Session

from channels.contract import AddressFlag, DeliveryStatus, SendResult
from hub.actions.events import new_ids
from hub.actions.intake.updates import hold_external_id
from hub.actions.sending.fates import GIVE_UP, record_failure, record_sent
from hub.db.dialects import dialect_of
from hub.db.session import wake
from hub.db.types import as_moment
from hub.models import Case, CaseEvent, Message, MessageStatus, Receipt
from hub.models.base import utcnow

_CASES = "SELECT id, seq FROM cases WHERE id IN (SELECT case_id FROM messages WHERE id IN MANY(:ids)) ORDER BY id"
_MESSAGES = (
    "SELECT m.id, m.case_id, m.inbox_id, m.status, m.at, i.failover, i.refusing_since FROM messages m "
    "JOIN inboxes i ON i.id = m.inbox_id WHERE m.id IN MANY(:ids)"
)
_NAMED = (
    "SELECT inbox_id, external_id FROM receipts WHERE inbox_id IN MANY(:inboxes) AND external_id IN MANY(:ids) "
    "UNION ALL SELECT inbox_id, external_id FROM early_updates "
    "WHERE inbox_id IN MANY(:inboxes) AND external_id IN MANY(:ids)"
)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """As `record_failure` takes it."""

    outcome: str
    error: str
    code: str
    flag: AddressFlag | None = None
    delay: float = 0.0  # seconds
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Landed:
    """The end of one sending."""

    message_id: int
    end: SendResult | Failure


class _Sending(NamedTuple):
    """What there is to know of a message that was claimed."""

    id: int
    case_id: int
    inbox_id: int
    status: str
    at: datetime | str
    failover: str
    refusing_since: datetime | str | None


def record_landed(session: Session, landed: Sequence[Landed]) -> list[None]:
    """Records what came of each; for several that wait together."""
    ids = sorted({each.message_id for each in landed})
    dialect = dialect_of(session)
    # the cases first, always: whoever changes a message holds its case
    seqs = {row[0]: row[1] for row in dialect.fetch(session, f"{_CASES} {dialect.row_lock}", ids=ids)}
    sendings = {row[0]: _Sending._make(row) for row in dialect.fetch(session, _MESSAGES, ids=ids)}
    rows = _Rows(utcnow(), seqs, _named(session, landed, sendings))
    others = [each for each in landed if not rows.take(sendings.pop(each.message_id, None), each.end)]
    rows.write(session)
    for each in others:
        _record_by_itself(session, each)
    return [None] * len(landed)


@dataclass(slots=True)
class _Rows:
    """What the usual ends change, written with one statement a table."""

    now: datetime
    seqs: dict[int, int]  # by case, of its latest event
    named: set[tuple[int, str]]  # by inbox: what its provider has named before, or spoken of already
    sent: list[Row] = field(default_factory=list)
    again: list[Row] = field(default_factory=list)
    receipts: list[Row] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def take(self, sending: _Sending | None, end: SendResult | Failure) -> bool:
        """False when there is more to it."""
        if sending is None or sending.status != MessageStatus.SENDING:
            return False
        return self._taken(sending, end) if isinstance(end, SendResult) else self._put_off(sending, end)

    def _taken(self, sending: _Sending, end: SendResult) -> bool:
        name = (sending.inbox_id, end.external_id)
        if end.status is not DeliveryStatus.SENT or end.problems or sending.refusing_since or name in self.named:
            return False
        self.named.add(name)
        self.receipts.append({"inbox_id": name[0], "external_id": name[1], "message_id": sending.id, "at": self.now})
        self.sent.append(
            {"id": sending.id, "status": "sent", "external_id": end.external_id, "error": "", "error_code": ""}
        )
        self._event(sending, "sent")
        return True

    def _put_off(self, sending: _Sending, end: Failure) -> bool:
        is_plain = end.outcome == "retry" and not (end.flag or end.alert or sending.failover)
        if not is_plain or self.now - as_moment(sending.at) >= GIVE_UP:
            return False
        due_at = self.now + timedelta(seconds=end.delay)
        self.again.append(
            {"id": sending.id, "status": "queued", "due_at": due_at, "error": end.error, "error_code": end.code}
        )
        self._event(sending, "delayed", error=end.error)
        return True

    def _event(self, sending: _Sending, kind: str, **detail: Any) -> None:
        seq = self.seqs[sending.case_id] = self.seqs[sending.case_id] + 1
        of = {"case_id": sending.case_id, "seq": seq, "message_id": sending.id}
        self.events.append({**of, "kind": kind, "at": self.now, "detail": detail})

    def write(self, session: Session) -> None:
        if not self.events:
            return
        dialect = dialect_of(session)
        for event, event_id in zip(self.events, new_ids(session, len(self.events)), strict=True):
            event["id"] = event_id
        counted = sorted({event["case_id"] for event in self.events})
        dialect.update(session, Message, self.sent)
        dialect.update(session, Message, self.again)
        dialect.update(session, Case, [{"id": case_id, "seq": self.seqs[case_id]} for case_id in counted])
        dialect.insert(session, CaseEvent, self.events)
        dialect.insert(session, Receipt, self.receipts)
        wake(session, "events")
        if self.again:
            wake(session, "outbox")


def _named(session: Session, landed: Sequence[Landed], sendings: Mapping[int, _Sending]) -> set[tuple[int, str]]:
    """Of the names that providers now give: those that they have used before, or said something about already. Held
    until COMMIT, so that what they say meanwhile comes after."""
    given = sorted(
        {
            (sendings[each.message_id].inbox_id, each.end.external_id)
            for each in landed
            if isinstance(each.end, SendResult) and each.message_id in sendings
        }
    )
    for inbox_id, external_id in given:
        hold_external_id(session, inbox_id, external_id)
    if not given:
        return set()
    inboxes, ids = sorted({name[0] for name in given}), sorted({name[1] for name in given})
    return {(row[0], row[1]) for row in dialect_of(session).fetch(session, _NAMED, inboxes=inboxes, ids=ids)}


def _record_by_itself(session: Session, landed: Landed) -> None:
    end = landed.end
    if isinstance(end, SendResult):
        record_sent(session, landed.message_id, end)
    else:
        record_failure(session, landed.message_id, end.outcome, end.error, end.code, end.flag, end.delay, end.alert)
