"""The phone in the browser: a window of its own, since a page that is left hangs up."""

from starlette.responses import JSONResponse, Response

from hub.errors import HubError, NotAllowed
from hub.queries.phone_desk import phone_desk
from hub.telephone.softphone import browser_passes, speaks_with
from hub.web.console.security import content_policy
from hub.web.console.visit import Form, Visit


async def show_window(visit: Visit) -> Response:
    """GET /phone/window: only this page may speak with the telephone provider."""
    if not visit.agent.may_change:
        raise NotAllowed("Auditors see everything and take no calls.")
    agent, origins = visit.agent, speaks_with(visit.hub)
    desk = await visit.hub.db.read(phone_desk, agent)
    page = visit.render("phone_window.html", desk=desk, can_ring=bool(origins))
    page.headers["Content-Security-Policy"] = content_policy(visit.hub.settings, origins)
    return page


async def give_pass(visit: Visit, sent: Form) -> Response:
    """POST /phone/pass: JSON for the window's script; `error` in words when there is none."""
    try:
        passes = browser_passes(visit.hub, visit.agent)
    except HubError as error:
        return JSONResponse({"error": error.message}, error.http_status, headers={"Cache-Control": "no-store"})
    answered = [
        {"account": account, "token": each.token, "seconds": each.seconds, "edge": each.edge}
        for account, each in passes.by_account.items()
    ]
    return JSONResponse({"passes": answered}, headers={"Cache-Control": "no-store"})
