"""The words that a status may take. They are part of the outside contract."""

from enum import StrEnum


class CaseStatus(StrEnum):
    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"  # for the citizen
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_open(self) -> bool:
        return self not in (CaseStatus.RESOLVED, CaseStatus.CLOSED)


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """0 for low to 3 for urgent."""
        return _RANKS[self]


_RANKS = {priority: rank for rank, priority in enumerate(Priority)}


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    NOTE = "note"


class MessageStatus(StrEnum):
    RECEIVED = "received"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"  # it may have gone out; reconciled with the provider, never resent blindly


class AttachmentState(StrEnum):
    STORED = "stored"
    PENDING = "pending"  # still with the provider; the worker fetches it
    HELD = "held"  # until the virus scanner has looked at it
    INFECTED = "infected"  # kept, and never handed out
    FAILED = "failed"


class ClockState(StrEnum):
    PENDING = "pending"  # begins when the clock before it is met
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    ENDED = "ended"  # the case became of another type


class PresenceState(StrEnum):
    HERE = "here"
    BREAK = "break"
    AWAY = "away"


class ReplayState(StrEnum):
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Role(StrEnum):
    AGENT = "agent"
    LEADER = "leader"
    ADMIN = "admin"
    AUDITOR = "auditor"  # sees everything, changes nothing
