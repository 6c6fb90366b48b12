"""What arrived and couldn't be read, for leaders and administrators: nothing is lost, and somebody can act on it."""

from starlette.responses import Response

from hub.actions.intake.unreadables import settle_unreadable
from hub.errors import HubError, NotAllowed, NotFound
from hub.models.base import utcnow
from hub.queries.unreadables import kept_unreadable, may_see_unreadables
from hub.reading_again import can_read_again, read_again
from hub.web.console.reading import unreadable_list
from hub.web.console.visit import Form, Visit


async def show_unreadables(visit: Visit) -> Response:
    """GET /unreadable"""
    _require_role(visit)
    return await _page(visit)


async def download_unreadable(visit: Visit) -> Response:
    """GET /unreadable/{id}: all of it, as a file."""
    _require_role(visit)
    kept = await visit.hub.db.read(kept_unreadable, visit.request.path_params["id"])
    name = "original.eml" if kept.media_type == "message/rfc822" else "original.bin"
    return Response(
        kept.raw,
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, no-store",
        },
    )


async def settle(visit: Visit, sent: Form) -> Response:
    """POST /unreadable/{id}/{verb}: again, case or put-away."""
    _require_role(visit)
    verb, unreadable_id = visit.request.path_params["verb"], visit.request.path_params["id"]
    try:
        if verb == "put-away":
            await visit.hub.db.write(settle_unreadable, unreadable_id, visit.agent.id)
            return visit.go("/unreadable", "put-away")
        if verb not in ("again", "case"):
            raise NotFound("There is no such action.")
        reference = await read_again(visit.hub, unreadable_id, visit.agent.id, as_case=verb == "case")
    except HubError as error:
        return await _page(visit, error)
    return visit.go(f"/cases/{reference}", "read-again") if reference else visit.go("/unreadable", "still-unreadable")


async def _page(visit: Visit, problem: HubError | None = None) -> Response:
    found = await visit.hub.db.read(unreadable_list, visit.agent, utcnow())
    again = {item.id for item in found.items if can_read_again(visit.hub, item.channel)}
    status = problem.http_status if problem else 200
    return visit.render(
        "unreadable.html", http_status=status, found=found, again=again, beside=found.navigation, problem=problem
    )


def _require_role(visit: Visit) -> None:
    if not may_see_unreadables(visit.agent):
        raise NotAllowed("Team leaders and administrators see what couldn't be read.")
