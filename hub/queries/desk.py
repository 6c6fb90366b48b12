"""What a caseworker's desk shows beside the lists: how much they hold, and who else works in a queue."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, exists
from sqlmodel import Session, col, func, or_, select

from hub.models import Agent, Case, CaseStatus, Membership, Queue, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCounts:
    """Of the open cases that somebody holds."""

    mine: int
    due: int  # past their time, and it isn't the citizen's turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    email: str
    name: str


def desk_counts(session: Session, agent_id: int, now: datetime) -> DeskCounts:
    is_late = and_(col(Case.due_at) < now, col(Case.status).in_([CaseStatus.NEW, CaseStatus.OPEN]))
    late = func.sum(case((is_late, 1), else_=0))
    found = select(func.count(), late).where(
        Case.agent_id == agent_id, col(Case.status).not_in([CaseStatus.RESOLVED, CaseStatus.CLOSED])
    )
    mine, due = session.exec(found).one()
    return DeskCounts(mine=mine, due=due or 0)


def colleagues(session: Session, queue_slugs: Collection[str]) -> tuple[Colleague, ...]:
    """Who may hold a case that stands in these queues: their members, and leaders and administrators, by name."""
    works_here = exists().where(
        col(Membership.agent_id) == col(Agent.id),
        col(Membership.queue_id) == col(Queue.id),
        col(Queue.slug).in_(queue_slugs),
    )
    found = select(Agent.email, Agent.name).where(
        col(Agent.active),
        Agent.role != Role.AUDITOR,
        or_(col(Agent.role).in_([Role.LEADER, Role.ADMIN]), works_here),
    )
    return tuple(Colleague(email=email, name=name) for email, name in session.exec(found.order_by(col(Agent.name))))
