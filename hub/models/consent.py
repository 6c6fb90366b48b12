"""What citizens have said about being written to."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from hub.models.base import big_id, moment


class Consent(SQLModel, table=True):
    """One line of the consent ledger: added, never changed. The latest of an address and a purpose holds.

    `addresses.opted_out_at` is what the outbox looks at for purpose `all`; it follows from here.
    """

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_uri_id", "uri", "id"),)
    id: int = big_id()
    uri: str  # of the address
    given: bool  # False: withdrawn
    purpose: str = "all"  # all, or bulk: messages sent to many
    channel: str = ""
    inbox_id: int | None = Field(default=None, foreign_key="inboxes.id")
    source: str = "citizen"  # who told: citizen, provider, or agent
    said: str = ""  # the citizen's words, the provider's code, or the agent's reason
    message_id: int | None = Field(default=None, sa_type=BigInteger)
    at: datetime = moment()


class Textless(SQLModel, table=True):
    """A number that takes no texts, as a provider said: a landline, or a network without them. It can be called."""

    __tablename__ = "textless"
    uri: str = Field(primary_key=True)  # of the address
    code: str = ""  # the provider's
    at: datetime = moment()
