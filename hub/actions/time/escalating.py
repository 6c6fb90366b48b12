"""Which escalation of a case comes next: one timer a case, set anew whenever its deadlines change."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from hub.actions.casework.sharing import shared_with
from hub.actions.time.timers import drop_timers, set_timer
from hub.models import Case, CaseEvent, CaseType, Queue, TypedCase
from routing.time.calendars import Hours
from routing.time.escalations import Deadline, Escalation, Step, steps_of

KIND = "escalation"
EVENT = "escalated"


def schedule_escalations(
    session: Session,
    case: Case,
    tables: Sequence[Mapping[str, Any]],
    queue: str,
    owed: Iterable[Deadline],
    hours: Hours,
) -> None:
    """Sets the timer of the next step that wasn't carried out yet, or drops it; `tables` as in the council file."""
    steps = case_steps(session, case, tables, queue, owed, hours)
    if steps:
        done = carried_out(session, case.id)
        steps = [step for step in steps if step.key not in done]
    if steps:
        set_timer(session, KIND, steps[0].at, case.id)
    else:
        drop_timers(session, KIND, case.id)


def case_steps(
    session: Session,
    case: Case,
    tables: Sequence[Mapping[str, Any]],
    queue: str,
    owed: Iterable[Deadline],
    hours: Hours,
) -> list[Step]:
    """Every step of a case's deadlines, the earliest first, carried out or not."""
    escalations = [Escalation.of_table(table) for table in tables]
    case_type = type_slug(session, case.id) if any(each.types for each in escalations) else ""
    sharing = _sharing_slugs(session, case) if any(each.queues for each in escalations) else ()
    return steps_of(list(_concerning(escalations, queue, sharing, case_type)), owed, hours)


def _concerning(
    escalations: Iterable[Escalation], queue: str, sharing: Collection[str], case_type: str
) -> Iterator[Escalation]:
    """Those of the case's own queue, and what those of the queues that share it may do."""
    for each in escalations:
        if each.concerns(queue, case_type):
            yield each
        elif any(each.concerns(slug, case_type) for slug in sharing):
            yield each.told_beside()


def _sharing_slugs(session: Session, case: Case) -> list[str]:
    return [session.get_one(Queue, queue_id).slug for queue_id in shared_with(session, case)]


def carried_out(session: Session, case_id: int) -> set[str]:
    """The keys of the steps that the case's record tells of."""
    found = select(CaseEvent.detail).where(col(CaseEvent.case_id) == case_id, CaseEvent.kind == EVENT)
    return {str(detail.get("key", "")) for detail in session.exec(found)}


def type_slug(session: Session, case_id: int) -> str:
    """The slug of the case's type, "" = it has none."""
    found = select(CaseType.slug).join(TypedCase, col(TypedCase.type_id) == col(CaseType.id))
    return session.exec(found.where(TypedCase.case_id == case_id)).first() or ""
