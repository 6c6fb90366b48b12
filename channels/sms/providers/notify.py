"""GOV.UK Notify: what councils of the United Kingdom use for texts. JSON with a bearer token in, JWT out.

A text is the personalisation of a template that consists of one placeholder: Notify sends nothing but templates.
Source: https://docs.notifications.service.gov.uk/rest-api.html
"""

import asyncio
import hmac
import json
import re
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from starlette.requests import Request
from starlette.responses import Response

from channels.contract import (
    DeliveryStatus,
    DeliveryUpdate,
    Desk,
    Event,
    File,
    FileLimits,
    InboundMessage,
    Inbox,
    NotConfigured,
    OutboundMessage,
    Refused,
    SendError,
    SendResult,
    Unreadable,
)
from channels.numbers import telephone
from channels.sms.inbound_text import inbound_text
from channels.sms.providers import Provider
from channels.twilio_api import CONNECT_SECONDS, NEVER_SENDABLE, NOT_SENT, TOTAL_SECONDS, check_api_url, is_safe
from channels.twilio_api import retry_after as asked_pause

API_URL = "https://api.notifications.service.gov.uk"
LONGEST = 918  # characters of a text: six parts
MOST_PAGES = 40  # of received texts, read after an outage

KEYS = frozenset({"provider", "api_key", "token", "template_id", "template_field", "sender_id", "api_url"})
STATUSES: dict[str, DeliveryStatus] = {
    "created": DeliveryStatus.SENT,
    "sending": DeliveryStatus.SENT,
    "pending": DeliveryStatus.SENT,
    "sent": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "permanent-failure": DeliveryStatus.FAILED,
    "temporary-failure": DeliveryStatus.FAILED,
    "technical-failure": DeliveryStatus.FAILED,
}

_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_API_KEY = re.compile(rf"(?:.*-)?({_UUID})-({_UUID})")
_ADMIN = "Ask an administrator to check the Notify service"
_FAILURES: dict[str, dict[str, Any]] = {
    "permanent-failure": {
        "error": "The number is unknown or no longer in use. Check it, or answer another way.",
        "flag": "unreachable",
    },
    "temporary-failure": {
        "error": "The phone was switched off or out of reach for three days. Send it again later, or call.",
        "again_after": 1_800.0,
        "tries": 2,
    },
    "technical-failure": {"error": f"Notify and the networks couldn't agree on it. Send it again. {_ADMIN}."},
}
_REFUSALS: dict[str, str] = {
    "AuthError": f"Notify refused our key. {_ADMIN}: api_key.",
    "BadRequestError": f"Notify refused the text. Check the number, or answer another way. {_ADMIN}: template_id.",
    "ValidationError": "Notify can't text this number. Check it, or answer another way.",
}


