"""The carrier's REST API, version 2010-04-01, as far as the hub calls it.

https://www.twilio.com/docs/messaging/api/message-resource, …/messaging/api/media-resource, …/voice/api/recording,
…/voice/api/call-resource
"""

import base64
import binascii
import secrets
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.simulator import media
from channels.simulator.carrier import API_VERSION, RestError
from channels.simulator.legs import Leg, call_resource
from channels.simulator.simulator import Simulator
from channels.simulator.town import Recording, Text

_ACCOUNT = f"/{API_VERSION}/Accounts/{{account}}"
_MAX_PAGE = 1_000
_FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")

Endpoint = Callable[[Request], Awaitable[Response]]
Resource = Callable[[Request, Simulator], Awaitable[Response]]


def routes() -> list[Route]:
    """Below the simulator's mount: an inbox's api_url is the hub's URL + the mount."""
    return [
        Route(f"{_ACCOUNT}/Messages.json", _authenticated(_create), methods=["POST"]),
        Route(f"{_ACCOUNT}/Messages.json", _authenticated(_list), methods=["GET"]),
        Route(f"{_ACCOUNT}/Messages/{{message}}.json", _authenticated(_fetch), methods=["GET"]),
        Route(f"{_ACCOUNT}/Messages/{{message}}/Media.json", _authenticated(_media_list), methods=["GET"]),
        Route(f"{_ACCOUNT}/Messages/{{message}}/Media/{{media}}", _authenticated(_media), methods=["GET"]),
        Route(f"{_ACCOUNT}/Recordings/{{recording}}", _authenticated(_recording), methods=["GET"]),
        Route(f"{_ACCOUNT}/Recordings/{{recording}}", _authenticated(_delete_recording), methods=["DELETE"]),
        Route(f"{_ACCOUNT}/Recordings.json", _authenticated(_recordings), methods=["GET"]),
        Route(f"{_ACCOUNT}/Calls.json", _authenticated(_call), methods=["POST"]),
        Route(f"{_ACCOUNT}/Calls.json", _authenticated(_calls), methods=["GET"]),
        Route(f"{_ACCOUNT}/Calls/{{call}}.json", _authenticated(_fetch_call), methods=["GET"]),
        Route(f"{_ACCOUNT}/Calls/{{call}}.json", _authenticated(_change_call), methods=["POST"]),
        Route(f"{_ACCOUNT}/Calls/{{call}}/Recordings/{{recording}}.json", _authenticated(_pause), methods=["POST"]),
    ]


def _authenticated(resource: Resource) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        simulator: Simulator = request.app.state.simulator
        try:
            _check_credentials(request, simulator)
            return await resource(request, simulator)
        except RestError as error:
            return _problem(error)

    return endpoint


def _problem(error: RestError) -> Response:
    body = {
        "code": error.code,
        "message": str(error),
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }
    headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if error.status == 401 else None
    return JSONResponse(body, error.status, headers)


def _check_credentials(request: Request, simulator: Simulator) -> None:
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True) if kind.lower() == "basic" else b""
    except binascii.Error:
        given = b""
    account = request.path_params["account"]
    tokens = {phone.auth_token for phone in simulator.settings.phones if phone.account_sid == account}
    if not any(secrets.compare_digest(given, f"{account}:{token}".encode()) for token in tokens):
        raise RestError(401, 20003, "Authenticate")


# --- messages ---


async def _create(request: Request, simulator: Simulator) -> Response:
    pairs = parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True)
    media = [value for name, value in pairs if name == "MediaUrl"]
    text = simulator.carrier.accept(request.path_params["account"], dict(pairs), media)
    return JSONResponse(resource_of(text), 201)


async def _fetch(request: Request, simulator: Simulator) -> Response:
    return JSONResponse(resource_of(_text(request, simulator)))


async def _list(request: Request, simulator: Simulator) -> Response:
    """Newest first, as the provider lists them."""
    account, query = request.path_params["account"], request.query_params
    wanted = [t for t in reversed(simulator.town.texts) if t.account_sid == account and _matches(t, dict(query))]
    return _page(request, "Messages", _FILTERS, [resource_of(text) for text in wanted])


