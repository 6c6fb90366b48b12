"""What arrived and couldn't be read, for leaders and administrators: nothing is lost, and somebody can act on it."""

from starlette.responses import Response

from hub.errors import NotAllowed
from hub.models.base import utcnow
from hub.queries.unreadables import raw_unreadable
from hub.web.console.reading import unreadable_list
from hub.web.console.visit import Visit

_ROLES = ("leader", "admin", "auditor")


async def show_unreadables(visit: Visit) -> Response:
    """GET /unreadable"""
    _require_role(visit)
    found = await visit.hub.db.read(unreadable_list, visit.agent, utcnow())
    return visit.render("unreadable.html", found=found, beside=found.navigation)


async def download_unreadable(visit: Visit) -> Response:
    """GET /unreadable/{id}: all of it, as a file."""
    _require_role(visit)
    raw = await visit.hub.db.read(raw_unreadable, visit.request.path_params["id"])
    return Response(
        raw,
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": 'attachment; filename="original.bin"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, no-store",
        },
    )


def may_see(role: str) -> bool:
    return role in _ROLES


def _require_role(visit: Visit) -> None:
    if not may_see(visit.agent.role):
        raise NotAllowed("Team leaders and administrators see what couldn't be read.")
