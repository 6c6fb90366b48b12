"""The mailboxes that the hub looks into: how it goes, and how far each has been read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from hub.models import Bookmark, Inbox, KeptSecret, Role, Watch
from hub.queries.views import AgentView


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchView:
    """How looking after one inbox goes."""

    channel: str
    inbox: str
    address: str
    trouble: str  # a sentence; "" = it goes well
    trouble_since: datetime | None
    checked_at: datetime | None  # when it last went well; None = never


def may_see_watches(agent: AgentView) -> bool:
    return agent.role in (Role.LEADER, Role.ADMIN, Role.AUDITOR)


def watch_counts(session: Session) -> tuple[int, tuple[str, ...]]:
    """How many mailboxes are looked into, and the names of those in trouble."""
    views = watches(session)
    return len(views), tuple(view.inbox for view in views if view.trouble)


def bookmark(session: Session, inbox_id: int, place: str) -> Mapping[str, Any]:
    found = session.get(Bookmark, (inbox_id, place))
    return dict(found.position) if found else {}


def kept_secret(session: Session, inbox_id: int, name: str, replaces: str) -> str:
    """Sealed; "" when none is kept in the place of the configured value with this fingerprint."""
    found = session.get(KeptSecret, (inbox_id, name))
    return found.sealed if found is not None and found.replaces == replaces else ""


def watches(session: Session) -> tuple[WatchView, ...]:
    """Those in trouble first, the longest on top; then by name. Without inboxes that no longer say where to look."""
    found = select(Watch, Inbox).join(Inbox, col(Inbox.id) == col(Watch.inbox_id)).where(col(Inbox.active))
    views = [_view(watch, inbox) for watch, inbox in session.exec(found) if inbox.config.get("imap_host")]
    return tuple(sorted(views, key=lambda view: (view.trouble_since is None, view.trouble_since, view.inbox)))


def _view(watch: Watch, inbox: Inbox) -> WatchView:
    return WatchView(
        channel=inbox.channel,
        inbox=inbox.name,
        address=inbox.address or "",
        trouble=watch.trouble,
        trouble_since=watch.trouble_since,
        checked_at=watch.checked_at,
    )
