"""Asking once more for a file that the provider didn't give."""

from sqlmodel import Session

from hub.actions.events import add_event
from hub.actions.intake.updates import locked_message
from hub.db.session import wake
from hub.errors import Conflict, NotFound
from hub.models import Attachment, AttachmentState
from hub.models.base import utcnow

BIGGEST_ID = 2**63 - 1


def fetch_again(session: Session, attachment_id: int, agent_id: int) -> int:
    """The worker tries it as if for the first time; returns the case's id. Raises NotFound, Conflict."""
    found = session.get(Attachment, attachment_id) if 0 < attachment_id <= BIGGEST_ID else None
    if found is None:
        raise NotFound("There is no such attachment.")
    case, message = locked_message(session, found.message_id)
    file = session.get_one(Attachment, attachment_id, populate_existing=True)
    if file.state is not AttachmentState.FAILED or file.ref is None:
        raise Conflict("This file is here already, or is being fetched.")
    file.state, file.due_at, file.attempts, file.error = AttachmentState.PENDING, utcnow(), 0, ""
    wake(session, "attachments")
    add_event(session, case, "refetched", agent_id=agent_id, message_id=message.id, filename=file.filename)
    return case.id
