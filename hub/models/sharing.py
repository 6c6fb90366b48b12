"""Cases that more than one department works on."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from hub.models.base import moment, refers_to


class Share(SQLModel, table=True):
    """A case stands in the lists of this queue, too, until it is closed or the queue says that it isn't theirs.

    Few at any time: only what is open, or resolved and may be reopened.
    """

    __tablename__ = "shares"
    __table_args__ = (Index("ix_shares_queue_id_case_id", "queue_id", "case_id"),)
    case_id: int = refers_to("cases.id", primary_key=True)
    queue_id: int = Field(foreign_key="queues.id", primary_key=True)
    agent_id: int | None = Field(default=None, foreign_key="agents.id")  # who shared it; None: a copy came by mail
    at: datetime = moment()
