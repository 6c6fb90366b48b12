"""Twilio's REST API over httpx: an inbox's settings, one request, and what its answers mean. See twilio_client.py."""

import asyncio
from collections.abc import Collection, Mapping
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any

import httpx

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
    body = json_of(answer)
    code = body.get("code") if isinstance(body, dict) else None
    return str(code) if isinstance(code, int) or (isinstance(code, str) and code.isalnum()) else ""


def json_of(answer: httpx.Response) -> object:
    """The answer's body; None when it is no JSON."""
    try:
        return answer.json()
    except ValueError:
        return None
