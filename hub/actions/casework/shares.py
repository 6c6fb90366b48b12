"""A case that two departments work on stands in the lists of both, and is one case: whoever takes it has it, whoever
resolves it resolves it for all. It comes about by one mail to the mailboxes of both, or because an agent says so."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import Session, col, select

from hub.actions.casework.holding import release_from_outsider
from hub.actions.casework.sharing import add_shares, end_share
from hub.actions.events import add_event, locked_case
from hub.actions.time.calendar_later import note_words_or_later, retarget_or_later
from hub.characters import printable
from hub.directory import Directory, QueueEntry
from hub.errors import Conflict, Invalid
from hub.models import Case, CaseEvent, CaseStatus, Direction, Message, Queue, Restriction
from hub.models.base import utcnow
from routing.engine import decide
from routing.facts import Facts

_LONGEST_REASON = 500  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A mail that stands in the case already came to another inbox, too."""

    case_id: int
    message_id: int
    inbox_id: int
    mail: str = field(repr=False)  # its Message-ID
    external_id: str
    facts: Facts = field(repr=False)  # as if it were the first


def share(session: Session, case_id: int, agent_id: int, queue: str, reason: str, seq: int | None = None) -> int:
    """Puts the case into the lists of another queue, too. Raises Invalid, Conflict; returns the event's seq."""
    case = locked_case(session, case_id, seq)
    if not case.status.is_open:
        raise Conflict("This case is resolved. Reopen it first.")
    if session.get(Restriction, case_id) is not None:
        raise Conflict("This case is restricted: only its own queue sees it. Transfer it instead.")
    reason = printable(reason.strip())[:_LONGEST_REASON]
    if not reason:
        raise Invalid("Say why.", {"reason": "A few words for the colleagues who get the case, too."})
    wanted = _active_queue(session, queue)
    if not add_shares(session, case, [wanted.id or 0], agent_id, utcnow()):
        raise Conflict("The case stands in that queue already.")
    retarget_or_later(session, case)
    return add_event(session, case, "shared", agent_id=agent_id, queue=wanted.slug, reason=reason)


def unshare(session: Session, case_id: int, agent_id: int, queue: str, seq: int | None = None) -> int:
    """Takes the case out of a queue's lists that it was shared with, and out of the hands of who works only there."""
    case = locked_case(session, case_id, seq)
    found = session.exec(select(Queue).where(Queue.slug == queue)).first()
    if found is None or not end_share(session, case_id, found.id or 0):
        raise Conflict("The case isn't shared with that queue.")
    release_from_outsider(session, case)
    retarget_or_later(session, case)
    return add_event(session, case, "unshared", agent_id=agent_id, queue=found.slug)


def note_copies(session: Session, directory: Directory, copies: Iterable[Copy], now: datetime) -> None:
    """Shares each case with the queues that these mails would have gone to by themselves, whichever came first.

    A resolved case that comes to a queue anew is reopened: nobody there has seen it.
    """
    for copy in copies:
        case = locked_case(session, copy.case_id)
        wanted = {entry.id: entry for entry in _queues_for(session, directory, copy) if entry.active}
        new = add_shares(session, case, wanted, None, now)
        if new and case.status is CaseStatus.RESOLVED:
            _reopen(session, case, wanted[new[0]].slug, now)
        elif new:
            retarget_or_later(session, case)
        for queue_id in new:
            add_event(session, case, "shared", message_id=copy.message_id, queue=wanted[queue_id].slug)


def _queues_for(session: Session, directory: Directory, copy: Copy) -> Iterator[QueueEntry]:
    for inbox_id in _inboxes_of(session, copy):
        inbox = directory.inboxes[inbox_id]
        facts = replace(copy.facts, inbox=inbox.port.name, to=inbox.port.address)
        outcome = decide(facts, directory.rules, directory.queue_of_nobody(facts, inbox))
        yield directory.queue_by_slug[outcome.queue]


def _inboxes_of(session: Session, copy: Copy) -> list[int]:
    """The one that the copy came to. Before a second one the first had no say, unless it opened the case."""
    found = select(Message.id, Message.inbox_id).where(
        Message.case_id == copy.case_id,
        Message.message_id == copy.mail,
        Message.external_id == copy.external_id,
        Message.direction == Direction.IN,
    )
    copies = session.exec(found.order_by(col(Message.id))).all()
    opened = select(CaseEvent.message_id).where(CaseEvent.case_id == copy.case_id, CaseEvent.seq == 1)
    first_id, first_inbox = copies[0]
    if len(copies) != 2 or first_inbox is None or first_id == session.exec(opened).first():
        return [copy.inbox_id]
    return [first_inbox, copy.inbox_id]


def _reopen(session: Session, case: Case, queue: str, now: datetime) -> None:
    case.status = CaseStatus.OPEN
    case.resolved_at = None
    case.outcome = ""
    session.flush()
    note_words_or_later(session, [], [case.id], now)
    add_event(session, case, "reopened", queue=queue)


def _active_queue(session: Session, slug: str) -> Queue:
    queue = session.exec(select(Queue).where(Queue.slug == slug)).first()
    if queue is None or not queue.active:
        raise Invalid("There is no such queue.", {"queue": "Give the slug of an active queue."})
    return queue
