"""[Next case]: gives the most urgent case that an agent may take. All who ask at the same moment are served together,
one after the other in one transaction; no two get the same one, and of several processes none waits for another."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from hub.actions._events import new_ids
from hub.actions._room import Room, queues_of, rooms
from hub.db.dialects import dialect_of
from hub.db.session import wake
from hub.db.types import as_json, as_moment
from hub.models import Agent, Assignment, CaseEvent, Queue, Role
from hub.models.base import utcnow
from routing.turns import turn

_TRIES = 50  # cases that others are just taking, or that this agent must not hold

# one look into ix_cases_unheld for each priority, with and without something due: the first of each
_HEAD = (
    "SELECT * FROM (SELECT c.id, c.priority_rank, c.due_at, c.opened_at FROM cases c "
    "JOIN contacts t ON t.id = c.contact_id WHERE c.queue_id = :queue AND c.priority_rank = {rank} "
    "AND c.agent_id IS NULL AND c.status IN ('new', 'open') AND c.due_at IS {due} "
    "AND c.channel IN MANY(:channels) AND NOT (c.id IN MANY(:passed)) AND NOT (t.language IN MANY(:foreign)) "
    "AND NOT (substr(t.language, 3, 1) = '-' AND substr(t.language, 1, 2) IN MANY(:foreign)) "
    "ORDER BY c.queue_id, c.priority_rank, c.due_at, c.id LIMIT 1) AS head_{number}"
)
_HEADS = " UNION ALL ".join(
    _HEAD.format(rank=rank, due=due, number=number)
    for number, (rank, due) in enumerate((rank, due) for rank in (-3, -2, -1, 0) for due in ("NOT NULL", "NULL"))
)
_TAKE = (
    "UPDATE cases SET agent_id = :agent, status = 'open', seq = seq + 1 WHERE id IN (SELECT id FROM cases "
    "WHERE id = :case AND agent_id IS NULL AND status IN ('new', 'open') {lock}) RETURNING seq, reference"
)
_BARRED = "SELECT barred FROM typed_cases WHERE case_id = :case"
_HIDDEN = (
    "SELECT 1 FROM restrictions r JOIN cases c ON c.id = r.case_id WHERE r.case_id = :case AND NOT EXISTS "
    "(SELECT 1 FROM memberships m WHERE m.queue_id = c.queue_id AND m.agent_id = :agent)"
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
    taking = _Taking(session)
    found = session.exec(select(Agent).where(col(Agent.id).in_({each.agent_id for each in wanted})))
    agents = {agent.id: agent for agent in found if agent.active and agent.role is not Role.AUDITOR}
    space = rooms(session, list(agents.values()))
    taken = []
    for each in wanted:
        agent = agents.get(each.agent_id)
        room = space.get(each.agent_id)
        if agent is None or room is None:
            taken.append(Taken(code="no-caseworker"))
            continue
        if room.left <= taking.given(each.agent_id):
            taken.append(Taken(code="hands-full"))
            continue
        taken.append(taking.take(room, queues_of(session, agent, each.queue)))
    taking.write()
    return taken


class _Taking:
    """One transaction's cases."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._dialect = dialect_of(session)
        self._take = _TAKE.format(lock=self._dialect.row_claim)
        self._now = utcnow()
        self._rows: list[tuple[int, int, int]] = []  # case, agent, seq

    def given(self, agent_id: int) -> int:
        return sum(agent == agent_id for _, agent, _ in self._rows)

    def take(self, room: Room, queues: Collection[Queue]) -> Taken:
        if not queues:
            return Taken(code="no-queue")
        passed: list[int] = []
        while len(passed) < _TRIES:
            head = self._first(room, queues, passed)
            if head is None:
                return Taken(code="nothing-waits")
            row = None if self._is_barred(head, room.agent_id) else self._claimed(head, room.agent_id)
            if row is not None:
                self._rows.append((head, room.agent_id, row.seq))
                return Taken(case_id=head, reference=row.reference, seq=row.seq)
            passed.append(head)
        return Taken(code="others-quicker")

    def _first(self, room: Room, queues: Collection[Queue], passed: Sequence[int]) -> int | None:
        """The case whose turn it is."""
        values: dict[str, Any] = {"channels": list(room.channels), "foreign": list(room.foreign)}
        heads = [
            head
            for queue in queues
            for head in self._dialect.run(self._session, _HEADS, queue=queue.id, passed=list(passed), **values)
        ]
        first = min(heads, key=_turn, default=None)
        return None if first is None else int(first.id)

    def _is_barred(self, case_id: int, agent_id: int) -> bool:
        """By the law, or because the case is shown only to those who work in its queue."""
        row = self._dialect.run(self._session, _BARRED, case=case_id).first()
        if row is not None and agent_id in as_json(row.barred):
            return True
        return self._dialect.run(self._session, _HIDDEN, case=case_id, agent=agent_id).first() is not None

    def _claimed(self, case_id: int, agent_id: int) -> Any:
        """None when somebody else is taking it."""
        return self._dialect.run(self._session, self._take, case=case_id, agent=agent_id).first()

    def write(self) -> None:
        """Assignments and events of all that were taken."""
        if not self._rows:
            return
        ids = iter(new_ids(self._session, 2 * len(self._rows)))
        held = [
            {"id": next(ids), "case_id": case, "agent_id": agent, "since": self._now} for case, agent, _ in self._rows
        ]
        events = [
            {
                "id": next(ids),
                "case_id": case,
                "seq": seq,
                "kind": "claimed",
                "at": self._now,
                "agent_id": agent,
                "detail": {"by": "next"},
            }
            for case, agent, seq in self._rows
        ]
        self._dialect.insert(self._session, Assignment, held)
        self._dialect.insert(self._session, CaseEvent, events)
        agents = sorted({agent for _, agent, _ in self._rows})
        self._dialect.run(self._session, _GIVEN, now=self._now, agents=agents)
        wake(self._session, "events")


def _turn(head: Any) -> tuple[datetime, int]:
    due_at = as_moment(head.due_at) if head.due_at else None
    return turn(-head.priority_rank, due_at, as_moment(head.opened_at)), head.id
