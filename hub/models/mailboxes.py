"""What the hub keeps of mailboxes that it looks into, and of what mail servers say about senders."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from hub.models.base import json_of, moment, refers_to


class Bookmark(SQLModel, table=True):
    """How far a channel has read at a place, such as a folder; only the channel reads the position."""

    __tablename__ = "bookmarks"
    inbox_id: int = Field(foreign_key="inboxes.id", primary_key=True)
    place: str = Field(primary_key=True)
    position: dict[str, Any] = json_of(dict)
    at: datetime = moment()


class Watch(SQLModel, table=True):
    """Which process looks after an inbox, and how that goes."""

    __tablename__ = "watches"
    inbox_id: int = Field(foreign_key="inboxes.id", primary_key=True)
    holder: str = ""  # names a process
    held_until: datetime | None = moment(nullable=True)
    checked_at: datetime | None = moment(nullable=True)  # when it last went well
    trouble: str = ""  # a sentence; "" = it goes well
    trouble_since: datetime | None = moment(nullable=True)


class Authentication(SQLModel, table=True):
    """What the council's own mail server found out about a mail's sender: pass, fail or none (RFC 8601)."""

    __tablename__ = "authentications"
    message_id: int = refers_to("messages.id", primary_key=True)
    by: str
    spf: str = "none"
    dkim: str = "none"
    dmarc: str = "none"


class KeptSecret(SQLModel, table=True):
    """A secret that a provider has changed by itself, sealed with the hub's own (hub.sealing)."""

    __tablename__ = "kept_secrets"
    inbox_id: int = Field(foreign_key="inboxes.id", primary_key=True)
    name: str = Field(primary_key=True)  # the key of the inbox's config
    sealed: str
    replaces: str  # a keyed digest of the configured value: another one there counts again
    at: datetime = moment()
