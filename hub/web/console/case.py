"""The page of one case, whole or only what changes while somebody reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from hub.errors import NotFound
from hub.models.base import utcnow
from hub.queries.cases import case_id_for, case_page
from hub.queries.views import MessageView
from hub.web.console.formatted import with_pictures
from hub.web.console.reading import WholeCase, whole_case
from hub.web.console.rendering import wording
from hub.web.console.replying import ways_to_reply
from hub.web.console.security import MAIL_POLICY, secured
from hub.web.console.timeline import timeline
from hub.web.console.visit import Form, Visit
from hub.web.console.why import why_here


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
    whole = await visit.hub.db.read(whole_case, visit.agent, utcnow(), case_id_of(visit))
    template = "_case_live.html" if visit.request.query_params.get("part") == "conversation" else "case.html"
    return render_case(visit, whole, template)


def render_case(
    visit: Visit,
    whole: WholeCase,
    template: str = "case.html",
    *,
    problem: Problem | None = None,
    draft: Form | None = None,
    http_status: int = 200,
) -> Response:
    """The case; `draft` is what was typed into the form of `problem`."""
    say, page, draft = wording(visit.request), whole.page, draft or {}
    names = whole.navigation.names
    return visit.render(
        template,
        http_status=http_status,
        whole=whole,
        beside=whole.navigation,
        case=page.case,
        page=page,
        entries=timeline(page, names, say),
        why=why_here(page, names),
        ways=ways_to_reply(page, visit.hub.directory, say, draft.get("channel", "")),
        problem=problem,
        draft=draft,
        mine=page.case.agent == visit.agent.email,
        is_open=page.case.status not in ("resolved", "closed"),
    )


async def show_mail(visit: Visit) -> Response:
    """GET /cases/{reference}/messages/{id}/formatted: a mail as the citizen formatted it, for a sandboxed frame."""
    page = await visit.hub.db.read(case_page, case_id_of(visit))
    message = _message(page.messages, visit.request.path_params["message_id"])
    html = await run_in_threadpool(with_pictures, message.html, message.attachments, visit.hub.files)
    return secured_mail(visit.render("mail.html", html=html))


def secured_mail(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    return secured(response, MAIL_POLICY)


def case_id_of(visit: Visit) -> int:
    """Raises NotFound."""
    return case_id_for(visit.request.path_params["reference"])


def _message(messages: Sequence[MessageView], message_id: int) -> MessageView:
    found = next((message for message in messages if message.id == message_id and message.html), None)
    if found is None:
        raise NotFound("This message has no formatted original.")
    return found
