"""GOV.UK Notify carries the texts: its callbacks in, its REST API out."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import jwt
import pytest

from channels.contract import (
    Address,
    DeliveryStatus,
    DeliveryUpdate,
    InboundMessage,
    Inbox,
    SendError,
    SendResult,
    Unreadable,
)
from channels.sms.adapter import channel
from tests.channels.phone_desk import FakeDesk, app_of, phone_inbox
from tests.channels.phone_provider import Answer, FakeProvider
from tests.channels.sms.test_send import REPLY

SERVICE, SECRET = "26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0"
CONFIG = {
    "provider": "notify",
    "api_key": f"a-key-{SERVICE}-{SECRET}",
    "token": "callback-token",
    "template_id": "f33517ff-2a88-4f6e-b855-c550268ce08a",
}
TEXT = {
    "id": "n-1",
    "source_number": "447700900123",
    "destination_number": "07700900999",
    "message": "My missed bin again",
    "date_received": "2026-03-02T09:30:05.000000Z",
}
REPORT = {
    "id": "n-2",
    "reference": "hub-7",
    "to": "+447700900123",
    "status": "delivered",
    "created_at": "2026-03-02T09:30:05.000000Z",
    "completed_at": None,
    "sent_at": None,
    "notification_type": "sms",
}


def inbox(**config: str) -> Inbox:
    return replace(phone_inbox("sms"), config={**CONFIG, **config})


async def called(
    desk: FakeDesk, path: str, content: bytes | dict[str, Any], token: str = "Bearer callback-token"
) -> int:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    transport = httpx.ASGITransport(app_of(channel, desk))
    async with httpx.AsyncClient(transport=transport, base_url="http://10.0.0.7:8000") as http:
        return (await http.post(path, content=body, headers={"Authorization": token} if token else {})).status_code


# --- in ----------------------------------------------------------------------------------------------------------


async def test_a_text_becomes_a_message_of_its_inbox() -> None:
    desk = FakeDesk([inbox()])
    assert await called(desk, "/in/sms/main", TEXT) == 204
    assert desk.events == [
        InboundMessage(
            channel="sms",
            inbox="main",
            external_id="n-1",
            sender=Address("tel", "+447700900123"),
            text="My missed bin again",
            at=datetime(2026, 3, 2, 9, 30, 5, tzinfo=UTC),
        )
    ]


@pytest.mark.parametrize("token", ["", "Bearer other", "Basic callback-token"])
async def test_without_the_token_nothing_is_stored(token: str) -> None:
    desk = FakeDesk([inbox()])
    assert await called(desk, "/in/sms/main", TEXT, token) == 403
    assert await called(desk, "/in/sms/main/status", REPORT, token) == 403
    assert desk.events == []


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/in/sms/main", b"not json"),
        ("/in/sms/main", b"[1]"),
        ("/in/sms/main", b"\xff\xfe"),
        ("/in/sms/main", {**TEXT, "id": None}),
        ("/in/sms/main", {**TEXT, "source_number": ""}),
        ("/in/sms/main/status", {**REPORT, "status": "teleported"}),
        ("/in/sms/main/status", {"status": "delivered"}),
    ],
)
async def test_what_makes_no_sense_is_kept_raw_and_never_answered_4xx(
    path: str, content: bytes | dict[str, Any]
) -> None:
    desk = FakeDesk([inbox()])
    assert await called(desk, path, content) == 204
    [event] = desk.events
    assert isinstance(event, Unreadable)


async def test_a_passing_fault_is_503_so_that_notify_tries_again() -> None:
    desk = FakeDesk([inbox()], away=True)
    assert await called(desk, "/in/sms/main", TEXT) == 503


@pytest.mark.parametrize(
    ("word", "status", "flag", "tries", "alert"),
    [
        ("delivered", DeliveryStatus.DELIVERED, None, 0, False),
        ("sending", DeliveryStatus.SENT, None, 0, False),
        ("permanent-failure", DeliveryStatus.FAILED, "unreachable", 0, False),
        ("temporary-failure", DeliveryStatus.FAILED, None, 2, False),
        ("technical-failure", DeliveryStatus.FAILED, None, 0, True),
    ],
)
async def test_a_receipt_says_what_became_of_a_text(
    word: str, status: DeliveryStatus, flag: str | None, tries: int, alert: bool
) -> None:
    desk = FakeDesk([inbox()])
    assert await called(desk, "/in/sms/main/status", {**REPORT, "status": word}) == 204
    [update] = desk.events
    assert isinstance(update, DeliveryUpdate)
    assert (update.external_id, update.status, update.flag) == ("n-2", status, flag)
    assert (update.tries, update.alert, bool(update.error)) == (tries, alert, status is DeliveryStatus.FAILED)


# --- out ---------------------------------------------------------------------------------------------------------


async def test_a_reply_is_the_documented_call_with_a_signed_token() -> None:
    provider = FakeProvider([httpx.Response(201, json={"id": "n-2", "reference": "hub-7"})])
    assert await channel.send(REPLY, inbox(sender_id="s-1"), provider.http()) == SendResult(external_id="n-2")
    [request] = provider.requests
    assert str(request.url) == "https://api.notifications.service.gov.uk/v2/notifications/sms"
    assert json.loads(request.content) == {
        "phone_number": "+447700900123",
        "template_id": CONFIG["template_id"],
        "personalisation": {"text": REPLY.text},
        "reference": "hub-7",
        "sms_sender_id": "s-1",
    }
    token = request.headers["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_iat": True})
    assert claims["iss"] == SERVICE
    assert jwt.get_unverified_header(token) == {"typ": "JWT", "alg": "HS256"}


def refused(status: int, error: str) -> httpx.Response:
    body = {"status_code": status, "errors": [{"error": error, "message": "quotes 07700900123"}]}
    return httpx.Response(status, json=body)


@pytest.mark.parametrize(
    ("answer", "outcome", "alert"),
    [
        (refused(429, "RateLimitError"), "retry", False),
        (refused(429, "TooManyRequestsError"), "retry", True),
        (refused(503, "x"), "retry", False),
        (refused(500, "Exception"), "unknown", False),
        (refused(400, "BadRequestError"), "failed", True),
        (refused(400, "ValidationError"), "failed", False),
        (refused(403, "AuthError"), "failed", True),
        (httpx.Response(404, text="<html>"), "failed", True),
        (httpx.Response(201, text="<html>"), "unknown", False),
        (httpx.Response(201, json={"reference": "x"}), "unknown", False),
        (httpx.ConnectError("no route"), "retry", False),
        (httpx.ReadTimeout("silence"), "unknown", False),
    ],
)
async def test_a_refusal_says_what_to_do(answer: Answer, outcome: str, alert: bool) -> None:
    with pytest.raises(SendError) as raised:
        await channel.send(REPLY, inbox(), FakeProvider([answer]).http())
    assert (raised.value.outcome, raised.value.alert) == (outcome, alert)
    assert "900123" not in str(raised.value)


@pytest.mark.parametrize(
    ("changed", "message", "outcome"),
    [
        ({"api_key": "short"}, REPLY, "failed"),
        ({"api_url": "http://notify.example"}, REPLY, "failed"),
        ({"template_id": "env:NOT_SET_ANYWHERE"}, REPLY, "retry"),
        ({}, replace(REPLY, text="a" * 919), "failed"),
        ({}, replace(REPLY, to=Address("whatsapp", "+447700900123")), "failed"),
    ],
)
async def test_what_cannot_be_sent_is_said_before_anything_leaves(
    changed: dict[str, str], message: Any, outcome: str
) -> None:
    provider = FakeProvider([httpx.Response(500)])
    with pytest.raises(SendError) as raised:
        await channel.send(message, inbox(**changed), provider.http())
    assert (raised.value.outcome, provider.requests) == (outcome, [])


async def test_the_reference_tells_whether_a_text_was_taken() -> None:
    taken = FakeProvider(
        [httpx.Response(200, json={"notifications": [{"id": "n-2", "status": "delivered"}], "links": {}})]
    )
    found = await channel.find(REPLY, inbox(), taken.http())
    assert found == SendResult(external_id="n-2", status=DeliveryStatus.DELIVERED)
    assert taken.requests[0].url.params["reference"] == "hub-7"
    absent = FakeProvider([httpx.Response(200, json={"notifications": [], "links": {}})])
    assert await channel.find(REPLY, inbox(), absent.http()) is None


@pytest.mark.parametrize("answer", [refused(500, "x"), httpx.Response(200, json={"odd": 1}), httpx.ConnectError("no")])
async def test_any_doubt_leaves_the_text_unknown(answer: Answer) -> None:
    with pytest.raises(SendError) as raised:
        await channel.find(REPLY, inbox(), FakeProvider([answer]).http())
    assert raised.value.outcome == "unknown"


def received(text_id: str, at: str) -> dict[str, str]:
    return {"id": text_id, "user_number": "447700900123", "content": "Bins", "created_at": f"2026-03-02T{at}.000000Z"}


async def test_missed_texts_come_back_oldest_first_page_by_page() -> None:
    pages = FakeProvider(
        [
            httpx.Response(
                200,
                json={
                    "received_text_messages": [received("n-3", "09:33:00"), received("n-2", "09:32:00")],
                    "links": {"next": "https://x/v2/received-text-messages?older_than=n-2"},
                },
            ),
            httpx.Response(200, json={"received_text_messages": [received("n-1", "09:29:59")], "links": {}}),
        ]
    )
    messages = await channel.missed(datetime(2026, 3, 2, 9, 30, tzinfo=UTC), inbox(), pages.http())
    assert [each.external_id for each in messages if isinstance(each, InboundMessage)] == ["n-2", "n-3"]
    assert pages.requests[1].url.params["older_than"] == "n-2"


# --- settings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"provider": "pigeon"}, "provider"),
        ({"api_key": ""}, "api_key"),
        ({"token": None}, "token"),
        ({"template_id": None}, "template_id"),
        ({"api_url": "http://notify.example"}, "api_url"),
        ({"auth_token": "x"}, "auth_token"),
        ({"sender_id": 5}, "sender_id"),
        ({"answers": {"bye": "x"}}, "answers.bye"),
        ({"answers": {"help": {"en": "{name}"}}}, "answers.help.en"),
        ({"keyword": [{"words": ["STOP"], "answer": "x"}]}, "keyword[0].words[0]"),
        ({"keyword": [{"words": ["status now"], "answer": "x"}]}, "keyword[0].words[0]"),
        ({"keyword": [{"words": ["a"], "answer": "x"}, {"words": ["A"], "answer": "x"}]}, "keyword[1].words[0]"),
        ({"keyword": [{"words": [], "answer": "x"}]}, "keyword[0].words"),
        ({"keyword": [{"words": ["a"]}]}, "keyword[0].answer"),
        ({"keyword": [{"words": ["a"], "answer": "x", "consent": "maybe"}]}, "keyword[0].consent"),
        ({"keyword": "BINS"}, "keyword"),
        ({"opt_out_answers": "nobody"}, "opt_out_answers"),
        ({"part_price": "free"}, "part_price"),
        ({"currency": "pounds"}, "currency"),
        ({"warn_parts": 0}, "warn_parts"),
    ],
)
def test_a_wrong_setting_is_named(changed: dict[str, Any], key: str) -> None:
    assert channel.check(CONFIG) == []
    [fault] = channel.check({**CONFIG, **changed})
    assert fault.startswith(f"{key}: ")
