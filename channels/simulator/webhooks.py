"""The carrier's requests to the hub: signed over the public URL, tried once more when they fail.

https://www.twilio.com/docs/usage/webhooks/webhooks-security and …/webhooks-connection-overrides: 5 s to connect,
15 s to answer, one retry; the retry carries the same I-Twilio-Idempotency-Token.
"""

import secrets
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlencode, urlsplit

import httpx
from twilio.request_validator import RequestValidator

from channels.simulator.settings import PhoneInbox, SimulatorSettings

_TIMEOUT = httpx.Timeout(15.0, connect=5.0)
_TRIES = 2


class UndeliveredError(Exception):
    """The hub didn't take a webhook, twice; the text says how it answered."""


class Webhooks:
    def __init__(self, settings: SimulatorSettings, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._http = http

    async def post(
        self, phone: PhoneInbox, url: str, form: Mapping[str, str], method: Literal["POST", "GET"] = "POST"
    ) -> str:
        """The body of the hub's answer. Raises UndeliveredError, also for a URL that isn't the hub's."""
        hub = self._settings.hub_url
        if not url.startswith(f"{hub}/"):
            raise UndeliveredError("that address isn't the hub's")
        if method == "GET":
            url, form = _with_query(url, form), {}
        headers = {
            "X-Twilio-Signature": RequestValidator(phone.auth_token).compute_signature(url, form),
            "I-Twilio-Idempotency-Token": secrets.token_hex(16),
            "User-Agent": "TwilioProxy/1.1",
        }
        return await self._try(method, (self._settings.reach_at or hub) + url.removeprefix(hub), form, headers)

    async def _try(self, method: str, url: str, form: Mapping[str, str], headers: dict[str, str]) -> str:
        why = ""
        for _ in range(_TRIES):
            try:
                answer = await self._http.request(
                    method, url, data=form if method == "POST" else None, headers=headers, timeout=_TIMEOUT
                )
            except httpx.TransportError as error:
                why = f"the hub can't be reached ({type(error).__name__})"
                continue
            if answer.is_success:
                return answer.text
            why = f"the hub answered {answer.status_code}"
            if answer.status_code < 500:
                break
        raise UndeliveredError(why)


def _with_query(url: str, form: Mapping[str, str]) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(form)}"
