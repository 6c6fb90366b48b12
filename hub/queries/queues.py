"""Queues with what stands in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from hub.calendars import Calendars
from hub.db.dialects import dialect_of
from hub.db.types import as_moment
from hub.models import Council, Department, Queue
from hub.queries.sharing import shared_loads
from hub.queries.views import QueueView

# the condition word for word as in ix_cases_open
_OPEN_CASES = (
    "SELECT queue_id, count(*) AS open_cases, sum(CASE WHEN agent_id IS NULL THEN 1 ELSE 0 END) AS unassigned, "
    "min(opened_at) AS oldest FROM cases WHERE status NOT IN ('resolved', 'closed') GROUP BY queue_id"
)


_OVER_TIME = (
    "SELECT queue_id, count(*) AS late FROM cases WHERE status NOT IN ('resolved', 'closed') "
    "AND status IN ('new', 'open') AND due_at < :now GROUP BY queue_id"
)


@dataclass(frozen=True, slots=True)
class _Load:
    """What stands open in one queue, with what is shared with it."""

    open_cases: int = 0
    unassigned: int = 0
    oldest: datetime | None = None

    def with_(self, other: "_Load") -> "_Load":
        oldest = min(filter(None, (self.oldest, other.oldest)), default=None)
        return _Load(self.open_cases + other.open_cases, self.unassigned + other.unassigned, oldest)


def queue_views(session: Session, now: datetime) -> tuple[QueueView, ...]:
    """All queues, disabled ones too, in the order of the council file. `now` is aware. Four statements."""
    calendars = Calendars.of(session.exec(select(Council)).first() or Council(name=""))
    loads = _loads(session)
    found = (
        select(Queue, Department)
        .join(Department, col(Department.id) == col(Queue.department_id))
        .order_by(col(Queue.id))
    )
    return tuple(_queue_view(queue, department, loads, calendars, now) for queue, department in session.exec(found))


def _loads(session: Session) -> dict[int, _Load]:
    rows = dialect_of(session).run(session, _OPEN_CASES)
    loads = {row.queue_id: _Load(row.open_cases, row.unassigned, as_moment(row.oldest)) for row in rows}
    for queue_id, open_cases, unassigned, oldest in shared_loads(session):
        shared = _Load(open_cases, unassigned, as_moment(oldest))
        loads[queue_id] = loads[queue_id].with_(shared) if queue_id in loads else shared
    return loads


def _queue_view(
    queue: Queue, department: Department, loads: Mapping[int, _Load], calendars: Calendars, now: datetime
) -> QueueView:
    assert queue.id is not None
    load = loads.get(queue.id, _Load())
    return QueueView(
        id=queue.id,
        slug=queue.slug,
        name=queue.name,
        department=department.slug,
        department_name=department.name,
        active=queue.active,
        is_open=calendars.is_open(queue, now),
        open_cases=load.open_cases,
        unassigned=load.unassigned,
        oldest_opened_at=load.oldest,
    )


def over_time(session: Session, now: datetime) -> dict[int, int]:
    """How many open cases of each queue, by its id, are past their time, and it isn't the citizen's turn."""
    rows = dialect_of(session).run(session, _OVER_TIME, now=now)
    return {row.queue_id: row.late for row in rows}
