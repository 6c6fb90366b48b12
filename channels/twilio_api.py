"""Twilio's REST API, called through httpx: an inbox's client, its settings, and what its answers mean.

Whatever goes wrong on the way is raised as SendError by the transport itself, so that no caller has to read
exceptions of three libraries, and none of Twilio's own error texts (they quote telephone numbers) gets into a log.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any

import httpx
from twilio.http import AsyncHttpClient
from twilio.http.response import Response as TwilioResponse
from twilio.rest import Client

from channels.contract import Inbox, NotConfigured, SendError
from channels.twilio_errors import verdict

API_URL = "https://api.twilio.com"
TOTAL_SECONDS = 15.0  # for one call from start to end
CONNECT_SECONDS = 5.0  # of these, at most, before anything is sent
PROVIDER_KEYS = frozenset({"provider", "account_sid", "auth_token", "api_url"})

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
NEVER_SENDABLE = (httpx.UnsupportedProtocol, httpx.InvalidURL)


# --- an inbox's settings ------------------------------------------------------------------------------------


def check_provider(config: Mapping[str, Any], also: Collection[str] = ()) -> list[str]:
    """What is wrong with the provider's keys, a sentence each. also: further keys that the channel knows."""
    known = PROVIDER_KEYS.union(also)
    wrong = [f"{key}: no such setting; there are {', '.join(sorted(known))}" for key in config if key not in known]
    if config.get("provider") != "twilio":
        wrong.append('provider: must be "twilio"')
    for key in ("account_sid", "auth_token"):
        if not _is_words(config.get(key)):
            wrong.append(f'{key}: is missing; write it as "env:NAME" and set that variable')
    return wrong + check_api_url(config.get("api_url", API_URL))


def check_api_url(api_url: object) -> list[str]:
    """Passwords travel with every call: https only, or this machine. A value in the environment is checked at use."""
    if not _is_words(api_url):
        return ["api_url: must be a URL"]
    if str(api_url).startswith("env:") or is_safe(str(api_url)):
        return []
    return ["api_url: must be https://… (http only on this machine's loopback address)"]


def is_safe(api_url: str) -> bool:
    """Whether credentials may go there: an https URL, or http on loopback."""
    try:
        url = httpx.URL(api_url)
    except httpx.InvalidURL:
        return False
    return bool(url.host) and (url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host)))


def is_loopback(host: str) -> bool:
    """True for `localhost`, 127.0.0.0/8 and ::1."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_words(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def api_url(inbox: Inbox) -> str:
    """Where the inbox's provider lives, without a slash at the end. Raises NotConfigured for an unsafe one."""
    url = inbox.setting("api_url", API_URL).rstrip("/")
    if not is_safe(url):
        raise NotConfigured(f"inbox {inbox.channel}/{inbox.name}: api_url must be https, or http on loopback")
    return url


def credentials(inbox: Inbox) -> tuple[str, str]:
    """Account sid and auth token: the names of HTTP Basic. Raises NotConfigured."""
    return inbox.setting("account_sid"), inbox.setting("auth_token")


# --- calling ------------------------------------------------------------------------------------------------


def twilio_client(inbox: Inbox, http: httpx.AsyncClient) -> Client:
    """Twilio's own client for this inbox; its `…_async` methods raise SendError.

    A path in api_url ("http://127.0.0.1:8000/simulator") stays in front of /2010-04-01/…, on further pages too.
    Raises SendError (`retry`: nothing was sent) when the inbox lacks a setting.
    """
    try:
        account_sid, auth_token = credentials(inbox)
        base_url = api_url(inbox)
    except NotConfigured as error:
        raise SendError(f"{error}. It is tried again by itself.", "retry", code="not-configured") from error
    client = Client(account_sid, auth_token, http_client=HttpxTransport(http))
    client.api.base_url = base_url
    return client


class HttpxTransport(AsyncHttpClient):  # type: ignore[misc]  # twilio ships no types
    """Twilio's client over the hub's httpx client. Answers other than 2xx with a JSON object raise SendError."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        super().__init__(logging.getLogger("twilio"), is_async=True, timeout=TOTAL_SECONDS)
        self._http = http

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is the library's; the limit is TOTAL_SECONDS
        allow_redirects: bool = False,
    ) -> TwilioResponse:
        request = self._http.build_request(
            method,
            url,
            params=params or None,
            data=data or None,
            headers=headers,
            timeout=httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
        )
        answer = await exchange(self._http, request, auth)
        if not answer.is_success:
            raise refusal(answer)
        if answer.status_code != 204 and not isinstance(_json(answer), dict):
            raise SendError(f"The text provider's answer ({answer.status_code}) made no sense.", "unknown")
        return TwilioResponse(answer.status_code, answer.text, answer.headers)


async def exchange(
    http: httpx.AsyncClient, request: httpx.Request, auth: tuple[str, str] | None, seconds: float = TOTAL_SECONDS
) -> httpx.Response:
    """One request and its whole answer within so many seconds, redirects not followed.

    Raises SendError: `retry` when nothing can have been sent, `unknown` when the provider may have it.
    """
    try:
        async with asyncio.timeout(seconds):
            return await http.send(request, auth=auth, follow_redirects=False)
    except NOT_SENT as error:
        raise SendError("The text provider can't be reached. It is tried again by itself.", "retry") from error
    except NEVER_SENDABLE as error:
        raise SendError("The inbox's api_url can't be called. Ask an administrator to correct it.", "failed") from error
    except (TimeoutError, httpx.HTTPError) as error:
        raise SendError(
            "The text provider didn't answer. The message may have gone out: it isn't sent again until that is known.",
            "unknown",
        ) from error


# --- what answers mean --------------------------------------------------------------------------------------


def refusal(answer: httpx.Response) -> SendError:
    """The SendError that an answer other than 2xx stands for."""
    code = _error_code(answer) or str(answer.status_code)
    if answer.status_code in (429, 503):
        words = "The text provider has too much to do. It is tried again by itself."
        return SendError(words, "retry", code=code, retry_after=retry_after(answer.headers))
    if answer.status_code >= 500:
        words = "The text provider broke down. The message may have gone out: it isn't sent again until that is known."
        return SendError(words, "unknown", code=code)
    if answer.status_code < 400:
        return SendError("api_url leads elsewhere. Ask an administrator to correct it.", "failed", code=code)
    meaning = verdict(code)
    return SendError(meaning.words, meaning.outcome, code=code, flag=meaning.flag, alert=meaning.alert)


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds to wait, from Retry-After as seconds or as a date (RFC 9110 §10.2.3) set against the answer's Date."""
    asked = headers.get("retry-after", "").strip()
    if asked.isdecimal():
        return float(asked)
    try:
        wait = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())


def reading(error: SendError) -> SendError:
    """The same error of a call that only reads: asking again does no harm, so `unknown` becomes `retry`."""
    if error.outcome != "unknown":
        return error
    words = "The text provider didn't answer properly. It is asked again by itself."
    return SendError(words, "retry", code=error.code, retry_after=error.retry_after)


def _error_code(answer: httpx.Response) -> str:
    body = _json(answer)
    code = body.get("code") if isinstance(body, dict) else None
    return str(code) if isinstance(code, int) or (isinstance(code, str) and code.isalnum()) else ""


def _json(answer: httpx.Response) -> object:
    try:
        return answer.json()
    except ValueError:
        return None
