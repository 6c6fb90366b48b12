"""Rules on their way into force, what agents teach about them, and cases that not everybody sees."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from hub.models.base import BigId, big_id, json_of, moment, own_id, refers_to


class RuleDraft(SQLModel, table=True):
    """A rule set that somebody is writing: tried and replayed, but not in force."""

    __tablename__ = "rule_drafts"
    id: int | None = own_id()
    name: str
    rules: list[dict[str, Any]] = json_of(list)  # as RuleSet has them
    beside: dict[str, list[dict[str, Any]]] = json_of(dict)
    based_on: int  # the version that it began as
    agent_id: int | None = Field(default=None, foreign_key="agents.id")  # who changed it last
    edition: int = 1  # grows with every change, so that two who write at once hear of each other
    updated_at: datetime = moment()
    published_at: datetime | None = moment(nullable=True)


class TrainingExample(SQLModel, table=True):
    """An agent said that a case stood in the wrong queue, and which one is right."""

    __tablename__ = "training_examples"
    id: int = big_id()
    case_id: int = refers_to("cases.id", index=True)
    queue_id: int = Field(foreign_key="queues.id")  # the right one
    before_id: int = Field(foreign_key="queues.id")
    agent_id: int = Field(foreign_key="agents.id")
    at: datetime = moment()


class Alarm(SQLModel, table=True):
    """A message spoke of danger, or an agent says so. It calls people, step by step, until one deals with it."""

    __tablename__ = "alarms"
    __table_args__ = (Index("ix_alarms_acknowledged_at", "acknowledged_at"),)
    id: int = big_id()
    case_id: int = refers_to("cases.id", index=True)
    message_id: int = refers_to("messages.id")
    name: str  # of the danger in the council file
    calls: list[list[str]] = json_of(list)  # whom each step calls: mail addresses and phone numbers
    every: int  # seconds from one step to the next
    step: int = 0  # how many steps have called
    raised_at: datetime = moment()
    acknowledged_at: datetime | None = moment(nullable=True)
    agent_id: int | None = Field(default=None, foreign_key="agents.id")  # who acknowledged it or found it false
    is_false: bool = False
    note: str = ""
    raised_by: int | None = Field(default=None, foreign_key="agents.id")  # None = its words were heard
    reason: str = ""  # of whoever raised it by hand


class CalledAgent(SQLModel, table=True):
    """An agent whom an alarm of the case has called, or who raised one: they see it, restricted or not."""

    __tablename__ = "called_agents"
    case_id: int = refers_to("cases.id", primary_key=True)
    agent_id: int = Field(foreign_key="agents.id", primary_key=True)
    at: datetime = moment()


class Restriction(SQLModel, table=True):
    """A case seen only by its queue's members, its holder, whom its alarm called, and the council's named roles."""

    __tablename__ = "restrictions"
    case_id: int = Field(
        primary_key=True, foreign_key="cases.id", sa_type=BigId, sa_column_kwargs={"autoincrement": False}
    )
    why: str
    since: datetime = moment()


class ContactFlag(SQLModel, table=True):
    """A word on a contact that rules may look at, such as "vulnerable"."""

    __tablename__ = "contact_flags"
    contact_id: int = Field(
        primary_key=True, foreign_key="contacts.id", sa_type=BigId, sa_column_kwargs={"autoincrement": False}
    )
    flag: str = Field(primary_key=True)
    agent_id: int | None = Field(default=None, foreign_key="agents.id")
    at: datetime = moment()
