"""[Next case]: gives the most urgent case that an agent may take. All who ask at the same moment are served together,
in one transaction and a few statements; no two get the same one, and of several processes none waits for another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from hub.actions.casework._in_turn import InTurn, Waiting
from hub.actions.casework._room import Room, rooms
from hub.actions.events import new_ids
from hub.db.dialects import dialect_of
from hub.db.session import wake
from hub.models import Agent, Assignment, Case, CaseEvent, Membership, Queue, Role, Share
from hub.models.base import utcnow

_TRIES = 20  # how often those look again whose cases somebody else was just taking

_CLAIM = (
    "SELECT id, seq, reference, queue_id, EXISTS (SELECT 1 FROM restrictions r WHERE r.case_id = cases.id) "
    "AS is_restricted FROM cases WHERE id IN MANY(:cases) AND agent_id IS NULL AND status IN ('new', 'open') "
    "ORDER BY id {lock}"
)
_GIVEN = "UPDATE presences SET given_at = :now WHERE agent_id IN MANY(:agents)"


WHY = {
    "nothing-waits": "Nothing waits here that you may take.",
    "hands-full": "You hold as many cases as you may. Resolve or release one first.",
    "no-queue": "You don't work in a queue whose cases you may take.",
    "others-quicker": "Others are quicker at this moment. Try again.",
    "no-caseworker": "Only active caseworkers are given cases.",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """An agent asks for a case of one queue, or (None) of any that they work in."""

    agent_id: int
    queue: str | None = None  # slug


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What they got; `case_id` is None when nothing was to be had, and `code` says why: a key of WHY."""

    case_id: int | None = None
    reference: str = ""
    seq: int = 0
    code: str = ""

    @property
    def why(self) -> str:
        """A sentence; "" when there is a case."""
        return WHY.get(self.code, "")


def take_next(session: Session, wanted: Sequence[Wanted]) -> list[Taken]:
    """Serves everybody in the order in which they asked; never raises for one what the others must bear."""
    found = session.exec(select(Agent).where(col(Agent.id).in_({each.agent_id for each in wanted})))
    agents = {agent.id: agent for agent in found if agent.active and agent.role is not Role.AUDITOR}
    space = rooms(session, [agent for agent in agents.values() if agent.capacity])
    space |= rooms(session, [agent for agent in agents.values() if not agent.capacity], counting=False)
    taking = _Taking(session, [agent_id for agent_id in agents if agent_id is not None], len(wanted))
    asked = [
        _Asked(agent, space[each.agent_id], each.queue) if (agent := agents.get(each.agent_id)) else None
        for each in wanted
    ]
    taking.serve([each for each in asked if each is not None])
    taking.write()
    return [each.taken if each is not None else Taken(code="no-caseworker") for each in asked]


class _Asked:
    """Somebody who asks, and what they get."""

    def __init__(self, agent: Agent, room: Room, slug: str | None) -> None:
        self.agent = agent
        self.room = room
        self.slug = slug
        self.case: Waiting | None = None
        self.out_of: InTurn | None = None
        self.taken = Taken(code="others-quicker")


