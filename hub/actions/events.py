"""CaseEvents: every action writes what it did, numbered within the case while the case row is locked."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from hub.db.dialects import dialect_of
from hub.db.session import wake
from hub.errors import Conflict, NotFound
from hub.models import Case, CaseEvent
from hub.models.base import utcnow


def locked_case(session: Session, case_id: int, expected_seq: int | None = None) -> Case:
    """The case, locked until COMMIT. Raises NotFound; Conflict when it is forgotten, or `expected_seq` isn't its
    latest event any more."""
    case = session.get(Case, case_id, with_for_update={"key_share": True}, populate_existing=True)
    if case is None:
        raise NotFound("There is no such case.")
    if case.forgotten_at is not None:
        raise Conflict("This case is forgotten: nothing can be done with it any more.")
    must_be_unchanged(case, expected_seq)
    return case


def must_be_unchanged(case: Case, seq: int | None) -> None:
    """Raises Conflict when `seq` isn't the locked case's latest event any more; None = whatever it is."""
    if seq is not None and seq != case.seq:
        raise Conflict("Somebody else changed this case meanwhile. Look at it again, then decide.")


def add_event(
    session: Session,
    case: Case,
    kind: str,
    *,
    agent_id: int | None = None,
    message_id: int | None = None,
    at: datetime | None = None,
    **detail: Any,
) -> int:
    """Appends an event to a locked case and asks for the live tail to be woken; returns the event's seq."""
    case.seq += 1
    session.add(
        CaseEvent(
            id=new_ids(session, 1)[0],
            case_id=case.id,
            seq=case.seq,
            kind=kind,
            at=at or utcnow(),
            agent_id=agent_id,
            message_id=message_id,
            detail=detail,
        )
    )
    wake(session, "events")
    return case.seq


def new_ids(session: Session, count: int) -> list[int]:
    """Ids for any table but cases, in time order."""
    return dialect_of(session).reserve(session, "rows", count)
