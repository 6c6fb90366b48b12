"""Messages as they came in, and contents that are to go."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from hub.models.base import moment, refers_to


class Original(SQLModel, table=True):
    """The content of an attachment that is the original of its message, while it is small: what is large is a file
    like any other (hub.files.store). A table of its own, so that nobody who lists attachments reads it."""

    __tablename__ = "originals"
    attachment_id: int = refers_to("attachments.id", primary_key=True)
    content: bytes = Field(sa_type=LargeBinary)


class DroppedContent(SQLModel, table=True):
    """A content (hub.files) that an attachment or upload was dropped of: deleted when nothing else has the same."""

    __tablename__ = "dropped_contents"
    sha256: str = Field(primary_key=True)  # hex
    at: datetime = moment()
