"""The page of one case: all that was said and done in it."""

from collections import defaultdict
from collections.abc import Sequence

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from hub.errors import NotFound
from hub.models import (
    Agent,
    Attachment,
    Authentication,
    CaseEvent,
    Envelope,
    Message,
    MessageStatus,
)
from hub.models.base import BIGGEST_ID
from hub.queries._case_views import case_views
from hub.queries.decisions import derive_decision
from hub.queries.links import case_links, participants, without_hidden
from hub.queries.topics import supposed_queues
from hub.queries.views import AgentView, AttachmentView, AuthenticationView, CasePage, EventView, MessageView
from hub.reference import case_id_of
from routing.condition import NOBODYS, Names

_SCHEMES = ("tel:", "mailto:", "chat:")


def case_page(session: Session, case_id: int, viewer: AgentView | None = None, names: Names = NOBODYS) -> CasePage:
    """The whole case; of those tied to it the restricted ones only where the viewer sees them. Raises NotFound."""
    views = case_views(session, [case_id])
    if viewer is not None:
        views = without_hidden(session, viewer, views)
    if not views:
        raise NotFound("There is no such case.")
    decision, events = derive_decision(session, case_id, names), _events(session, case_id)
    is_sorted = decision["rule"] is not None or any(event.kind == "transferred" for event in events)
    return CasePage(
        case=views[0],
        decision=decision,
        messages=_messages(session, case_id),
        events=events,
        links=case_links(session, case_id, case_id_of(views[0].follow_up_of), viewer),
        participants=participants(session, case_id),
        supposed=()
        if is_sorted or views[0].status in ("resolved", "closed")
        else tuple(supposed_queues(session, case_id)),
    )


def attachment(session: Session, attachment_id: int) -> AttachmentView:
    """Raises NotFound."""
    row = session.get(Attachment, attachment_id) if 0 < attachment_id <= BIGGEST_ID else None
    if row is None:
        raise NotFound("There is no such attachment.")
    return _attachment_view(row)


def _messages(session: Session, case_id: int) -> tuple[MessageView, ...]:
    found = (
        select(Message, Agent)
        .outerjoin(Agent, col(Agent.id) == col(Message.author_id))
        .where(Message.case_id == case_id)
        .order_by(col(Message.id))
    )
    files: defaultdict[int, list[AttachmentView]] = defaultdict(list)
    of_case = select(Message.id).where(Message.case_id == case_id)
    attached = select(Attachment).where(col(Attachment.message_id).in_(of_case)).order_by(col(Attachment.id))
    for row in session.exec(attached):
        files[row.message_id].append(_attachment_view(row))
    envelopes = {row.message_id: row for row in session.exec(_envelopes(case_id))}
    verdicts = {row.message_id: row for row in session.exec(_verdicts(case_id))}
    return tuple(
        _message_view(
            message,
            author,
            files[message.id],
            envelopes.get(message.id) or Envelope(message_id=message.id),
            verdicts.get(message.id),
        )
        for message, author in session.exec(found)
    )


def _envelopes(case_id: int) -> SelectOfScalar[Envelope]:
    return select(Envelope).where(col(Envelope.message_id).in_(select(Message.id).where(Message.case_id == case_id)))


def _verdicts(case_id: int) -> SelectOfScalar[Authentication]:
    of_case = select(Message.id).where(Message.case_id == case_id)
    return select(Authentication).where(col(Authentication.message_id).in_(of_case))


def _message_view(
    message: Message,
    author: Agent | None,
    files: Sequence[AttachmentView],
    envelope: Envelope,
    verdict: Authentication | None,
) -> MessageView:
    return MessageView(
        id=message.id,
        direction=message.direction.value,
        channel=message.channel,
        sender=_value(message.sender),
        recipient=_value(message.recipient),
        subject=message.subject,
        text=message.text,
        html=message.html,
        transcript=message.transcript,
        status=message.status.value,
        error=message.error,
        author=author.email if author else "",
        author_name=author.name if author else "",
        at=message.at,
        automatic=message.automatic,
        automatic_why=message.automatic_why,
        problems=tuple(message.problems),
        attachments=tuple(files),
        cc=tuple(map(_value, envelope.cc)),
        bcc=tuple(map(_value, envelope.bcc)),
        leaves_at=message.due_at if envelope.before and message.status is MessageStatus.QUEUED else None,
        authentication=AuthenticationView(by=verdict.by, spf=verdict.spf, dkim=verdict.dkim, dmarc=verdict.dmarc)
        if verdict
        else None,
    )


def _value(address: str) -> str:
    """A citizen's address without its scheme; an inbox's has none."""
    scheme = next((scheme for scheme in _SCHEMES if address.startswith(scheme)), "")
    return address.removeprefix(scheme)


def _attachment_view(row: Attachment) -> AttachmentView:
    return AttachmentView(
        id=row.id,
        filename=row.filename,
        media_type=row.media_type,
        size=row.size,
        state=row.state.value,
        disposition=row.disposition,
        content_id=row.content_id,
        sha256=row.sha256,
        error=row.error,
    )


def _events(session: Session, case_id: int) -> tuple[EventView, ...]:
    found = (
        select(CaseEvent, Agent)
        .outerjoin(Agent, col(Agent.id) == col(CaseEvent.agent_id))
        .where(CaseEvent.case_id == case_id)
        .order_by(col(CaseEvent.seq))
    )
    return tuple(_event_view(event, agent) for event, agent in session.exec(found))


def _event_view(event: CaseEvent, agent: Agent | None) -> EventView:
    return EventView(
        seq=event.seq,
        kind=event.kind,
        at=event.at,
        agent=agent.email if agent else "",
        agent_name=agent.name if agent else "",
        message_id=event.message_id,
        detail=event.detail,
    )
