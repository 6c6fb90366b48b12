"""An agent says that a case stands in the wrong queue: it moves, and is remembered as an example of where such words
belong."""

from sqlmodel import Session, select

from hub.actions.casework.cases import transfer
from hub.actions.events import locked_case, new_ids
from hub.models import Queue, TrainingExample

REASON = "Wrong queue"


def correct_queue(
    session: Session, case_id: int, agent_id: int, queue_slug: str, reason: str = "", seq: int | None = None
) -> int:
    """Moves the case as `transfer` does, and keeps the training example. Returns the event's seq."""
    before_id = locked_case(session, case_id, seq).queue_id
    said = transfer(session, case_id, agent_id, queue_slug, reason.strip() or REASON, seq)
    queue_id = session.exec(select(Queue.id).where(Queue.slug == queue_slug)).one()
    assert queue_id is not None
    session.add(
        TrainingExample(
            id=new_ids(session, 1)[0], case_id=case_id, queue_id=queue_id, before_id=before_id, agent_id=agent_id
        )
    )
    return said
