"""Who somebody is: by API token, by sign-in, by e-mail address. Disabled agents are nobody."""

from datetime import datetime

from sqlmodel import Session, col, select

from hub.models import Agent, ApiToken, Council, Membership, SignIn
from hub.queries.views import AgentView


def agent_by_token(session: Session, token_hash: str) -> AgentView | None:
    """`token_hash`: sha256 of the API token, in hex."""
    found = select(Agent).join(ApiToken, col(ApiToken.agent_id) == col(Agent.id))
    agent = session.exec(found.where(ApiToken.token_hash == token_hash, col(Agent.active))).first()
    return _view(session, agent) if agent else None


def agent_by_sign_in(session: Session, token_hash: str, now: datetime) -> AgentView | None:
    """`token_hash`: sha256 of the cookie, in hex. None as well when the sign-in has expired by `now`."""
    found = select(Agent).join(SignIn, col(SignIn.agent_id) == col(Agent.id))
    valid = (SignIn.token_hash == token_hash, SignIn.expires_at > now, col(Agent.active))
    agent = session.exec(found.where(*valid)).first()
    return _view(session, agent) if agent else None


def agent_for_password(session: Session, email: str) -> tuple[AgentView, str] | None:
    """The agent and their password's hash ("" = can't sign in), to be verified outside of the database."""
    agent = session.exec(select(Agent).where(Agent.email == email.strip().lower(), col(Agent.active))).first()
    return (_view(session, agent), agent.password_hash) if agent else None


def agent_view(session: Session, agent_id: int) -> AgentView:
    """Raises NoResultFound for an agent that isn't there."""
    return _view(session, session.get_one(Agent, agent_id))


def _view(session: Session, agent: Agent) -> AgentView:
    assert agent.id is not None
    queue_ids = session.exec(select(Membership.queue_id).where(Membership.agent_id == agent.id))
    roles = session.exec(select(Council.sees_restricted)).first()
    return AgentView(
        id=agent.id,
        email=agent.email,
        name=agent.name,
        role=agent.role,
        queue_ids=frozenset(queue_ids),
        sees_restricted=agent.role in (roles or ()),
    )
