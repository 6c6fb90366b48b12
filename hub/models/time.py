"""Time and people: what is due when, and who is there to do it. Rows that only some cases have."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from hub.models.base import BigId, big_id, json_of, moment, own_id, refers_to, word
from hub.models.words import ClockState, PresenceState


class Timer(SQLModel, table=True):
    """Something to do at a moment. Whoever deletes the row does it, in the same transaction: once, whatever dies."""

    __tablename__ = "timers"
    __table_args__ = (Index("ix_timers_due_at", "due_at"), Index("ix_timers_case_id_kind", "case_id", "kind"))
    id: int = big_id()
    case_id: int | None = refers_to("cases.id", nullable=True)
    kind: str  # which action it starts: hub.actions.time.firing
    name: str = ""  # of several of one kind
    due_at: datetime = moment()
    detail: dict[str, Any] = json_of(dict)
    attempts: int = 0  # how often it failed


class CaseType(SQLModel, table=True):
    """A type of case from the council file, with the clocks that its law sets."""

    __tablename__ = "case_types"
    id: int | None = own_id()
    slug: str = Field(unique=True)
    name: str
    clocks: list[dict[str, Any]] = json_of(list)  # as in the council file: routing.time.clocks
    another_than: str = ""  # slug of the type whose investigator must not hold this one
    forget_after: int = 0  # days after closing; 0 = as the queue has it
    active: bool = True


class TypedCase(SQLModel, table=True):
    """Of which type a case is; a case without a row is of none."""

    __tablename__ = "typed_cases"
    case_id: int = Field(
        foreign_key="cases.id", primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False}
    )
    type_id: int = Field(foreign_key="case_types.id", index=True)
    received_on: date  # local: from here its clocks count
    barred: list[int] = json_of(list)  # ids of agents who investigated before, and must not again


class CaseClock(SQLModel, table=True):
    """One deadline of a typed case. `due_at` is derived from the other columns by routing.time.clocks."""

    __tablename__ = "case_clocks"
    __table_args__ = (UniqueConstraint("case_id", "type_id", "name"),)
    id: int = big_id()
    case_id: int = refers_to("cases.id")
    type_id: int = Field(foreign_key="case_types.id")
    name: str
    state: ClockState = word(ClockState, ClockState.RUNNING)
    started_on: date | None = None  # local; None: the clock before it isn't met yet
    due_at: datetime | None = moment(nullable=True)  # the last second of its last local day
    extensions: int = 0  # how many were granted
    extended_by: int = 0  # in the unit of the clock's term
    paused_for: int = 0  # days, working days where the clock counts those
    paused_on: date | None = None
    pause_reason: str = ""
    met_at: datetime | None = moment(nullable=True)


class CaseTargets(SQLModel, table=True):
    """The queue's targets of a case that was answered, asked or reopened; before, they follow from its opening."""

    __tablename__ = "case_targets"
    case_id: int = Field(
        foreign_key="cases.id", primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False}
    )
    resolution_due: datetime | None = moment(nullable=True)
    resolution_left: int | None = None  # seconds of working time; set while it stands still
    response_due: datetime | None = moment(nullable=True)  # the answer, since the citizen wrote again


LEFT_AFTER = timedelta(minutes=3)  # without an open page


class Presence(SQLModel, table=True):
    """Whether an agent is there to be given a case."""

    __tablename__ = "presences"
    agent_id: int = Field(foreign_key="agents.id", primary_key=True)
    state: PresenceState = word(PresenceState, PresenceState.AWAY)
    reason: str = ""  # of a break
    since: datetime = moment()
    given_at: datetime | None = moment(nullable=True)  # when a case was last given to them
    idle_since: datetime = moment()  # when they were last done with one
    seen_at: datetime | None = moment(nullable=True)  # when a page of theirs was last open, since they said so

    def has_left(self, now: datetime) -> bool:
        """Whether they said that they are here, and then closed the last page."""
        return self.seen_at is not None and self.seen_at <= now - LEFT_AFTER


class Notice(SQLModel, table=True):
    """A word to an agent about a case, until they have seen it."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_agent_id_id", "agent_id", "id"),)
    id: int = big_id()
    agent_id: int = Field(foreign_key="agents.id")
    case_id: int = refers_to("cases.id", index=True)
    text: str
    at: datetime = moment()
    seen_at: datetime | None = moment(nullable=True)
