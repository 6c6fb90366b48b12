"""What agents are told about cases, until they have seen it."""

from collections.abc import Collection, Iterable

from sqlalchemy import update
from sqlmodel import Session, col, select

from hub.actions.events import new_ids
from hub.db.session import wake
from hub.models import Agent, Case, Membership, Notice, Role
from hub.models.base import utcnow

LONGEST = 500  # characters


def tell_agents(session: Session, case: Case, agent_ids: Iterable[int], text: str) -> None:
    """A notice to each of them."""
    wanted = sorted(set(agent_ids))
    for notice_id, agent_id in zip(new_ids(session, len(wanted)), wanted, strict=True):
        session.add(Notice(id=notice_id, agent_id=agent_id, case_id=case.id, text=text[:LONGEST]))
    wake(session, "notices")


def see_notices(session: Session, agent_id: int, up_to: int | None = None) -> None:
    """The agent has seen their notices, those up to this id, or all."""
    seen = update(Notice).where(col(Notice.agent_id) == agent_id, col(Notice.seen_at).is_(None))
    if up_to is not None:
        seen = seen.where(col(Notice.id) <= up_to)
    session.execute(seen.values(seen_at=utcnow()).execution_options(synchronize_session=False))


def people(session: Session, case: Case, words: Iterable[str], queues: Collection[int] = ()) -> set[int]:
    """The ids of active agents: "holder", "leaders" and "queue" of the case, or e-mail addresses.

    queues: further ones whose leaders and members are meant as well.
    """
    concerned = {case.queue_id, *queues}
    found: set[int | None] = set()
    for word in words:
        if word == "holder":
            found.add(case.agent_id)
        elif word == "queue":
            found.update(*(_members(session, queue_id) for queue_id in concerned))
        elif word == "leaders":
            found.update(*(_leaders(session, queue_id) for queue_id in concerned))
        else:
            found.add(session.exec(select(Agent.id).where(Agent.email == word, col(Agent.active))).first())
    return {agent_id for agent_id in found if agent_id is not None}


def _members(session: Session, queue_id: int) -> list[int | None]:
    found = select(Agent.id).join(Membership, col(Membership.agent_id) == col(Agent.id))
    return list(session.exec(found.where(Membership.queue_id == queue_id, col(Agent.active))))


def _leaders(session: Session, queue_id: int) -> list[int | None]:
    """Leaders who work in the queue; when there is none, every leader and administrator."""
    leading = select(Agent.id).where(col(Agent.active), col(Agent.role).in_([Role.LEADER, Role.ADMIN]))
    of_queue = leading.join(Membership, col(Membership.agent_id) == col(Agent.id))
    return list(session.exec(of_queue.where(Membership.queue_id == queue_id))) or list(session.exec(leading))
