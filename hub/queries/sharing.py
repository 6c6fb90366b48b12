"""Cases that stand in the lists of a second queue, too. A restricted case is shared with nobody."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import exists
from sqlmodel import Session, col, select

from hub.db.dialects import dialect_of
from hub.models import Case, Queue, Restriction, Share
from hub.queries.views import SharedQueue

# few rows hold all shares: those of closed cases are gone
_OPEN_SHARED = (
    "SELECT s.queue_id, count(*) AS open_cases, sum(CASE WHEN c.agent_id IS NULL THEN 1 ELSE 0 END) AS unassigned, "
    "min(c.opened_at) AS oldest FROM shares s JOIN cases c ON c.id = s.case_id "
    "WHERE c.status NOT IN ('resolved', 'closed') AND c.queue_id <> s.queue_id "
    "AND NOT EXISTS (SELECT 1 FROM restrictions r WHERE r.case_id = s.case_id) GROUP BY s.queue_id"
)


def shared_ids(session: Session, queue_ids: Collection[int]) -> list[int]:
    """Ids of the cases that are shared with one of these queues, closed ones left out."""
    restricted = exists().where(col(Restriction.case_id) == col(Share.case_id))
    found = select(Share.case_id).where(col(Share.queue_id).in_(sorted(queue_ids)), ~restricted)
    return sorted(set(session.exec(found)))


def shared_queues(session: Session, case_ids: Collection[int]) -> Mapping[int, tuple[SharedQueue, ...]]:
    """By case: the other queues in whose lists it stands, too, in the order in which they came to it."""
    restricted = exists().where(col(Restriction.case_id) == col(Share.case_id))
    found = (
        select(Share.case_id, Queue.slug, Queue.name)
        .join(Queue, col(Queue.id) == col(Share.queue_id))
        .join(Case, col(Case.id) == col(Share.case_id))
        .where(col(Share.case_id).in_(case_ids), col(Share.queue_id) != col(Case.queue_id), ~restricted)
        .order_by(col(Share.at), col(Share.queue_id))
    )
    shared: defaultdict[int, list[SharedQueue]] = defaultdict(list)
    for case_id, slug, name in session.exec(found):
        shared[case_id].append(SharedQueue(slug=slug, name=name))
    return {case_id: tuple(queues) for case_id, queues in shared.items()}


def shared_loads(session: Session) -> list[tuple[int, int, int, str]]:
    """By queue: its id, how many open cases are shared with it, how many of them nobody holds, when the oldest was
    opened (as the database writes moments)."""
    return [tuple(row) for row in dialect_of(session).run(session, _OPEN_SHARED)]
