"""What belongs to a case beside its messages: the cases that it is tied to, and who takes part."""

from collections.abc import Sequence
from dataclasses import replace

from sqlmodel import Session, col, select

from hub.models import Agent, Case, CaseEvent, Merge, Participant
from hub.queries.restrictions import hidden_ids, restricted_ids
from hub.queries.views import AgentView, CaseLink, CaseView, ParticipantView
from hub.reference import case_id_of


def case_links(
    session: Session, case_id: int, follow_up_of: int | None, viewer: AgentView | None
) -> tuple[CaseLink, ...]:
    """Both ways: what it follows and what follows it, what it mentions, and what was joined; of restricted cases only
    those that the viewer sees. None: whoever sees this case, so none of them."""
    found: list[tuple[str, int]] = []
    if follow_up_of is not None:
        found.append(("follows", follow_up_of))
    following = select(Case.id).where(Case.follow_up_of == case_id).order_by(col(Case.id))
    found += [("followed_by", each) for each in session.exec(following)]
    merges = select(Merge).where(
        (Merge.case_id == case_id) | (Merge.into_id == case_id), col(Merge.undone_at).is_(None)
    )
    for merge in session.exec(merges.order_by(col(Merge.id))):
        found.append(("joined_to", merge.into_id) if merge.case_id == case_id else ("joined", merge.case_id))
    tied = {each for _, each in found}
    mentioned = _mentioned(session, case_id)
    if mentioned is not None and mentioned not in tied:
        found.append(("mentions", mentioned))
    cases = {row.id: row for row in session.exec(select(Case).where(col(Case.id).in_([each for _, each in found])))}
    hidden = restricted_ids(session, cases) if viewer is None else hidden_ids(session, viewer, cases)
    return tuple(
        CaseLink(
            kind=kind,
            reference=case.reference,
            subject=case.subject,
            status=case.status.value,
        )
        for kind, each in found
        if (case := cases.get(each)) is not None and each not in hidden
    )


def without_hidden(session: Session, viewer: AgentView, views: Sequence[CaseView]) -> tuple[CaseView, ...]:
    """The same cases; one that follows a case which they don't see follows none."""
    followed = {view.id: followed_id for view in views if (followed_id := case_id_of(view.follow_up_of))}
    hidden = hidden_ids(session, viewer, set(followed.values())) if followed else frozenset()
    if not hidden:
        return tuple(views)
    return tuple(replace(view, follow_up_of="") if followed.get(view.id) in hidden else view for view in views)


def participants(session: Session, case_id: int) -> tuple[ParticipantView, ...]:
    """In the order of being added."""
    found = (
        select(Participant, Agent.name)
        .join(Agent, col(Agent.id) == col(Participant.agent_id))
        .where(Participant.case_id == case_id)
        .order_by(col(Participant.at), col(Participant.uri))
    )
    return tuple(
        ParticipantView(address=row.uri.partition(":")[2], added_by=name, at=row.at)
        for row, name in session.exec(found)
    )


def _mentioned(session: Session, case_id: int) -> int | None:
    """The case that the first message named without joining it."""
    opened = session.exec(select(CaseEvent.detail).where(CaseEvent.case_id == case_id, CaseEvent.seq == 1)).first()
    return case_id_of(str(opened["mentions"])) if opened and "mentions" in opened else None
