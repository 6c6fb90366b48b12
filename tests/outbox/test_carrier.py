"""The fake provider is itself tested: it is the whole port, does as told, and remembers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from channels.abilities import CatchesUp, Fetches, Reconciles, Sends
from channels.contract import Address, Channel, File, Inbox, OutboundMessage, SendError
from tests.outbox.carrier import Carrier, retry
from tests.support.serving import client

PLACE: dict[str, Any] = {"address": "+44", "queue": "q", "public_url": "http://h", "council": "A", "country": "GB"}
INBOX = Inbox(id=1, channel="sms", name="main", config={}, **PLACE)
MESSAGE = OutboundMessage(
    id=7, to=Address("tel", "+1"), text="Hi", reference="1", created_at=datetime(2026, 1, 1, tzinfo=UTC)
)


@pytest.mark.parametrize("side", [Channel, Sends, Reconciles, Fetches, CatchesUp])
def test_it_is_the_whole_port(side: type) -> None:
    assert isinstance(Carrier(), side)


async def test_it_fails_as_told_then_takes_everything_and_finds_it() -> None:
    carrier = Carrier(answers=[retry()])
    async with client() as http:
        with pytest.raises(SendError):
            await carrier.send(MESSAGE, INBOX, http)
        result = await carrier.send(MESSAGE, INBOX, http)
        assert await carrier.find(MESSAGE, INBOX, http) == result
    assert carrier.sent == ["Hi", "Hi"]


async def test_it_tells_what_it_does_not_have() -> None:
    carrier = Carrier(knows=False, files={"a": File(filename="a", media_type="b", content=b"c")})
    async with client() as http:
        assert await carrier.find(MESSAGE, INBOX, http) is None
        assert (await carrier.fetch("a", INBOX, http)).content == b"c"
        assert await carrier.missed(datetime(2026, 1, 1, tzinfo=UTC), INBOX, http) == []
