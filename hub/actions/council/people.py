"""How people get in: passwords, API tokens, sign-ins. Tokens and cookies are stored as sha256 only."""

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from hub.errors import NotFound
from hub.models import Agent, ApiToken, SignIn
from hub.models.base import utcnow

TOKEN_PREFIX = "hub_"  # noqa: S105  # so that a token is recognised where it should not be


def set_password(session: Session, email: str, password_hash: str) -> None:
    """Replaces the agent's password and ends their sign-ins. Raises NotFound."""
    agent = _active_agent(session, email)
    agent.password_hash = password_hash
    session.execute(delete(SignIn).where(col(SignIn.agent_id) == agent.id))


def create_token(session: Session, email: str) -> str:
    """A new API token of the agent: 256 random bits behind "hub_". It can't be read again. Raises NotFound."""
    agent = _active_agent(session, email)
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    assert agent.id is not None
    session.add(ApiToken(agent_id=agent.id, token_hash=hash_of(token)))
    session.flush()
    return token


def revoke_tokens(session: Session, email: str) -> int:
    """All API tokens of an agent, disabled or not, open nothing from now on. Returns how many. Raises NotFound."""
    agent_id = session.exec(select(Agent.id).where(Agent.email == email.strip().lower())).first()
    if agent_id is None:
        raise NotFound("There is no agent with this e-mail address.")
    revoked = session.exec(delete(ApiToken).where(col(ApiToken.agent_id) == agent_id).returning(col(ApiToken.id)))
    return len(revoked.all())


def start_sign_in(session: Session, agent_id: int, token_hash: str, expires_at: datetime) -> None:
    """`token_hash`: `hash_of` the cookie. Sweeps out what has expired."""
    session.execute(delete(SignIn).where(col(SignIn.expires_at) < utcnow()))
    session.add(SignIn(token_hash=token_hash, agent_id=agent_id, expires_at=expires_at))
    session.flush()


def end_sign_in(session: Session, token_hash: str) -> None:
    """Ending what has ended changes nothing."""
    session.execute(delete(SignIn).where(col(SignIn.token_hash) == token_hash))


def hash_of(token: str) -> str:
    """sha256 in hex: a token has too many random bits to be guessed, so a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def _active_agent(session: Session, email: str) -> Agent:
    agent = session.exec(select(Agent).where(Agent.email == email.strip().lower(), col(Agent.active))).first()
    if agent is None:
        raise NotFound("There is no active agent with this e-mail address. Agents come from the council file.")
    return agent
