"""Giving cases out: in queues that ask for it, each new one goes to somebody who is here and has room; what nobody
accepts in time comes back; what waits too long goes over to another queue. Woken by what changes, never by the clock
alone: the worker asks again when a case is free, somebody comes, or the next one has waited long enough.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from hub.actions.casework._in_turn import all_in_turn
from hub.actions.casework._room import Room, members_here, rooms
from hub.actions.casework.holding import OFFER, hand_to, note_presence, refuse_barred
from hub.actions.casework.notices import tell_agents
from hub.actions.casework.presence import set_presence
from hub.actions.casework.sharing import end_share
from hub.actions.events import add_event, locked_case
from hub.actions.time.calendar_later import retarget_or_later
from hub.actions.time.timers import set_timer
from hub.calendars import Calendars
from hub.db.dialects import dialect_of
from hub.db.types import as_moment
from hub.errors import Conflict, HubError
from hub.models import Agent, Assignment, Case, CaseEvent, CaseStatus, Contact, Council, PresenceState, Queue
from hub.queries.restrictions import restricted_ids
from routing.giving import Candidate, chosen
from routing.time.calendars import Hours, parse_duration
from routing.turns import turn

log = structlog.get_logger()

MOST = 100  # cases in one transaction
_SOONEST = 0.2  # seconds, so that what can't go over isn't asked after all the time
_KNOWN_FOR = timedelta(days=90)  # that an agent is remembered as the citizen's

# once is enough, so that two queues never play ball with a case; and no clock shows a restricted case to another queue
_MAY_GO = (
    "FROM cases WHERE queue_id = :queue AND priority_rank <= 0 AND agent_id IS NULL AND status IN ('new', 'open') "
    "AND NOT EXISTS (SELECT 1 FROM case_events e WHERE e.case_id = cases.id AND e.kind = 'overflowed') "
    "AND NOT EXISTS (SELECT 1 FROM restrictions r WHERE r.case_id = cases.id)"
)
_OLDEST = f"SELECT min(opened_at) AS oldest {_MAY_GO}"
_COUNT = f"SELECT count(*) AS waiting {_MAY_GO}"
_ALL = f"SELECT id, priority_rank, due_at, opened_at {_MAY_GO}"
_OPENED_BEFORE = f"SELECT id {_MAY_GO} AND opened_at <= :before ORDER BY opened_at, id LIMIT :limit"
_ANY = f"SELECT id {_MAY_GO} ORDER BY id LIMIT :limit"


def distribute(session: Session, now: datetime) -> int:
    """Gives out, or lets over, as many cases as can be, at most MOST; returns how many. 0: nothing is left to do."""
    dialect_of(session).hold(session, "assignment")  # one process at a time
    calendars = Calendars.of(session.get_one(Council, 1))
    moved = 0
    for queue in session.exec(select(Queue).where(col(Queue.active)).order_by(col(Queue.id))).all():
        if moved < MOST and (queue.overflow or queue.assignment != "pull"):
            moved += _of_queue(session, queue, calendars, now, MOST - moved)
    return moved


def _of_queue(session: Session, queue: Queue, calendars: Calendars, now: datetime, most: int) -> int:
    """0 where the queue's calendar can't be read: the others' cases don't wait for it."""
    slug, moved = queue.slug, 0
    try:
        with session.begin_nested():
            hours = calendars.hours(queue)
            if queue.overflow:
                moved += _overflow(session, queue, hours, calendars, now, most)
            if queue.assignment != "pull" and moved < most:
                moved += _give_out(session, queue, hours, calendars, now, most - moved)
    except (HubError, SQLAlchemyError):
        raise
    except Exception as error:
        log.exception("a queue's cases can't be given out now", queue=slug, error=type(error).__name__)
        return 0
    return moved


def next_giving(session: Session, now: datetime) -> float | None:
    """Seconds until there may be something to do by the clock alone: a case has waited long enough to go over, or a
    queue opens or closes. None = nothing of that is known."""
    council = session.get(Council, 1)
    if council is None:
        return None
    calendars = Calendars.of(council)
    moments: list[datetime] = []
    for queue in session.exec(select(Queue).where(col(Queue.active))).all():
        try:
            moments += _next_moments(session, queue, calendars, now)
        except (HubError, SQLAlchemyError):
            raise
        except Exception as error:  # as in `_of_queue`
            log.exception("when a queue opens can't be told", queue=queue.slug, error=type(error).__name__)
    return min((max(_SOONEST, (moment - now).total_seconds()) for moment in moments), default=None)


def _next_moments(session: Session, queue: Queue, calendars: Calendars, now: datetime) -> Iterator[datetime]:
    after, hours = queue.overflow.get("after"), calendars.hours(queue)
    if queue.assignment != "pull" or queue.overflow.get("closed"):
        yield from filter(None, [hours.next_change(calendars.local(now))])
    row = dialect_of(session).run(session, _OLDEST, queue=queue.id).one() if after else None
    if row is not None and row.oldest:
        start = calendars.local(as_moment(row.oldest))
        yield hours.add_working_time(start, parse_duration(after, hours))


def gives_out(session: Session) -> bool:
    """Whether any queue asks for it."""
    asked = session.exec(select(Queue.assignment, Queue.overflow).where(col(Queue.active)))
    return any(assignment != "pull" or overflow for assignment, overflow in asked)


def take_back(session: Session, case_id: int, agent_id: int, now: datetime) -> None:
    """The time in which a given case was to be accepted is over: unless its holder did anything with it, it goes back
    to its queue, and they count as away until they say that they are here."""
    case = locked_case(session, case_id)
    if case.agent_id != agent_id or not case.status.is_open or _has_acted(session, case, agent_id):
        return
    agent = session.get_one(Agent, agent_id)
    hand_to(session, case, None)
    set_presence(session, agent_id, PresenceState.AWAY, now=now)
    add_event(session, case, "returned", held_by=agent.name, agent=agent_id)
    tell_agents(session, case, [agent_id], "It was given to you and not accepted in time. You count as away now.")


def _if_it_still_waits(session: Session, case_id: int, queue: Queue) -> Case | None:
    """The case, locked; None when somebody has taken, ended or moved it since it was read."""
    case = locked_case(session, case_id)
    waits = case.agent_id is None and case.queue_id == queue.id and case.status in (CaseStatus.NEW, CaseStatus.OPEN)
    return case if waits else None


# --- giving out ------------------------------------------------------------------------------------------------


def _give_out(session: Session, queue: Queue, hours: Hours, calendars: Calendars, now: datetime, most: int) -> int:
    assert queue.id is not None
    if not hours.is_open(calendars.local(now)):
        return 0
    here = members_here(session, queue.id, now)
    space = rooms(session, [agent for agent, _ in here])
    given = 0
    for case_id, channel, language in _in_turn(session, queue, space, now):
        if given >= most or not any(room.left for room in space.values()):
            break
        if not any(room.may_take(queue.skills, channel, language) for room in space.values()):
            continue
        case = _if_it_still_waits(session, case_id, queue)
        if case is None:
            continue
        agent_id = _give(session, case, queue, here, space, _next_moment(here, now))
        if agent_id is not None:
            given += 1
            space = rooms(session, [agent for agent, _ in here])
            if not queue.accept_within:
                case.status = CaseStatus.OPEN
            else:
                until = hours.add_working_time(calendars.local(now), parse_duration(queue.accept_within, hours))
                set_timer(session, OFFER, until, case.id, agent=agent_id)
    return given


def _next_moment(here: Sequence[Any], now: datetime) -> datetime:
    """After all that were given before. So turns are kept within one transaction, behind one that was waited for, and
    where another machine's clock is ahead."""
    latest = max((presence.given_at for _, presence in here if presence.given_at), default=now)
    return max(now, latest + timedelta(microseconds=1))


