"""What came in and became part of no case: calls that ended in the greeting, what nobody could read, and reports about
messages that never were. Kept as long as a case of the inbox's queue."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from hub.db.dialects import dialect_of
from hub.models import Inbox, Queue

_STATEMENTS = (
    "DELETE FROM unreadables WHERE inbox_id = :inbox AND settled_at < :before",
    "DELETE FROM early_updates WHERE inbox_id = :inbox AND at < :before",
    "UPDATE calls SET uri = '', sid = 'forgotten-' || id, path = '[]', note = '' "
    "WHERE inbox_id = :inbox AND case_id IS NULL AND ended_at < :before AND sid NOT LIKE 'forgotten-%'",
)


def forget_loose(session: Session, now: datetime) -> None:
    found = select(Inbox.id, Queue.forget_after).join(Queue, col(Queue.id) == col(Inbox.queue_id))
    for inbox_id, days in session.exec(found.where(Queue.forget_after > 0)).all():
        for statement in _STATEMENTS:
            dialect_of(session).run(session, statement, inbox=inbox_id, before=now - timedelta(days=days))
