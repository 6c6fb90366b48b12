"""When a case is due: its first answer, then its resolution, in its queue's working time since it was opened."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from hub.models import Case, Council, Queue
from routing.calendars import Hours, parse_duration


def due_at(session: Session, case: Case) -> datetime | None:
    """By the targets of the queue that the case stands in; None = it has no such target."""
    queue = session.get_one(Queue, case.queue_id)
    target = queue.resolution if case.first_reply_at else queue.first_response
    if not target:
        return None
    hours = Hours.parse(queue.hours)
    zone = ZoneInfo(session.get_one(Council, 1).timezone)
    return hours.add_working_time(case.opened_at.astimezone(zone), parse_duration(target, hours))
