"""The cases of a queue that nobody holds, in their turn, as one who asks for the next may be given them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import Session

from hub.actions.casework._room import Room
from hub.db.dialects import dialect_of
from hub.db.types import as_json, as_moment
from routing.turns import turn

_KNOWN_FOR = timedelta(days=90)  # that an agent is remembered as the citizen's
_PIECE = 200  # cases read at once where all are looked through
_AT_LEAST = 10  # cases read at once, so that those whose turn is the same are seen together

# one look into ix_cases_unheld for each priority, with and without something due: the first of each
_HEAD = (
    "SELECT * FROM (SELECT c.id, c.priority_rank, c.due_at, c.opened_at, "
    "(SELECT y.barred FROM typed_cases y WHERE y.case_id = c.id) AS barred, "
    "EXISTS (SELECT 1 FROM restrictions r WHERE r.case_id = c.id) AS is_restricted, "
    "(SELECT CASE WHEN p.updated_at > :since THEN p.agent_id END FROM cases p WHERE p.contact_id = c.contact_id "
    "AND p.id < c.id ORDER BY p.contact_id DESC, p.id DESC LIMIT 1) AS known_by, c.channel, t.language FROM cases c "
    "JOIN contacts t ON t.id = c.contact_id WHERE {place} AND c.priority_rank = {rank} "
    "AND c.agent_id IS NULL AND c.status IN ('new', 'open') AND c.due_at IS {due} "
    "AND c.channel IN MANY(:channels) AND NOT (c.id IN MANY(:without)) AND NOT (t.language IN MANY(:foreign)) "
    "AND NOT (substr(t.language, 3, 1) = '-' AND substr(t.language, 1, 2) IN MANY(:foreign)) "
    "ORDER BY {first}c.priority_rank, c.due_at, c.id LIMIT :limit) AS head_{number}"
)


def _heads(place: str, first: str = "") -> str:
    each = enumerate((rank, due) for rank in (-3, -2, -1, 0) for due in ("NOT NULL", "NULL"))
    return " UNION ALL ".join(
        _HEAD.format(place=place, first=first, rank=rank, due=due, number=number) for number, (rank, due) in each
    )


_HEADS = _heads("c.queue_id = :queue", "c.queue_id, ")
_SHARED_HEADS = _heads("c.id IN (SELECT s.case_id FROM shares s WHERE s.queue_id = :queue)")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that nobody holds."""

    turn: datetime
    id: int
    known_by: int | None  # who held this citizen's case before it
    barred: tuple[int, ...]  # who must not hold it, since they looked at it before
    is_restricted: bool

    def may_be_held_by(self, agent_id: int, is_member: bool) -> bool:
        """Not by the law's bar; nor one that is shown only to those who work in its queue."""
        return agent_id not in self.barred and (is_member or not self.is_restricted)


class InTurn:
    """The cases of one queue, or those that are shared with it, of which whoever asks may take any by channel and
    language. They are read a piece at a time: of each priority as many as there are who ask, so that the first so many
    are in order."""

    def __init__(
        self, session: Session, queue_id: int, room: Room, asking: int, now: datetime, *, shared: bool
    ) -> None:
        self._session = session
        self._piece = max(asking, _AT_LEAST)
        self._values: dict[str, Any] = {
            "queue": queue_id, "channels": list(room.channels), "foreign": list(room.foreign), "limit": self._piece,
            "since": now - _KNOWN_FOR,
        }  # fmt: skip
        self._cases: list[Waiting] = []  # as many of those read as are surely in order
        self._ended = False
        self.is_spoilt = False
        self.queue_id = queue_id
        self.is_shared = shared

    def first(self, agent_id: int, is_member: bool, gone: Collection[int], passed: set[int]) -> Waiting | None:
        """The first that isn't gone and that this agent may hold; of several with the same turn one whose citizen
        they know. None: there is none. Those that they may not hold are added to `passed`; once such ones had to be
        read past, what is left here is theirs alone."""
        while True:
            found: Waiting | None = None
            for case in self._cases:
                if found is not None and case.turn > found.turn:
                    break
                if case.id in gone or case.id in passed:
                    continue
                if not case.may_be_held_by(agent_id, is_member):
                    passed.add(case.id)
                elif found is None or case.known_by == agent_id:
                    found = case
                    if case.known_by == agent_id:
                        break
            if found is not None or self._ended:
                return found
            self.is_spoilt = self.is_spoilt or bool(passed)
            self._read([*passed, *gone])

    def _read(self, without: list[int]) -> None:
        heads = _SHARED_HEADS if self.is_shared else _HEADS
        found = dialect_of(self._session).run(self._session, heads, without=without, **self._values)
        in_order = sorted([(_turn(row), row[0], row) for row in map(_Head._make, found)])
        self._ended = len(in_order) < self._piece
        self._cases = [_waiting(row, its_turn) for its_turn, _, row in in_order[: self._piece]]


class _Head(NamedTuple):
    """A row of the heads."""

    id: int
    priority_rank: int
    due_at: datetime | str | None
    opened_at: datetime | str
    barred: Any
    is_restricted: bool
    known_by: int | None
    channel: str
    language: str


def all_in_turn(
    session: Session, queue_id: int, channels: Collection[str], foreign: Collection[str], now: datetime
) -> Iterator[tuple[int, str, str]]:
    """Every case of a queue on one of the channels and in none of these languages, as (id, channel, language). Read a
    piece at a time, so that whoever takes the first few pays for no more, and nothing far behind is out of sight."""
    read: list[int] = []
    values = {"queue": queue_id, "channels": list(channels), "foreign": list(foreign), "since": now - _KNOWN_FOR}
    while True:
        found = dialect_of(session).run(session, _HEADS, without=read, limit=_PIECE, **values)
        rows = sorted(map(_Head._make, found), key=lambda row: (_turn(row), row.id))[:_PIECE]
        yield from ((row.id, row.channel, row.language) for row in rows)
        if len(rows) < _PIECE:
            return
        read += [row.id for row in rows]


def _turn(row: _Head) -> datetime:
    due_at = as_moment(row.due_at) if row.due_at else None
    return turn(-row.priority_rank, due_at, as_moment(row.opened_at))


def _waiting(row: _Head, its_turn: datetime) -> Waiting:
    return Waiting(
        turn=its_turn,
        id=row.id,
        known_by=row.known_by,
        barred=tuple(as_json(row.barred)) if row.barred is not None else (),
        is_restricted=bool(row.is_restricted),
    )
