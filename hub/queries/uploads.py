"""Files that wait in a composer."""

from sqlmodel import Session, col, select

from hub.models import Upload
from hub.queries.views import Uploaded


def uploads_of(session: Session, agent_id: int, case_id: int) -> tuple[Uploaded, ...]:
    """The agent's, for this case, in the order in which they came."""
    found = select(Upload).where(Upload.agent_id == agent_id, Upload.case_id == case_id).order_by(col(Upload.id))
    return tuple(
        Uploaded(id=row.id, filename=row.filename, media_type=row.media_type, size=row.size)
        for row in session.exec(found)
    )
