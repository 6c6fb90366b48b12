"""The look before rules are published: what the draft changes, who changed what, doubts, the replay."""

import asyncio
from dataclasses import dataclass

from sqlmodel import Session
from starlette.responses import Response

from hub.actions.council.rule_drafts import publish_draft
from hub.errors import Conflict, HubError, Invalid
from hub.queries.replay_runs import ReplayView, replay_of
from hub.queries.rules import ChangeView, DraftView, VersionView, changes_of, require_draft
from hub.queries.views import AgentView
from hub.replay.replaying import SPANS
from hub.web.console.reading import Navigation
from hub.web.console.rules.access import edition, read_draft, require_writer
from hub.web.console.rules.words import told
from hub.web.console.visit import Form, Visit
from routing.compiling import Known
from routing.differences import all_differences
from routing.review import doubts
from routing.rules import RuleErrors, RuleProblem, RuleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reviewed:
    navigation: Navigation
    draft: DraftView
    current: VersionView | None  # in force
    changes: tuple[ChangeView, ...]
    run: ReplayView | None
    known: Known  # what its rules may name


async def show_review(visit: Visit) -> Response:
    """GET /rules/draft/review"""
    require_writer(visit.agent)
    return await _review_page(visit)


async def publish(visit: Visit, sent: Form) -> Response:
    """POST /rules/draft/publish: what was looked at, and nothing that was changed since."""
    draft = await visit.hub.db.read(require_draft)
    note = sent.get("note", "")
    try:
        await visit.hub.db.write(publish_draft, draft.id, visit.agent.id, edition(sent), note)
    except (Invalid, Conflict) as error:
        return await _review_page(visit, error=error, note=note)
    return visit.go("/rules", "rules-published")


async def doubts_of(draft: DraftView, known: Known) -> tuple[RuleProblem, ...]:
    """What looks wrong, or, where the draft can't be read any more, what is. Hundreds of rules take a second or two to
    compare: not in the event loop."""
    return await asyncio.to_thread(_doubts, draft, known)


def _doubts(draft: DraftView, known: Known) -> tuple[RuleProblem, ...]:
    try:
        return doubts(RuleSet.parse(draft.rules, None, beside=draft.beside), draft.rules, known)
    except RuleErrors as errors:
        return errors.problems


async def _review_page(visit: Visit, *, error: HubError | None = None, note: str = "") -> Response:
    found = await visit.hub.db.read(_read, visit.agent)
    draft, current = found.draft, found.current
    changed = all_differences(
        current.rules if current else [], draft.rules, current.beside if current else {}, draft.beside
    )
    return visit.render(
        "rule_review.html",
        http_status=error.http_status if error else 200,
        beside=found.navigation,
        draft=draft,
        current=current,
        differences=told(changed, visit.hub.directory.names),
        changes=found.changes,
        run=found.run,
        moved_cases=sum(move["count"] for move in found.run.found.get("moved", ())) if found.run else 0,
        doubts=await doubts_of(draft, found.known),
        error=error,
        note=note,
        spans=SPANS,
    )


def _read(session: Session, agent: AgentView) -> _Reviewed:
    found = read_draft(session, agent)
    draft = found.draft
    assert draft is not None
    return _Reviewed(
        navigation=found.navigation,
        draft=draft,
        current=found.versions[0] if found.versions else None,
        changes=changes_of(session, draft_id=draft.id),
        run=replay_of(session, draft.id),
        known=found.known,
    )
