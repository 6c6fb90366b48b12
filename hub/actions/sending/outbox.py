"""The outbox: claiming what is due. The claim is a compare-and-set; no session is open while a provider is spoken to.
Alarms leave first, then agents' replies, then what the hub says by itself; the rate is a token bucket.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session

from channels.contract import Address, OutboundMessage
from hub.actions.intake.updates import locked_message
from hub.actions.sending._bucket import Bucket
from hub.actions.sending._enclosures import NOTHING, Enclosures, OutgoingFile, enclosures
from hub.actions.sending.fates import GIVE_UP, PROVEN_AFTER, settle
from hub.db.dialects import dialect_of
from hub.db.session import wake
from hub.db.types import as_json, as_moment
from hub.models import Inbox, MessageStatus
from hub.queries.unsubscribing import BULK, closed_to_bulk
from hub.signed.reply_token import bounce_token, reply_token

# word for word the condition of ix_messages_alarms
_IS_ALARM = "m.automatic_why IN ('alarm', 'emergency')"
_DUE = (
    "SELECT m.id, m.channel, m.recipient, m.automatic_why, a.opted_out_at FROM messages m "
    "LEFT JOIN addresses a ON a.uri = m.recipient "
    "WHERE m.status = 'queued' AND m.inbox_id = :inbox AND m.due_at <= :now "
)
_ALARMS_DUE = f"{_DUE} AND {_IS_ALARM} ORDER BY m.id LIMIT :count"
# One rank a statement, in the order of the outbox's index: however much is queued, only what leaves is read.
_REPLIES_DUE = f"{_DUE} AND m.automatic = FALSE AND NOT ({_IS_ALARM}) ORDER BY m.due_at, m.id LIMIT :count"
_OTHERS_DUE = f"{_DUE} AND m.automatic = TRUE AND NOT ({_IS_ALARM}) ORDER BY m.due_at, m.id LIMIT :count"
_INBOXES_DUE = (
    "SELECT i.id FROM inboxes i WHERE EXISTS (SELECT 1 FROM messages m WHERE m.status = 'queued' "
    "AND m.inbox_id = i.id AND m.automatic = FALSE AND m.due_at <= :now) OR EXISTS (SELECT 1 FROM messages m "
    "WHERE m.status = 'queued' AND m.inbox_id = i.id AND m.automatic = TRUE AND m.due_at <= :now) ORDER BY i.id"
)

_INBOX = "SELECT rate, budget, budget_at, active FROM inboxes WHERE id = :inbox"
_NO_LIMIT = 1_000_000  # messages at once

_OPTED_OUT = "The citizen has opted out of texts. Answer another way, until they text START."
_NO_BULK = "The citizen wants no messages that are sent to many."
_NO_ADDRESS = "Its address can't be used. Answer another way."


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed message, copied out of the database, and the inbox that sends it."""

    message: OutboundMessage
    inbox_id: int
    attempts: int  # this one included
    files: tuple[OutgoingFile, ...] = ()  # whose contents the message gets before it is sent
    is_bulk: bool = False  # sent to many


class _Due(NamedTuple):
    """A queued message that may leave."""

    id: int
    channel: str
    recipient: str
    automatic_why: str
    opted_out_at: datetime | str | None


def claim_due(
    session: Session,
    now: datetime,
    free: Mapping[int, int],
    secret: str,
    quiet_until: Mapping[int, datetime] | None = None,
) -> list[Outgoing]:
    """Claims what may leave now: by inbox at most `free` (slots in flight) and what its rate allows.

    quiet_until: when the quiet hours end of inboxes that are in theirs.
    """
    dialect = dialect_of(session)
    claimed: list[int] = []
    for (inbox_id,) in dialect.fetch(session, _INBOXES_DUE, now=now):
        if quiet_until and inbox_id in quiet_until:
            _hold(session, inbox_id, now, quiet_until[inbox_id])
        [locked] = dialect.fetch(session, f"{_INBOX} {dialect.row_lock}", inbox=inbox_id)
        inbox = Bucket._make(locked)
        tokens = inbox.tokens(now)
        allowed = min(free.get(inbox_id, 0), _NO_LIMIT if inbox.rate <= 0 else int(tokens))
        taken = _claim(session, inbox_id, now, allowed) if allowed > 0 and inbox.active else []
        if inbox.rate > 0:
            left = {"id": inbox_id, "budget": tokens - len(taken), "budget_at": now}
            dialect.update(session, Inbox, [left])
        claimed += taken
    return _outgoing(session, claimed, secret)


def next_due(session: Session, now: datetime) -> float | None:
    """Seconds until something may leave: 0 = now, None = nothing is queued."""
    sql = (  # two look-ups in the outbox's index for each inbox, however much is queued
        "SELECT i.rate, i.budget, i.budget_at, "
        "(SELECT min(m.due_at) FROM messages m WHERE m.status = 'queued' AND m.inbox_id = i.id "
        "AND m.automatic = FALSE) AS reply_due, "
        "(SELECT min(m.due_at) FROM messages m WHERE m.status = 'queued' AND m.inbox_id = i.id "
        "AND m.automatic = TRUE) AS other_due FROM inboxes i WHERE i.active"
    )
    pauses = [
        Bucket(rate, budget, budget_at).seconds_until(min(filter(None, (reply_due, other_due))), now)
        for rate, budget, budget_at, reply_due, other_due in dialect_of(session).fetch(session, sql)
        if reply_due or other_due
    ]
    return min(pauses, default=None)


