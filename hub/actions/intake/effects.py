"""What rules do with a new case beyond its queue, priority and tags, carried out in the intake's own transaction."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from hub.actions.casework.alarms import ByHand, raise_alarm
from hub.actions.casework.alerts import council_words, tell
from hub.actions.casework.holding import release_from_outsider
from hub.actions.events import add_event, locked_case
from hub.actions.time.calendar_later import note_answer_or_later, retarget_or_later
from hub.actions.time.snoozing import KIND as WAKE
from hub.actions.time.timers import set_timer
from hub.models import CaseStatus, Contact, Restriction
from routing.dangers import Danger
from routing.effects import NOTHING_MORE, More


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What is still to be done for one case once its rows are written."""

    case_id: int
    message_id: int
    public_url: str
    rule: str = ""  # the first that matched
    more: More = NOTHING_MORE
    asked: bool = False  # the question was sent
    dangers: tuple[Danger, ...] = field(default=())
    restricting: str = ""  # the rule that restricts the case, whatever becomes of its alarm
    by: ByHand | None = None  # who says so, where no words were heard


def carry_out(session: Session, owed: Iterable[Owed], mail_domain: str, now: datetime) -> None:
    """Types of case are not among it: the intake gives these itself."""
    for each in owed:
        _restrict(session, each, now)
        for danger in each.dangers:
            raise_alarm(session, each.case_id, each.message_id, danger, each.public_url, mail_domain, each.by)
        more = each.more
        if more.language:
            _speak(session, each, more.language)
        if more.notify:
            _notify(session, each, mail_domain)
        if more.hold and not each.dangers:
            _hold(session, each, now)
        elif each.asked:
            case = locked_case(session, each.case_id)
            note_answer_or_later(session, case, now)
            case.status = CaseStatus.WAITING
            retarget_or_later(session, case)
            add_event(session, case, "asked", message_id=each.message_id)


def _restrict(session: Session, owed: Owed, now: datetime) -> None:
    is_restricted = owed.restricting or owed.more.restricted or any(danger.restricted for danger in owed.dangers)
    if is_restricted and session.get(Restriction, owed.case_id) is None:
        why = owed.restricting or (owed.dangers[0].name if owed.dangers else owed.rule)
        session.add(Restriction(case_id=owed.case_id, why=why, since=now))
        session.flush()
        release_from_outsider(session, locked_case(session, owed.case_id))


def _speak(session: Session, owed: Owed, language: str) -> None:
    """The citizen is answered in this language from now on."""
    case = locked_case(session, owed.case_id)
    session.get_one(Contact, case.contact_id).language = language


def _notify(session: Session, owed: Owed, mail_domain: str) -> None:
    case = locked_case(session, owed.case_id)
    words = council_words(session, case, f"New case by the rule “{owed.rule}”")
    told, unreachable = tell(
        session, case, owed.more.notify, f"New case: {owed.rule}", words, owed.public_url, mail_domain
    )
    add_event(session, case, "notified", rule=owed.rule, told=told, unreachable=unreachable)


def _hold(session: Session, owed: Owed, now: datetime) -> None:
    assert owed.more.hold is not None
    case = locked_case(session, owed.case_id)
    case.status, case.snoozed_until = CaseStatus.SNOOZED, now + owed.more.hold
    set_timer(session, WAKE, case.snoozed_until, case.id)
    add_event(session, case, "snoozed", until=case.snoozed_until.isoformat(), rule=owed.rule)
