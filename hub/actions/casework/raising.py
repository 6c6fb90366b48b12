"""An alarm that an agent raises by hand: danger said in other words, in a voicemail, in a picture."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from hub.actions.casework.alarms import ByHand, is_calling
from hub.actions.casework.cases import transfer
from hub.actions.events import add_event, locked_case, must_be_unchanged
from hub.actions.intake.effects import Owed, carry_out
from hub.actions.sending.length import Longest, any_length
from hub.actions.sending.reply import tell_emergency
from hub.actions.time.snoozing import unsnooze
from hub.characters import printable
from hub.directory import Directory
from hub.errors import Conflict, HubError, Invalid
from hub.languages import in_language
from hub.models import Case, CaseEvent, CaseStatus, Contact, Direction, Message, Priority
from hub.models.base import utcnow
from routing.dangers import Danger

UNSENT = "emergency_unsent"  # the kind of its event


def raise_by_hand(
    session: Session,
    case_id: int,
    agent_id: int,
    name: str,
    reason: str,
    *,
    directory: Directory,
    public_url: str,
    mail_domain: str,
    answers: bool = False,
    longest: Longest = any_length,
    seq: int | None = None,
) -> int:
    """All that words of this danger bring about; `name` may be empty where the council has one. The citizen gets the
    emergency text only where it `answers`; where that can't be sent, the case's record says why, and people are called
    all the same. An alarm that nobody has acknowledged stands as it is. Returns the case's seq. Raises Invalid by
    field, and Conflict."""
    danger = _danger(directory.rules.dangers, name)
    case = locked_case(session, case_id)
    if is_calling(session, case_id):
        return case.seq
    must_be_unchanged(case, seq)
    if not case.status.is_open:
        raise Conflict("This case is resolved. Reopen it first.")
    if case.status is CaseStatus.SNOOZED:
        unsnooze(session, case_id, agent_id)
    case.status = CaseStatus.OPEN if case.status is CaseStatus.WAITING else case.status
    case.priority, case.priority_rank = Priority.URGENT, -Priority.URGENT.rank
    if directory.queues[case.queue_id].slug != danger.queue:
        transfer(session, case_id, agent_id, danger.queue, f"Alarm: {danger.name}")
    by = ByHand(agent_id, printable(reason.strip()[:500]))
    owed = Owed(case_id=case_id, message_id=_spoken(session, case_id), public_url=public_url, dangers=(danger,), by=by)
    carry_out(session, [owed], mail_domain, utcnow())
    if answers:
        _tell_citizen(session, case, agent_id, danger, directory, mail_domain, longest)
    return case.seq


def _danger(dangers: Iterable[Danger], name: str) -> Danger:
    by_name = {danger.name: danger for danger in dangers}
    if not by_name:
        raise Invalid("The council file names no danger.", {"danger": "A [[danger]] says whom an alarm calls."})
    if not name and len(by_name) == 1:
        return next(iter(by_name.values()))
    if name not in by_name:
        raise Invalid("Say which danger.", {"danger": f"One of {', '.join(by_name)}."})
    return by_name[name]


def _spoken(session: Session, case_id: int) -> int:
    """The message that the alarm stands for: the citizen's latest; of a case without one the latest of all."""
    found = select(Message.id).where(Message.case_id == case_id)
    ordered = found.order_by(col(Message.direction) != Direction.IN, col(Message.id).desc())
    latest = session.exec(ordered.limit(1)).first()
    if latest is None:
        raise Conflict("Nothing was said in this case. Write a note first.")
    return latest


def _tell_citizen(
    session: Session,
    case: Case,
    agent_id: int,
    danger: Danger,
    directory: Directory,
    mail_domain: str,
    longest: Longest,
) -> None:
    if not danger.answer:
        add_event(session, case, UNSENT, agent_id=agent_id, alarm=danger.name, why="This danger has none.")
        return
    language = session.get_one(Contact, case.contact_id).language
    words = in_language(dict(danger.answer), [language, *directory.languages])
    text = words.replace("{reference}", case.reference).replace("{council}", directory.council)
    try:
        with session.begin_nested():
            tell_emergency(session, case, agent_id, text, mail_domain, longest)
    except HubError as error:
        add_event(session, case, UNSENT, agent_id=agent_id, alarm=danger.name, why=error.message)


def emergency_unsent(session: Session, case_id: int) -> str:
    """Why the emergency text of the case's latest alarm could not be sent; "" = it was, or nobody wanted it to be."""
    found = select(CaseEvent).where(col(CaseEvent.case_id) == case_id, col(CaseEvent.kind).in_(["alarm", UNSENT]))
    latest = session.exec(found.order_by(col(CaseEvent.seq).desc()).limit(1)).first()
    return str(latest.detail["why"]) if latest is not None and latest.kind == UNSENT else ""
