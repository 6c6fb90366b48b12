"""The authority as its council file has it: departments, queues, inboxes, agents, rules. Small tables."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from hub.db.types import Json
from hub.models.base import json_of, moment, own_id, word
from hub.models.words import Role


class Council(SQLModel, table=True):
    """One row, id 1."""

    __tablename__ = "council"
    id: int | None = own_id()
    name: str
    country: str = "GB"  # ISO 3166 alpha-2
    timezone: str = "Europe/London"  # IANA
    languages: list[str] = json_of(list)
    subdivision: str = ""  # ISO 3166-2 without its country: whose holidays count
    holidays_until: str = ""  # ISO date up to which somebody has checked them; "" = as far as this version knows
    holidays: list[dict[str, Any]] = json_of(list)  # the council's own, as in its file
    escalations: list[dict[str, Any]] = json_of(list)  # as in the council file, in order
    sees_restricted: list[str] = Field(  # roles that see every restricted case
        default_factory=lambda: ["admin", "auditor"], sa_type=Json, nullable=False
    )
    revision: int = 0  # grows with every change of the configuration: running processes load it anew


class Department(SQLModel, table=True):
    __tablename__ = "departments"
    id: int | None = own_id()
    slug: str = Field(unique=True)
    name: str
    active: bool = True


class Queue(SQLModel, table=True):
    __tablename__ = "queues"
    id: int | None = own_id()
    slug: str = Field(unique=True)
    name: str
    department_id: int = Field(foreign_key="departments.id", index=True)
    first_response: str = ""  # working time such as "4h" or "5d"; "" = no target
    resolution: str = ""
    next_response: str = ""
    holidays: str = ""  # whose close it: a subdivision, "none"; "" = the council's, unless it is always open
    assignment: str = "pull"  # or round-robin, least-loaded, longest-idle
    accept_within: str = ""  # working time in which a given case must be accepted; "" = it needn't be
    overflow: dict[str, Any] = json_of(dict)  # {"to": slug, "after"?, "over"?, "closed"?}; {} = none
    skills: list[str] = json_of(list)  # which an agent needs to be given its cases
    hours: dict[str, str] = json_of(dict)  # {"mon-fri": "09:00-17:00"}; {} = always open
    record_calls: bool = False  # conversations with agents, after a notice
    forget_after: int = 0  # days after closing; 0 = never
    active: bool = True


class Inbox(SQLModel, table=True):
    """One configured account of a channel: a number, a mailbox, a website's chat."""

    __tablename__ = "inboxes"
    __table_args__ = (UniqueConstraint("channel", "name"), UniqueConstraint("channel", "address"))
    id: int | None = own_id()
    channel: str
    name: str
    address: str | None = None
    queue_id: int = Field(foreign_key="queues.id", index=True)
    config: dict[str, Any] = json_of(dict)  # `env:NAME` as written, never resolved here
    acknowledgements: dict[str, str] = json_of(dict)  # by language, "" = for everybody; {} = off
    acknowledge_daily: int = 5  # at most so many a sender in 24 hours, over all inboxes
    continuity_days: int = 0
    rate: float = 1.0  # messages a second on average
    active: bool = True
    budget: float = 0.0  # token bucket: how many may leave now, as of budget_at
    budget_at: datetime | None = moment(nullable=True)
    quiet: dict[str, str] = json_of(dict)  # {"mon-sun": "21:00-08:00"}: automatic messages wait; {} = never
    failover: str = ""  # "sms/other": sends what this one's provider refuses for too long; "" = none
    failover_minutes: int = 10
    refusing_since: datetime | None = moment(nullable=True)  # its provider takes nothing since then


class Agent(SQLModel, table=True):
    __tablename__ = "agents"
    id: int | None = own_id()
    email: str = Field(unique=True)  # lower case
    name: str
    role: Role = word(Role, Role.AGENT)
    password_hash: str = ""  # argon2; "" = can't sign in
    active: bool = True
    skills: list[str] = json_of(list)
    languages: list[str] = json_of(list)  # beyond the council's first
    capacity: dict[str, int] = json_of(dict)  # how many open cases at once: by channel, and "total"


class Membership(SQLModel, table=True):
    __tablename__ = "memberships"
    agent_id: int = Field(foreign_key="agents.id", primary_key=True)
    queue_id: int = Field(foreign_key="queues.id", primary_key=True, index=True)


class RuleSet(SQLModel, table=True):
    """Every version that was ever in force: a case's explanation is derived from the version that routed it."""

    __tablename__ = "rule_sets"
    version: int | None = own_id()
    rules: list[dict[str, Any]] = json_of(list)  # as in the council file, in order
    beside: dict[str, list[dict[str, Any]]] = json_of(dict)  # groups, dangers, wards: what rules are read with
    note: str = ""  # why it was published
    author: str = ""  # e-mail address of the agent; "" = it came with a council file
    created_at: datetime = moment()


class ApiToken(SQLModel, table=True):
    __tablename__ = "api_tokens"
    id: int | None = own_id()
    agent_id: int = Field(foreign_key="agents.id", index=True)
    token_hash: str = Field(unique=True)  # sha256 hex; the token is printed once and kept nowhere
    created_at: datetime = moment()


class SignIn(SQLModel, table=True):
    """An agent's session in the console."""

    __tablename__ = "sign_ins"
    token_hash: str = Field(primary_key=True)  # sha256 hex of the cookie
    agent_id: int = Field(foreign_key="agents.id", index=True)
    created_at: datetime = moment()
    expires_at: datetime = moment()