def _page(request: Request, name: str, filters: Collection[str], resources: list[dict[str, Any]]) -> Response:
    """The asked part of a list, with where its neighbours are."""
    account, query = request.path_params["account"], request.query_params
    size = min(max(_whole(query.get("PageSize", "50")), 1), _MAX_PAGE)
    page = _whole(query.get("Page", "0"))
    start = page * size
    shown = resources[start : start + size]

    def uri(number: int) -> str:
        kept = {key: query[key] for key in filters if key in query}
        return f"{_account_uri(account)}/{name}.json?{urlencode({**kept, 'PageSize': size, 'Page': number})}"

    body = {
        name.lower(): shown,
        "page": page,
        "page_size": size,
        "start": start,
        "end": max(start + len(shown) - 1, 0),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "previous_page_uri": uri(page - 1) if page else None,
        "next_page_uri": uri(page + 1) if start + size < len(resources) else None,
    }
    return JSONResponse(body)


def _matches(text: Text, query: dict[str, str]) -> bool:
    if query.get("To", text.to) != text.to or query.get("From", text.sender) != text.sender:
        return False
    on, before, after = (query.get(f"DateSent{sign}") for sign in ("", "<", ">"))
    return (
        (not on or _day(on) <= text.at < _day(on) + timedelta(days=1))
        and (not before or text.at <= _moment(before))
        and (not after or text.at >= _moment(after))
    )


def _moment(value: str) -> datetime:
    """A date (its midnight, UTC) or a date and time. Raises RestError."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise RestError(400, 20001, "DateSent is YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _day(value: str) -> datetime:
    return datetime.combine(_moment(value).astimezone(UTC).date(), time(), UTC)


def _whole(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) < 10):
        raise RestError(400, 20001, "Page and PageSize are whole numbers")
    return int(value)


def resource_of(text: Text) -> dict[str, Any]:
    """The Message resource."""
    uri = f"{_account_uri(text.account_sid)}/Messages/{text.sid}"
    moment = format_datetime(text.at)
    return {
        "account_sid": text.account_sid,
        "api_version": API_VERSION,
        "body": text.body,
        "date_created": moment,
        "date_sent": None if text.status == "queued" else moment,
        "date_updated": moment,
        "direction": text.direction,
        "error_code": text.error_code,
        "error_message": "Unreachable destination handset" if text.error_code else None,
        "from": text.sender,
        "messaging_service_sid": None,
        "num_media": str(len(text.media)),
        "num_segments": "1",
        "price": None,
        "price_unit": "GBP",
        "sid": text.sid,
        "status": text.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": text.to,
        "uri": f"{uri}.json",
    }


def _account_uri(account: str) -> str:
    return f"/{API_VERSION}/Accounts/{account}"


def _text(request: Request, simulator: Simulator) -> Text:
    text = simulator.town.text(request.path_params["message"])
    if text is None or text.account_sid != request.path_params["account"]:
        raise RestError(404, 20404, "The requested resource was not found")
    return text


# --- media ---


async def _media_list(request: Request, simulator: Simulator) -> Response:
    """Always one page: a text carries at most ten."""
    text = _text(request, simulator)
    base = f"{_account_uri(text.account_sid)}/Messages/{text.sid}/Media"
    moment = format_datetime(text.at)
    listed = [
        {
            "sid": sid,
            "account_sid": text.account_sid,
            "parent_sid": text.sid,
            "content_type": simulator.town.pictures[sid].media_type,
            "date_created": moment,
            "date_updated": moment,
            "uri": f"{base}/{sid}.json",
        }
        for sid in text.media
        if sid in simulator.town.pictures
    ]
    page = {"page": 0, "page_size": 50, "start": 0, "end": max(len(listed) - 1, 0)}
    uris = {"uri": f"{base}.json", "first_page_uri": f"{base}.json", "previous_page_uri": None, "next_page_uri": None}
    return JSONResponse({"media_list": listed, **page, **uris})


async def _media(request: Request, simulator: Simulator) -> Response:
    sid = request.path_params["media"]
    if sid not in _text(request, simulator).media or sid not in simulator.town.pictures:
        raise RestError(404, 20404, "The requested resource was not found")
    picture = simulator.town.pictures[sid]
    return Response(picture.content, media_type=picture.media_type)


async def _recording(request: Request, simulator: Simulator) -> Response:
    """With or without .wav: both are the WAV."""
    sid = request.path_params["recording"].removesuffix(".wav")
    if sid not in simulator.town.recordings:
        raise RestError(404, 20404, "The requested resource was not found")
    return Response(media.recording(simulator.town.recordings[sid].seconds), media_type="audio/x-wav")


async def _recordings(request: Request, simulator: Simulator) -> Response:
    """Newest first."""
    account, after = request.path_params["account"], request.query_params.get("DateCreated>")
    earliest = _moment(after) if after else None
    kept = [(sid, each) for sid, each in reversed(simulator.town.recordings.items()) if each.account_sid == account]
    listed = [recording_resource(sid, each) for sid, each in kept if earliest is None or each.at >= earliest]
    return _page(request, "Recordings", ("DateCreated>",), listed)


def recording_resource(sid: str, recording: Recording) -> dict[str, Any]:
    """The Recording resource: https://www.twilio.com/docs/voice/api/recording"""
    moment = format_datetime(recording.at)
    return {
        "account_sid": recording.account_sid,
        "api_version": API_VERSION,
        "call_sid": recording.call.sid,
        "channels": 2 if recording.source == "DialVerb" else 1,
        "date_created": moment,
        "date_updated": moment,
        "duration": str(recording.seconds),
        "sid": sid,
        "source": recording.source,
        "start_time": moment,
        "status": "completed",
        "uri": f"{_account_uri(recording.account_sid)}/Recordings/{sid}.json",
    }


