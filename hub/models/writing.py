"""What agents write with: files that wait for their message, ready-made words, and who else gets a mail."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from hub.models.base import BigId, big_id, json_of, moment, own_id, refers_to


class Envelope(SQLModel, table=True):
    """What a mail has beyond its words, for the few that have it: who else gets it, or got it where a citizen wrote it,
    and what undoing it puts back."""

    __tablename__ = "envelopes"
    message_id: int = Field(
        primary_key=True, foreign_key="messages.id", sa_type=BigId, sa_column_kwargs={"autoincrement": False}
    )
    cc: list[str] = json_of(list)  # address URIs
    bcc: list[str] = json_of(list)
    quotes: bool = False  # what was said before stands below its words
    before: dict[str, Any] = json_of(dict)  # the case as it was, while the reply can still be undone


class Upload(SQLModel, table=True):
    """A file that an agent has handed in and not sent yet. Its attachment will have the same id."""

    __tablename__ = "uploads"
    __table_args__ = (Index("ix_uploads_at", "at"), Index("ix_uploads_agent_id_case_id", "agent_id", "case_id"))
    id: int = big_id()
    agent_id: int = Field(foreign_key="agents.id")
    case_id: int | None = refers_to("cases.id", nullable=True)  # whose composer it waits in; None: a program's
    filename: str
    media_type: str
    size: int  # bytes
    sha256: str  # hex
    at: datetime = moment()


class Participant(SQLModel, table=True):
    """Somebody beside the contact whom an agent has added to a case: gets copies, and may answer."""

    __tablename__ = "participants"
    case_id: int = Field(
        primary_key=True, foreign_key="cases.id", sa_type=BigId, sa_column_kwargs={"autoincrement": False}
    )
    uri: str = Field(primary_key=True)
    agent_id: int = Field(foreign_key="agents.id")  # who added them
    at: datetime = moment()


class Template(SQLModel, table=True):
    """Words of the council file that an agent begins a reply with."""

    __tablename__ = "templates"
    id: int | None = own_id()
    slug: str = Field(unique=True)
    name: str
    place: int = 0  # in the file
    channels: list[str] = json_of(list)  # [] = all
    texts: dict[str, str] = json_of(dict)  # by language
    active: bool = True