def claim_unknown(session: Session, now: datetime, secret: str, limit: int = 20) -> list[Outgoing]:
    """Messages whose fate is to be asked of the provider now; asked again after a while, for a day."""
    found = "SELECT id FROM messages WHERE status = 'unknown' AND due_at <= :now AND at > :oldest"
    sql = f"{found} ORDER BY due_at LIMIT :limit"
    dialect = dialect_of(session)
    rows = dialect.run(session, sql, now=now, oldest=now - GIVE_UP, limit=limit)
    ids = [row[0] for row in rows]
    if ids:
        later = now + PROVEN_AFTER
        dialect.run(session, "UPDATE messages SET due_at = :later WHERE id IN MANY(:ids)", later=later, ids=ids)
    return _outgoing(session, ids, secret)


def _hold(session: Session, inbox_id: int, now: datetime, until: datetime) -> None:
    """In quiet hours what the hub says by itself waits, apart from the answer to a citizen's own keyword and from
    cases that are urgent. Agents decide for themselves."""
    sql = (
        "UPDATE messages SET due_at = :until WHERE status = 'queued' AND inbox_id = :inbox AND due_at <= :now "
        "AND automatic = TRUE AND automatic_why IN ('acknowledgement', 'bulk') "
        "AND case_id NOT IN (SELECT id FROM cases WHERE priority = 'urgent' AND id = messages.case_id)"
    )
    dialect_of(session).run(session, sql, until=until, inbox=inbox_id, now=now)


def _claim(session: Session, inbox_id: int, now: datetime, count: int) -> list[int]:
    dialect = dialect_of(session)
    rows: list[_Due] = []
    for due in (_ALARMS_DUE, _REPLIES_DUE, _OTHERS_DUE):
        if len(rows) < count:
            found = dialect.fetch(session, due, inbox=inbox_id, now=now, count=count - len(rows))
            rows += map(_Due._make, found)
    no_bulk = closed_to_bulk(session, [row.recipient for row in rows if row.automatic_why == BULK])
    refused = {row.id: refusal for row in rows if (refusal := _refusal(row, no_bulk))}
    for message_id, (error, code) in refused.items():
        case, message = locked_message(session, message_id)
        settle(session, case, message, MessageStatus.FAILED, error, code)
        wake(session, "outbox")  # others may leave in its place
    if refused:
        session.flush()
    wanted = [row.id for row in rows if row.id not in refused]
    if not wanted:
        return []
    sql = (
        "UPDATE messages SET status = 'sending', claimed_at = :now, attempts = attempts + 1 "
        "WHERE id IN MANY(:ids) AND status = 'queued' RETURNING id"
    )
    return sorted(row[0] for row in dialect.fetch(session, sql, now=now, ids=wanted))


def _refusal(row: _Due, no_bulk: Container[str]) -> tuple[str, str] | None:
    """Why a queued message must not leave after all, and the code for it."""
    if row.automatic_why == BULK and row.recipient in no_bulk:
        return _NO_BULK, "no_bulk"
    if row.channel == "sms" and row.opted_out_at is not None and row.automatic_why != "stop":
        return _OPTED_OUT, "opted_out"
    scheme, _, value = row.recipient.partition(":")
    return None if scheme and value else (_NO_ADDRESS, "no_address")


def _outgoing(session: Session, ids: Sequence[int], secret: str) -> list[Outgoing]:
    if not ids:
        return []
    sql = (
        'SELECT m.id, m.inbox_id, m.recipient, m.text, m.subject, m.automatic, m.message_id, m."references", m.at, '
        "m.attempts, m.automatic_why, c.reference, a.name AS author, p.language FROM messages m "
        "JOIN cases c ON c.id = m.case_id "
        "JOIN contacts p ON p.id = c.contact_id "
        "LEFT JOIN agents a ON a.id = m.author_id WHERE m.id IN MANY(:ids) "
        "ORDER BY m.automatic_why NOT IN ('alarm', 'emergency'), m.automatic, m.id"
    )
    rows = [_Leaving._make(row) for row in dialect_of(session).fetch(session, sql, ids=list(ids))]
    written = [row.id for row in rows if not row.automatic]
    enclosed = enclosures(session, written) if written else {}
    return [_copied(row, secret, enclosed.get(row.id, NOTHING)) for row in rows]


class _Leaving(NamedTuple):
    """A claimed message, as `_outgoing` reads it."""

    id: int
    inbox_id: int
    recipient: str
    text: str
    subject: str
    automatic: bool
    message_id: str
    references: Any
    at: datetime | str
    attempts: int
    automatic_why: str
    reference: str
    author: str | None
    language: str


def _copied(row: _Leaving, secret: str, enclosed: Enclosures) -> Outgoing:
    message = OutboundMessage(
        id=row.id,
        to=Address.parse(row.recipient),
        text=row.text,
        reference=row.reference,
        subject=row.subject,
        author=row.author or "",
        automatic=bool(row.automatic),
        message_id=row.message_id,
        references=tuple(as_json(row.references)),
        reply_token=reply_token(secret, row.reference) if row.message_id else "",
        bounce_token=bounce_token(secret, row.reference, row.id) if row.message_id else "",
        created_at=as_moment(row.at),
        cc=enclosed.cc,
        bcc=enclosed.bcc,
        quoted=enclosed.quoted,
        language=row.language,
    )
    return Outgoing(message, row.inbox_id, row.attempts, enclosed.files, is_bulk=row.automatic_why == BULK)
