"""What a caseworker does to a case. Each is one transaction with its CaseEvents.

All take the agent's id (None: the hub itself) and, where two people could collide, `seq`: the case's latest event
as the caller saw it, None = whatever it is. They raise NotFound, Conflict (somebody else was first) and Invalid,
and return the seq of the last event that they wrote.
"""

from datetime import datetime

from sqlalchemy import exists
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from hub.actions.casework.alarms import is_calling
from hub.actions.casework.holding import accept, hand_to, note_idle, release_from_outsider, works_on
from hub.actions.casework.joined import must_go_on
from hub.actions.casework.sharing import end_share, end_shares
from hub.actions.events import add_event, locked_case, must_be_unchanged, new_ids
from hub.actions.time.calendar_later import note_done_or_later, note_reopened_or_later, retarget_or_later
from hub.characters import printable
from hub.errors import Conflict, Invalid
from hub.models import Agent, Alarm, Case, CaseStatus, Direction, Message, MessageStatus, Queue
from hub.models.base import utcnow

MAX_TEXT = 20_000  # characters


def claim(session: Session, case_id: int, agent_id: int, seq: int | None = None) -> int:
    """Takes the case for the agent; of what one holds already it only accepts what was offered."""
    case = locked_case(session, case_id)
    if case.agent_id == agent_id:
        return accept(session, case, agent_id)
    if case.agent_id is not None:
        holder = session.get_one(Agent, case.agent_id)
        raise Conflict(f"{holder.name} took this case first.")
    _require_open(case)
    must_be_unchanged(case, seq)
    hand_to(session, case, agent_id)
    _begin(case)
    return add_event(session, case, "claimed", agent_id=agent_id)


def release(session: Session, case_id: int, agent_id: int, seq: int | None = None) -> int:
    """Gives the case back to its queue."""
    case = locked_case(session, case_id, seq)
    if case.agent_id is None:
        raise Conflict("Nobody holds this case.")
    before = session.get_one(Agent, case.agent_id)
    hand_to(session, case, None)
    return add_event(session, case, "released", agent_id=agent_id, held_by=before.email)


def assign(session: Session, case_id: int, agent_id: int, to_email: str, seq: int | None = None) -> int:
    """Gives the case to a colleague who works in its queue or one that it is shared with, or may work in all."""
    case = locked_case(session, case_id, seq)
    _require_open(case)
    colleague = session.exec(select(Agent).where(Agent.email == to_email.strip().lower())).first()
    if colleague is None or not colleague.active:
        raise Invalid("There is no such caseworker.", {"agent": "Give the e-mail address of an active caseworker."})
    if not works_on(session, colleague, case):
        raise Invalid(
            "They don't work in this queue.", {"agent": f"{colleague.name} isn't a member of this case's queue."}
        )
    assert colleague.id is not None
    hand_to(session, case, colleague.id)
    _begin(case)
    return add_event(session, case, "assigned", agent_id=agent_id, to=colleague.email)


def note(session: Session, case_id: int, agent_id: int, text: str, seq: int | None = None) -> int:
    """Writes something for colleagues; the citizen never sees it."""
    text = required_text(text)
    case = locked_case(session, case_id, seq)
    must_go_on(session, case)
    message_id = new_ids(session, 1)[0]
    session.add(
        Message(
            id=message_id,
            case_id=case.id,
            direction=Direction.NOTE,
            text=text,
            status=MessageStatus.RECEIVED,
            author_id=agent_id,
        )
    )
    session.flush()
    _begin(case)
    return add_event(session, case, "noted", agent_id=agent_id, message_id=message_id)


