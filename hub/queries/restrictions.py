"""Cases that not everybody sees: only their queue's members, their holder, whom their alarm called, and the roles that
the council names. What hangs on a case, such as its files and calls, is seen by whoever sees the case."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlmodel import Session, col, select

from hub.errors import NotFound
from hub.models import Attachment, Call, Callback, CalledAgent, Case, Message, Restriction, Unreadable
from hub.models.base import BIGGEST_ID
from hub.queries.views import AgentView
from hub.reference import case_id_of


def is_visible(viewer: AgentView) -> ColumnElement[bool] | None:
    """A condition on Case; None = they see every case."""
    return None if viewer.sees_restricted else _unrestricted_or_own(viewer)


@lru_cache(maxsize=256)  # each page of theirs asks with it several times
def _unrestricted_or_own(viewer: AgentView) -> ColumnElement[bool]:
    restricted = exists().where(col(Restriction.case_id) == col(Case.id))
    return or_(~restricted, _own(viewer))


def is_seen(viewer: AgentView, case_id: Any) -> ColumnElement[bool] | None:
    """The same as a condition on a column that names a case, or none; None = they see every case."""
    if viewer.sees_restricted:
        return None
    restricted = exists().where(col(Restriction.case_id) == case_id)
    own = exists().where(col(Case.id) == case_id, _own(viewer)).correlate_except(Case, CalledAgent)
    return or_(~restricted, own)


def _own(viewer: AgentView) -> ColumnElement[bool]:
    called = exists().where(col(CalledAgent.case_id) == col(Case.id), col(CalledAgent.agent_id) == viewer.id)
    return or_(col(Case.queue_id).in_(sorted(viewer.queue_ids)), col(Case.agent_id) == viewer.id, called)


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


def require_visible_call(session: Session, viewer: AgentView, call_id: int) -> None:
    """Raises NotFound when the call belongs to a case that they don't see; one that they had themselves is theirs."""
    call = session.get(Call, call_id) if call_id <= BIGGEST_ID else None
    if call is None or call.case_id is None or call.agent_id == viewer.id:
        return
    if not visible_ids(session, viewer, [call.case_id]):
        raise NotFound("There is no such call.")


def require_visible_callback(session: Session, viewer: AgentView, callback_id: int) -> None:
    """Raises NotFound when the citizen is to be called back about a case that they don't see."""
    callback = session.get(Callback, callback_id) if callback_id <= BIGGEST_ID else None
    if callback is not None and not visible_ids(session, viewer, [callback.case_id]):
        raise NotFound("There is no such callback.")


def require_visible_unreadable(session: Session, viewer: AgentView, unreadable_id: int) -> None:
    """Raises NotFound when it was read again and became part of a case that they don't see."""
    unreadable = session.get(Unreadable, unreadable_id) if unreadable_id <= BIGGEST_ID else None
    case_id = case_id_of(unreadable.became) if unreadable is not None else None
    if case_id is not None and not visible_ids(session, viewer, [case_id]):
        raise NotFound("There is no such thing.")


def require_visible_contact(session: Session, viewer: AgentView, contact_id: int) -> None:
    """Raises NotFound when all cases of the contact are ones that they don't see: that somebody wrote there is nobody's
    business either."""
    case_ids = session.exec(select(Case.id).where(Case.contact_id == contact_id)).all()
    if case_ids and len(hidden_ids(session, viewer, case_ids)) == len(case_ids):
        raise NotFound("There is no such contact.")


_REQUIRED = {
    "attachments": require_visible_attachment,
    "calls": require_visible_call,
    "callbacks": require_visible_callback,
    "contacts": require_visible_contact,
    "unreadable": require_visible_unreadable,
    "unreadables": require_visible_unreadable,
}


def require_named(session: Session, viewer: AgentView, path: str, reference: str, row_id: str) -> None:
    """Raises NotFound when what an address names is not for their eyes: the case by its reference, or what `row_id`
    is one of by the path, such as a file of a case."""
    if reference:
        case_id = case_id_of(reference)
        if case_id is not None and case_id <= BIGGEST_ID:
            require_visible(session, viewer, case_id)
    elif row_id.isascii() and row_id.isdigit() and len(row_id) < 19:
        for part in path.split("/"):
            if part in _REQUIRED:
                _REQUIRED[part](session, viewer, int(row_id))


def visible_ids(session: Session, viewer: AgentView, case_ids: Collection[int]) -> frozenset[int]:
    """Those of these cases that exist and that they see."""
    condition = is_visible(viewer)
    found = select(Case.id).where(col(Case.id).in_(case_ids))
    return frozenset(session.exec(found if condition is None else found.where(and_(condition))))


def hidden_ids(session: Session, viewer: AgentView, case_ids: Collection[int]) -> frozenset[int]:
    """Those of these cases that they must not see; those that don't exist are none of them."""
    restricted = frozenset() if viewer.sees_restricted else restricted_ids(session, case_ids)
    return restricted - visible_ids(session, viewer, restricted) if restricted else restricted


def restricted_ids(session: Session, case_ids: Collection[int]) -> frozenset[int]:
    """Those of these cases that not everybody sees."""
    if not case_ids:
        return frozenset()
    return frozenset(session.exec(select(Restriction.case_id).where(col(Restriction.case_id).in_(case_ids))))
