"""The originals of messages, as far as they are small enough to be rows."""

from sqlmodel import Session

from hub.models import Original


def original(session: Session, attachment_id: int) -> bytes | None:
    """The content of this attachment; None: it is a file (hub.files.store)."""
    row = session.get(Original, attachment_id)
    return row.content if row else None
