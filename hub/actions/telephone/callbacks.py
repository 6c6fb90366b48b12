"""When a callback is due: in the working time of its queue, as everything that the council promises."""

from datetime import UTC, datetime, timedelta

import structlog
from sqlmodel import Session, col, func, select

from hub.calendars import Calendars
from hub.models import Callback, CallbackState, Council, Queue

log = structlog.get_logger()

OF = "callback"  # what a deadline of this kind is called; a target of the council file's escalations
LATE = {"name": "Callback is late", "of": OF, "then": {"notify": ["holder", "leaders"]}}  # unless a council says else
STILL_OWED = (CallbackState.OPEN, CallbackState.CALLING)


def due_after(session: Session, queue_id: int, now: datetime, wait: timedelta) -> datetime:
    """`now` and so much working time of the queue; in UTC. Where its calendar can't be read, so much time."""
    council, queue = session.get_one(Council, 1), session.get_one(Queue, queue_id)
    try:
        calendars = Calendars.of(council)
        return calendars.hours(queue).add_working_time(calendars.local(now), wait).astimezone(UTC)
    except Exception as error:  # whatever breaks there, the caller is promised the call
        log.exception("a queue's calendar can't be read", queue=queue.slug, error=type(error).__name__)
        return now + wait


def next_due(session: Session, case_id: int) -> datetime | None:
    """When the case's next callback is due; None = nobody is to be called back."""
    found = select(func.min(Callback.due_at)).where(Callback.case_id == case_id, col(Callback.state).in_(STILL_OWED))
    return session.exec(found).one()


def queues_owing(session: Session, case_id: int) -> set[int]:
    """Who promised: the queues in whose lines the callers stood, wherever the case is by now."""
    found = select(Callback.queue_id).where(Callback.case_id == case_id, col(Callback.state).in_(STILL_OWED))
    return set(session.exec(found))
