"""A provider's words on a message that isn't here yet, such as the recording of a call whose own webhook is late.

They are kept, applied when the message comes, and shown to people when it never does.
"""

from datetime import datetime
from typing import Any

import orjson
from sqlmodel import Session, col, select

from channels.contract import MessageUpdate, RemoteFile
from hub.actions.events import new_ids
from hub.db.dialects import dialect_of
from hub.models import EarlyUpdate, Unreadable

_MARK = "words"  # tells them from delivery updates, which stand in the same table
_NEVER_CAME = "It belongs to a message that never arrived."


def keep_words(session: Session, inbox_id: int, update: MessageUpdate) -> None:
    said = {
        _MARK: True,
        "channel": update.channel,
        "inbox": update.inbox,
        "external_id": update.external_id,
        "remote_files": [
            {"ref": file.ref, "filename": file.filename, "media_type": file.media_type} for file in update.remote_files
        ],
        "text": update.text,
        "transcript": update.transcript,
    }
    row_id = new_ids(session, 1)[0]
    session.add(EarlyUpdate(id=row_id, inbox_id=inbox_id, external_id=update.external_id, update=said))


def claim_words(session: Session, inbox_id: int, external_id: str) -> list[MessageUpdate]:
    """What was kept for this message, oldest first; it is no longer kept then."""
    found = select(EarlyUpdate).where(EarlyUpdate.inbox_id == inbox_id, EarlyUpdate.external_id == external_id)
    rows = [row for row in session.exec(found.order_by(col(EarlyUpdate.id))) if _MARK in row.update]
    for row in rows:
        session.delete(row)
    return [_as_told(row.update) for row in rows]


def show_unclaimed(session: Session, before: datetime) -> int:
    """What was kept before this moment becomes unreadable, where people see it; returns how much."""
    found = select(EarlyUpdate).where(EarlyUpdate.at < before).order_by(col(EarlyUpdate.id))
    rows = [row for row in session.exec(found) if _MARK in row.update]
    for row in rows:
        raw = orjson.dumps({name: said for name, said in row.update.items() if name != _MARK})
        shown = Unreadable(
            id=new_ids(session, 1)[0], inbox_id=row.inbox_id, raw=raw, media_type="application/json", why=_NEVER_CAME
        )
        session.add(shown)
        session.delete(row)
    return len(rows)


def forget_early(session: Session, before: datetime) -> None:
    """Drops what providers said before this moment about messages that never were ours."""
    dialect_of(session).run(session, "DELETE FROM early_updates WHERE at < :before", before=before)


def _as_told(said: dict[str, Any]) -> MessageUpdate:
    return MessageUpdate(
        channel=said["channel"],
        inbox=said["inbox"],
        external_id=said["external_id"],
        remote_files=tuple(RemoteFile(**file) for file in said["remote_files"]),
        text=said["text"],
        transcript=said["transcript"],
    )
