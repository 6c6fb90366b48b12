"""An answer that didn't arrive: who must know of it, what is owed again, and how it is written again."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from hub.actions.casework.alerts import EMERGENCY
from hub.actions.casework.notices import tell_agents
from hub.actions.events import add_event, locked_case
from hub.actions.files.uploads import hand_in_again
from hub.actions.sending.undo import TakenBack, taken_back
from hub.actions.time.calendar_later import note_unanswered_or_later
from hub.actions.time.unmet import run_again
from hub.errors import NotFound
from hub.models import Case, CaseStatus, Direction, Envelope, Message, MessageStatus
from hub.models.base import utcnow

_ACKNOWLEDGING = ("acknowledgement", EMERGENCY)


def note_undelivered(session: Session, case: Case, message: Message) -> None:
    """A message of the locked case has failed. Whoever wrote it, and whoever holds the case, are told. What it had done
    to the case it hasn't done: the case no longer waits for a citizen who has heard nothing, and its clocks go on.
    What was sent to many, and what the hub tells others, changes nothing."""
    is_answer = message.author_id is not None and not message.automatic and not message.automatic_why
    if message.author_id is not None and is_answer:
        told = {message.author_id, case.agent_id or message.author_id}
        tell_agents(session, case, told, f"An answer didn't arrive. {message.error}".strip())
    if (is_answer or message.automatic_why in _ACKNOWLEDGING) and case.status.is_open:
        _owe_again(session, case, message)


def _owe_again(session: Session, case: Case, message: Message) -> None:
    stands = _stands_since(session, message)
    if case.first_reply_at == message.at:
        case.first_reply_at = stands
    clocks = run_again(session, case, message.at, stands)
    is_back = case.status is CaseStatus.WAITING and stands is None
    if is_back:
        case.status = CaseStatus.OPEN
    if is_back or clocks:
        add_event(session, case, "undelivered", back=is_back, clocks=clocks)
        note_unanswered_or_later(session, case, utcnow())


def _stands_since(session: Session, message: Message) -> datetime | None:
    """The moment of the first answer after it that has not failed."""
    found = select(func.min(Message.at)).where(
        Message.case_id == message.case_id,
        Message.direction == Direction.OUT,
        col(Message.author_id).is_not(None),
        col(Message.automatic).is_(False),
        Message.automatic_why == "",
        Message.status != MessageStatus.FAILED,
        Message.at >= message.at,
    )
    return session.exec(found).one()


def begin_again(session: Session, case_id: int, agent_id: int, message_id: int) -> TakenBack:
    """The words, copies and files of an answer that didn't arrive, for the agent's composer; it stays as it is.
    Raises NotFound."""
    locked_case(session, case_id)
    message = session.get(Message, message_id)
    if message is None or message.case_id != case_id or not _has_failed(message):
        raise NotFound("There is no such answer that failed.")
    hand_in_again(session, agent_id, case_id, message_id)
    return taken_back(message, session.get(Envelope, message_id))


def _has_failed(message: Message) -> bool:
    return message.direction is Direction.OUT and message.status is MessageStatus.FAILED and not message.automatic
