"""Telling administrators that something about a provider's account needs them."""

from sqlmodel import Session, col, select

from hub.actions.events import new_ids
from hub.models import Agent, Notice, Role


def tell_administrators(session: Session, case_id: int, text: str) -> None:
    """A notice to each, once: whoever has not yet seen the same words isn't told them again."""
    told = set(session.exec(select(Notice.agent_id).where(Notice.text == text, col(Notice.seen_at).is_(None))))
    admins = session.exec(select(Agent.id).where(Agent.role == Role.ADMIN, col(Agent.active)).order_by(col(Agent.id)))
    for agent_id in admins.all():
        if agent_id is not None and agent_id not in told:
            session.add(Notice(id=new_ids(session, 1)[0], agent_id=agent_id, case_id=case_id, text=text))
