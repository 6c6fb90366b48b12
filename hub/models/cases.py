"""The case and all that hangs on it. Ids are BIGINT in time order, taken in blocks (Dialect.reserve)."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from channels.contract import Verification
from hub.models.base import big_id, json_of, moment, refers_later, refers_to, word
from hub.models.words import AttachmentState, CaseStatus, Direction, MessageStatus, Priority

_OPEN = "status NOT IN ('resolved', 'closed')"
_TO_FORGET = "status = 'closed' AND forgotten_at IS NULL"
_UNHELD = "agent_id IS NULL AND status IN ('new', 'open')"  # what [Next case] chooses from


def _only(condition: str) -> dict[str, Any]:
    """Makes an index partial: only rows of this condition stand in it."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Contact(SQLModel, table=True):
    """A citizen, known by addresses."""

    __tablename__ = "contacts"
    id: int = big_id()
    name: str = ""
    language: str = ""  # BCP 47
    created_at: datetime = moment()


class Address(SQLModel, table=True):
    """`tel:+447700900123`, `mailto:a@b.c`, `chat:…`: text and call share tel, so both meet in one contact."""

    __tablename__ = "addresses"
    id: int = big_id()
    uri: str = Field(unique=True)
    contact_id: int = refers_later("contacts.id")
    verification: Verification = word(Verification, Verification.CLAIMED)
    opted_out_at: datetime | None = moment(nullable=True)  # no texts leave while set
    unreachable_at: datetime | None = moment(nullable=True)  # a provider or a bounce said so
    created_at: datetime = moment()


class Case(SQLModel, table=True):
    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_queue_id_id", "queue_id", "id"),
        Index("ix_cases_status_id", "status", "id"),
        Index("ix_cases_channel_id", "channel", "id"),
        Index("ix_cases_contact_id_id", "contact_id", "id"),
        Index("ix_cases_agent_id_id", "agent_id", "id", **_only("agent_id IS NOT NULL")),
        Index("ix_cases_open", "queue_id", "priority_rank", "due_at", "id", **_only(_OPEN)),
        Index("ix_cases_unheld", "queue_id", "priority_rank", "due_at", "id", **_only(_UNHELD)),
        Index("ix_cases_resolved_at", "resolved_at", **_only("status = 'resolved'")),
        Index("ix_cases_to_forget", "queue_id", "closed_at", **_only(_TO_FORGET)),
        Index("ix_cases_follow_up_of", "follow_up_of", **_only("follow_up_of IS NOT NULL")),
    )
    id: int = big_id()
    reference: str = Field(unique=True)
    subject: str = ""
    status: CaseStatus = word(CaseStatus, CaseStatus.NEW)
    priority: Priority = word(Priority, Priority.NORMAL)
    priority_rank: int = -1  # minus Priority.rank, so that one ascending index gives the most urgent first
    queue_id: int = Field(foreign_key="queues.id")
    agent_id: int | None = Field(default=None, foreign_key="agents.id")
    contact_id: int = refers_to("contacts.id")
    inbox_id: int = Field(foreign_key="inboxes.id")  # of the first message
    channel: str  # of the first message
    tags: list[str] = json_of(list)
    follow_up_of: int | None = refers_to("cases.id", nullable=True)
    seq: int = 0  # of the latest CaseEvent
    # why it stands in its first queue: enough to derive the whole explanation again
    rule: str | None = None  # None: no rule matched
    rule_set_version: int = 0
    facts: dict[str, Any] = json_of(dict)
    opened_at: datetime = moment()
    updated_at: datetime = moment()  # of the latest message
    due_at: datetime | None = moment(nullable=True)
    acknowledged_at: datetime | None = moment(nullable=True)
    first_reply_at: datetime | None = moment(nullable=True)
    snoozed_until: datetime | None = moment(nullable=True)
    resolved_at: datetime | None = moment(nullable=True)
    closed_at: datetime | None = moment(nullable=True)
    outcome: str = ""
    forgotten_at: datetime | None = moment(nullable=True)  # since then it holds nothing of whom it was about


