"""Who is in front of the page: the session behind the cookie, and the checks that every form goes through."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response

from hub.errors import HubError, NotAllowed, NotFound, NotSignedIn
from hub.models.base import BIGGEST_ID, utcnow
from hub.queries.people import agent_by_sign_in
from hub.queries.restrictions import require_named
from hub.queries.views import AgentView
from hub.running import Hub, hub_of
from hub.settings import Settings
from hub.web.console.case import clocks, flagging, unsubscribing
from hub.web.console.failures import failure, failure_of
from hub.web.console.filled_in import FilledIn, StrangeForm, filled_in
from hub.web.console.rendering import rendered
from hub.web.console.security import comes_from_here, content_policy, form_token, hashed, is_form_token, secured

MAX_FORM = 262_144  # bytes
MAX_FORM_WITH_FILES = 67_108_864
_FLASH = "hub_said"
_FLASH_SECONDS = 60
_STRANGE_FORM = (
    "This form doesn't come from your own signed-in page, so nothing was done. "
    "Open the page again and send it from there."
)

SAID: Mapping[str, str] = {
    "claimed": "You hold this case now.",
    "released": "The case is back in its queue.",
    "none-ticked": "No case was ticked, so nothing was done.",
    "several-claim": "You hold these cases now.",
    "several-assign": "These cases have a new holder.",
    "several-transfer": "These cases stand in their new queue.",
    "several-snooze": "These cases are put off. Each comes back by itself, earlier when its citizen writes.",
    "several-resolve": "These cases are resolved. One whose citizen writes again opens again.",
    "assigned": "The case has a new holder.",
    "noted": "Your note is kept.",
    "replied": "Your answer is on its way.",
    "replied-and-resolved": "Your answer is on its way, and the case is resolved.",
    "transferred": "The case stands in its new queue.",
    "resolved": "The case is resolved. If the citizen writes again, it opens again.",
    "reopened": "The case is open again.",
    "wrong-queue": "The case stands in its new queue, and the hub remembers where such words belong.",
    "alarm-raised": "The alarm is raised. It calls people until somebody says that they deal with it.",
    "alarm-raised-untold": "The alarm is raised. The emergency text could not be sent: the conversation says why.",
    "alarm-acknowledged": "You are dealing with it: nobody else is called.",
    "alarm-false": "It is recorded as a false alarm. The case is an ordinary one now.",
    "draft-changed": "The draft is kept. Nothing is in force yet.",
    "draft-discarded": "The draft is gone. The rules in force stay as they are.",
    "rules-published": "The rules are in force from the next message on.",
    "begun": "Your message is on its way. You hold the case; the answer comes here.",
    "fetching": "The provider is asked for the file once more.",
    "merged": "The case is joined to the other one, which goes on. You can take it out again here.",
    "unmerged": "The case is taken out again, as it was.",
    "snoozed": "The case is put off. It comes back by itself, earlier when the citizen writes. u brings it back now.",
    "unsnoozed": "The case is back.",
    "shared": "The case stands in both queues now. It stays one case: whoever takes it has it.",
    "unshared": "The case is out of that queue’s lists.",
    "participant-added": "They take part in this case now: their answers join it, and your mails offer them a copy.",
    "participant-removed": "They take part no longer.",
    "queue-empty": "Nothing waits here: every open case has somebody who holds it.",
    "read-again": "It is part of this case now.",
    "still-unreadable": "It was tried again, and still belongs to no case.",
    "put-away": "It is put away. The original stays kept.",
    "signed-out": "You are signed out.",
    "ringing": "Your phone is being rung. Answer it; on a telephone, press any key.",
    "callback-dropped": "Nobody needs to call them back now.",
    "phone-set": "It is kept where you take calls.",
    "hung-up": "Your phone is put down.",
    "held": "The caller is on hold and hears music.",
    "taken-back": "Your phone takes the caller back.",
    "sent-on": "The caller is being put through.",
    "recording-paused": "Nothing is recorded now.",
    "recording-resumed": "The call is recorded again.",
    "wrapped-up": "It is noted how the call ended.",
    **clocks.SAID,
    **flagging.SAID,
    **unsubscribing.SAID,
}

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of somebody who is signed in."""

    request: Request
    hub: Hub
    agent: AgentView
    cookie: str

    @property
    def form_token(self) -> str:
        return form_token(self.cookie, self.hub.settings)

    def render(self, template: str, *, http_status: int = 200, **values: Any) -> Response:
        """A page for this person; what the last action said is told once, and not to a script that looks anew."""
        is_seen = self.request.headers.get("sec-fetch-dest", "document") == "document"
        said = SAID.get(self.request.cookies.get(_FLASH, ""), "") if is_seen else ""
        response = rendered(
            self.request,
            template,
            http_status=http_status,
            me=self.agent,
            form_token=self.form_token,
            said=said,
            here_path=self.request.url.path,
            **values,
        )
        if said:
            response.delete_cookie(_FLASH, path="/")
        return response

    def go(self, path: str, said: str = "") -> Response:
        """On to another page after something was done, with a word from SAID about it."""
        return gone(path, self.hub.settings, said)


