"""Telephone calls as data: the conversations, the promises to call back, and the agents' phones that the hub rings."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from hub.models.base import BigId, big_id, json_of, moment, refers_to, word


class CallState(StrEnum):
    """How far a call has got; a later one is never followed by an earlier, but for the line that a transfer joins."""

    GREETING = "greeting"  # hears the greeting or a menu
    VOICEMAIL = "voicemail"  # is asked for a message
    WAITING = "waiting"  # stands in line for a person
    DIALLING = "dialling"  # the hub calls the citizen
    TALKING = "talking"
    HELD = "held"  # hears music while the agent looks something up
    ENDED = "ended"


class CallResult(StrEnum):
    """What a call came to, apart from what the agent says of it."""

    UNKNOWN = ""  # it goes on
    ANSWERED = "answered"
    VOICEMAIL = "voicemail"
    CALLBACK = "callback"  # asked to be called back
    STATUS = "status"  # heard how a case stands
    MISSED = "missed"  # hung up before anybody answered
    UNREACHED = "unreached"  # we called, and nobody answered


class CallbackState(StrEnum):
    OPEN = "open"
    CALLING = "calling"
    DONE = "done"
    DROPPED = "dropped"  # an agent decided against it


class RingState(StrEnum):
    QUEUED = "queued"  # the worker rings it
    RINGING = "ringing"
    ANSWERED = "answered"
    ACCEPTED = "accepted"  # a person is there, no answering machine
    CONNECTED = "connected"
    ENDED = "ended"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        return self in (RingState.ENDED, RingState.FAILED)


def _only(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Call(SQLModel, table=True):
    """One telephone conversation of a citizen with the council, or the attempt at one."""

    __tablename__ = "calls"
    __table_args__ = (
        UniqueConstraint("inbox_id", "sid"),
        Index("ix_calls_live", "state", "waiting_at", **_only("state <> 'ended'")),
        Index("ix_calls_uri_id", "uri", "id"),
    )
    id: int = big_id()
    inbox_id: int = Field(foreign_key="inboxes.id")
    sid: str  # the provider's name of the citizen's leg; "ring-…" until a call of ours has one
    direction: str = "in"  # in, out
    uri: str = ""  # of the citizen; "" = withheld
    case_id: int | None = refers_to("cases.id", nullable=True, index=True)
    message_id: int | None = refers_to("messages.id", nullable=True, index=True)
    state: CallState = word(CallState, CallState.GREETING)
    result: CallResult = word(CallResult, CallResult.UNKNOWN)
    language: str = ""
    path: list[dict[str, Any]] = json_of(list)  # [{"step": 1, "key": "1", "label": "bins"}]
    queue_id: int | None = Field(default=None, foreign_key="queues.id")  # where it waits or waited
    agent_id: int | None = Field(default=None, foreign_key="agents.id")  # who answered, or called
    goes_to: str = ""  # E.164: where an agent is transferring the caller
    repeats: int = 0  # how many missed calls of the same caller this one's entry stands for, itself left out
    started_at: datetime = moment()
    waiting_at: datetime | None = moment(nullable=True)
    answered_at: datetime | None = moment(nullable=True)
    ended_at: datetime | None = moment(nullable=True)
    seconds: int | None = None  # of the whole call, by the provider
    is_recorded: bool = False  # the conversation, not a voicemail
    is_paused: bool = False  # its recording, while card details are read out
    is_listed: bool = False  # it never reached the hub, which was away: only the provider's list told of it
    outcome: str = ""  # what the agent says it came to: a word of the inbox's outcomes
    note: str = ""
    wrapped_at: datetime | None = moment(nullable=True)


class Callback(SQLModel, table=True):
    """The promise to call a citizen back: a dated task in a queue."""

    __tablename__ = "callbacks"
    __table_args__ = (Index("ix_callbacks_due", "queue_id", "due_at", **_only("state IN ('open', 'calling')")),)
    id: int = big_id()
    case_id: int = refers_to("cases.id", index=True)
    call_id: int | None = refers_to("calls.id", nullable=True)  # that asked for it
    inbox_id: int = Field(foreign_key="inboxes.id")
    queue_id: int = Field(foreign_key="queues.id")
    uri: str  # where to call
    place_at: datetime = moment()  # since when the citizen has waited: their place in line
    due_at: datetime = moment()
    state: CallbackState = word(CallbackState, CallbackState.OPEN)
    attempts: int = 0
    agent_id: int | None = Field(default=None, foreign_key="agents.id")  # who called last
    outcome: str = ""
    done_at: datetime | None = moment(nullable=True)
    created_at: datetime = moment()


class Ring(SQLModel, table=True):
    """An agent's own phone, rung by the hub to bring agent and citizen together; its own outbox entry."""

    __tablename__ = "rings"
    __table_args__ = (
        Index("ix_rings_due", "due_at", **_only("state = 'queued'")),
        Index("ix_rings_agent_id_id", "agent_id", "id"),
    )
    id: int = big_id()
    inbox_id: int = Field(foreign_key="inboxes.id")
    agent_id: int = Field(foreign_key="agents.id")
    number: str  # E.164, the agent's; "client:NAME" = the agent's browser
    purpose: str = "next"  # next, case, callback
    queue_id: int | None = Field(default=None, foreign_key="queues.id")
    call_id: int | None = refers_to("calls.id", nullable=True, index=True)
    callback_id: int | None = refers_to("callbacks.id", nullable=True)
    state: RingState = word(RingState, RingState.QUEUED)
    sid: str = ""  # the provider's name of the agent's leg
    due_at: datetime | None = moment(nullable=True)
    attempts: int = 0
    error: str = ""  # in plain words, with what to do
    created_at: datetime = moment()
    ended_at: datetime | None = moment(nullable=True)


class AgentPhone(SQLModel, table=True):
    """Where an agent takes calls: at a number (the desk's, at home, a mobile), or in the browser."""

    __tablename__ = "agent_phones"
    agent_id: int = Field(foreign_key="agents.id", primary_key=True)
    number: str  # E.164, "" = none
    in_browser: bool = False


class ForgottenCopy(SQLModel, table=True):
    """A file whose copy at the provider is deleted, or is to be: the hub has its own."""

    __tablename__ = "forgotten_copies"
    __table_args__ = (Index("ix_forgotten_copies_due", "due_at", **_only("due_at IS NOT NULL")),)
    attachment_id: int = Field(foreign_key="attachments.id", primary_key=True, sa_type=BigId)
    due_at: datetime | None = moment(nullable=True)  # None = it is gone, or given up
    attempts: int = 0
    error: str = ""
    gone_at: datetime | None = moment(nullable=True)


class DraftTranscript(SQLModel, table=True):
    """A recording whose words the hub's own machine drafts, or has drafted."""

    __tablename__ = "draft_transcripts"
    __table_args__ = (Index("ix_draft_transcripts_due", "due_at", **_only("due_at IS NOT NULL")),)
    attachment_id: int = Field(foreign_key="attachments.id", primary_key=True, sa_type=BigId)
    due_at: datetime | None = moment(nullable=True)  # None = it is drafted, or given up
    attempts: int = 0
    error: str = ""  # in plain words, for whoever reads the case
    done_at: datetime | None = moment(nullable=True)