class Message(SQLModel, table=True):
    """One utterance. An outbound one is its own outbox row: `queued` until the worker has claimed and sent it."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_case_id_id", "case_id", "id"),
        Index("ix_messages_message_id", "message_id", **_only("message_id <> ''")),
        Index(
            "ix_messages_outbox", "inbox_id", "automatic", "due_at",
            **_only("status = 'queued'")
        ),
        Index(
            "ix_messages_alarms", "inbox_id", "due_at",
            **_only("status = 'queued' AND automatic_why IN ('alarm', 'emergency')")
        ),
        Index("ix_messages_unsettled", "claimed_at", **_only("status IN ('sending', 'unknown')")),
    )  # fmt: skip
    id: int = big_id()
    case_id: int = refers_to("cases.id")
    inbox_id: int | None = Field(default=None, foreign_key="inboxes.id")  # None on notes
    direction: Direction = word(Direction, Direction.IN)
    channel: str = ""  # "" on notes
    sender: str = ""  # address URI, or the inbox's address
    recipient: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""  # cleaned
    transcript: str = ""  # a machine's draft of a recording
    status: MessageStatus = word(MessageStatus, MessageStatus.RECEIVED)
    automatic: bool = False  # written by a machine: theirs or ours
    automatic_why: str = ""
    author_id: int | None = Field(default=None, foreign_key="agents.id")
    external_id: str = ""  # the provider's, or the channel's
    message_id: str = ""  # RFC 5322, without angle brackets
    references: list[str] = json_of(list)  # oldest first; for mails
    problems: list[str] = json_of(list)  # what was odd about it, for the caseworker
    at: datetime = moment()
    # outbox
    due_at: datetime | None = moment(nullable=True)
    attempts: int = 0
    claimed_at: datetime | None = moment(nullable=True)
    error: str = ""  # in plain words, with what to do
    error_code: str = ""


class Receipt(SQLModel, table=True):
    """What an inbox's provider has named: drops duplicates coming in, finds our own messages for its callbacks."""

    __tablename__ = "receipts"
    inbox_id: int = Field(foreign_key="inboxes.id", primary_key=True)
    external_id: str = Field(primary_key=True)
    message_id: int = Field(sa_type=BigInteger)
    at: datetime = moment()


class EarlyUpdate(SQLModel, table=True):
    """A provider's word on a message whose sending isn't recorded yet; applied when it is."""

    __tablename__ = "early_updates"
    __table_args__ = (Index("ix_early_updates_inbox_id_external_id", "inbox_id", "external_id"),)
    id: int = big_id()
    inbox_id: int = Field(foreign_key="inboxes.id")
    external_id: str
    update: dict[str, Any] = json_of(dict)
    at: datetime = moment()


class Unreadable(SQLModel, table=True):
    """Authentic but not understood: kept raw and shown."""

    __tablename__ = "unreadables"
    id: int = big_id()
    inbox_id: int = Field(foreign_key="inboxes.id")
    raw: bytes = Field(sa_type=LargeBinary)
    media_type: str = "application/octet-stream"
    why: str = ""
    at: datetime = moment()
    settled_at: datetime | None = moment(nullable=True)  # None: somebody should look at it
    settled_by: int | None = Field(default=None, foreign_key="agents.id")
    became: str = ""  # the reference of the case that it became part of; "" when it was put away


class Attachment(SQLModel, table=True):
    """A file of a message. Its content is stored once by sha256 (hub.files.store)."""

    __tablename__ = "attachments"
    __table_args__ = (
        UniqueConstraint("message_id", "ref"),
        Index("ix_attachments_pending", "due_at", **_only("state = 'pending'")),
        Index("ix_attachments_held", "due_at", **_only("state = 'held'")),
    )
    id: int = big_id()
    message_id: int = refers_to("messages.id", index=True)
    filename: str
    media_type: str
    size: int = 0  # bytes
    sha256: str = ""  # hex
    content_id: str = ""
    disposition: str = "attachment"  # or inline; `raw` is the original of the message itself
    state: AttachmentState = word(AttachmentState, AttachmentState.STORED)
    ref: str | None = None  # at the provider
    due_at: datetime | None = moment(nullable=True)
    attempts: int = 0
    error: str = ""


class Assignment(SQLModel, table=True):
    """Who held a case, and when."""

    __tablename__ = "assignments"
    id: int = big_id()
    case_id: int = refers_to("cases.id", index=True)
    agent_id: int = Field(foreign_key="agents.id", index=True)
    since: datetime = moment()
    until: datetime | None = moment(nullable=True)


class CaseEvent(SQLModel, table=True):
    """What happened, append-only: audit log, live stream and history in one. `seq` counts within the case."""

    __tablename__ = "case_events"
    __table_args__ = (UniqueConstraint("case_id", "seq"),)
    id: int = big_id()
    case_id: int = refers_to("cases.id")
    seq: int
    kind: str
    at: datetime = moment()
    agent_id: int | None = Field(default=None, foreign_key="agents.id")  # None: the citizen or the hub itself
    message_id: int | None = Field(default=None, sa_type=BigInteger)
    detail: dict[str, Any] = json_of(dict)


class IdBlock(SQLModel, table=True):
    """The last id given out, by name (SQLite; PostgreSQL has sequences)."""

    __tablename__ = "id_blocks"
    name: str = Field(primary_key=True)
    last: int = Field(default=0, sa_type=BigInteger)
