"""Telephone calls, callbacks, and the agent's own phone."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, cast

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from hub.actions.telephone.rings import call_back, drop_callback, set_phone, take_next, withdraw
from hub.actions.telephone.steering import Order, hold, pause_recording, send_on, take_back
from hub.errors import Invalid
from hub.models.base import utcnow
from hub.models.calls import CallbackState, CallResult, CallState, RingState
from hub.queries.callbacks import CallbackView, list_callbacks, one_callback
from hub.queries.calls import CallFilter, CallView, list_calls, one_call
from hub.queries.cases import case_id_for
from hub.queries.phone_desk import PhoneDesk, RingView, phone_desk
from hub.queries.restrictions import hidden_ids
from hub.queries.views import AgentView
from hub.running import Hub, hub_of
from hub.telephone.phoning import outcomes_by_inbox, own_number, wrapped_up
from hub.telephone.softphone import browser_passes
from hub.telephone.steering import hung_up, steered
from hub.web.api import call_schemas as schemas
from hub.web.api import sent
from hub.web.api.answers import answer
from hub.web.api.asking import body_of, changing, id_in_path, parameters_of, reading, signed_in, token_hash_of
from hub.web.api.openapi import Operation

# --- reading -----------------------------------------------------------------------------------------------------


async def all_calls(request: Request) -> Response:
    hub, token_hash = hub_of(request), token_hash_of(request)
    given = parameters_of(request, schemas.CallsWanted)
    wanted = CallFilter(
        state=given.state.value if given.state else None,
        result=given.result,
        queue=given.queue,
        case_id=case_id_for(given.case) if given.case else None,
        before=given.before,
        limit=given.limit,
    )
    found = await hub.db.read(_seen_calls, token_hash, wanted)
    items = [_call(hub, call) for call in found]
    return answer({"items": items, "next": found[-1].id if len(found) == given.limit else None})


async def single_call(request: Request) -> Response:
    hub, token_hash = hub_of(request), token_hash_of(request)
    return answer(_call(hub, await hub.db.read(signed_in, token_hash, one_call, id_in_path(request, "id"))))


async def all_callbacks(request: Request) -> Response:
    hub, token_hash = hub_of(request), token_hash_of(request)
    open_only = not parameters_of(request, schemas.CallbacksWanted).all
    found = await hub.db.read(_seen_callbacks, token_hash, open_only)
    return answer({"items": [_callback(view) for view in found]})


def _seen_calls(session: Session, token_hash: str, wanted: CallFilter) -> tuple[CallView, ...]:
    return list_calls(session, replace(wanted, viewer=reading(session, token_hash)))


def _seen_callbacks(session: Session, token_hash: str, open_only: bool) -> tuple[CallbackView, ...]:
    """Of every queue: programs distribute them."""
    views = list_callbacks(session, open_only=open_only)
    hidden = hidden_ids(session, reading(session, token_hash), {case_id_for(view.reference) for view in views})
    return tuple(view for view in views if case_id_for(view.reference) not in hidden)


async def my_phone(request: Request) -> Response:
    hub = hub_of(request)
    return await _phone(hub, await hub.db.read(reading, token_hash_of(request)))


# --- changing ----------------------------------------------------------------------------------------------------


async def wrap_up_call(request: Request) -> Response:
    hub, agent = await _caller(request)
    call_id = id_in_path(request, "id")
    given = await body_of(request, schemas.WrapUp)
    await wrapped_up(hub, agent, call_id, given.outcome, given.note)
    return answer(_call(hub, await hub.db.read(one_call, call_id)))


async def carry_out_callback(request: Request) -> Response:
    hub, agent = await _caller(request)
    callback_id = id_in_path(request, "id")
    await body_of(request, sent.Nothing)
    await hub.db.write(call_back, callback_id, agent.id)
    return answer(_callback(await hub.db.read(one_callback, callback_id)))


async def drop_one_callback(request: Request) -> Response:
    hub, agent = await _caller(request)
    callback_id = id_in_path(request, "id")
    given = await body_of(request, schemas.DroppedCallback)
    await hub.db.write(drop_callback, callback_id, agent.id, given.outcome)
    return answer(_callback(await hub.db.read(one_callback, callback_id)))


async def set_my_phone(request: Request) -> Response:
    hub, agent = await _caller(request)
    given = await body_of(request, schemas.PhoneNumber)
    await hub.db.write(set_phone, agent.id, own_number(hub, given.number), in_browser=given.in_browser)
    return await _phone(hub, agent)


async def take_next_caller(request: Request) -> Response:
    hub, agent = await _caller(request)
    given = await body_of(request, schemas.NextCaller)
    await hub.db.write(take_next, agent.id, _queue_ids(hub, agent, given.queues))
    return await _phone(hub, agent)


def _queue_ids(hub: Hub, agent: AgentView, slugs: list[str] | None) -> list[int]:
    if slugs is None:
        return sorted(agent.queue_ids)
    known = hub.directory.queue_by_slug
    unknown = [slug for slug in slugs if slug not in known]
    if unknown:
        raise Invalid("There is no such queue.", {"queues": f"{unknown[0]} is none."})
    return [known[slug].id for slug in slugs]


async def send_caller_on(request: Request) -> Response:
    hub, agent = await _caller(request)
    given = await body_of(request, schemas.SentOn)
    number = own_number(hub, given.number)
    await steered(hub, await hub.db.write(send_on, agent.id, queue=given.queue, number=number))
    return await _phone(hub, agent)


async def hang_up_phone(request: Request) -> Response:
    hub, agent = await _caller(request)
    await body_of(request, sent.Nothing)
    inbox_id, sid = await hub.db.write(withdraw, agent.id)
    await hung_up(hub, inbox_id, sid)
    return await _phone(hub, agent)


async def pass_for_browser(request: Request) -> Response:
    hub, agent = await _caller(request)
    await body_of(request, sent.Nothing)
    passes = browser_passes(hub, agent)
    answered: schemas.BrowserPasses = {
        "identity": passes.identity,
        "passes": [
            {"token": each.token, "seconds": each.seconds, "edge": each.edge} for each in passes.by_account.values()
        ],
    }
    return answer(answered)


def _steering(name: str, order: Callable[[Session, int], Order]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        hub, agent = await _caller(request)
        await body_of(request, sent.Nothing)
        await steered(hub, await hub.db.write(order, agent.id))
        return await _phone(hub, agent)

    endpoint.__name__ = name
    return endpoint


def _pause(session: Session, agent_id: int) -> Order:
    return pause_recording(session, agent_id, paused=True)


def _resume(session: Session, agent_id: int) -> Order:
    return pause_recording(session, agent_id, paused=False)


async def _caller(request: Request) -> tuple[Hub, AgentView]:
    """Raises NotSignedIn, NotAllowed."""
    hub = hub_of(request)
    return hub, await hub.db.read(changing, token_hash_of(request))


# --- as JSON -----------------------------------------------------------------------------------------------------


async def _phone(hub: Hub, agent: AgentView) -> Response:
    desk: PhoneDesk = await hub.db.read(phone_desk, agent)
    phone: schemas.Phone = {
        "number": desk.number or None,
        "in_browser": desk.in_browser,
        "ring": _ring(hub, desk.ring) if desk.ring else None,
        "failed": _ring(hub, desk.failed) if desk.failed else None,
        "waiting": [_call(hub, call) for call in desk.waiting],
        "unwrapped": [_call(hub, call) for call in desk.unwrapped],
    }
    return answer(phone)


def _ring(hub: Hub, view: RingView) -> schemas.Ring:
    return {
        "id": view.id,
        "purpose": cast(Any, view.purpose),
        "state": RingState(view.state),
        "error": view.error or None,
        "in_browser": view.in_browser,
        "call": _call(hub, view.call) if view.call else None,
    }


def _call(hub: Hub, call: CallView) -> schemas.Call:
    return {
        "id": call.id,
        "direction": "in" if call.direction == "in" else "out",
        "inbox": call.inbox,
        "number": call.number or None,
        "reference": call.reference or None,
        "message_id": call.message_id,
        "state": CallState(call.state),
        "result": CallResult(call.result) if call.result else None,
        "language": call.language,
        "path": list(call.path),
        "queue": call.queue or None,
        "agent": call.agent or None,
        "started_at": call.started_at,
        "waiting_at": call.waiting_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "seconds": call.seconds,
        "repeats": call.repeats,
        "recorded": call.is_recorded,
        "outcome": call.outcome or None,
        "note": call.note,
        "outcomes": dict(outcomes_by_inbox(hub).get(call.inbox, {})),
    }


def _callback(view: CallbackView) -> schemas.Callback:
    return {
        "id": view.id,
        "reference": view.reference,
        "number": view.number,
        "queue": view.queue,
        "place_at": view.place_at,
        "due_at": view.due_at,
        "late": view.is_late(utcnow()),
        "state": CallbackState(view.state),
        "attempts": view.attempts,
        "agent": view.agent or None,
        "outcome": view.outcome,
        "done_at": view.done_at,
    }


# --- the table ---------------------------------------------------------------------------------------------------

_READS = (401, 404, 422, 503)
_CHANGES = (401, 403, 404, 409, 413, 422, 503)


def operations(v1: str) -> tuple[Operation, ...]:
    """What there is about calls, below this path."""

    def get(path: str, endpoint: Any, summary: str, answers: Any, **more: Any) -> Operation:
        return Operation(
            method="GET", path=f"{v1}{path}", endpoint=endpoint, name=endpoint.__name__, summary=summary,
            answers=answers, refuses=_READS, **more,
        )  # fmt: skip

    def post(path: str, endpoint: Any, summary: str, answers: Any, body: Any) -> Operation:
        return Operation(
            method="POST", path=f"{v1}{path}", endpoint=endpoint, name=endpoint.__name__, summary=summary,
            answers=answers, body=body, refuses=_CHANGES,
        )  # fmt: skip

    phone, nothing = schemas.Phone, sent.Nothing
    return (
        get("/calls", all_calls, "Calls, newest first", schemas.Calls, parameters=schemas.CallsWanted),
        get("/calls/{id}", single_call, "One call", schemas.Call),
        post("/calls/{id}/wrap-up", wrap_up_call, "Say what a call came to", schemas.Call, schemas.WrapUp),
        get(
            "/callbacks",
            all_callbacks,
            "Whom we promised to call",
            schemas.Callbacks,
            parameters=schemas.CallbacksWanted,
        ),
        post("/callbacks/{id}/call", carry_out_callback, "Ring my phone, then call them", schemas.Callback, nothing),
        post("/callbacks/{id}/drop", drop_one_callback, "Call nobody", schemas.Callback, schemas.DroppedCallback),
        get("/phone", my_phone, "My own phone, and who waits in line", phone),
        post("/phone/number", set_my_phone, "Say where I take calls", phone, schemas.PhoneNumber),
        post("/phone/pass", pass_for_browser, "Let my browser be rung", schemas.BrowserPasses, nothing),
        post("/phone/next", take_next_caller, "Ring my phone for the next caller", phone, schemas.NextCaller),
        post("/phone/send", send_caller_on, "Put my caller through", phone, schemas.SentOn),
        post("/phone/hang-up", hang_up_phone, "Put my phone down", phone, nothing),
        post("/phone/hold", _steering("hold_caller", hold), "Put my caller on hold", phone, nothing),
        post("/phone/take-back", _steering("take_caller_back", take_back), "Take my caller back", phone, nothing),
        post("/phone/pause", _steering("pause_recording", _pause), "Record nothing for now", phone, nothing),
        post("/phone/resume", _steering("resume_recording", _resume), "Record again", phone, nothing),
    )
