"""Signing in and out: a random cookie, of which only the hash is stored."""

import asyncio
import math
import secrets
import time
from collections.abc import Mapping
from datetime import timedelta

import structlog
from starlette.requests import Request
from starlette.responses import Response

from hub.actions.casework.presence import set_presence
from hub.actions.council.people import end_sign_in, start_sign_in
from hub.errors import HubError
from hub.models.base import utcnow
from hub.passwords import verify_password
from hub.queries.people import agent_for_password
from hub.queries.views import AgentView
from hub.running import Hub, hub_of
from hub.web.console.failures import failure_of
from hub.web.console.rendering import rendered
from hub.web.console.security import form_token, hashed, is_known_browser, known_browser, local_path
from hub.web.console.throttle import Throttle
from hub.web.console.visit import (
    SAID,
    Form,
    Visit,
    cookie_name,
    gone,
    read_form,
    require_own_form,
    session_cookie,
    signed_in,
)

SESSION = timedelta(hours=12)
_VISITOR = "hub_visitor"  # before there is a session: what the form's token is made from
_FREE_BY_MAIL = 5  # failures before somebody waits
_FREE_BY_HOST = 20  # more: a whole office may share one address
_LONGEST_MAIL = 320  # characters that are kept of what somebody types
_KNOWN = "hub_known"  # proves that its owner signed in here before
_KNOWN_FOR = timedelta(days=400)  # longer isn't kept by browsers
_WRONG = "The e-mail address or the password is wrong."

log = structlog.get_logger()


async def show_sign_in(request: Request) -> Response:
    """GET /sign-in?next=/cases/48210937"""
    wanted = local_path(request.query_params.get("next", ""))
    if await signed_in(request) is not None:
        return gone(wanted, hub_of(request).settings)
    return _form(request, wanted, said=SAID.get(request.query_params.get("said", ""), ""))


async def sign_in(request: Request) -> Response:
    """POST /sign-in"""
    try:
        sent = await read_form(request)
        require_own_form(request, sent, request.cookies.get(_VISITOR, ""))
        return await _try(request, sent)
    except HubError as error:
        return failure_of(request, error)


async def sign_out(visit: Visit, sent: Form) -> Response:
    """POST /sign-out"""
    await visit.hub.db.write(end_sign_in, hashed(visit.cookie))
    if visit.agent.may_change:
        await visit.hub.db.write(set_presence, visit.agent.id, "away")
    response = gone("/sign-in?said=signed-out", visit.hub.settings)
    _delete_session(response, visit.hub)
    return response


async def _try(request: Request, sent: Form) -> Response:
    hub, throttle = hub_of(request), _throttle(request)
    wanted = local_path(sent.get("next", ""))
    email = sent.get("email", "").strip().lower()[:_LONGEST_MAIL]
    keys = _keys(request, email)
    wait = throttle.wait(keys, time.monotonic())
    if wait > 0:
        return _form(request, wanted, email, _wait_words(wait), http_status=429)
    throttle.failed(keys, time.monotonic())  # counted before the slow check, so that many at once are counted too
    agent = await _agent_with(hub, email, sent.get("password", ""))
    if agent is None:
        log.info("a sign-in failed")
        return _form(request, wanted, email, _WRONG, http_status=422)
    throttle.succeeded(next(iter(keys)))
    return await _begin(request, hub, agent, wanted)


def _keys(request: Request, email: str) -> Mapping[str, int]:
    """What failures are counted by, that of the person first. A browser where this agent has signed in before counts by
    itself: nobody who guesses elsewhere keeps them out, whether by their mail address or from the same network."""
    if is_known_browser(request.cookies.get(_KNOWN, ""), email, hub_of(request).settings):
        return {f"known:{email}": _FREE_BY_MAIL}
    host = request.client.host if request.client else ""
    return {f"mail:{email}": _FREE_BY_MAIL, f"from:{host}": _FREE_BY_HOST}


async def _agent_with(hub: Hub, email: str, password: str) -> AgentView | None:
    found = await hub.db.read(agent_for_password, email)
    stored = found[1] if found else ""
    matches = await asyncio.to_thread(verify_password, password, stored)
    return found[0] if found and matches else None


async def _begin(request: Request, hub: Hub, agent: AgentView, wanted: str) -> Response:
    before = session_cookie(request)
    if before:
        await hub.db.write(end_sign_in, hashed(before))
    token = secrets.token_urlsafe(32)
    await hub.db.write(start_sign_in, agent.id, hashed(token), utcnow() + SESSION)
    if agent.may_change:
        await hub.db.write(set_presence, agent.id, "here")
    response = gone(wanted, hub.settings)
    response.set_cookie(
        cookie_name(hub.settings),
        token,
        max_age=int(SESSION.total_seconds()),
        path="/",
        secure=hub.settings.is_https,
        httponly=True,
        samesite="lax",
    )
    response.set_cookie(
        _KNOWN,
        known_browser(agent.email, hub.settings),
        max_age=int(_KNOWN_FOR.total_seconds()),
        path="/sign-in",
        secure=hub.settings.is_https,
        httponly=True,
        samesite="lax",
    )
    response.delete_cookie(_VISITOR, path="/sign-in")
    return response


def _delete_session(response: Response, hub: Hub) -> None:
    secure = hub.settings.is_https
    response.delete_cookie(cookie_name(hub.settings), path="/", secure=secure, httponly=True, samesite="lax")


def _form(
    request: Request, wanted: str, email: str = "", problem: str = "", *, said: str = "", http_status: int = 200
) -> Response:
    settings = hub_of(request).settings
    visitor = request.cookies.get(_VISITOR) or secrets.token_urlsafe(32)
    response = rendered(
        request,
        "sign_in.html",
        http_status=http_status,
        next=wanted,
        email=email,
        problem=problem,
        said=said,
        form_token=form_token(visitor, settings),
    )
    response.set_cookie(_VISITOR, visitor, path="/sign-in", secure=settings.is_https, httponly=True, samesite="lax")
    return response


def _throttle(request: Request) -> Throttle:
    """This process's."""
    state = request.app.state
    if not hasattr(state, "sign_in_throttle"):
        state.sign_in_throttle = Throttle()
    throttle: Throttle = state.sign_in_throttle
    return throttle


def _wait_words(seconds: float) -> str:
    whole = math.ceil(seconds)
    words = f"{whole} seconds" if whole <= 90 else f"{math.ceil(whole / 60)} minutes"
    return f"Too many tries. Wait {words}, then try again."
