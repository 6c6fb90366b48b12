"""Cases that not everybody sees: only their queue's members, their holder, and the roles that the council names."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlmodel import Session, col, select

from hub.errors import NotFound
from hub.models import Attachment, Case, Message, Restriction
from hub.queries.views import AgentView


def is_visible(viewer: AgentView) -> ColumnElement[bool] | None:
    """A condition on Case; None = they see every case."""
    if viewer.sees_restricted:
        return None
    restricted = exists().where(col(Restriction.case_id) == col(Case.id))
    own = or_(col(Case.queue_id).in_(sorted(viewer.queue_ids)), col(Case.agent_id) == viewer.id)
    return or_(~restricted, own)


def require_visible(session: Session, viewer: AgentView, case_id: int) -> None:
    """Raises NotFound, in the words of a case that isn't there: that it exists is nobody's business either."""
    if not visible_ids(session, viewer, [case_id]) and session.get(Restriction, case_id) is not None:
        raise NotFound("There is no such case.")


def require_visible_attachment(session: Session, viewer: AgentView, attachment_id: int) -> None:
    """Raises NotFound when the file belongs to a case that they don't see."""
    found = (
        select(Message.case_id)
        .join(Attachment, col(Attachment.message_id) == col(Message.id))
        .where(Attachment.id == attachment_id)
    )
    case_id = session.exec(found).first()
    if case_id is not None and not visible_ids(session, viewer, [case_id]):
        raise NotFound("There is no such attachment.")


def visible_ids(session: Session, viewer: AgentView, case_ids: Collection[int]) -> frozenset[int]:
    """Those of these cases that exist and that they see."""
    condition = is_visible(viewer)
    found = select(Case.id).where(col(Case.id).in_(case_ids))
    return frozenset(session.exec(found if condition is None else found.where(and_(condition))))


def restricted_ids(session: Session, case_ids: Collection[int]) -> frozenset[int]:
    """Those of these cases that not everybody sees."""
    if not case_ids:
        return frozenset()
    return frozenset(session.exec(select(Restriction.case_id).where(col(Restriction.case_id).in_(case_ids))))
