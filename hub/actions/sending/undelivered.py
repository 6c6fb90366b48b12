"""An agent's answer that didn't arrive: who must know of it, and how it is written again."""

from sqlmodel import Session

from hub.actions.casework.notices import tell_agents
from hub.actions.events import locked_case
from hub.actions.files.uploads import hand_in_again
from hub.actions.sending.undo import TakenBack, taken_back
from hub.errors import NotFound
from hub.models import Case, Direction, Envelope, Message, MessageStatus


def tell_undelivered(session: Session, case: Case, message: Message) -> None:
    """Whoever wrote it, and whoever holds the case: it waits for a citizen who has heard nothing. Of what was sent to
    many, and what the hub says by itself, nobody."""
    if message.author_id is None or message.automatic or message.automatic_why:
        return
    told = {message.author_id, case.agent_id or message.author_id}
    tell_agents(session, case, told, f"An answer didn't arrive. {message.error}".strip())


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
