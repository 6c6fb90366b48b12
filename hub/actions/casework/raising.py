"""An alarm raised in a case that is there already: by an agent's hand, where danger was said in other words or shown in
a picture; or by what a recording says, once it is written down."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from channels.contract import MessageUpdate, Receipt
from hub.actions.casework.alarms import ByHand, alarms_of, is_calling
from hub.actions.casework.cases import reopen, transfer
from hub.actions.events import add_event, locked_case, must_be_unchanged
from hub.actions.intake.effects import Owed, carry_out
from hub.actions.intake.updates import apply_message_update, locked_message
from hub.actions.sending.length import Longest, any_length
from hub.actions.sending.reply import tell_emergency
from hub.actions.time.calendar_later import retarget_or_later
from hub.actions.time.snoozing import unsnooze
from hub.characters import printable
from hub.directory import Directory
from hub.errors import Conflict, HubError, Invalid
from hub.languages import in_language
from hub.models import Alarm, Case, CaseEvent, CaseStatus, Contact, Direction, Message, Priority
from hub.models.base import utcnow
from routing.dangers import Danger
from routing.engine import dangers_in
from routing.facts import Facts

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
    by = ByHand(agent_id, printable(reason.strip()[:500]))
    owed = Owed(case_id=case_id, message_id=_spoken(session, case_id), public_url=public_url, dangers=(danger,), by=by)
    _bring_about(session, case, agent_id, owed, directory, mail_domain)
    if answers:
        _tell_citizen(session, case, agent_id, danger, directory, mail_domain, longest)
    return case.seq


def take_words(
    session: Session, inbox_id: int, update: MessageUpdate, directory: Directory, public_url: str, mail_domain: str
) -> Receipt:
    """As `apply_message_update`; danger that a recording speaks of is heard at once."""
    receipt = apply_message_update(session, inbox_id, update)
    if update.transcript and receipt.message_id is not None and directory.rules.has_dangers:
        _hear(session, receipt.message_id, update.inbox, directory, public_url, mail_domain)
    return receipt


def _hear(
    session: Session, message_id: int, inbox: str, directory: Directory, public_url: str, mail_domain: str
) -> None:
    """All that words of danger bring about, where a recording's draft transcript holds them: once for each danger of a
    message, and not while an alarm for it waits to be acknowledged."""
    case, message = locked_message(session, message_id)
    facts = Facts(channel=message.channel, inbox=inbox, text=message.transcript, at=directory.local(utcnow()))
    known = set(session.exec(select(Alarm.name).where(Alarm.message_id == message_id)))
    known |= {name for name, waits in alarms_of(session, case.id).items() if waits}
    dangers = tuple(danger for danger in dangers_in(facts, directory.rules) if danger.name not in known)
    if not dangers:
        return
    if not case.status.is_open:
        reopen(session, case.id, None)
    owed = Owed(case_id=case.id, message_id=message_id, public_url=public_url, dangers=dangers)
    _bring_about(session, case, None, owed, directory, mail_domain)
    if answered := next((danger for danger in dangers if danger.answer), None):
        spoken_in = answered.when.language_of(facts)
        _tell_citizen(session, case, None, answered, directory, mail_domain, any_length, spoken_in)


def _bring_about(
    session: Session, case: Case, agent_id: int | None, owed: Owed, directory: Directory, mail_domain: str
) -> None:
    """The open case is urgent, stands in the danger's queue, waits for nobody, and people are called."""
    danger = owed.dangers[0]
    if case.status is CaseStatus.SNOOZED:
        unsnooze(session, case.id, agent_id)
    case.status = CaseStatus.OPEN if case.status is CaseStatus.WAITING else case.status
    case.priority, case.priority_rank = Priority.URGENT, -Priority.URGENT.rank
    retarget_or_later(session, case)
    if directory.queues[case.queue_id].slug != danger.queue and not is_calling(session, case.id):
        transfer(session, case.id, agent_id, danger.queue, f"Alarm: {danger.name}")
    carry_out(session, [owed], mail_domain, utcnow())


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
    agent_id: int | None,
    danger: Danger,
    directory: Directory,
    mail_domain: str,
    longest: Longest,
    spoken_in: str = "",
) -> None:
    if not danger.answer:
        add_event(session, case, UNSENT, agent_id=agent_id, alarm=danger.name, why="This danger has none.")
        return
    language = session.get_one(Contact, case.contact_id).language
    words = in_language(dict(danger.answer), [spoken_in, language, *directory.languages])
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
