"""Cases that were joined; each joining can be undone."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from hub.models.base import big_id, json_of, moment, refers_to


class Merge(SQLModel, table=True):
    """One case's messages stand in another since then. Its row says what undoing it puts back."""

    __tablename__ = "merges"
    id: int = big_id()
    case_id: int = refers_to("cases.id", index=True)
    into_id: int = refers_to("cases.id", index=True)
    agent_id: int = Field(foreign_key="agents.id")
    message_ids: list[int] = json_of(list)  # that moved
    participants: list[str] = json_of(list)  # address URIs that it added to the other case
    before: dict[str, Any] = json_of(dict)  # the case as it was
    at: datetime = moment()
    undone_at: datetime | None = moment(nullable=True)
