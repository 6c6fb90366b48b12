"""What happens to a draft of the rules on its way: who changed what, and its replay over the past."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from hub.models.base import json_of, moment, own_id, word
from hub.models.words import ReplayState


class DraftChange(SQLModel, table=True):
    """One change of a draft, in words; it stays with the version that the draft became."""

    __tablename__ = "draft_changes"
    id: int | None = own_id()
    draft_id: int = Field(foreign_key="rule_drafts.id", index=True)
    version: int | None = Field(default=None, foreign_key="rule_sets.version", index=True)
    agent_id: int = Field(foreign_key="agents.id")
    what: str
    at: datetime = moment()


class ReplayRun(SQLModel, table=True):
    """A draft that is run over past cases, or was: how far it is, and what came out. At most one a draft."""

    __tablename__ = "replay_runs"
    id: int | None = own_id()
    draft_id: int = Field(foreign_key="rule_drafts.id", index=True)
    edition: int  # of the draft
    agent_id: int = Field(foreign_key="agents.id")  # who began it
    days: str  # how much of the past: a key of hub.replay.replaying.SPANS
    minutes: float  # of work that a case takes
    state: ReplayState = word(ReplayState, ReplayState.RUNNING)
    done: int = 0  # cases
    total: int = 0
    found: dict[str, Any] = json_of(dict)  # hub.replay.replaying.Replayed.to_json
    began_at: datetime = moment()
    told_at: datetime = moment()  # when whoever carries it out was last heard of
