"""How looking into mailboxes goes: for leaders, administrators and auditors, and for whatever watches the hub."""

from starlette.requests import Request
from starlette.responses import Response

from hub.errors import NotAllowed
from hub.queries.watching import WatchView, may_see_watches, watches
from hub.running import hub_of
from hub.web.api import schemas
from hub.web.api.answers import answer
from hub.web.api.asking import reading, token_hash_of


async def all_mailboxes(request: Request) -> Response:
    hub = hub_of(request)
    agent = await hub.db.read(reading, token_hash_of(request))
    if not may_see_watches(agent):
        raise NotAllowed("Team leaders and administrators see how the mailboxes are doing.")
    return answer({"items": [_json(view) for view in await hub.db.read(watches)]})


def _json(view: WatchView) -> schemas.Mailbox:
    return {
        "channel": view.channel,
        "inbox": view.inbox,
        "address": view.address,
        "trouble": view.trouble or None,
        "trouble_since": view.trouble_since,
        "checked_at": view.checked_at,
    }
