"""Afterwards: did that text go out, and what came in while we were away? The provider's list knows."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from channels.contract import Address, DeliveryStatus, InboundMessage, RemoteFile, SendError
from channels.sms.adapter import channel
from channels.sms.outbound import MOST_SENT
from tests.channels.phone_desk import ACCOUNT, phone_inbox
from tests.channels.phone_provider import Answer, FakeProvider, listed, record, refused
from tests.channels.sms.test_send import REPLY

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
OURS = replace(REPLY, text="Your bin comes tomorrow.", created_at=datetime(2026, 3, 2, 9, 30, 5, 700_000, tzinfo=UTC))


# --- what we sent -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (record(), DeliveryStatus.SENT),
        (record(status="delivered"), DeliveryStatus.DELIVERED),
        (record(status="undelivered"), DeliveryStatus.FAILED),
        (record(status="partially_delivered"), DeliveryStatus.SENT),
        (record(body="Your bin comes tomorrow.\n"), DeliveryStatus.SENT),
        (record(body="Sent from your Twilio trial account - Your bin comes tomorrow."), DeliveryStatus.SENT),
    ],
)
async def test_a_listed_text_was_sent(found: dict[str, Any], status: DeliveryStatus) -> None:
    provider = FakeProvider([listed(record(sid="SM0", body="another"), found)])
    result = await channel.find(OURS, phone_inbox("sms"), provider.http())
    assert result is not None
    assert (result.external_id, result.status) == ("SM1", status)


async def test_the_list_is_asked_for_that_number_from_that_day_on() -> None:
    provider = FakeProvider([listed()])
    await channel.find(OURS, phone_inbox("sms"), provider.http())
    query = provider.requests[0].url.params
    assert (query["To"], query["From"]) == ("+447700900123", "+441632960100")
    assert query["DateSent>"] == "2026-03-02T00:00:00Z"


@pytest.mark.parametrize(
    "others",
    [
        [],
        [record(body="another")],
        [record(direction="inbound")],
        [record(direction="outbound-reply")],
        [record(to="+447700900999")],
        [record(date_created="Mon, 02 Mar 2026 09:00:00 +0000")],
    ],
)
async def test_a_text_that_a_complete_list_lacks_was_never_sent(others: list[dict[str, Any]]) -> None:
    provider = FakeProvider([listed(*others)])
    assert await channel.find(OURS, phone_inbox("sms"), provider.http()) is None


async def test_further_pages_are_read_below_the_api_urls_path() -> None:
    provider = FakeProvider([listed(record(body="x"), next_page_uri=f"{MESSAGES}?Page=1"), listed(record(sid="SM2"))])
    inbox = phone_inbox("sms", {"api_url": "http://127.0.0.1:8000/simulator"})
    result = await channel.find(OURS, inbox, provider.http())
    assert result is not None
    assert result.external_id == "SM2"
    assert str(provider.requests[1].url) == f"http://127.0.0.1:8000/simulator{MESSAGES}?Page=1"


@pytest.mark.parametrize(
    "answers",
    [
        [refused(429, 20429)],
        [refused(500)],
        [refused(401, 20003)],
        [httpx.ConnectError("refused")],
        [httpx.ReadTimeout("silence")],
        [httpx.Response(200, text="<html>")],
        [httpx.Response(200, json={"surprise": 1, "another": 2})],
        [httpx.Response(200, json={"messages": ["odd"], "next_page_uri": None})],
        [listed(record(date_created=None))],
        [listed(record(), record(sid="SM2"))],
        [listed(record(body=""))],
        [listed(record(date_created="Mon, 02 Mar 2026 09:29:00 +0000"))],
        [listed(next_page_uri=f"{MESSAGES}?Page=1"), refused(503)],
        [listed(*[record(body="another")] * MOST_SENT)],
    ],
)
async def test_any_doubt_leaves_the_message_unknown(answers: list[Answer]) -> None:
    with pytest.raises(SendError) as raised:
        await channel.find(OURS, phone_inbox("sms"), FakeProvider(answers).http())
    assert raised.value.outcome == "unknown"


# --- what we missed -----------------------------------------------------------------------------------------

SINCE = datetime(2026, 3, 2, 9, 30, 0, tzinfo=UTC)


def missed(sid: str, at: str, **changed: Any) -> dict[str, Any]:
    changed = {"from": "+447700900123", "to": "+441632960100", "direction": "inbound", "status": "received", **changed}
    return record(sid=sid, **{"date_created": f"Mon, 02 Mar 2026 {at} +0000", **changed})


async def test_missed_texts_come_back_oldest_first_as_the_webhook_would_have_brought_them() -> None:
    provider = FakeProvider(
        [
            listed(missed("SM3", "09:32:00", body="STOP"), next_page_uri=f"{MESSAGES}?Page=1"),
            listed(
                missed("SM2", "09:31:00", body="a\0b"),
                record(sid="SM9"),
                missed("SM1", "09:29:59", body="before"),
            ),
        ]
    )
    messages = await channel.missed(SINCE, phone_inbox("sms"), provider.http())
    [second, third] = [message for message in messages if isinstance(message, InboundMessage)]
    assert (second.external_id, second.text, second.at) == ("SM2", "a␀b", SINCE.replace(minute=31))
    assert second.problems
    assert (third.external_id, third.keyword, third.sender) == ("SM3", "stop", Address("tel", "+447700900123"))
    query = provider.requests[0].url.params
    assert (query["To"], query["DateSent>"]) == ("+441632960100", "2026-03-02T00:00:00Z")
    assert "From" not in query


async def test_missed_pictures_come_back_too() -> None:
    media = {"sid": "ME1", "content_type": "image/png", "uri": MESSAGES.replace(".json", "/MM1/Media/ME1.json")}
    provider = FakeProvider(
        [
            listed(missed("MM1", "09:31:00", num_media="1")),
            httpx.Response(200, json={"media_list": [media], "next_page_uri": None}),
        ]
    )
    [message] = await channel.missed(SINCE, phone_inbox("sms"), provider.http())
    assert isinstance(message, InboundMessage)
    ref = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1"
    assert message.remote_files == (RemoteFile(ref=ref, filename="ME1.png", media_type="image/png"),)
    assert provider.requests[1].url.path.endswith("/Messages/MM1/Media.json")


async def test_pictures_that_are_gone_do_not_keep_a_missed_text_back() -> None:
    provider = FakeProvider([listed(missed("MM1", "09:31:00", num_media="1", body="look")), refused(404, 20404)])
    [message] = await channel.missed(SINCE, phone_inbox("sms"), provider.http())
    assert isinstance(message, InboundMessage)
    assert (message.text, message.remote_files) == ("look", ())
    assert "pictures" in message.problems[0]


async def test_pictures_that_cannot_be_listed_now_are_asked_for_again() -> None:
    provider = FakeProvider([listed(missed("MM1", "09:31:00", num_media="1")), refused(503)])
    with pytest.raises(SendError) as raised:
        await channel.missed(SINCE, phone_inbox("sms"), provider.http())
    assert raised.value.outcome == "retry"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (refused(500), "retry"),
        (refused(429, 20429), "retry"),
        (httpx.ReadTimeout("silence"), "retry"),
        (httpx.Response(200, json={"surprise": 1, "another": 2}), "retry"),
        (listed(missed("MM1", "09:31:00", date_created=None)), "retry"),
        (refused(401, 20003), "failed"),
    ],
)
async def test_a_list_that_cannot_be_read_is_asked_for_again(answer: Answer, outcome: str) -> None:
    with pytest.raises(SendError) as raised:
        await channel.missed(SINCE, phone_inbox("sms"), FakeProvider([answer]).http())
    assert raised.value.outcome == outcome
