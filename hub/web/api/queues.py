"""Queues."""

from starlette.requests import Request
from starlette.responses import Response

from hub.models.base import utcnow
from hub.queries.queues import queue_views
from hub.running import hub_of
from hub.web.api.answers import answer, queue_json
from hub.web.api.asking import signed_in, token_hash_of


async def all_queues(request: Request) -> Response:
    views = await hub_of(request).db.read(signed_in, token_hash_of(request), queue_views, utcnow())
    return answer({"items": [queue_json(view) for view in views]})
