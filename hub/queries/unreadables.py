"""What arrived authentic and couldn't be read: kept raw, and shown to those who can do something about it."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from hub.errors import NotFound
from hub.models import Inbox, Unreadable

SHOWN = 4_000  # characters of the raw text on a list


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableView:
    id: int
    channel: str
    inbox: str
    why: str
    media_type: str
    size: int  # bytes
    at: datetime
    text: str = field(repr=False)  # the beginning, as far as it is text


def unreadables(session: Session, limit: int = 100) -> tuple[UnreadableView, ...]:
    """The latest first."""
    found = select(Unreadable, Inbox).join(Inbox, col(Inbox.id) == col(Unreadable.inbox_id))
    rows = session.exec(found.order_by(col(Unreadable.id).desc()).limit(limit))
    return tuple(_view(unreadable, inbox) for unreadable, inbox in rows)


def raw_unreadable(session: Session, unreadable_id: int) -> bytes:
    """All of it. Raises NotFound."""
    unreadable = session.get(Unreadable, unreadable_id)
    if unreadable is None:
        raise NotFound("There is no such thing.")
    return unreadable.raw


def _view(unreadable: Unreadable, inbox: Inbox) -> UnreadableView:
    text = unreadable.raw[: SHOWN * 4].decode("utf-8", "replace")[:SHOWN]
    return UnreadableView(
        id=unreadable.id,
        channel=inbox.channel,
        inbox=inbox.name,
        why=unreadable.why,
        media_type=unreadable.media_type,
        size=len(unreadable.raw),
        at=unreadable.at,
        text="".join(letter if letter.isprintable() or letter in "\n\t" else "�" for letter in text),
    )