class _Taking:
    """One transaction's cases: chosen in turn for all who ask, claimed together, written together."""

    def __init__(self, session: Session, agent_ids: Sequence[int], asking: int) -> None:
        self._session = session
        self._dialect = dialect_of(session)
        self._now = utcnow()
        self._given: list[tuple[Waiting, int, Taken]] = []  # to which agent
        self._gone: set[int] = set()  # chosen for somebody, or just taken by another process
        self._asking = asking
        self._lists: dict[tuple[int, bool, tuple[str, ...], tuple[str, ...]], InTurn] = {}
        queues = select(Queue.id, Queue.slug, Queue.skills).order_by(col(Queue.id))
        self._queues = [(queue_id or 0, slug, skills) for queue_id, slug, skills in session.exec(queues)]
        found = select(Membership.agent_id, Membership.queue_id).where(col(Membership.agent_id).in_(agent_ids))
        self._sharing = frozenset(session.exec(select(Share.queue_id).distinct()))
        self._members = {(agent_id, queue_id) for agent_id, queue_id in session.exec(found)}

    def serve(self, asking: Sequence[_Asked]) -> None:
        for _ in range(_TRIES):
            held = [agent_id for _, agent_id, _ in self._given]
            for each in asking:
                if self._choose(each, held):
                    held.append(each.room.agent_id)
            chosen = [each for each in asking if each.case is not None]
            self._bring_back(chosen)
            asking = self._claim(chosen)
            if not asking:
                return

    def _choose(self, asked: _Asked, held: Sequence[int]) -> bool:
        """The first case that is theirs to take; else why there is none."""
        room, skills = asked.room, set(asked.agent.skills)
        asked.case = None
        if room.left <= held.count(room.agent_id):
            asked.taken = Taken(code="hands-full")
            return False
        queues = [
            queue_id
            for queue_id, slug, needed in self._queues
            if skills.issuperset(needed)
            and (slug == asked.slug if asked.slug is not None else (room.agent_id, queue_id) in self._members)
        ]
        passed: set[int] = set()
        shared = [queue_id for queue_id in queues if queue_id in self._sharing]
        for out_of in (
            *(self._list(each, room) for each in queues),
            *(self._list(each, room, True) for each in shared),
        ):
            case = out_of.first(room.agent_id, self._is_member(room, out_of), self._gone, passed)
            if case is not None and (asked.case is None or _before(case, asked.case, room.agent_id)):
                asked.case, asked.out_of = case, out_of
        if asked.case is None:
            asked.taken = Taken(code="nothing-waits" if queues else "no-queue")
            return False
        self._gone.add(asked.case.id)
        return True

    def _list(self, queue_id: int, room: Room, shared: bool = False) -> InTurn:
        key = (queue_id, shared, room.channels, room.foreign)
        if key not in self._lists or self._lists[key].is_spoilt:
            self._lists[key] = InTurn(self._session, queue_id, room, self._asking, self._now, shared=shared)
        return self._lists[key]

    def _is_member(self, room: Room, out_of: InTurn) -> bool:
        """Of the queue that the cases stand in; being shared doesn't show a restricted one to anybody."""
        return not out_of.is_shared and (room.agent_id, out_of.queue_id) in self._members

    def _bring_back(self, chosen: Sequence[_Asked]) -> None:
        """Of those served at the same moment, whoever knows the citizen of another's case swaps with them: the same
        cases are given, each to somebody who may take it."""
        asking = {each.room.agent_id: each for each in chosen}
        for one in chosen:
            assert one.case is not None
            other = asking.get(one.case.known_by or 0)
            if other is None or other is one or other.case is None or one.out_of is not other.out_of:
                continue
            if other.case.known_by == other.room.agent_id:
                continue  # they have one of their own
            if all(self._may_hold(who, case) for who, case in ((one, other.case), (other, one.case))):
                one.case, other.case = other.case, one.case

    def _may_hold(self, asked: _Asked, case: Waiting) -> bool:
        assert asked.out_of is not None
        return case.may_be_held_by(asked.room.agent_id, self._is_member(asked.room, asked.out_of))

    def _claim(self, chosen: Sequence[_Asked]) -> list[_Asked]:
        """Takes what is still to be had, all in one statement; returns those who must look again."""
        ids = sorted(each.case.id for each in chosen if each.case is not None)
        if not ids:
            return []
        sql = _CLAIM.format(lock=self._dialect.row_claim)
        rows = {row.id: row for row in self._dialect.run(self._session, sql, cases=ids)}
        for each in chosen:
            if each.case is not None and (row := rows.get(each.case.id)) is not None and self._is_as_read(each, row):
                each.taken = Taken(case_id=row.id, reference=row.reference, seq=row.seq + 1)
                self._given.append((each.case, each.room.agent_id, each.taken))
        return [each for each in chosen if each.taken.case_id is None]

    def _is_as_read(self, asked: _Asked, row: Any) -> bool:
        """Whether it is still theirs to take: nobody has transferred or restricted it meanwhile."""
        assert asked.out_of is not None
        has_moved = row.queue_id != asked.out_of.queue_id and not asked.out_of.is_shared
        return not has_moved and (not row.is_restricted or self._is_member(asked.room, asked.out_of))

    def write(self) -> None:
        """Who holds what, since when, and the events, in the order of the cases' turns."""
        if not self._given:
            return
        self._given.sort(key=lambda given: (given[0].turn, given[0].id))
        ids = iter(new_ids(self._session, 2 * len(self._given)))
        cases: list[dict[str, Any]] = []
        held: list[dict[str, Any]] = []
        events: list[dict[str, Any]] = []
        for case, agent_id, taken in self._given:
            why = {"why": "who knows the citizen"} if case.known_by == agent_id else {}
            cases.append({"id": case.id, "agent_id": agent_id, "status": "open", "seq": taken.seq})
            held.append({"id": next(ids), "case_id": case.id, "agent_id": agent_id, "since": self._now})
            events.append(
                {
                    "id": next(ids),
                    "case_id": case.id,
                    "seq": taken.seq,
                    "kind": "claimed",
                    "at": self._now,
                    "agent_id": agent_id,
                    "detail": {"by": "next", **why},
                }
            )
        with self._dialect.at_once(self._session):
            self._dialect.update(self._session, Case, cases)
            self._dialect.insert(self._session, Assignment, held)
            self._dialect.insert(self._session, CaseEvent, events)
        agents = sorted({agent_id for _, agent_id, _ in self._given})
        self._dialect.run(self._session, _GIVEN, now=self._now, agents=agents)
        wake(self._session, "events")


def _before(one: Waiting, other: Waiting, agent_id: int) -> bool:
    """By turn; of the same turn the one whose citizen they know, then the older one."""
    return (one.turn, one.known_by != agent_id, one.id) < (other.turn, other.known_by != agent_id, other.id)