def _give(
    session: Session, case: Case, queue: Queue, here: Sequence[Any], space: dict[int, Room], now: datetime
) -> int | None:
    """To whom it went; None when nobody may take it now."""
    language = session.get_one(Contact, case.contact_id).language
    candidates = [
        Candidate(
            agent_id=agent.id,
            load=space[agent.id].load,
            given_at=presence.given_at,
            idle_since=presence.idle_since,
        )
        for agent, presence in here
        if space[agent.id].may_take(queue.skills, case.channel, language) and _is_allowed(session, case, agent.id)
    ]
    way: Any = queue.assignment
    found = chosen(way, candidates, _known(session, case, now), _refused(session, case))
    if found is None:
        return None
    candidate, knows = found
    hand_to(session, case, candidate.agent_id)
    note_presence(session, candidate.agent_id, given_at=now)
    session.flush()
    email = session.get_one(Agent, candidate.agent_id).email
    add_event(session, case, "given", to=email, why="who knows the citizen" if knows else "", by=queue.assignment)
    tell_agents(session, case, [candidate.agent_id], f"Given to you in {queue.name}.")
    return candidate.agent_id


def _in_turn(
    session: Session, queue: Queue, space: Mapping[int, Room], now: datetime
) -> Iterator[tuple[int, str, str]]:
    """Those that somebody here may take by channel and by language."""
    able = [room for room in space.values() if room.left and room.skills.issuperset(queue.skills)]
    if not able or queue.id is None:
        return iter(())
    channels = sorted({channel for room in able for channel in room.channels})
    foreign = sorted(set.intersection(*(set(room.foreign) for room in able)))
    return all_in_turn(session, queue.id, channels, foreign, now)


