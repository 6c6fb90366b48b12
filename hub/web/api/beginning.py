"""Conversations that the council begins, and files that are asked for once more."""

from starlette.requests import Request
from starlette.responses import Response

from hub.actions.files.attachments import fetch_again
from hub.actions.sending.begin import Beginning, begin
from hub.queries.case_page import case_page
from hub.running import hub_of
from hub.web.api import sent
from hub.web.api.answers import answer, case_json
from hub.web.api.asking import body_of, changing, id_in_path, token_hash_of


async def begin_case(request: Request) -> Response:
    """POST /api/v1/cases"""
    hub = hub_of(request)
    agent = await hub.db.read(changing, token_hash_of(request))
    given = await body_of(request, sent.NewCase)
    wanted = Beginning(
        channel=given.channel,
        to=given.to,
        text=given.text,
        inbox=given.inbox,
        subject=given.subject,
        queue=given.queue,
        purpose=given.purpose,
    )
    begun = await hub.db.write(begin, agent.id, wanted, mail_domain=hub.mail_domain, longest=hub.longest_text)
    return answer(case_json(await hub.db.read(case_page, begun.case_id, agent)), 201)


async def fetch_attachment(request: Request) -> Response:
    """POST /api/v1/attachments/{id}/fetch"""
    hub = hub_of(request)
    agent = await hub.db.read(changing, token_hash_of(request))
    await body_of(request, sent.Nothing)
    case_id = await hub.db.write(fetch_again, id_in_path(request, "id"), agent.id)
    return answer(case_json(await hub.db.read(case_page, case_id, agent)))
