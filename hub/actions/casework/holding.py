"""Who holds a case, and who may."""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from hub.actions.casework.sharing import shared_with
from hub.actions.events import add_event, new_ids
from hub.actions.time.timers import drop_timers
from hub.db.session import wake
from hub.errors import Conflict
from hub.models import Agent, Assignment, Case, CaseStatus, CaseType, Membership, Presence, Role, Timer, TypedCase
from hub.models.base import utcnow

WAKE = "assignment"  # the signal of whoever gives cases out
OFFER = "offer"  # the timer of a case that was given to somebody and isn't accepted yet


def hand_to(session: Session, case: Case, agent_id: int | None) -> None:
    """Ends the assignment that is, begins the next. Raises Conflict for who must not hold this case."""
    if agent_id is not None:
        refuse_barred(session, case, agent_id)
    now = utcnow()
    before = case.agent_id
    session.execute(
        update(Assignment)
        .where(col(Assignment.case_id) == case.id, col(Assignment.until).is_(None))
        .values(until=now)
        .execution_options(synchronize_session=False)
    )
    case.agent_id = agent_id
    drop_timers(session, OFFER, case.id)
    if agent_id is not None:
        session.add(Assignment(id=new_ids(session, 1)[0], case_id=case.id, agent_id=agent_id, since=now))
    note_idle(session, before, now)
    wake(session, WAKE)


def release_from_outsider(session: Session, case: Case) -> None:
    """Out of the hands of a holder who doesn't work on the locked case any more: it moved, or fewer see it."""
    if case.agent_id is not None and not works_on(session, session.get_one(Agent, case.agent_id), case):
        hand_to(session, case, None)


def accept(session: Session, case: Case, agent_id: int) -> int:
    """The holder takes what was given to them; changes nothing where nothing was. Returns the case's seq."""
    if session.exec(select(Timer.id).where(Timer.case_id == case.id, Timer.kind == OFFER)).first() is None:
        return case.seq
    drop_timers(session, OFFER, case.id)
    if case.status is CaseStatus.NEW:
        case.status = CaseStatus.OPEN
    return add_event(session, case, "accepted", agent_id=agent_id)


def note_idle(session: Session, agent_id: int | None, now: datetime) -> None:
    """The agent is done with a case."""
    if agent_id is not None:
        note_presence(session, agent_id, idle_since=now)


def note_presence(session: Session, agent_id: int, **values: Any) -> None:
    """Changes what is known of an agent's presence, where anything is."""
    changed = update(Presence).where(col(Presence.agent_id) == agent_id).values(**values)
    session.execute(changed.execution_options(synchronize_session="fetch"))


def refuse_barred(session: Session, case: Case, agent_id: int) -> None:
    """Raises Conflict when another person must look at this case than who did before."""
    typed = session.get(TypedCase, case.id)
    if typed is not None and agent_id in typed.barred:
        name = session.get_one(Agent, agent_id).name
        case_type = session.get_one(CaseType, typed.type_id).name
        raise Conflict(f"{name} worked on this before it became “{case_type}”: somebody else must look at it.")


def works_in(session: Session, agent: Agent, queue_id: int) -> bool:
    if agent.role in (Role.LEADER, Role.ADMIN):
        return True
    return agent.role is not Role.AUDITOR and session.get(Membership, (agent.id, queue_id)) is not None


def works_on(session: Session, agent: Agent, case: Case) -> bool:
    """In the case's queue, or in one that it is shared with."""
    return works_in(session, agent, case.queue_id) or any(
        works_in(session, agent, queue_id) for queue_id in shared_with(session, case)
    )
