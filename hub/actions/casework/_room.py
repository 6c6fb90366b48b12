"""What an agent may be given: of which queues, in which languages, and on which channels they have room."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from hub.models import Agent, Case, CaseStatus, Inbox, Membership, Presence, PresenceState, Role

TOTAL = "total"
_BUSY = (CaseStatus.NEW, CaseStatus.OPEN)  # a case that waits for the citizen takes no room


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    agent_id: int
    skills: frozenset[str]
    foreign: tuple[str, ...]  # languages that a colleague speaks and this agent doesn't
    channels: tuple[str, ...]  # with room for one more
    left: int  # how many cases more, over all channels
    load: int = 0

    def may_take(self, needed: Iterable[str], channel: str, language: str) -> bool:
        """A case of a queue that needs these skills."""
        speaks = language.partition("-")[0] not in self.foreign
        return self.left > 0 and speaks and channel in self.channels and self.skills.issuperset(needed)


def rooms(session: Session, agents: Sequence[Agent], counting: bool = True) -> dict[int, Room]:
    """By agent id; a few statements for any number of agents. Without `counting` their hands count as empty: for those
    who have no capacity to be kept."""
    if not agents:
        return {}
    ids = [agent.id for agent in agents if agent.id is not None]
    loads = _loads(session, ids) if counting else {}
    spoken = _spoken(session)
    channels = sorted(set(session.exec(select(Inbox.channel))))
    return {
        agent.id: _room(agent, loads.get(agent.id, Counter()), spoken, channels)
        for agent in agents
        if agent.id is not None
    }


def _room(agent: Agent, load: Mapping[str, int], spoken: frozenset[str], channels: Sequence[str]) -> Room:
    assert agent.id is not None
    total = sum(load.values())
    free = [each for each in channels if load.get(each, 0) < agent.capacity.get(each, 1_000_000)]
    return Room(
        agent_id=agent.id,
        skills=frozenset(agent.skills),
        foreign=tuple(sorted(spoken - set(agent.languages))),
        channels=tuple(free),
        left=max(0, agent.capacity.get(TOTAL, 1_000_000) - total),
        load=total,
    )


def _loads(session: Session, ids: Collection[int]) -> dict[int, Counter[str]]:
    """How many cases each has in hand, by channel."""
    found = (
        select(Case.agent_id, Case.channel, func.count())
        .where(col(Case.agent_id).in_(ids), col(Case.status).in_(_BUSY))
        .group_by(col(Case.agent_id), col(Case.channel))
    )
    loads: dict[int, Counter[str]] = {}
    for agent_id, channel, count in session.exec(found):
        if agent_id is not None:
            loads.setdefault(agent_id, Counter())[channel] = count
    return loads


def _spoken(session: Session) -> frozenset[str]:
    """The languages that only some speak: what nobody claims to speak is everybody's to answer."""
    found = session.exec(select(Agent.languages).where(col(Agent.active)))
    return frozenset(language for languages in found for language in languages)


def members_here(session: Session, queue_id: int, now: datetime) -> list[tuple[Agent, Presence]]:
    """The members of a queue who are here, in the order of their ids."""
    found = (
        select(Agent, Presence)
        .join(Membership, col(Membership.agent_id) == col(Agent.id))
        .join(Presence, col(Presence.agent_id) == col(Agent.id))
        .where(
            Membership.queue_id == queue_id,
            Presence.state == PresenceState.HERE,
            col(Agent.active),
            Agent.role != Role.AUDITOR,
        )
        .order_by(col(Agent.id))
    )
    return [(agent, presence) for agent, presence in session.exec(found) if not presence.has_left(now)]