def _is_allowed(session: Session, case: Case, agent_id: int) -> bool:
    try:
        refuse_barred(session, case, agent_id)
    except Conflict:
        return False
    return True


def _known(session: Session, case: Case, now: datetime) -> list[int]:
    """Who held this citizen's cases lately, the latest first."""
    found = (
        select(Assignment.agent_id)
        .join(Case, col(Case.id) == col(Assignment.case_id))
        .where(Case.contact_id == case.contact_id, col(Assignment.since) > now - _KNOWN_FOR)
        .order_by(col(Assignment.id).desc())
        .limit(20)
    )
    return list(dict.fromkeys(session.exec(found)))


def _refused(session: Session, case: Case) -> set[int]:
    """Who didn't accept it."""
    found = select(CaseEvent.detail).where(col(CaseEvent.case_id) == case.id, CaseEvent.kind == "returned")
    return {int(detail.get("agent", 0)) for detail in session.exec(found)}


def _has_acted(session: Session, case: Case, agent_id: int) -> bool:
    given = select(CaseEvent.seq).where(col(CaseEvent.case_id) == case.id, CaseEvent.kind == "given")
    since = session.exec(given.order_by(col(CaseEvent.seq).desc()).limit(1)).first() or 0
    acted = select(CaseEvent.id).where(
        col(CaseEvent.case_id) == case.id, CaseEvent.agent_id == agent_id, col(CaseEvent.seq) > since
    )
    return session.exec(acted.limit(1)).first() is not None


# --- going over ------------------------------------------------------------------------------------------------


def _overflow(session: Session, queue: Queue, hours: Hours, calendars: Calendars, now: datetime, most: int) -> int:
    to = session.exec(select(Queue).where(Queue.slug == queue.overflow["to"], col(Queue.active))).first()
    if to is None or to.id is None:
        return 0
    moved = 0
    for case_id, why in _over(session, queue, hours, calendars, now):
        if moved >= most:
            break
        case = _if_it_still_waits(session, case_id, queue)
        if case is None or restricted_ids(session, [case.id]):
            continue
        case.queue_id = to.id
        end_share(session, case.id, to.id)  # it is its own from now on
        add_event(session, case, "overflowed", before=queue.slug, queue=to.slug, why=why)
        retarget_or_later(session, case)
        moved += 1
    return moved


def _over(
    session: Session, queue: Queue, hours: Hours, calendars: Calendars, now: datetime
) -> Iterator[tuple[int, str]]:
    """The cases that go over, at most MOST for each reason, with the reason in words."""
    asked, local = queue.overflow, calendars.local(now)
    if asked.get("closed") and not hours.is_open(local):
        yield from ((row.id, "the queue is closed") for row in _found(session, _ANY, queue))
        return
    if after := asked.get("after"):
        before = hours.subtract_working_time(local, parse_duration(after, hours))
        yield from ((row.id, f"it waited for {after}") for row in _found(session, _OPENED_BEFORE, queue, before=before))
    most = asked.get("over")
    if most is None or dialect_of(session).run(session, _COUNT, queue=queue.id).one().waiting <= most:
        return
    in_turn = sorted(dialect_of(session).run(session, _ALL, queue=queue.id), key=_turn)
    yield from ((row.id, f"more than {most} waited") for row in in_turn[most:])


def _found(session: Session, sql: str, queue: Queue, **values: Any) -> list[Any]:
    return list(dialect_of(session).run(session, sql, queue=queue.id, limit=MOST, **values))


def _turn(row: Any) -> tuple[datetime, int]:
    due_at = as_moment(row.due_at) if row.due_at else None
    return turn(-row.priority_rank, due_at, as_moment(row.opened_at)), row.id