def transfer(
    session: Session, case_id: int, agent_id: int | None, queue_slug: str, reason: str, seq: int | None = None
) -> int:
    """Moves the case to another queue, and out of its holder's hands unless they work there too."""
    case = locked_case(session, case_id, seq)
    _require_open(case)
    reason = printable(reason.strip())
    if not reason:
        raise Invalid("Say why.", {"reason": "A few words for the colleagues who get the case."})
    queue = session.exec(select(Queue).where(Queue.slug == queue_slug)).first()
    if queue is None or not queue.active:
        raise Invalid("There is no such queue.", {"queue": "Give the slug of an active queue."})
    if queue.id == case.queue_id:
        raise Conflict("The case stands in that queue already.")
    before = session.get_one(Queue, case.queue_id)
    assert queue.id is not None
    case.queue_id = queue.id
    end_share(session, case_id, queue.id)  # it is its own from now on
    release_from_outsider(session, case)
    retarget_or_later(session, case)
    return add_event(
        session, case, "transferred", agent_id=agent_id, queue=queue.slug, before=before.slug, reason=reason
    )


def resolve(session: Session, case_id: int, agent_id: int, outcome: str, seq: int | None = None) -> int:
    """Ends the work on a case. A citizen who writes again within its time reopens it."""
    case = locked_case(session, case_id, seq)
    if not case.status.is_open:
        raise Conflict("This case is resolved already.")
    if is_calling(session, case_id):
        raise Conflict("There is an alarm in this case. Acknowledge it, or record that it is false, then resolve.")
    case.status = CaseStatus.RESOLVED
    case.resolved_at = utcnow()
    case.outcome = printable(outcome.strip()[:MAX_TEXT])
    case.snoozed_until = None
    note_done_or_later(session, case, ("resolved",), case.resolved_at, agent_id)
    note_idle(session, case.agent_id, case.resolved_at)
    retarget_or_later(session, case)
    return add_event(session, case, "resolved", agent_id=agent_id, outcome=case.outcome)


def reopen(session: Session, case_id: int, agent_id: int | None, seq: int | None = None) -> int:
    case = locked_case(session, case_id, seq)
    if case.status.is_open:
        raise Conflict("This case is open.")
    must_go_on(session, case)
    case.status = CaseStatus.OPEN
    case.resolved_at = case.closed_at = None
    case.outcome = ""
    note_reopened_or_later(session, case, utcnow())
    retarget_or_later(session, case)
    return add_event(session, case, "reopened", agent_id=agent_id)


def close_resolved(session: Session, before: datetime, limit: int = 500) -> int:
    """Closes cases resolved before this moment, at most `limit`; returns how many. The hub does it, not a person."""
    ids = session.exec(to_close(before).limit(limit)).all()
    cases = [case for case_id in ids if (case := locked_case(session, case_id)).status is CaseStatus.RESOLVED]
    for case in cases:
        case.status = CaseStatus.CLOSED
        case.closed_at = utcnow()
        add_event(session, case, "closed")
    shared = end_shares(session, [case.id for case in cases])
    for case in cases:
        if case.id in shared:
            release_from_outsider(session, case)
    return len(cases)


def to_close(before: datetime) -> SelectOfScalar[int]:
    """Ids of the cases resolved before this moment, the oldest first; but never one in which there was danger."""
    alarmed = exists().where(col(Alarm.case_id) == col(Case.id), col(Alarm.is_false).is_(False))
    found = select(Case.id).where(Case.status == CaseStatus.RESOLVED, col(Case.resolved_at) < before, ~alarmed)
    return found.order_by(col(Case.id))


def _begin(case: Case) -> None:
    """new→open: by claim, note or assignment."""
    if case.status is CaseStatus.NEW:
        case.status = CaseStatus.OPEN


def _require_open(case: Case) -> None:
    if not case.status.is_open:
        raise Conflict("This case is resolved. Reopen it first.")


def required_text(text: str) -> str:
    text = printable(text.replace("\x00", "").strip())
    if not text:
        raise Invalid("Write something first.", {"text": "Can't be empty."})
    if len(text) > MAX_TEXT:
        raise Invalid("The text is too long.", {"text": f"At most {MAX_TEXT:,} characters; this has {len(text):,}."})
    return text
