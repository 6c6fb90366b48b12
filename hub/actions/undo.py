"""Taking back a reply that hasn't left: its words return to whoever wrote them, and the case is as it was before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from hub.actions._events import add_event, locked_case
from hub.actions.uploads import give_back
from hub.db.dialects import dialect_of
from hub.errors import Conflict, NotFound
from hub.models import Case, CaseStatus, Envelope, Message, Participant

_MOMENTS = ("due_at", "first_reply_at", "resolved_at", "closed_at", "snoozed_until")


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What the composer shows again. Its files wait as uploads of the case."""

    text: str
    channel: str
    cc: tuple[str, ...]  # mail addresses
    bcc: tuple[str, ...]
    quotes: bool


def as_it_is(case: Case) -> dict[str, Any]:
    """What a reply changes of its case, as JSON."""
    moments = {name: getattr(case, name) for name in _MOMENTS}
    return {
        "status": case.status.value,
        "outcome": case.outcome,
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
    }


def put_back(case: Case, before: Mapping[str, Any]) -> None:
    """The case as `as_it_is` saw it."""
    case.status = CaseStatus(before["status"])
    case.outcome = before["outcome"]
    for name in _MOMENTS:
        setattr(case, name, datetime.fromisoformat(before[name]) if before[name] else None)


def undo_reply(session: Session, case_id: int, agent_id: int, message_id: int) -> TakenBack:
    """Raises Conflict when it has left, or somebody else wrote it; NotFound."""
    case = locked_case(session, case_id)
    message = session.get(Message, message_id, populate_existing=True)
    envelope = session.get(Envelope, message_id)
    if message is None or message.case_id != case_id or envelope is None or not envelope.before:
        raise NotFound("There is no such reply to undo.")
    if message.author_id != agent_id:
        raise Conflict("Only who wrote a reply can undo it.")
    back = TakenBack(
        text=message.text,
        channel=message.channel,
        cc=tuple(uri.partition(":")[2] for uri in envelope.cc),
        bcc=tuple(uri.partition(":")[2] for uri in envelope.bcc),
        quotes=envelope.quotes,
    )
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
        put_back(case, before)
    add_event(session, case, "unsent", agent_id=agent_id)
    return back


def _remove_unless_claimed(session: Session, message_id: int) -> None:
    """By compare-and-set: the worker claims a message in the same way, and only one of the two gets it."""
    sql = "DELETE FROM messages WHERE id = :id AND status = 'queued' AND attempts = 0 RETURNING id"
    if dialect_of(session).run(session, sql, id=message_id).first() is None:
        raise Conflict("It has left already. Write another one to put it right.")
