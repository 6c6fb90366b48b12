"""Taking back a reply that hasn't left: its words return to whoever wrote them, and the case is as it was before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, SQLModel, select

from hub.actions.events import add_event, locked_case
from hub.actions.files.uploads import give_back
from hub.actions.time.calendar_later import retarget_or_later
from hub.actions.time.snoozing import KIND as WAKE
from hub.actions.time.timers import set_timer
from hub.db.dialects import dialect_of
from hub.errors import Conflict, NotFound
from hub.models import Case, CaseClock, CaseStatus, CaseTargets, Envelope, Message, Participant

_OF_CASE = ("status", "outcome", "due_at", "first_reply_at", "resolved_at", "closed_at", "snoozed_until")
_OF_TARGETS = ("resolution_due", "resolution_left", "response_due")
_OF_CLOCK = (
    "state", "started_on", "due_at", "met_at", "extensions", "extended_by", "paused_for", "paused_on", "pause_reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What the composer shows again. Its files wait as uploads of the case."""

    text: str
    channel: str
    cc: tuple[str, ...]  # mail addresses
    bcc: tuple[str, ...]
    quotes: bool


def as_it_is(session: Session, case: Case) -> dict[str, Any]:
    """What a reply or a joining changes of a case, as JSON: its state, its targets and its clocks."""
    targets = session.get(CaseTargets, case.id)
    clocks = session.exec(select(CaseClock).where(CaseClock.case_id == case.id)).all()
    return {
        "case": _values(case, _OF_CASE),
        "targets": _values(targets, _OF_TARGETS) if targets else None,
        "clocks": {str(clock.id): _values(clock, _OF_CLOCK) for clock in clocks},
    }


def put_back(session: Session, case: Case, before: Mapping[str, Any]) -> None:
    """The case as `as_it_is` saw it."""
    _set(case, before["case"])
    if case.status is CaseStatus.SNOOZED and case.snoozed_until is not None:
        set_timer(session, WAKE, case.snoozed_until, case.id)  # the one that it had may have passed meanwhile
    targets = session.get(CaseTargets, case.id)
    if targets is not None and before["targets"] is None:
        session.delete(targets)
    elif targets is not None:
        _set(targets, before["targets"])
    for clock in session.exec(select(CaseClock).where(CaseClock.case_id == case.id)).all():
        if str(clock.id) in before["clocks"]:
            _set(clock, before["clocks"][str(clock.id)])
    retarget_or_later(session, case)


def _values(row: SQLModel, names: Sequence[str]) -> dict[str, Any]:
    return row.model_dump(mode="json", include=set(names))


def _set(row: SQLModel, values: Mapping[str, Any]) -> None:
    """JSON back into a row: dates, moments and words as their columns have them."""
    known = type(row).model_validate({**row.model_dump(), **values}) if values else row
    for name in values:
        setattr(row, name, getattr(known, name))


def taken_back(message: Message, envelope: Envelope | None) -> TakenBack:
    """The words of a reply with its copies, as they were typed."""
    cc, bcc = (envelope.cc, envelope.bcc) if envelope is not None else ([], [])
    return TakenBack(
        text=message.text,
        channel=message.channel,
        cc=tuple(uri.partition(":")[2] for uri in cc),
        bcc=tuple(uri.partition(":")[2] for uri in bcc),
        quotes=envelope is not None and envelope.quotes,
    )


def undo_reply(session: Session, case_id: int, agent_id: int, message_id: int) -> TakenBack:
    """Raises Conflict when it has left, or somebody else wrote it; NotFound."""
    case = locked_case(session, case_id)
    message = session.get(Message, message_id, populate_existing=True)
    envelope = session.get(Envelope, message_id)
    if message is None or message.case_id != case_id or envelope is None or not envelope.before:
        raise NotFound("There is no such reply to undo.")
    if message.author_id != agent_id:
        raise Conflict("Only who wrote a reply can undo it.")
    back = taken_back(message, envelope)
    before = dict(envelope.before)
    session.expunge(message)
    give_back(session, agent_id, case_id, message_id)
    session.delete(envelope)
    session.flush()
    _remove_unless_claimed(session, message_id)
    for uri in before.get("participants", ()):
        if (row := session.get(Participant, (case_id, uri))) is not None:
            session.delete(row)
    if case.status in (CaseStatus.WAITING, CaseStatus.RESOLVED):
        put_back(session, case, before)
    add_event(session, case, "unsent", agent_id=agent_id)
    return back


def _remove_unless_claimed(session: Session, message_id: int) -> None:
    """By compare-and-set: the worker claims a message in the same way, and only one of the two gets it."""
    sql = "DELETE FROM messages WHERE id = :id AND status = 'queued' AND attempts = 0 RETURNING id"
    if dialect_of(session).run(session, sql, id=message_id).first() is None:
        raise Conflict("It has left already. Write another one to put it right.")
