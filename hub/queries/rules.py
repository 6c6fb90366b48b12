"""Rules as people see them: the versions and the draft, and the flags that rules look at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from channels.registry import discover, menu_tags
from hub.errors import NotFound
from hub.models import Agent, CaseType, ContactFlag, DraftChange, Inbox, Queue, RuleDraft, RuleSet, Template, TopicModel

_VERSIONS = 50
_FLAGS = 100
_CHANGES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    version: int
    rules: list[dict[str, Any]]
    beside: dict[str, list[dict[str, Any]]]
    note: str
    author: str  # e-mail address, "" = a council file
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """Who changed what in a draft."""

    agent_name: str
    what: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    id: int
    rules: list[dict[str, Any]]
    beside: dict[str, list[dict[str, Any]]]
    based_on: int
    edition: int
    agent_name: str
    updated_at: datetime


def versions(session: Session) -> tuple[VersionView, ...]:
    """The newest first; the first one is in force."""
    found = select(RuleSet).order_by(col(RuleSet.version).desc()).limit(_VERSIONS)
    return tuple(_version(row) for row in session.exec(found))


def _version(row: RuleSet) -> VersionView:
    return VersionView(
        version=row.version or 0,
        rules=row.rules,
        beside=row.beside,
        note=row.note,
        author=row.author,
        created_at=row.created_at,
    )


def draft_view(session: Session) -> DraftView | None:
    """The draft that is being written, if any."""
    found = (
        select(RuleDraft, Agent.name)
        .outerjoin(Agent, col(Agent.id) == col(RuleDraft.agent_id))
        .where(col(RuleDraft.published_at).is_(None))
        .order_by(col(RuleDraft.id).desc())
    )
    row = session.exec(found.limit(1)).first()
    if row is None:
        return None
    draft, name = row
    return DraftView(
        id=draft.id or 0,
        rules=draft.rules,
        beside=draft.beside,
        based_on=draft.based_on,
        edition=draft.edition,
        agent_name=name or "",
        updated_at=draft.updated_at,
    )


def require_draft(session: Session) -> DraftView:
    """Raises NotFound."""
    draft = draft_view(session)
    if draft is None:
        raise NotFound("Nobody is writing new rules. Begin a draft on the page of the rules.")
    return draft


def changes_of(session: Session, *, draft_id: int | None = None, version: int | None = None) -> tuple[ChangeView, ...]:
    """Of a draft, or of the draft that a version once was; the latest first, not endlessly many."""
    one = DraftChange.draft_id == draft_id if draft_id is not None else DraftChange.version == version
    found = select(DraftChange, Agent.name).join(Agent, col(Agent.id) == col(DraftChange.agent_id)).where(one)
    rows = session.exec(found.order_by(col(DraftChange.id).desc()).limit(_CHANGES))
    return tuple(ChangeView(agent_name=name, what=row.what, at=row.at) for row, name in rows)


def version_and_before(session: Session, version: int) -> tuple[VersionView, VersionView | None]:
    """A version, and the one that was in force before it. Raises NotFound."""
    found = select(RuleSet).where(col(RuleSet.version) <= version).order_by(col(RuleSet.version).desc()).limit(2)
    rows = [_version(row) for row in session.exec(found)]
    if not rows or rows[0].version != version:
        raise NotFound("There is no such version of the rules.")
    return rows[0], rows[1] if len(rows) > 1 else None


def names_for_rules(session: Session) -> dict[str, set[str]]:
    """What rules may name, as routing.rules wants it known: the slugs of queues, types of case and templates, the
    channels, and the inboxes, those that are no longer in use among them; what routing.review looks for besides: the
    tags of the telephone's menus, and what topics may be called."""
    queues = set(session.exec(select(Queue.slug).where(col(Queue.active))))
    return {
        "channel": set(discover()),
        "inbox": {name.casefold() for name in session.exec(select(Inbox.name))},
        "queue": queues,
        "type": set(session.exec(select(CaseType.slug).where(col(CaseType.active)))),
        "template": set(session.exec(select(Template.slug).where(col(Template.active)))),
        "menu": set(menu_tags(discover(), session.exec(select(Inbox.channel, Inbox.config).where(col(Inbox.active))))),
        "topic": queues | _learned_topics(session),
    }


def _learned_topics(session: Session) -> set[str]:
    """Of the version in use, case-folded."""
    measures = session.exec(select(TopicModel.measures).where(col(TopicModel.in_use))).first() or {}
    return {topic.casefold() for topic in measures.get("topics", ())}


def flags_in_use(session: Session) -> tuple[str, ...]:
    """That some contact bears, in the order of the alphabet; not endlessly many."""
    found = select(ContactFlag.flag).distinct().order_by(col(ContactFlag.flag)).limit(_FLAGS)
    return tuple(session.exec(found))


def flags_of(session: Session, contact_id: int) -> tuple[str, ...]:
    """The contact's flags, in the order of the alphabet."""
    found = select(ContactFlag.flag).where(ContactFlag.contact_id == contact_id).order_by(col(ContactFlag.flag))
    return tuple(session.exec(found))