async def _delete_recording(request: Request, simulator: Simulator) -> Response:
    sid = request.path_params["recording"].removesuffix(".json")
    if simulator.town.recordings.pop(sid, None) is None:
        raise RestError(404, 20404, "The requested resource was not found")
    simulator.town.deleted.add(sid)
    return Response(status_code=204)


# --- calls ---


async def _call(request: Request, simulator: Simulator) -> Response:
    pairs = parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True)
    fields = dict(pairs)
    phone = simulator.carrier.phone(request.path_params["account"], fields.get("From", ""))
    if phone is None:
        raise RestError(400, 21210, "The 'From' phone number provided is not a valid number of this account")
    events = [value for name, value in pairs if name == "StatusCallbackEvent"]
    return JSONResponse(call_resource(simulator.calls.accept(phone, fields, events)), 201)


async def _calls(request: Request, simulator: Simulator) -> Response:
    """Newest first; of the account's own numbers."""
    account, query = request.path_params["account"], request.query_params
    phones = {phone.address: phone for phone in simulator.settings.phones if phone.account_sid == account}
    earliest = _moment(query["StartTime>"]) if "StartTime>" in query else None
    listed = []
    for record in reversed(simulator.town.calls):
        phone = phones.get(record.to if record.direction == "inbound" else record.sender)
        fits = query.get("To", record.to) == record.to and query.get("From", record.sender) == record.sender
        if phone is not None and fits and (earliest is None or record.at >= earliest):
            listed.append(call_resource(Leg(record, phone)))
    return _page(request, "Calls", ("To", "From", "StartTime>"), listed)


async def _fetch_call(request: Request, simulator: Simulator) -> Response:
    return JSONResponse(call_resource(_leg(request, simulator)))


async def _change_call(request: Request, simulator: Simulator) -> Response:
    leg = _leg(request, simulator)
    simulator.calls.change(leg, await _fields(request))
    return JSONResponse(call_resource(leg))


async def _pause(request: Request, simulator: Simulator) -> Response:
    status = (await _fields(request)).get("Status", "")
    leg = _leg(request, simulator)
    sid = simulator.calls.pause(leg, status)
    return JSONResponse(
        {"sid": sid, "account_sid": leg.phone.account_sid, "call_sid": leg.record.sid, "status": status}
    )


def _leg(request: Request, simulator: Simulator) -> Leg:
    return simulator.calls.find(request.path_params["account"], request.path_params["call"])


async def _fields(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))
