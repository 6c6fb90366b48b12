"""The telephone page: who waits, my own phone, the call that I am in, how calls ended, who is to be called back."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sqlmodel import Session
from starlette.responses import Response

from hub.actions.telephone.rings import call_back, call_citizen, drop_callback, set_phone, take_next, withdraw
from hub.actions.telephone.steering import Order, hold, pause_recording, send_on, take_back
from hub.errors import HubError, NotFound
from hub.models.base import utcnow
from hub.queries.callbacks import CallbackView, list_callbacks
from hub.queries.calls import CallFilter, CallView, list_calls
from hub.queries.cases import case_id_for
from hub.queries.line import lines_of
from hub.queries.phone_desk import PhoneDesk, phone_desk
from hub.queries.restrictions import require_visible, require_visible_call, require_visible_callback
from hub.queries.views import AgentView
from hub.telephone.phoning import outcomes_by_inbox, own_number, wrapped_up
from hub.telephone.softphone import has_softphone
from hub.telephone.steering import hung_up, steered
from hub.web.console.reading import Navigation, navigation
from hub.web.console.visit import Form, Visit

_RECENT = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class TelephonePage:
    navigation: Navigation
    desk: PhoneDesk
    callbacks: tuple[CallbackView, ...]
    recent: tuple[CallView, ...]


def telephone_page(session: Session, agent: AgentView) -> TelephonePage:
    """What stands on the page, read in one snapshot. Leaders see every line, agents those of their queues."""
    return TelephonePage(
        navigation=navigation(session, agent, utcnow()),
        desk=phone_desk(session, agent),
        callbacks=list_callbacks(session, viewer=agent),
        recent=list_calls(session, CallFilter(queue_ids=lines_of(agent), viewer=agent, limit=_RECENT)),
    )


async def show_telephone(visit: Visit) -> Response:
    """GET /phone"""
    return await _shown(visit)


async def _shown(visit: Visit, problem: HubError | None = None, draft: Form | None = None) -> Response:
    found = await visit.hub.db.read(telephone_page, visit.agent)
    return visit.render(
        "telephone.html",
        http_status=problem.http_status if problem else 200,
        found=found,
        beside=found.navigation,
        problem=problem,
        draft=draft or {},
        outcomes=outcomes_by_inbox(visit.hub),
        has_softphone=has_softphone(visit.hub),
    )


async def use_telephone(visit: Visit, sent: Form) -> Response:
    """POST /phone/{verb}: back to the page that the form stood on."""
    verb = visit.request.path_params["verb"]
    act = _ACTS.get(verb)
    if act is None:
        raise NotFound("There is no such action.")
    try:
        said = await act(visit, sent)
    except HubError as error:
        return await _shown(visit, error, sent)
    return visit.go(_back_to(sent), said)


def _back_to(sent: Form) -> str:
    """The case that the form stood on, else the telephone page."""
    reference = sent.get("from_case", "")
    return f"/cases/{reference}" if reference.isascii() and reference.isdigit() else "/phone"


# --- each verb ---------------------------------------------------------------------------------------------


async def _next(visit: Visit, sent: Form) -> str:
    await visit.hub.db.write(take_next, visit.agent.id, sorted(visit.agent.queue_ids))
    return "ringing"


async def _call(visit: Visit, sent: Form) -> str:
    case_id = case_id_for(sent.get("reference", ""))
    await visit.hub.db.read(require_visible, visit.agent, case_id)
    await visit.hub.db.write(call_citizen, case_id, visit.agent.id)
    return "ringing"


async def _call_back(visit: Visit, sent: Form) -> str:
    await visit.hub.db.write(call_back, await _callback_id(visit, sent), visit.agent.id)
    return "ringing"


async def _drop(visit: Visit, sent: Form) -> str:
    callback_id = await _callback_id(visit, sent)
    await visit.hub.db.write(drop_callback, callback_id, visit.agent.id, sent.get("outcome", ""))
    return "callback-dropped"


async def _number(visit: Visit, sent: Form) -> str:
    number, in_browser = own_number(visit.hub, sent.get("phone", "")), sent.get("at") == "browser"
    await visit.hub.db.write(set_phone, visit.agent.id, number, in_browser=in_browser)
    return "phone-set"


async def _withdraw(visit: Visit, sent: Form) -> str:
    inbox_id, sid = await visit.hub.db.write(withdraw, visit.agent.id)
    await hung_up(visit.hub, inbox_id, sid)
    return "hung-up"


def _steer(order: Callable[..., Order], said: str) -> "Act":
    async def act(visit: Visit, sent: Form) -> str:
        await steered(visit.hub, await visit.hub.db.write(order, visit.agent.id))
        return said

    return act


async def _send_on(visit: Visit, sent: Form) -> str:
    number = own_number(visit.hub, sent.get("number", ""))
    order = await visit.hub.db.write(send_on, visit.agent.id, queue=sent.get("queue", ""), number=number)
    await steered(visit.hub, order)
    return "sent-on"


def _recording(*, paused: bool) -> "Act":
    async def act(visit: Visit, sent: Form) -> str:
        await steered(visit.hub, await visit.hub.db.write(pause_recording, visit.agent.id, paused=paused))
        return "recording-paused" if paused else "recording-resumed"

    return act


async def _wrap_up(visit: Visit, sent: Form) -> str:
    call_id = _id(sent, "call")
    await visit.hub.db.read(require_visible_call, visit.agent, call_id)
    await wrapped_up(visit.hub, visit.agent, call_id, sent.get("outcome", ""), sent.get("note", ""))
    return "wrapped-up"


async def _callback_id(visit: Visit, sent: Form) -> int:
    callback_id = _id(sent, "callback")
    await visit.hub.db.read(require_visible_callback, visit.agent, callback_id)
    return callback_id


def _id(sent: Form, name: str) -> int:
    given = sent.get(name, "")
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise NotFound("There is no such call.")
    return int(given)


Act = Callable[[Visit, Form], Awaitable[str]]

_ACTS: Mapping[str, Act] = {
    "next": _next,
    "call": _call,
    "callback": _call_back,
    "drop": _drop,
    "number": _number,
    "withdraw": _withdraw,
    "hold": _steer(hold, "held"),
    "take-back": _steer(take_back, "taken-back"),
    "send": _send_on,
    "pause": _recording(paused=True),
    "resume": _recording(paused=False),
    "wrap-up": _wrap_up,
}
