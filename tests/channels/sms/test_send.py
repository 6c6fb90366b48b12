"""A reply leaves as a text, or the caseworker learns why not."""

import base64
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from channels.contract import Address, DeliveryStatus, File, OutboundMessage, SendError
from channels.sms.adapter import channel
from tests.channels.phone_desk import ACCOUNT, PUBLIC_URL, TOKEN, phone_inbox
from tests.channels.phone_provider import Answer, FakeProvider, accepted, refused

REPLY = OutboundMessage(
    id=7,
    to=Address("tel", "+447700900123"),
    text="Your bin comes tomorrow. €5 – ☂",
    reference="48210937",
    created_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
)


async def test_a_reply_is_the_documented_call() -> None:
    provider = FakeProvider([accepted(sid="SM99", status="queued")])
    result = await channel.send(REPLY, phone_inbox("sms"), provider.http())
    assert (result.external_id, result.status) == ("SM99", DeliveryStatus.SENT)
    [request] = provider.requests
    assert request.method == "POST"
    assert str(request.url) == f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert request.headers["authorization"] == "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert provider.form() == {
        "To": ["+447700900123"],
        "From": ["+441632960100"],
        "Body": [REPLY.text],
        "StatusCallback": [f"{PUBLIC_URL}/in/sms/main/status"],
    }


async def test_an_answer_by_whatsapp_goes_back_by_whatsapp() -> None:
    provider = FakeProvider([accepted(sid="SM99")])
    by_whatsapp = replace(REPLY, to=Address("whatsapp", "+447700900123"))
    await channel.send(by_whatsapp, phone_inbox("sms"), provider.http())
    assert provider.form()["To"] == ["whatsapp:+447700900123"]
    assert provider.form()["From"] == ["whatsapp:+441632960100"]


MAP = File(filename="map.png", media_type="image/png", content=b"x", link="https://hub.anytown.example/media/1")


@pytest.mark.parametrize(
    ("scheme", "config", "files"),
    [("tel", {"pictures": True}, (MAP, MAP)), ("whatsapp", {"whatsapp": True}, (MAP,))],
)
async def test_pictures_go_as_links_that_the_provider_fetches(
    scheme: str, config: dict[str, bool], files: tuple[File, ...]
) -> None:
    provider = FakeProvider([accepted()])
    message = replace(REPLY, to=Address(scheme, "+447700900123"), files=files)
    await channel.send(message, phone_inbox("sms", config), provider.http())
    assert provider.form()["MediaUrl"] == [MAP.link] * len(files)
    assert channel.file_limits(phone_inbox("sms", config)) is not None


@pytest.mark.parametrize(
    ("scheme", "config", "files"),
    [("tel", {"whatsapp": True}, (MAP,)), ("whatsapp", {"whatsapp": True}, (MAP, MAP))],
)
async def test_pictures_that_cannot_go_this_way_are_said_before_anything_leaves(
    scheme: str, config: dict[str, bool], files: tuple[File, ...]
) -> None:
    provider = FakeProvider([accepted()])
    message = replace(REPLY, to=Address(scheme, "+447700900123"), files=files)
    with pytest.raises(SendError) as raised:
        await channel.send(message, phone_inbox("sms", config), provider.http())
    assert (raised.value.outcome, provider.requests) == ("failed", [])


def test_a_number_that_sends_no_pictures_offers_none() -> None:
    assert channel.file_limits(phone_inbox("sms")) is None


@pytest.mark.parametrize(
    ("api_url", "called"),
    [
        ("http://127.0.0.1:8000/simulator", "http://127.0.0.1:8000/simulator/2010-04-01/Accounts"),
        ("http://localhost:8000/", "http://localhost:8000/2010-04-01/Accounts"),
        ("http://[::1]:8000", "http://[::1]:8000/2010-04-01/Accounts"),
        ("https://api.ie1.twilio.com", "https://api.ie1.twilio.com/2010-04-01/Accounts"),
    ],
)
async def test_the_inboxs_api_url_is_called_with_its_path_in_front(api_url: str, called: str) -> None:
    provider = FakeProvider([accepted()])
    await channel.send(REPLY, phone_inbox("sms", {"api_url": api_url}), provider.http())
    assert str(provider.requests[0].url).startswith(called)