class Notify:
    name = "notify"
    longest = LONGEST
    secrets = ("api_key", "token")

    def check(self, config: Mapping[str, Any], also: Collection[str]) -> Sequence[str]:
        known = KEYS.union(also)
        faults = [f"{key}: no such setting; there are {', '.join(sorted(known))}" for key in config if key not in known]
        for key in ("api_key", "token"):
            if not _is_words(config.get(key)):
                faults.append(f'{key}: is missing; write it as "env:NAME" and set that variable')
        if not _is_words(config.get("template_id")):
            faults.append("template_id: is missing: the template whose whole text is ((text))")
        faults += [
            f"{key}: must be a text" for key in ("template_field", "sender_id") if not _is_words(config.get(key, "x"))
        ]
        return faults + check_api_url(config.get("api_url", API_URL))

    def file_limits(self, inbox: Inbox) -> FileLimits | None:
        return None

    # --- in -----------------------------------------------------------------------------------------------------

    async def text(self, request: Request, inbox: Inbox, desk: Desk) -> Response:
        await desk.receive([received(await _authentic(request, inbox), inbox)])
        return Response(status_code=204)

    async def report(self, request: Request, inbox: Inbox, desk: Desk) -> Response:
        await desk.receive([reported(await _authentic(request, inbox), inbox)])
        return Response(status_code=204)

    # --- out ----------------------------------------------------------------------------------------------------

    async def send(self, message: OutboundMessage, inbox: Inbox, http: httpx.AsyncClient) -> SendResult:
        if message.to.scheme != "tel":
            raise SendError("Notify sends texts to telephone numbers only. Answer another way.", "failed")
        if len(message.text) > LONGEST:
            raise SendError(f"Notify takes at most {LONGEST} characters. Send it in shorter texts.", "failed")
        wanted: dict[str, Any] = {
            "phone_number": message.to.value,
            "template_id": _setting(inbox, "template_id"),
            "personalisation": {_setting(inbox, "template_field", "text"): message.text},
            "reference": _reference(message),
        }
        if sender_id := _setting(inbox, "sender_id", ""):
            wanted["sms_sender_id"] = sender_id
        answer = await _call(inbox, http, "POST", "/v2/notifications/sms", json=wanted)
        if not _is_words(answer.get("id")):
            raise SendError("Notify took the text without naming it.", "unknown")
        return SendResult(external_id=answer["id"])

    async def find(self, message: OutboundMessage, inbox: Inbox, http: httpx.AsyncClient) -> SendResult | None:
        """Our reference names the text: what isn't listed by it was never taken."""
        try:
            answer = await _call(
                inbox,
                http,
                "GET",
                "/v2/notifications",
                params={"reference": _reference(message), "template_type": "sms"},
            )
            found = answer["notifications"]
            if not found:
                return None
            return SendResult(external_id=found[0]["id"], status=STATUSES[found[0]["status"]])
        except SendError as error:
            raise SendError(str(error), "unknown", code=error.code, retry_after=error.retry_after) from error
        except (KeyError, TypeError, IndexError) as error:
            raise SendError("Notify's list made no sense.", "unknown") from error

    async def missed(self, since: datetime, inbox: Inbox, http: httpx.AsyncClient) -> Sequence[Event]:
        """Texts of the last week that Notify still lists, oldest first."""
        try:
            listed = [event async for event in _listed(inbox, http, since)]
        except SendError as error:
            if error.outcome != "unknown":
                raise
            raise SendError("Notify didn't answer properly. It is asked again by itself.", "retry") from error
        return listed[::-1]

    async def fetch(self, ref: str, inbox: Inbox, http: httpx.AsyncClient) -> File:
        raise SendError("Notify carries no pictures. Ask the citizen for it another way.", "failed")


# --- what it says -----------------------------------------------------------------------------------------------


async def _authentic(request: Request, inbox: Inbox) -> bytes:
    """The body of a callback that carries the inbox's token. Raises Refused 403."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    token = inbox.setting("token").encode()
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode("utf-8", "replace"), token):
        raise Refused(403, "the Authorization header must be Bearer and the inbox's token")
    return await request.body()


def received(raw: bytes, inbox: Inbox) -> Event:
    """{id, source_number, destination_number, message, date_received}; what lacks an id or a sender is kept raw."""
    said = _object(raw)
    if not (_is_words(said.get("id")) and _is_words(said.get("source_number"))):
        return _unreadable(raw, inbox, "a text without id and source_number", from_citizen=bool(said.get("message")))
    return _message(inbox, said["id"], said["source_number"], str(said.get("message") or ""), said.get("date_received"))


def reported(raw: bytes, inbox: Inbox) -> Event:
    """{id, reference, to, status, …}; a word that says nothing about a text of ours is kept raw."""
    said = _object(raw)
    word = str(said.get("status", "")).lower()
    status = STATUSES.get(word)
    if not _is_words(said.get("id")) or status is None:
        return _unreadable(raw, inbox, "a delivery report without an id or with a status that we don't know")
    more = _FAILURES.get(word, {})
    return DeliveryUpdate(
        channel=inbox.channel,
        inbox=inbox.name,
        external_id=said["id"],
        status=status,
        error_code=word if more else "",
        alert=word == "technical-failure",
        **more,
    )


def _message(inbox: Inbox, external_id: str, sender: str, text: str, at: object) -> InboundMessage:
    number = sender.strip()
    address = telephone(
        f"+{number}" if number.isdecimal() and len(number) > 10 and number[0] != "0" else number, inbox.country
    )
    return inbound_text(inbox, external_id=external_id, sender=address, text=text, at=_moment(at))


def _unreadable(raw: bytes, inbox: Inbox, why: str, *, from_citizen: bool = False) -> Unreadable:
    return Unreadable(
        channel=inbox.channel,
        inbox=inbox.name,
        raw=raw,
        why=why,
        media_type="application/json",
        from_citizen=from_citizen,
    )


def _object(raw: bytes) -> dict[str, Any]:
    """{} for anything that isn't a JSON object."""
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _moment(written: object) -> datetime | None:
    """In UTC, as Notify writes it; None when it can't be read."""
    try:
        at = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _is_words(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


# --- calling ----------------------------------------------------------------------------------------------------


async def _listed(inbox: Inbox, http: httpx.AsyncClient, since: datetime) -> AsyncIterator[InboundMessage]:
    """Newest first, page by page."""
    params: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        answer = await _call(inbox, http, "GET", "/v2/received-text-messages", params=params)
        try:
            texts = [
                (each["id"], each["user_number"], each["content"], each["created_at"])
                for each in answer["received_text_messages"]
            ]
        except (KeyError, TypeError) as error:
            raise SendError("Notify's list made no sense.", "unknown") from error
        for external_id, sender, text, at in texts:
            if (moment := _moment(at)) is not None and moment < since:
                return
            yield _message(inbox, external_id, sender, str(text or ""), at)
        older = parse_qs(urlsplit(str(answer.get("links", {}).get("next", ""))).query).get("older_than")
        if not texts or not older:
            return
        params = {"older_than": older[0]}


async def _call(inbox: Inbox, http: httpx.AsyncClient, method: str, path: str, **more: Any) -> dict[str, Any]:
    """The JSON object that Notify answers. Raises SendError."""
    url = _setting(inbox, "api_url", API_URL).rstrip("/")
    if not is_safe(url):
        raise SendError("The inbox's api_url must be https. Ask an administrator to correct it.", "failed", alert=True)
    timeout = httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS)
    headers = {"Authorization": f"Bearer {_token(_setting(inbox, 'api_key'), int(time.time()))}"}
    request = http.build_request(method, url + path, headers=headers, timeout=timeout, **more)
    answer = await _answered(http, request)
    if not answer.is_success:
        raise _refusal(answer)
    body = _object(answer.content)
    if not body:
        raise SendError(f"Notify's answer ({answer.status_code}) made no sense.", "unknown")
    return body