PageHandler = Callable[[Visit], Awaitable[Response]]
FormHandler = Callable[[Visit, Form], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def page(handler: PageHandler) -> Endpoint:
    """A page for signed-in people; others are sent to sign in and come back."""

    async def endpoint(request: Request) -> Response:
        try:
            visit = await visit_of(request)
            await require_seen(visit)
            return await handler(visit)
        except NotSignedIn:
            return to_sign_in(request)
        except HubError as error:
            return failure_of(request, error)

    return endpoint


def form(handler: FormHandler) -> Endpoint:
    """What a form does: signed in, sent by our own page, with this session's token; auditors change nothing."""

    async def endpoint(request: Request) -> Response:
        try:
            visit = await visit_of(request)
            sent = await read_form(request)
            require_own_form(request, sent, visit.cookie)
            await require_seen(visit)
            if not visit.agent.may_change:
                raise NotAllowed("Auditors see everything and change nothing.")
            return await handler(visit, sent)
        except NotSignedIn:
            return failure(request, 401, "Your text is still in the page before this one: sign in in another tab.")
        except HubError as error:
            return failure_of(request, error)

    return endpoint


async def visit_of(request: Request) -> Visit:
    """Raises NotSignedIn."""
    hub = hub_of(request)
    agent = await signed_in(request)
    if agent is None:
        raise NotSignedIn("Sign in first.")
    return Visit(request=request, hub=hub, agent=agent, cookie=session_cookie(request))


async def require_seen(visit: Visit) -> None:
    """Raises NotFound when the case, or what of a case, the address names is not for this agent's eyes; and for a
    number that no row can have."""
    named = visit.request.path_params
    if any(isinstance(value, int) and value > BIGGEST_ID for value in named.values()):
        raise NotFound("There is nothing at this address.")
    reference, row_id = str(named.get("reference", "")), str(named.get("id", ""))
    if reference or row_id:
        path = visit.request.scope["path"]  # the very one that was routed: `url` is made with what Host says
        await visit.hub.db.read(require_named, visit.agent, path, reference, row_id)


async def signed_in(connection: HTTPConnection) -> AgentView | None:
    """Whoever this page or socket belongs to."""
    cookie = session_cookie(connection)
    if not cookie:
        return None
    return await hub_of(connection).db.read(agent_by_sign_in, hashed(cookie), utcnow())


def cookie_name(settings: Settings) -> str:
    """With the prefix that makes browsers refuse it from anywhere but this very host over https."""
    return "__Host-hub_session" if settings.is_https else "hub_session"


def session_cookie(connection: HTTPConnection) -> str:
    return connection.cookies.get(cookie_name(hub_of(connection).settings), "")


async def read_form(request: Request) -> FilledIn:
    """The fields of a form, the last of each name, and its files. The route bounds its size."""
    try:
        return await filled_in(request)
    except StrangeForm:
        raise NotAllowed(_STRANGE_FORM) from None


def require_own_form(request: Request, sent: Form, cookie: str) -> None:
    """Raises NotAllowed for a form that another site made, or that belongs to another session."""
    settings = hub_of(request).settings
    if not comes_from_here(request, settings) or not is_form_token(sent.get("token", ""), cookie, settings):
        raise NotAllowed(_STRANGE_FORM)


def to_sign_in(request: Request) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    wanted = quote(request.url.path + query, safe="/")
    return gone(f"/sign-in?next={wanted}", hub_of(request).settings)


def gone(path: str, settings: Settings, said: str = "") -> Response:
    response = RedirectResponse(path, 303)
    if said:
        response.set_cookie(
            _FLASH, said, max_age=_FLASH_SECONDS, path="/", secure=settings.is_https, httponly=True, samesite="lax"
        )
    return secured(response, content_policy(settings))
