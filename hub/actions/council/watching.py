"""Looking after inboxes: which process does, how far it has read, and how it goes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from hub.db.dialects import dialect_of
from hub.models import Bookmark, KeptSecret, Watch
from hub.models.base import utcnow


def hold_watch(session: Session, inbox_id: int, holder: str, seconds: float, *, alone: bool) -> bool:
    """May `holder`, a process, look after the inbox for that long? `alone`: no other process can be alive."""
    now = utcnow()
    watch = _watch(session, inbox_id)
    held = watch.holder not in ("", holder) and _is_later(watch.held_until, now)
    if held and not alone:
        return False
    watch.holder, watch.held_until = holder, now + timedelta(seconds=seconds)
    return True


def release_watch(session: Session, inbox_id: int, holder: str) -> None:
    watch = _watch(session, inbox_id)
    if watch.holder == holder:
        watch.holder, watch.held_until = "", None


def report_watch(session: Session, inbox_id: int, trouble: str) -> None:
    """`trouble` "" = well. Trouble lasts since its first report, whatever its words become meanwhile."""
    watch = _watch(session, inbox_id)
    now = utcnow()
    if trouble:
        watch.trouble_since = watch.trouble_since or now
    else:
        watch.checked_at, watch.trouble_since = now, None
    watch.trouble = trouble


def set_bookmark(session: Session, inbox_id: int, place: str, position: Mapping[str, Any]) -> None:
    bookmark = session.get(Bookmark, (inbox_id, place))
    if bookmark is None:
        session.add(Bookmark(inbox_id=inbox_id, place=place, position=dict(position)))
    else:
        bookmark.position, bookmark.at = dict(position), utcnow()


def keep_secret(session: Session, inbox_id: int, name: str, sealed: str, replaces: str) -> None:
    """`replaces`: the fingerprint of the value that is configured."""
    kept = session.get(KeptSecret, (inbox_id, name)) or KeptSecret(
        inbox_id=inbox_id, name=name, sealed=sealed, replaces=replaces
    )
    kept.sealed, kept.replaces, kept.at = sealed, replaces, utcnow()
    session.add(kept)


def _watch(session: Session, inbox_id: int) -> Watch:
    """The inbox's row, made when there is none, locked until COMMIT."""
    dialect_of(session).hold(session, f"watch {inbox_id}")
    watch = session.get(Watch, inbox_id, with_for_update=True, populate_existing=True)
    if watch is None:
        watch = Watch(inbox_id=inbox_id)
        session.add(watch)
    return watch


def _is_later(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment > now
