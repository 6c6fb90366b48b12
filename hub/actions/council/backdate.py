"""Ageing what was just stored, so that the demo's days pass in a second. Only `hub demo` does this."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, SQLModel, col

from hub.actions.events import locked_case
from hub.actions.time.case_types import move_clocks
from hub.actions.time.targets import retarget
from hub.models import Address, Assignment, CaseEvent, Contact, Direction, Message, MessageStatus

_OF_THE_CASE = ("opened_at", "updated_at", "acknowledged_at", "first_reply_at", "resolved_at")


def backdate(session: Session, case_id: int, since: datetime, at: datetime) -> None:
    """Whatever happened to the case after `since` happened at `at`; both aware. What was to be sent has arrived.

    Raises NotFound.
    """
    case = locked_case(session, case_id)
    for name in _OF_THE_CASE:
        moment = getattr(case, name)
        if moment is not None and moment >= since:
            setattr(case, name, at)
    if "at" in case.facts and datetime.fromisoformat(case.facts["at"]) >= since:
        case.facts = {**case.facts, "at": at.isoformat()}
    move_clocks(session, case, since, at)
    if case.due_at is not None:
        retarget(session, case)
    _have_arrived(session, case_id)
    _move(session, Message, "at", since, at, case_id=case_id)
    _move(session, CaseEvent, "at", since, at, case_id=case_id)
    _move(session, Assignment, "since", since, at, case_id=case_id)
    _move(session, Assignment, "until", since, at, case_id=case_id)
    _move(session, Contact, "created_at", since, at, id=case.contact_id)
    _move(session, Address, "created_at", since, at, contact_id=case.contact_id)


def _have_arrived(session: Session, case_id: int) -> None:
    """A mail's arrival is told by nobody: it stays `sent`."""
    outbound = update(Message).where(col(Message.case_id) == case_id, col(Message.direction) == Direction.OUT)
    for of, status in (
        (col(Message.channel) == "email", MessageStatus.SENT),
        (col(Message.channel) != "email", MessageStatus.DELIVERED),
    ):
        rows = outbound.where(of).values(status=status, due_at=None)
        session.execute(rows.execution_options(synchronize_session=False))


def _move(session: Session, table: type[SQLModel], name: str, since: datetime, at: datetime, **of: int) -> None:
    rows = update(table).filter_by(**of).where(col(getattr(table, name)) >= since).values({name: at})
    session.execute(rows.execution_options(synchronize_session=False))
