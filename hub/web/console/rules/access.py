"""Who may write rules, and what every page about them reads."""

from dataclasses import dataclass, field

from sqlmodel import Session

from hub.errors import NotAllowed
from hub.models.base import utcnow
from hub.queries.rules import DraftView, VersionView, names_for_rules, require_draft, versions
from hub.queries.views import AgentView
from hub.web.console.reading import Navigation, navigation
from hub.web.console.visit import Form
from routing.compiling import Known

_WRITERS = ("leader", "admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesView:
    navigation: Navigation
    versions: tuple[VersionView, ...]
    draft: DraftView | None = None
    known: Known = field(default_factory=dict)  # what a draft's rules may name


def may_write(agent: AgentView) -> bool:
    return agent.role in _WRITERS


def require_writer(agent: AgentView) -> None:
    """Raises NotAllowed."""
    if not may_write(agent):
        raise NotAllowed("Team leaders and administrators write rules.")


def read_versions(session: Session, agent: AgentView) -> RulesView:
    return RulesView(navigation=navigation(session, agent, utcnow()), versions=versions(session))


def read_draft(session: Session, agent: AgentView) -> RulesView:
    """Raises NotFound when nobody writes a draft."""
    draft = require_draft(session)
    return RulesView(
        navigation=navigation(session, agent, utcnow()),
        versions=versions(session),
        draft=draft,
        known=names_for_rules(session),
    )


def edition(sent: Form) -> int:
    """Of the draft, as the writer saw it; 0, which no draft has, when the form doesn't say."""
    return whole_number(sent, "edition") or 0


def whole_number(sent: Form, name: str) -> int | None:
    given = sent.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None
