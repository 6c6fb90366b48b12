"""Calling the provider: bounded in time, and only where credentials may go."""

import asyncio

import httpx
import pytest

from channels.contract import SendError
from channels.twilio_api import CONNECT_SECONDS, TOTAL_SECONDS, exchange, is_safe
from channels.twilio_client import twilio_client
from tests.channels.phone_desk import phone_inbox
from tests.channels.phone_provider import FakeProvider, accepted


async def test_a_provider_that_trickles_is_given_up_and_the_outcome_is_unknown() -> None:
    async def never(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with httpx.AsyncClient(transport=httpx.MockTransport(never)) as http:
        with pytest.raises(SendError) as raised:
            await exchange(http, http.build_request("POST", "https://api.twilio.com/"), None, seconds=0.01)
    assert raised.value.outcome == "unknown"


async def test_every_call_is_bounded_in_time_and_follows_no_redirect() -> None:
    provider = FakeProvider([accepted()])
    http = httpx.AsyncClient(transport=httpx.MockTransport(provider), timeout=None, follow_redirects=True)
    await twilio_client(phone_inbox("sms"), http).messages.create_async(to="+447700900123", body="x")
    limits = provider.requests[0].extensions["timeout"]
    assert limits == {
        "connect": CONNECT_SECONDS,
        "pool": CONNECT_SECONDS,
        "read": TOTAL_SECONDS,
        "write": TOTAL_SECONDS,
    }
    provider.answers = [httpx.Response(307, headers={"location": "https://elsewhere.example/"})]
    with pytest.raises(SendError):
        await twilio_client(phone_inbox("sms"), http).messages.create_async(to="+447700900123", body="x")
    assert len(provider.requests) == 2


@pytest.mark.parametrize(
    ("api_url", "safe"),
    [
        ("https://api.twilio.com", True),
        ("http://127.0.0.1:8000/simulator", True),
        ("http://localhost:8000", True),
        ("http://[::1]:8000", True),
        ("http://api.twilio.com", False),
        ("http://127.0.0.1@evil.example", False),
        ("http://10.0.0.1", False),
        ("https://", False),
        ("https://a:b:c", False),
        ("api.twilio.com", False),
    ],
)
def test_credentials_go_over_https_or_stay_on_this_machine(api_url: str, safe: bool) -> None:
    assert is_safe(api_url) == safe
