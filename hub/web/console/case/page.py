"""The page of one case, whole or only what changes while somebody reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response

from hub.models.base import utcnow
from hub.queries.cases import case_id_for
from hub.telephone.phoning import outcomes_by_inbox
from hub.web.console.case.composing import composing
from hub.web.console.case.later import later
from hub.web.console.case.replying import ways_to_reply, why_no_way
from hub.web.console.case.timeline import timeline
from hub.web.console.case.why import why_here
from hub.web.console.reading import WholeCase, whole_case
from hub.web.console.rendering import wording
from hub.web.console.visit import Form, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why the last action wasn't done; what was typed is still there."""

    title: str
    message: str
    verb: str
    fields: Mapping[str, str] = field(default_factory=dict)  # what is wrong, by the form's field
    meanwhile: Sequence[str] = ()  # what others did, a sentence each


async def show_case(visit: Visit) -> Response:
    """GET /cases/{reference}; with ?part=conversation only the parts that change by themselves."""
    whole = await visit.hub.db.read(whole_case, visit.agent, utcnow(), case_id_of(visit), visit.hub.directory.names)
    template = "_case_live.html" if visit.request.query_params.get("part") == "conversation" else "case.html"
    return render_case(visit, whole, template)


def render_case(
    visit: Visit,
    whole: WholeCase,
    template: str = "case.html",
    *,
    problem: Problem | None = None,
    draft: Form | None = None,
    writing: str = "",
    http_status: int = 200,
) -> Response:
    """The case; `draft` is what was typed into the form of `problem`, or of `writing`, which goes on."""
    say, page, draft = wording(visit.request), whole.page, draft or {}
    ways = ways_to_reply(page, visit.hub.directory, say, draft.get("channel", ""), visit.hub.channels)
    writing = writing or (problem.verb if problem else "")
    names = names_in(visit, whole)
    return visit.render(
        template,
        http_status=http_status,
        whole=whole,
        beside=whole.navigation,
        case=page.case,
        page=page,
        entries=timeline(page, names, say),
        why=why_here(page, names),
        ways=ways,
        no_way=why_no_way(page),
        composing=composing(visit, whole, ways, draft if writing.startswith("reply") else {}),
        writing=writing,
        later=later(say),
        problem=problem,
        outcomes=outcomes_by_inbox(visit.hub),
        flags_known=sorted(visit.hub.directory.rules.flags.union(whole.flags_in_use).difference(whole.flags)),
        dangers=visit.hub.directory.rules.dangers,
        loads_pictures=visit.hub.settings.remote_pictures,
        draft=draft,
        mine=page.case.agent == visit.agent.email,
        is_open=page.case.status not in ("resolved", "closed"),
        is_joined=any(link.kind == "joined_to" for link in page.links),
    )


def names_in(visit: Visit, whole: WholeCase) -> dict[str, str]:
    """What the record of a case calls by a key: queues by slug, agents by mail address."""
    agents = visit.hub.directory.agents.items()
    return {**whole.navigation.names, **{email: name for email, (_, name) in agents}}


def case_id_of(visit: Visit) -> int:
    """Raises NotFound."""
    return case_id_for(visit.request.path_params["reference"])
