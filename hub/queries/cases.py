"""Lists of cases: filters, search and a cursor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, TextClause, and_, or_, text
from sqlmodel import Session, col, select

from hub.errors import Invalid, NotFound
from hub.models import (
    Agent,
    Case,
    CaseStatus,
    Queue,
)
from hub.models.base import BIGGEST_ID
from hub.queries._case_views import case_views
from hub.queries._search import is_found
from hub.queries.links import without_hidden
from hub.queries.restrictions import is_visible
from hub.queries.sharing import shared_ids
from hub.queries.views import AgentView, CaseView
from hub.reference import case_id_of

LARGEST_PAGE = 200
NOBODY = "none"  # as an agent: the cases that nobody holds


_NEVER = datetime.max.replace(tzinfo=UTC)

Condition = ColumnElement[bool] | TextClause
Key = tuple[int, int, datetime | None]  # of a case: its id, its rank by priority, when it is due


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """What a list shows; None leaves a thing open.

    "newest" is by id, the latest first; "urgent" by priority, then by what is due soonest, then by age.
    """

    queue: str | None = None  # slug
    queue_ids: frozenset[int] | None = None  # of several queues
    status: str | None = None
    open_only: bool = False
    channel: str | None = None  # of the first message
    agent: str | None = None  # e-mail address, or NOBODY
    contact_id: int | None = None
    but: int | None = None  # this case is left out
    q: str | None = None  # words, a reference, a phone number or a mail address
    sort: Literal["newest", "urgent"] = "newest"
    viewer: AgentView | None = None  # restricted cases that they don't see are left out; None: the hub itself looks
    after: str | None = None  # the `next` of the page before
    limit: int = 50  # 1 to LARGEST_PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseListing:
    items: tuple[CaseView, ...]
    next: str | None  # cursor of the next page, None = this is the last


def list_cases(session: Session, wanted: CaseFilter) -> CaseListing:
    """One page. A page after a cursor never shows again what came before it, whatever arrives meanwhile.

    Raises Invalid by field: an unknown queue, status or agent, a cursor of no list, a limit out of range.
    """
    if not 1 <= wanted.limit <= LARGEST_PAGE:
        raise Invalid("The page is too large or too small.", {"limit": f"From 1 to {LARGEST_PAGE}."})
    keys = _keys(session, wanted)
    page = keys[: wanted.limit]
    items = case_views(session, [key[0] for key in page])
    return CaseListing(
        items=items if wanted.viewer is None else without_hidden(session, wanted.viewer, items),
        next=_cursor(wanted.sort, *page[-1]) if len(keys) > wanted.limit else None,
    )


def cases_seen(session: Session, viewer: AgentView, case_ids: Sequence[int]) -> tuple[CaseView, ...]:
    """These cases in this order, without those that the viewer doesn't see."""
    return without_hidden(session, viewer, case_views(session, case_ids))


def _keys(session: Session, wanted: CaseFilter) -> list[Key]:
    """Of one page and the case after it, in order. What is shared with a queue is asked for by itself, so that what
    stands in it is read from its index; nearly always there is nothing to ask for."""
    conditions, queue_ids = _conditions(session, wanted), _queue_ids(session, wanted)
    if queue_ids is None:
        return _page_of(session, wanted, conditions)
    keys = _page_of(session, wanted, [*conditions, _one_of(col(Case.queue_id), queue_ids)])
    shared = shared_ids(session, queue_ids)
    if not shared:
        return keys
    keys += _page_of(session, wanted, [*conditions, _one_of(col(Case.id), shared)])
    return sorted(set(keys), key=_newest if wanted.sort == "newest" else _most_urgent)


def _page_of(session: Session, wanted: CaseFilter, conditions: Sequence[Condition]) -> list[Key]:
    found = select(Case.id, Case.priority_rank, Case.due_at).where(*conditions).order_by(*_order(wanted.sort))
    return [(key[0], key[1], key[2]) for key in session.exec(found.limit(wanted.limit + 1))]


def _one_of(column: Any, ids: Sequence[int]) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column == ids[0] if len(ids) == 1 else column.in_(ids)
    return condition


def case_id_for(reference: str) -> int:
    """The case's id by its reference in any spelling. Raises NotFound when it can't be one."""
    case_id = case_id_of(reference)
    if case_id is None or case_id > BIGGEST_ID:
        raise NotFound("There is no case with this reference. Check its digits.")
    return case_id


# --- what is in a list ---------------------------------------------------------------------------------------


