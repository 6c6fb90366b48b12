"""A door is one path of the API: it lets in the methods that it knows and tells every error as a problem."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hub.errors import HubError
from hub.running import hub_of
from hub.web.api import problems
from hub.web.api.asking import require_seen, token_hash_of

Endpoint = Callable[[Request], Awaitable[Response]]


async def _require_seen(request: Request) -> None:
    """No door opens on a case, or on something of one, that the token's agent may not see."""
    named = request.path_params
    reference, row_id = str(named.get("reference", "")), str(named.get("id", ""))
    if reference or row_id:
        path = request.scope["path"]  # as in hub.web.console.visit
        await hub_of(request).db.read(require_seen, token_hash_of(request), path, reference, row_id)


class Door:
    """An ASGI app; `endpoints` by method. Without any it is the wall: 404."""

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        self._endpoints = dict(endpoints)
        if "GET" in self._endpoints:
            self._endpoints["HEAD"] = self._endpoints["GET"]  # the server leaves the body out

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            endpoint = self._endpoint(request.method)
            await _require_seen(request)
            response = await endpoint(request)
        except HubError as error:
            response = problems.of_hub_error(error)
        except HTTPException as error:
            response = problems.of_http_exception(error)
        except ClientDisconnect:
            return  # nobody is there to be told
        except Exception:
            await problems.of_fault()(scope, receive, send)
            raise  # the server logs it
        await response(scope, receive, send)

    def _endpoint(self, method: str) -> Endpoint:
        if not self._endpoints:
            raise HTTPException(404, "There is nothing at this address. GET /api/v1/openapi.json lists what there is.")
        if method not in self._endpoints:
            allowed = ", ".join(sorted(self._endpoints))
            raise HTTPException(405, f"Use {allowed} here.", {"Allow": allowed})
        return self._endpoints[method]
