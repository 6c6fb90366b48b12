"""What arrived authentic and couldn't be read: kept raw, and shown to those who can do something about it."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from hub.errors import NotFound
from hub.models import Inbox, Unreadable
from hub.queries.views import AgentView

SHOWN = 4_000  # characters of the raw text on a list
_ROLES = ("leader", "admin", "auditor")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptUnreadable:
    """All of one."""

    channel: str
    inbox: str
    media_type: str
    raw: bytes = field(repr=False)


def may_see_unreadables(agent: AgentView) -> bool:
    """They may hold what no caseworker should read before somebody has looked."""
    return agent.role in _ROLES


def unreadables(session: Session, before: int | None = None, limit: int = 100) -> tuple[UnreadableView, ...]:
    """Those that nobody has settled, the latest first; `before`: only ids below this one."""
    found = select(Unreadable, Inbox).join(Inbox, col(Inbox.id) == col(Unreadable.inbox_id))
    found = found.where(col(Unreadable.settled_at).is_(None))
    if before is not None:
        found = found.where(col(Unreadable.id) < before)
    rows = session.exec(found.order_by(col(Unreadable.id).desc()).limit(limit))
    return tuple(_view(unreadable, inbox) for unreadable, inbox in rows)


def kept_unreadable(session: Session, unreadable_id: int) -> KeptUnreadable:
    """Settled or not. Raises NotFound."""
    unreadable = session.get(Unreadable, unreadable_id)
    if unreadable is None:
        raise NotFound("There is no such thing.")
    inbox = session.get_one(Inbox, unreadable.inbox_id)
    return KeptUnreadable(channel=inbox.channel, inbox=inbox.name, media_type=unreadable.media_type, raw=unreadable.raw)


def _view(unreadable: Unreadable, inbox: Inbox) -> UnreadableView:
    text = unreadable.raw[: SHOWN * 4].decode("utf-8", "replace").replace("\r\n", "\n")[:SHOWN]
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
