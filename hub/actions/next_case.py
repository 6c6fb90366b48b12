"""[Next case]: gives the most urgent case that an agent may take. All who ask at the same moment are served together,
one after the other in one transaction; no two get the same one, and of several processes none waits for another."""

from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from hub.actions._events import new_ids
from hub.actions._room import Room, rooms
from hub.db.dialects import dialect_of
from hub.db.session import wake
from hub.db.types import as_json, as_moment
from hub.models import Agent, Assignment, CaseEvent, Membership, Queue, Role
from hub.models.base import utcnow
from routing.turns import turn

_TRIES = 500  # cases that others are just taking, or that this agent must not hold

# one look into ix_cases_unheld for each priority, with and without something due: the first of each
_HEAD = (
    "SELECT * FROM (SELECT c.id, c.priority_rank, c.due_at, c.opened_at, "
    "(SELECT y.barred FROM typed_cases y WHERE y.case_id = c.id) AS barred, "
    "EXISTS (SELECT 1 FROM restrictions r WHERE r.case_id = c.id) AS is_restricted FROM cases c "
    "JOIN contacts t ON t.id = c.contact_id WHERE c.queue_id = :queue AND c.priority_rank = {rank} "
    "AND c.agent_id IS NULL AND c.status IN ('new', 'open') AND c.due_at IS {due} "
    "AND c.channel IN MANY(:channels) AND NOT (c.id IN MANY(:passed)) AND NOT (t.language IN MANY(:foreign)) "
    "AND NOT (substr(t.language, 3, 1) = '-' AND substr(t.language, 1, 2) IN MANY(:foreign)) "
    "ORDER BY c.queue_id, c.priority_rank, c.due_at, c.id LIMIT :limit) AS head_{number}"
)
_HEADS = " UNION ALL ".join(
    _HEAD.format(rank=rank, due=due, number=number)
    for number, (rank, due) in enumerate((rank, due) for rank in (-3, -2, -1, 0) for due in ("NOT NULL", "NULL"))
)
_TAKE = (
    "UPDATE cases SET agent_id = :agent, status = 'open', seq = seq + 1 WHERE id IN (SELECT id FROM cases "
    "WHERE id = :case AND agent_id IS NULL AND status IN ('new', 'open') {lock}) RETURNING seq, reference"
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
    taken = [
        taking.serve(agent, space[each.agent_id], each.queue)
        if (agent := agents.get(each.agent_id))
        else Taken(code="no-caseworker")
        for each in wanted
    ]
    taking.write()
    return taken


class _Line:
    """The cases of one queue in their turn, as far as whoever asks may take them by channel and language. It is read
    a piece at a time: of each priority as many as there are who ask, so that the first so many are in order."""

    def __init__(self, session: Session, queue_id: int, room: Room, piece: int) -> None:
        self._session = session
        self._values: dict[str, Any] = {
            "queue": queue_id, "channels": list(room.channels), "foreign": list(room.foreign), "limit": piece,
        }  # fmt: skip
        self._piece = piece
        self._left = 0  # how many of those read are surely in order
        self._cases: list[Any] = []
        self._ended = False
        self.is_spoilt = False
        self.queue_id = queue_id

    def first(self, agent_id: int, is_member: bool, gone: Container[int], passed: set[int]) -> Any:
        """The first that isn't gone and that this agent may hold; None: there is none. Those that they may not hold
        are added to `passed`; once such ones had to be read past, the line is theirs alone."""
        while True:
            for case in self._cases[: self._left]:
                if case.id in gone or case.id in passed:
                    continue
                if _may_hold(case, agent_id, is_member):
                    return case
                passed.add(case.id)
            if self._ended:
                return None
            self.is_spoilt = self.is_spoilt or bool(passed)
            self._read([*passed, *self._gone_here(gone)])

    def _gone_here(self, gone: Container[int]) -> list[int]:
        return [case.id for case in self._cases if case.id in gone]

    def _read(self, without: list[int]) -> None:
        rows = dialect_of(self._session).run(self._session, _HEADS, passed=without, **self._values).fetchall()
        self._cases = sorted(rows, key=_turn)
        self._ended = len(rows) < self._piece
        self._left = len(rows) if self._ended else self._piece


class _Taking:
    """One transaction's cases."""

    def __init__(self, session: Session, agent_ids: Sequence[int], asking: int) -> None:
        self._session = session
        self._dialect = dialect_of(session)
        self._take = _TAKE.format(lock=self._dialect.row_claim)
        self._now = utcnow()
        self._rows: list[tuple[int, int, int]] = []  # case, agent, seq
        self._gone: set[int] = set()
        self._asking = asking
        self._lines: dict[tuple[int, tuple[str, ...], tuple[str, ...]], _Line] = {}
        self._queues = list(session.exec(select(Queue).order_by(col(Queue.id))))
        found = session.exec(select(Membership).where(col(Membership.agent_id).in_(agent_ids)))
        self._members = {(membership.agent_id, membership.queue_id) for membership in found}

    def serve(self, agent: Agent, room: Room, slug: str | None) -> Taken:
        if room.left <= sum(agent_id == room.agent_id for _, agent_id, _ in self._rows):
            return Taken(code="hands-full")
        skills = set(agent.skills)
        queues = [
            queue.id or 0
            for queue in self._queues
            if skills.issuperset(queue.skills)
            and (queue.slug == slug if slug is not None else (room.agent_id, queue.id) in self._members)
        ]
        return self._next(room, queues) if queues else Taken(code="no-queue")

    def _next(self, room: Room, queues: Collection[int]) -> Taken:
        passed: set[int] = set()
        lines = [self._line(queue_id, room) for queue_id in queues]
        while len(passed) < _TRIES:
            heads = [
                head
                for line in lines
                if (head := line.first(room.agent_id, self._is_member(room, line), self._gone, passed)) is not None
            ]
            if not heads:
                return Taken(code="nothing-waits")
            case_id = int(min(heads, key=_turn).id)
            row = self._dialect.run(self._session, self._take, case=case_id, agent=room.agent_id).first()
            if row is not None:
                self._gone.add(case_id)
                self._rows.append((case_id, room.agent_id, row.seq))
                return Taken(case_id=case_id, reference=row.reference, seq=row.seq)
            passed.add(case_id)  # somebody else is just taking it
        return Taken(code="others-quicker")

    def _line(self, queue_id: int, room: Room) -> _Line:
        key = (queue_id, room.channels, room.foreign)
        if key not in self._lines or self._lines[key].is_spoilt:
            self._lines[key] = _Line(self._session, queue_id, room, self._asking)
        return self._lines[key]

    def _is_member(self, room: Room, line: _Line) -> bool:
        return (room.agent_id, line.queue_id) in self._members

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


def _may_hold(case: Any, agent_id: int, is_member: bool) -> bool:
    """Not by the law's bar on who looked at it before; nor one that is shown only to those who work in its queue."""
    if case.is_restricted and not is_member:
        return False
    return case.barred is None or agent_id not in as_json(case.barred)


def _turn(head: Any) -> tuple[datetime, int]:
    due_at = as_moment(head.due_at) if head.due_at else None
    return turn(-head.priority_rank, due_at, as_moment(head.opened_at)), head.id