def _conditions(session: Session, wanted: CaseFilter) -> list[Condition]:
    conditions: list[Condition] = []
    if wanted.status is not None:
        conditions.append(col(Case.status) == _status(wanted.status))
    if wanted.open_only:
        conditions += _open()
    if wanted.channel is not None:
        conditions.append(col(Case.channel) == wanted.channel)
    if wanted.agent is not None:
        conditions.append(_held_by(session, wanted.agent))
    if wanted.contact_id is not None:
        conditions.append(col(Case.contact_id) == wanted.contact_id)
    if wanted.but is not None:
        conditions.append(col(Case.id) != wanted.but)
    if wanted.q is not None:
        conditions.append(is_found(session, wanted.q))
    if wanted.viewer is not None and (visible := is_visible(wanted.viewer)) is not None:
        conditions.append(visible)
    if wanted.after is not None:
        conditions.append(_after(wanted.sort, wanted.after))
    return conditions


def _queue_ids(session: Session, wanted: CaseFilter) -> list[int] | None:
    """None: of every queue."""
    ids = wanted.queue_ids
    if wanted.queue is not None:
        named = _queue_id(session, wanted.queue)
        ids = frozenset({named}) if ids is None else ids & {named}
    return None if ids is None else sorted(ids)


def _open() -> list[Condition]:
    """Word for word the condition of ix_cases_open; every rank is at most 0, and saying so makes SQLite prefer that
    index to the one with a queue's whole past."""
    return [text("cases.status NOT IN ('resolved', 'closed')"), col(Case.priority_rank) <= 0]


def _queue_id(session: Session, slug: str) -> int:
    queue_id = session.exec(select(Queue.id).where(Queue.slug == slug)).first()
    if queue_id is None:
        raise Invalid("There is no such queue.", {"queue": "Give the slug of a queue."})
    return queue_id


def _status(word: str) -> CaseStatus:
    try:
        return CaseStatus(word)
    except ValueError:
        raise Invalid("There is no such status.", {"status": f"One of {', '.join(CaseStatus)}."}) from None


def _held_by(session: Session, email: str) -> Condition:
    if email == NOBODY:
        return col(Case.agent_id).is_(None)
    agent_id = session.exec(select(Agent.id).where(Agent.email == email.strip().lower())).first()
    if agent_id is None:
        raise Invalid("There is no such caseworker.", {"agent": f"Give a caseworker's e-mail address, or {NOBODY}."})
    return col(Case.agent_id) == agent_id


# --- in which order, and where a page begins -------------------------------------------------------------------


def _order(sort: str) -> tuple[Any, ...]:
    if sort == "newest":
        return (col(Case.id).desc(),)
    return col(Case.priority_rank), col(Case.due_at).nulls_last(), col(Case.id)


def _newest(key: Key) -> int:
    return -key[0]


def _most_urgent(key: Key) -> tuple[int, bool, datetime, int]:
    case_id, rank, due_at = key
    return rank, due_at is None, due_at or _NEVER, case_id


def _cursor(sort: str, case_id: int, rank: int, due_at: datetime | None) -> str:
    """The last case of a page, as far as its place in the order depends on it."""
    return str(case_id) if sort == "newest" else f"{rank}_{due_at.isoformat() if due_at else ''}_{case_id}"


def _after(sort: str, cursor: str) -> Condition:
    try:
        return _later_than(*_urgent_key(cursor)) if sort == "urgent" else col(Case.id) < _id(cursor)
    except ValueError:
        raise Invalid("This cursor belongs to no page.", {"after": "Give the `next` of the page before."}) from None


def _urgent_key(cursor: str) -> tuple[int, datetime | None, int]:
    rank, due_at, case_id = cursor.split("_")
    moment = datetime.fromisoformat(due_at) if due_at else None
    if moment is not None and moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return int(rank), moment, _id(case_id)


def _id(written: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) < 20 and int(written) <= BIGGEST_ID):
        raise ValueError("not an id")
    return int(written)


def _later_than(rank: int, due_at: datetime | None, case_id: int) -> ColumnElement[bool]:
    due, later_id = col(Case.due_at), col(Case.id) > case_id
    if due_at is None:
        rest = and_(due.is_(None), later_id)
    else:
        rest = or_(due > due_at, due.is_(None), and_(due == due_at, later_id))
    return or_(col(Case.priority_rank) > rank, and_(col(Case.priority_rank) == rank, rest))
