"""Forgetting a case: what the citizen said, the files and who they were go; that there was a case, in which queue, and
when and by whom what was done, stays.

What is deleted here is gone from the database. Contents of files are noted as dropped, and deleted when nothing else
has the same (hub.actions.retention.contents).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from hub.actions.events import add_event, locked_case, new_ids
from hub.actions.retention.contacts import forget_contact
from hub.db.dialects import dialect_of
from hub.errors import Conflict, HubError
from hub.models import Case, CaseEvent, CaseStatus, Contact
from hub.queries.retention import why_kept
from hub.reference import case_id_of

_KEPT = frozenset(  # of an event's detail: the council's own words and its people; all else is emptied
    {
        "after_days", "agent", "alarm", "attempt", "before", "clock", "code", "due_at", "due_on", "held_by", "inbox",
        "key", "late", "messages", "name", "not_assigned", "of", "priority", "queue", "released_from", "result", "rule",
        "since", "status", "step", "times", "to", "type", "undated", "until",
    }
)  # fmt: skip

# THE MESSAGES and THE FILES stand for those of the case.
_WRITTEN = (
    "INSERT INTO dropped_contents(sha256, at) SELECT DISTINCT sha256, :now FROM ("
    "SELECT sha256 FROM attachments WHERE id IN THE FILES "
    "UNION SELECT sha256 FROM uploads WHERE case_id = :id) dropped WHERE sha256 <> '' ON CONFLICT DO NOTHING",
    "DELETE FROM originals WHERE attachment_id IN THE FILES",
    "DELETE FROM forgotten_copies WHERE attachment_id IN THE FILES",
    "DELETE FROM draft_transcripts WHERE attachment_id IN THE FILES",
    "DELETE FROM attachments WHERE message_id IN THE MESSAGES",
    "DELETE FROM uploads WHERE case_id = :id",
    "DELETE FROM envelopes WHERE message_id IN THE MESSAGES",
    "DELETE FROM authentications WHERE message_id IN THE MESSAGES",
    "DELETE FROM receipts WHERE (inbox_id, external_id) IN "
    "(SELECT inbox_id, external_id FROM messages WHERE case_id = :id)",
    "UPDATE messages SET sender = '', recipient = '', subject = '', text = '', html = '', transcript = '', "
    "external_id = '', message_id = '', \"references\" = '[]', problems = '[]', error = '' WHERE case_id = :id",
    "UPDATE calls SET uri = '', sid = 'forgotten-' || id, path = '[]', note = '' WHERE case_id = :id",
    "UPDATE callbacks SET uri = '', outcome = '' WHERE case_id = :id",
    "UPDATE alarms SET note = '', reason = '' WHERE case_id = :id",
    "UPDATE case_clocks SET pause_reason = '' WHERE case_id = :id",
    "UPDATE merges SET message_ids = '[]', participants = '[]', \"before\" = '{}' WHERE case_id = :id OR into_id = :id",
    "DELETE FROM notices WHERE case_id = :id",
    "DELETE FROM timers WHERE case_id = :id",
    "DELETE FROM participants WHERE case_id = :id",
    "DELETE FROM topic_guesses WHERE case_id = :id",
    "DELETE FROM shares WHERE case_id = :id",
    "UPDATE cases SET follow_up_of = NULL WHERE id = :id OR follow_up_of = :id",
)
_MESSAGES = "(SELECT id FROM messages WHERE case_id = :id)"
_FILES = "(SELECT id FROM attachments WHERE message_id IN THE MESSAGES)"
_STATEMENTS = [each.replace("THE FILES", _FILES).replace("THE MESSAGES", _MESSAGES) for each in _WRITTEN]


def forget_case(session: Session, case_id: int, after_days: int, now: datetime) -> bool:
    """False when something keeps it meanwhile, or somebody else was first."""
    try:
        case = locked_case(session, case_id)
    except HubError:
        return False
    if case.status is not CaseStatus.CLOSED or why_kept(session, case):
        return False
    _forget(session, case, now, {"after_days": after_days})
    return True


def forget_now(session: Session, references: Sequence[str], now: datetime) -> int:
    """At a citizen's wish: all of these cases, or none. How many. Raises NotFound; Conflict with what keeps one."""
    wanted = sorted({case_id_of(reference) or 0 for reference in references})
    for case_id in wanted:
        case = locked_case(session, case_id)
        if case.status.is_open:
            raise Conflict(f"Case {case.reference} is open: resolve it first.")
        if why := why_kept(session, case):
            raise Conflict(f"Case {case.reference} is kept: {why}.")
        if case.status is CaseStatus.RESOLVED:
            case.status, case.closed_at = CaseStatus.CLOSED, now
        _forget(session, case, now, {})
    return len(wanted)


def _forget(session: Session, case: Case, now: datetime, detail: dict[str, Any]) -> None:
    session.flush()
    dialect = dialect_of(session)
    for statement in _STATEMENTS:
        dialect.run(session, statement, id=case.id, **({"now": now} if ":now" in statement else {}))
    for event in session.exec(select(CaseEvent).where(CaseEvent.case_id == case.id)):
        event.detail = {key: value if key in _KEPT else _empty(value) for key, value in event.detail.items()}
    contact_id, nobody = case.contact_id, Contact(id=new_ids(session, 1)[0])
    session.add(nobody)
    session.flush()
    case.contact_id, case.subject, case.outcome, case.facts = nobody.id, "", "", {}
    add_event(session, case, "forgotten", **detail)
    case.forgotten_at = now
    session.flush()
    forget_contact(session, contact_id)


def _empty(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | None) else type(value)()
