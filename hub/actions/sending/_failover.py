"""A second inbox sends what the first one's provider has refused for too long.

Only what was certainly not taken is moved. Each new message is still tried where it belongs first, which shows when
the provider is back.
"""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from hub.actions.events import add_event
from hub.db.session import wake
from hub.models import Case, Inbox, Message, MessageStatus


def was_refused(session: Session, inbox_id: int, now: datetime) -> Inbox | None:
    """Notes that the inbox's provider takes nothing; the inbox that sends instead once that has lasted too long."""
    inbox = session.get_one(Inbox, inbox_id)
    if not inbox.failover:
        return None
    if inbox.refusing_since is None:
        inbox.refusing_since = now
    if now - inbox.refusing_since < timedelta(minutes=inbox.failover_minutes):
        return None
    channel, _, name = inbox.failover.partition("/")
    found = select(Inbox).where(Inbox.channel == channel, Inbox.name == name, col(Inbox.active))
    return session.exec(found).first()


def was_taken(session: Session, inbox_id: int) -> None:
    """The inbox's provider takes messages again."""
    inbox = session.get_one(Inbox, inbox_id)
    if inbox.refusing_since is not None:
        inbox.refusing_since = None


def move_to(session: Session, case: Case, message: Message, other: Inbox, now: datetime) -> None:
    """Queues the message in the other inbox."""
    assert other.id is not None
    message.inbox_id, message.sender = other.id, other.address or ""
    message.status, message.due_at = MessageStatus.QUEUED, now
    message.error = message.error_code = ""
    wake(session, "outbox")
    add_event(session, case, "rerouted", message_id=message.id, inbox=f"{other.channel}/{other.name}")
