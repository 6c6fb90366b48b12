"""With which queues a case is shared beside its own: what several actions ask and change."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from hub.db.dialects import dialect_of
from hub.models import Case, Restriction, Share


def shared_with(session: Session, case: Case) -> list[int]:
    """Ids of the other queues in whose lists the case stands, too; none of a restricted one, whatever is written."""
    if session.get(Restriction, case.id) is not None:
        return []
    found = select(Share.queue_id).where(Share.case_id == case.id, Share.queue_id != case.queue_id)
    return list(session.exec(found.order_by(col(Share.at), col(Share.queue_id))))


def add_shares(
    session: Session, case: Case, queue_ids: Iterable[int], agent_id: int | None, now: datetime
) -> list[int]:
    """Those of them that are new to the case. The case is locked; a restricted one is shared with nobody."""
    if session.get(Restriction, case.id) is not None:
        return []
    known = {case.queue_id, *session.exec(select(Share.queue_id).where(Share.case_id == case.id))}
    new = [each for each in dict.fromkeys(queue_ids) if each not in known]
    session.add_all(Share(case_id=case.id, queue_id=each, agent_id=agent_id, at=now) for each in new)
    session.flush()
    return new


def end_share(session: Session, case_id: int, queue_id: int) -> bool:
    """Whether there was one."""
    row = session.get(Share, (case_id, queue_id))
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True


def end_shares(session: Session, case_ids: Collection[int]) -> set[int]:
    """Of cases that are closed: their events tell who had them. Ids of those that were shared."""
    if not case_ids:
        return set()
    ended = "DELETE FROM shares WHERE case_id IN MANY(:ids) RETURNING case_id"
    session.flush()
    return set(dialect_of(session).run(session, ended, ids=sorted(case_ids)).scalars())
