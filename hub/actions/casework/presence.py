"""Who is here to be given a case: said by the agents themselves, and by a case that nobody accepted."""

from datetime import datetime

from sqlmodel import Session

from hub.actions.casework.holding import WAKE
from hub.characters import printable
from hub.db.session import wake
from hub.errors import Invalid
from hub.models import Presence, PresenceState
from hub.models.base import utcnow

LONGEST_REASON = 60  # characters


def set_presence(session: Session, agent_id: int, state: str, reason: str = "", now: datetime | None = None) -> None:
    """`state`: here, break or away; `reason`, such as lunch, is kept of a break. Raises Invalid."""
    try:
        wanted = PresenceState(state)
    except ValueError:
        raise Invalid("There is no such state.", {"state": f"One of {', '.join(PresenceState)}."}) from None
    now = now or utcnow()
    presence = session.get(Presence, agent_id)
    if presence is None:
        presence = Presence(agent_id=agent_id, since=now, idle_since=now)
        session.add(presence)
    if presence.state is not wanted:
        presence.since = presence.idle_since = now
    presence.state = wanted
    presence.reason = printable(" ".join(reason.split()))[:LONGEST_REASON] if wanted is PresenceState.BREAK else ""
    presence.seen_at = None
    session.flush()
    wake(session, WAKE)
    wake(session, "presence")


def see_page(session: Session, agent_id: int, now: datetime) -> None:
    """A page of theirs is open: from now on they are here only while one is. Who had closed the last one is here
    again."""
    presence = session.get(Presence, agent_id)
    if presence is None or presence.state is not PresenceState.HERE:
        return
    had_left = presence.has_left(now)
    presence.seen_at = now
    session.flush()
    if had_left:
        wake(session, WAKE)
        wake(session, "presence")
