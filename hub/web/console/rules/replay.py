"""The replay of the draft: begun by a form, carried out beside the pages, looked at whenever somebody comes back."""

import asyncio

from sqlmodel import Session
from starlette.responses import Response

from hub.actions.council.replay_runs import begin_replay, cancel_replay
from hub.models.base import utcnow
from hub.queries.replay_runs import ReplayView, replay_of
from hub.queries.rules import DraftView, require_draft
from hub.queries.views import AgentView
from hub.replay.replaying import SPANS
from hub.replay.runs import Wanted
from hub.web.console.reading import Navigation, navigation
from hub.web.console.rules.replay_wanted import ReplayWanted, replay_wanted
from hub.web.console.visit import Form, Visit

_AT_ONCE = 1.0  # seconds: what is done by then is shown without a progress bar


def _read(session: Session, agent: AgentView) -> tuple[Navigation, DraftView, ReplayView | None]:
    draft = require_draft(session)
    return navigation(session, agent, utcnow()), draft, replay_of(session, draft.id)


async def replay_page(visit: Visit) -> Response:
    """How far it is, or what came out; and the form to begin another."""
    beside, draft, run = await visit.hub.db.read(_read, visit.agent)
    wanted = ReplayWanted(run.days, run.minutes) if run is not None else ReplayWanted()
    return visit.render("rule_replay.html", beside=beside, draft=draft, run=run, wanted=wanted, spans=SPANS, error=None)


async def begin(visit: Visit, sent: Form) -> Response:
    """Raises Invalid by field; Conflict while another one runs."""
    hub, draft = visit.hub, await visit.hub.db.read(require_draft)
    wanted = replay_wanted(sent)
    run_id = await hub.db.write(begin_replay, draft.id, visit.agent.id, wanted.days, wanted.minutes)
    since = wanted.since(utcnow())
    asked = Wanted(run_id=run_id, rules=draft.rules, beside=draft.beside, since=since, minutes=wanted.minutes)
    task = hub.replays.begin(hub.db, hub.settings.url, asked)
    await asyncio.wait({task}, timeout=_AT_ONCE)
    return visit.go("/rules/draft/replay")


async def cancel(visit: Visit, sent: Form) -> Response:
    draft = await visit.hub.db.read(require_draft)
    await visit.hub.db.write(cancel_replay, draft.id)
    return visit.go("/rules/draft/replay")
