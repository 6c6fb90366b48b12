"""Twilio's own client, over httpx; its library takes a third of a second to load, so it is imported where it is used.

Whatever goes wrong on the way is raised as SendError by the transport itself, so that no caller has to read
exceptions of three libraries, and none of Twilio's own error texts (they quote telephone numbers) gets into a log.
"""

import logging
from collections.abc import Mapping

import httpx
from twilio.http import AsyncHttpClient
from twilio.http.response import Response as TwilioResponse
from twilio.rest import Client

from channels.contract import Inbox, NotConfigured, SendError
from channels.twilio_api import CONNECT_SECONDS, TOTAL_SECONDS, api_url, credentials, exchange, json_of, refusal


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
        if answer.status_code != 204 and not isinstance(json_of(answer), dict):
            raise SendError(f"The text provider's answer ({answer.status_code}) made no sense.", "unknown")
        return TwilioResponse(answer.status_code, answer.text, answer.headers)