async def _answered(http: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            return await http.send(request, follow_redirects=False)
    except NOT_SENT as error:
        raise SendError("Notify can't be reached. It is tried again by itself.", "retry") from error
    except NEVER_SENDABLE as error:
        raise SendError("The inbox's api_url can't be called.", "failed", alert=True) from error
    except (TimeoutError, httpx.HTTPError) as error:
        words = "Notify didn't answer. The message may have gone out: it isn't sent again until that is known."
        raise SendError(words, "unknown") from error


def _refusal(answer: httpx.Response) -> SendError:
    """Notify's {"status_code": …, "errors": [{"error": …, "message": …}]}; its messages may quote the citizen."""
    errors = _object(answer.content).get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code = str(first.get("error", "")) or str(answer.status_code)
    if answer.status_code in (429, 503):
        if code == "TooManyRequestsError":
            words = f"The day's limit of texts is reached; it is tried again by itself. {_ADMIN}: its limit."
            return SendError(words, "retry", code=code, retry_after=900.0, alert=True)
        words = "Notify has too much to do. It is tried again by itself."
        return SendError(words, "retry", code=code, retry_after=asked_pause(answer.headers))
    if answer.status_code >= 500:
        words = "Notify broke down. The message may have gone out: it isn't sent again until that is known."
        return SendError(words, "unknown", code=code)
    words = _REFUSALS.get(code, f"Notify refused the text ({code}). Answer another way. {_ADMIN}.")
    return SendError(words, "failed", code=code, alert=_ADMIN in words)


def _token(api_key: str, now: int) -> str:
    """A JWT of this moment. The key ends in the service's id and its secret. Raises SendError when it doesn't."""
    parts = _API_KEY.fullmatch(api_key.strip())
    if parts is None:
        raise SendError(
            "The inbox's api_key must end in a service id and a secret.", "failed", code="api_key", alert=True
        )
    import jwt

    return jwt.encode({"iss": parts[1], "iat": now}, parts[2], algorithm="HS256")


def _setting(inbox: Inbox, key: str, default: str | None = None) -> str:
    try:
        return inbox.setting(key, default)
    except NotConfigured as error:
        raise SendError(f"{error}. It is tried again by itself.", "retry", code="not-configured") from error


def _reference(message: OutboundMessage) -> str:
    """Ours for this message, the same on every try."""
    return f"hub-{message.id}"


provider: Provider = Notify()
