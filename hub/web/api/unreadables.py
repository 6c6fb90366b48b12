"""What became part of no case: for leaders, administrators and auditors."""

from starlette.requests import Request
from starlette.responses import Response

from hub.actions.intake.unreadables import settle_unreadable
from hub.errors import NotAllowed
from hub.queries.unreadables import UnreadableView, kept_unreadable, may_see_unreadables, unreadables
from hub.queries.views import AgentView
from hub.reading_again import read_again
from hub.running import hub_of
from hub.web.api import unreadable_schemas
from hub.web.api.answers import answer
from hub.web.api.asking import body_of, changing, id_in_path, parameters_of, reading, token_hash_of

_PAGE = 100


async def all_unreadables(request: Request) -> Response:
    hub = hub_of(request)
    _require(await hub.db.read(reading, token_hash_of(request)))
    before = parameters_of(request, unreadable_schemas.UnreadablesWanted).before
    found = await hub.db.read(unreadables, before, _PAGE)
    return answer({"items": [_json(each) for each in found], "next": found[-1].id if len(found) == _PAGE else None})


async def one_unreadable(request: Request) -> Response:
    hub = hub_of(request)
    _require(await hub.db.read(reading, token_hash_of(request)))
    kept = await hub.db.read(kept_unreadable, id_in_path(request, "id"))
    headers = {
        "Content-Disposition": 'attachment; filename="original.bin"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }
    return Response(kept.raw, media_type="application/octet-stream", headers=headers)


async def settle(request: Request) -> Response:
    hub = hub_of(request)
    agent = await hub.db.read(changing, token_hash_of(request))
    _require(agent)
    unreadable_id = id_in_path(request, "id")
    how = (await body_of(request, unreadable_schemas.NewSettlement)).how
    if how == "put_away":
        await hub.db.write(settle_unreadable, unreadable_id, agent.id)
        return answer({"reference": None})
    reference = await read_again(hub, unreadable_id, agent.id, as_case=how == "case")
    return answer({"reference": reference or None})


def _require(agent: AgentView) -> None:
    """Raises NotAllowed."""
    if not may_see_unreadables(agent):
        raise NotAllowed("Team leaders and administrators see what couldn't be read.")


def _json(view: UnreadableView) -> unreadable_schemas.Unreadable:
    return {
        "id": view.id,
        "channel": view.channel,
        "inbox": view.inbox,
        "why": view.why,
        "media_type": view.media_type,
        "size": view.size,
        "at": view.at,
    }