@pytest.mark.parametrize(
    ("answer", "outcome", "flag", "words"),
    [
        (refused(429, 20429), "retry", None, "too much to do"),
        (refused(429), "retry", None, "too much to do"),
        (refused(503), "retry", None, "too much to do"),
        (refused(400, 21611), "retry", None, "waiting"),
        (httpx.ConnectError("refused"), "retry", None, "can't be reached"),
        (httpx.ConnectTimeout("slow"), "retry", None, "can't be reached"),
        (httpx.PoolTimeout("busy"), "retry", None, "can't be reached"),
        (refused(500), "unknown", None, "may have gone out"),
        (refused(502), "unknown", None, "may have gone out"),
        (refused(504, 21610), "unknown", None, "may have gone out"),
        (httpx.ReadTimeout("silence"), "unknown", None, "may have gone out"),
        (httpx.WriteTimeout("stuck"), "unknown", None, "may have gone out"),
        (httpx.ReadError("reset"), "unknown", None, "may have gone out"),
        (httpx.RemoteProtocolError("disconnected"), "unknown", None, "may have gone out"),
        (httpx.Response(201, text="<html>"), "unknown", None, "made no sense"),
        (httpx.Response(201, json=[]), "unknown", None, "made no sense"),
        (httpx.Response(201, json={}), "unknown", None, "without naming"),
        (refused(400, 21610), "failed", "opted_out", "call or write instead"),
        (refused(400, 21211), "failed", "unreachable", "Check it"),
        (refused(400, 21614), "failed", "no_texts", "isn't a mobile"),
        (refused(400, 21606), "failed", None, "administrator"),
        (refused(401, 20003), "failed", None, "account_sid and auth_token"),
        (refused(404, 20404), "failed", None, "account_sid and api_url"),
        (refused(400, 98765), "failed", None, "error 98765"),
        (httpx.Response(400, text="<html>+447700900123"), "failed", None, "error 400"),
        (httpx.Response(301, headers={"location": "https://elsewhere.example/"}), "failed", None, "api_url"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
async def test_what_the_providers_answer_means(answer: Answer, outcome: str, flag: str | None, words: str) -> None:
    provider = FakeProvider([answer])
    with pytest.raises(SendError, match=words) as raised:
        await channel.send(REPLY, phone_inbox("sms"), provider.http())
    assert (raised.value.outcome, raised.value.flag) == (outcome, flag)
    assert len(provider.requests) == 1
    for secret in (TOKEN, "900123", REPLY.text):
        assert secret not in str(raised.value)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "Mon, 02 Mar 2026 09:31:00 GMT", "Date": "Mon, 02 Mar 2026 09:30:30 GMT"}, 30.0),
        ({"Retry-After": "Mon, 02 Mar 2026 09:30:00 GMT", "Date": "Mon, 02 Mar 2026 09:30:30 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
async def test_the_wait_that_the_provider_asks_for_is_passed_on(headers: dict[str, str], seconds: float | None) -> None:
    provider = FakeProvider([refused(429, 20429, **headers)])
    with pytest.raises(SendError) as raised:
        await channel.send(REPLY, phone_inbox("sms"), provider.http())
    assert (raised.value.code, raised.value.retry_after) == ("20429", seconds)


@pytest.mark.parametrize(
    ("config", "named"),
    [({"auth_token": "env:HUB_TEST_UNSET"}, "HUB_TEST_UNSET"), ({"api_url": "http://provider.example"}, "api_url")],
)
async def test_an_inbox_without_its_settings_sends_nothing_and_tries_later(
    monkeypatch: pytest.MonkeyPatch, config: dict[str, str], named: str
) -> None:
    monkeypatch.delenv("HUB_TEST_UNSET", raising=False)
    provider = FakeProvider([accepted()])
    with pytest.raises(SendError, match=named) as raised:
        await channel.send(REPLY, phone_inbox("sms", config), provider.http())
    assert raised.value.outcome == "retry"
    assert provider.requests == []


@pytest.mark.parametrize(
    ("config", "wrong"),
    [
        ({}, []),
        ({"api_url": "http://127.0.0.1:8000/simulator"}, []),
        ({"api_url": "env:TWILIO_URL", "auth_token": "env:TWILIO_TOKEN"}, []),
        ({"provider": "vonage"}, ["provider"]),
        ({"api_url": "http://api.twilio.com"}, ["api_url"]),
        ({"api_url": "http://127.0.0.1.evil.example"}, ["api_url"]),
        ({"api_url": "ftp://127.0.0.1"}, ["api_url"]),
        ({"api_url": 8000}, ["api_url"]),
        ({"auth_token": ""}, ["auth_token"]),
        ({"account_sid": 5}, ["account_sid"]),
        ({"auth_tokn": "x"}, ["auth_tokn"]),
        ({"greeting": "Hello"}, ["greeting"]),
    ],
)
def test_a_wrong_setting_is_named(config: dict[str, object], wrong: list[str]) -> None:
    sentences = channel.check(phone_inbox("sms", config).config)
    assert [sentence.partition(":")[0] for sentence in sentences] == wrong


def test_an_empty_config_names_all_that_is_missing() -> None:
    assert [sentence.partition(":")[0] for sentence in channel.check({})] == ["provider", "account_sid", "auth_token"]
