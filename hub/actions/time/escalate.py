"""Carrying out escalations: what the timer of a case does when it is due. Each step is a CaseEvent."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from hub.actions.casework.holding import hand_to, works_in
from hub.actions.casework.notices import people, tell_agents
from hub.actions.casework.sharing import end_share, shared_with
from hub.actions.events import add_event, locked_case
from hub.actions.telephone import callbacks
from hub.actions.time.escalating import EVENT, carried_out, case_steps
from hub.actions.time.targets import deadlines, escalations_of, retarget
from hub.calendars import Calendars
from hub.errors import Conflict
from hub.models import Agent, Case, CaseStatus, Council, Priority, Queue, Restriction
from hub.queries.people import agent_view
from hub.queries.restrictions import visible_ids
from routing.time.escalations import Escalation, Step


def escalate(session: Session, case_id: int, now: datetime) -> int:
    """Carries out every step of the case that is due by `now` and wasn't yet; returns how many. Raises NotFound."""
    case = locked_case(session, case_id)
    council = session.get_one(Council, 1)
    calendars, queue = Calendars.of(council), session.get_one(Queue, case.queue_id)
    hours = calendars.hours(queue)
    owed = deadlines(session, case, queue, hours, calendars)
    done = carried_out(session, case.id)
    steps = case_steps(session, case, escalations_of(council), queue.slug, owed, hours)
    due = [step for step in steps if step.at <= now and step.key not in done]
    for step in due:
        did = _carry_out(session, case, step)
        add_event(
            session,
            case,
            EVENT,
            key=step.key,
            name=step.escalation.name,
            of=step.deadline.title,
            due_at=step.deadline.at.isoformat(),
            **did,
        )
    session.flush()
    retarget(session, case)
    return len(due)


def _carry_out(session: Session, case: Case, step: Step) -> dict[str, Any]:
    """What was done, for the record; what can't be done (somebody has left) is said there, and holds nothing up."""
    did = _change(session, case, step.escalation) if case.status.is_open else {}
    told = _told(session, case, step)
    if "to" in did and case.agent_id is not None:
        told.add(case.agent_id)  # who holds it from now on
    if told:
        tell_agents(session, case, told, _words(step))
        did["told"] = len(told)
    return did


def _told(session: Session, case: Case, step: Step) -> set[int]:
    """Ids of whom it tells: of every queue that shares the case, and of those who owe the call that is promised.

    Of a restricted case only who may see it; where none of them may, the members of its queue.
    """
    queues = set(shared_with(session, case))
    if step.deadline.of == callbacks.OF:
        queues |= callbacks.queues_owing(session, case.id)
    meant = people(session, case, step.escalation.notify, queues)
    if not meant or session.get(Restriction, case.id) is None:
        return meant
    return {each for each in meant if _may_see(session, case, each)} or people(session, case, ["queue"])


def _may_see(session: Session, case: Case, agent_id: int) -> bool:
    session.flush()
    return case.id in visible_ids(session, agent_view(session, agent_id), [case.id])


def _change(session: Session, case: Case, escalation: Escalation) -> dict[str, Any]:
    did = dict[str, Any]()
    if escalation.priority and Priority(escalation.priority).rank > case.priority.rank:
        case.priority = Priority(escalation.priority)
        case.priority_rank = -case.priority.rank
        did["priority"] = case.priority.value
    queue = _queue(session, escalation.queue) if escalation.queue else None
    if queue is not None and queue.id != case.queue_id and session.get(Restriction, case.id) is not None:
        did["not_moved"] = queue.slug  # no clock shows a restricted case to another queue
    elif queue is not None and queue.id != case.queue_id:
        did["queue"], did["before"] = queue.slug, session.get_one(Queue, case.queue_id).slug
        case.queue_id = queue.id or case.queue_id
        end_share(session, case.id, case.queue_id)  # it is its own from now on
        hand_to(session, case, None)
    if escalation.assign:
        did |= _assign(session, case, escalation)
    elif escalation.release and case.agent_id is not None:
        did["released_from"] = session.get_one(Agent, case.agent_id).email
        hand_to(session, case, None)
    return did


def _assign(session: Session, case: Case, escalation: Escalation) -> dict[str, Any]:
    agent = session.exec(select(Agent).where(Agent.email == escalation.assign)).first()
    if agent is None or not agent.active or not works_in(session, agent, case.queue_id) or agent.id is None:
        return {"not_assigned": escalation.assign}
    if agent.id == case.agent_id:
        return {}
    if not _may_see(session, case, agent.id):
        return {"not_assigned": escalation.assign}  # no clock shows a restricted case to anybody
    try:
        hand_to(session, case, agent.id)
    except Conflict:
        return {"not_assigned": escalation.assign}
    if case.status is CaseStatus.NEW:
        case.status = CaseStatus.OPEN
    return {"to": agent.email}


def _queue(session: Session, slug: str) -> Queue | None:
    queue = session.exec(select(Queue).where(Queue.slug == slug)).first()
    return queue if queue is not None and queue.active else None


def _words(step: Step) -> str:
    moment = f"{step.deadline.at.day} {step.deadline.at:%B, %H:%M}"
    if step.escalation.before:
        return f"{step.deadline.title} is due on {moment}."
    return f"{step.deadline.title} was due on {moment}."
