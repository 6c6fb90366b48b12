"""The carrier's REST API, called as the provider documents it and by the provider's own library."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from twilio.http import AsyncHttpClient
from twilio.http.response import Response as ProviderResponse
from twilio.rest import Client

from tests.channels.simulator.hub_double import ACCOUNT, ASHA, JOAN, NUMBER, TOKEN, World

MESSAGE = {
    "account_sid", "api_version", "body", "date_created", "date_sent", "date_updated", "direction", "error_code",
    "error_message", "from", "messaging_service_sid", "num_media", "num_segments", "price", "price_unit", "sid",
    "status", "subresource_uris", "to", "uri",
}  # fmt: skip
STATUS = "/in/sms/main/status"


async def send(world: World, **fields: str) -> httpx.Response:
    form = {"To": ASHA, "From": NUMBER, "Body": "Thank you", "StatusCallback": world.hub.url + STATUS, **fields}
    return await world.carrier("POST", "Messages.json", data=form)


async def test_a_message_is_created_as_documented(world: World) -> None:
    answer = await send(world)
    assert answer.status_code == 201
    message = answer.json()
    assert message.keys() == MESSAGE
    assert (message["status"], message["direction"], message["num_segments"]) == ("queued", "outbound-api", "1")
    assert message["sid"].startswith("SM")
    assert len(message["sid"]) == 34
    assert message["uri"] == f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{message['sid']}.json"
    assert abs(parsedate_to_datetime(message["date_created"]) - datetime.now(UTC)) < timedelta(minutes=1)


async def test_it_is_reported_sent_and_then_delivered_by_signed_callbacks(world: World) -> None:
    sid = (await send(world)).json()["sid"]
    sent, delivered = world.hub.forms(STATUS)
    assert (sent["MessageSid"], sent["MessageStatus"], sent["To"], sent["From"]) == (sid, "sent", ASHA, NUMBER)
    assert delivered["MessageStatus"] == delivered["SmsStatus"] == "delivered"
    assert len(delivered["RawDlrDoneDate"]) == 10
    assert "ErrorCode" not in delivered


async def test_a_phone_that_is_switched_off_is_reported_undelivered(world: World) -> None:
    sid = (await send(world, To=JOAN)).json()["sid"]
    last = world.hub.forms(STATUS)[-1]
    assert (last["MessageStatus"], last["ErrorCode"]) == ("undelivered", "30003")
    message = (await world.carrier("GET", f"Messages/{sid}.json")).json()
    assert (message["status"], message["error_code"]) == ("undelivered", 30003)


async def test_a_callback_that_is_not_taken_stops_nothing(world: World) -> None:
    world.hub.statuses = [500, 500]
    await send(world)
    assert [form["MessageStatus"] for form in world.hub.forms(STATUS)] == ["sent", "sent", "delivered"]


async def test_callbacks_go_to_the_hub_only(world: World) -> None:
    answer = await send(world, StatusCallback="http://127.0.0.1:1/elsewhere")
    assert answer.status_code == 201
    assert world.hub.webhooks == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"To": "12"}, 21211),
        ({"To": ""}, 21211),
        ({"From": "+441632960999"}, 21606),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
    ],
)
async def test_a_message_that_cant_be_sent_is_refused_with_the_providers_code(
    world: World, fields: dict[str, str], code: int
) -> None:
    answer = await send(world, **fields)
    assert answer.status_code == 400
    problem = answer.json()
    assert (problem["code"], problem["status"]) == (code, 400)
    assert problem.keys() == {"code", "message", "more_info", "status"}
    assert not world.simulator.town.texts


async def test_a_number_that_texted_stop_gets_no_texts_until_it_texts_start(world: World) -> None:
    await world.act("text", **{"from": ASHA, "text": " stop "})
    assert (await send(world)).json()["code"] == 21610
    assert (await send(world, To="+447700900102")).status_code == 201
    await world.act("text", **{"from": ASHA, "text": "START"})
    assert (await send(world)).status_code == 201


@pytest.mark.parametrize(
    "authorization",
    [None, (ACCOUNT, "wrong"), ("AC" + "0" * 32, TOKEN), "Bearer x", "Basic ?", "Basic"],
)
async def test_without_the_right_credentials_nothing_is_told(world: World, authorization: Any) -> None:
    headers = {"Authorization": authorization} if isinstance(authorization, str) else {}
    auth = authorization if isinstance(authorization, tuple) else None
    url = f"/simulator/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    for method in ("GET", "POST"):
        answer = await world.http.request(method, url, headers=headers, auth=auth)
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)


@pytest.mark.parametrize("path", ["Messages/SM0.json", "Messages/SM0/Media/ME0", "Recordings/RE0.wav"])
async def test_what_is_not_there_is_404(world: World, path: str) -> None:
    answer = await world.carrier("GET", path)
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


@pytest.mark.parametrize("query", [{"Page": "-1"}, {"PageSize": "many"}, {"DateSent": "yesterday"}])
async def test_a_list_that_makes_no_sense_is_400(world: World, query: dict[str, str]) -> None:
    await send(world)
    assert (await world.carrier("GET", "Messages.json", params=query)).status_code == 400


# --- by the provider's library ---


class _Loopback(AsyncHttpClient):  # type: ignore[misc]  # the library has no types
    """Sends what the library asks of the provider's host to the simulator instead."""

    def __init__(self, world: World) -> None:
        super().__init__(None, is_async=True)
        self._world = world

    async def request(self, method: str, uri: str, **asked: Any) -> ProviderResponse:
        parts = urlsplit(uri)
        answer = await self._world.http.request(
            method,
            f"/simulator{parts.path}" + (f"?{parts.query}" if parts.query else ""),
            params=asked.get("params") or None,
            data=asked.get("data"),
            auth=asked.get("auth"),
        )
        return ProviderResponse(answer.status_code, answer.text)


def library(world: World) -> Any:
    return Client(ACCOUNT, TOKEN, http_client=_Loopback(world))


async def test_the_providers_library_sends_and_finds(world: World) -> None:
    client = library(world)
    sent = await client.messages.create_async(to=ASHA, from_=NUMBER, body="Thank you")
    await world.simulator.errands.done()
    found = await client.messages(sent.sid).fetch_async()
    assert (found.status, found.body, found.direction) == ("delivered", "Thank you", "outbound-api")


async def test_the_providers_library_pages_through_a_filtered_list(world: World) -> None:
    client = library(world)
    for number in range(5):
        await client.messages.create_async(to=ASHA, from_=NUMBER, body=f"Number {number}")
    await client.messages.create_async(to=JOAN, from_=NUMBER, body="Another's")
    listed = await client.messages.list_async(to=ASHA, from_=NUMBER, page_size=2)
    assert [message.body for message in listed] == [f"Number {number}" for number in (4, 3, 2, 1, 0)]


async def test_the_providers_library_filters_by_date(world: World) -> None:
    client = library(world)
    await client.messages.create_async(to=ASHA, from_=NUMBER, body="Now")
    hour, now = timedelta(hours=1), datetime.now(UTC)
    assert len(await client.messages.list_async(date_sent_after=now - hour)) == 1
    assert len(await client.messages.list_async(date_sent_after=now + hour)) == 0
    assert len(await client.messages.list_async(date_sent_before=now + hour)) == 1
    assert len(await client.messages.list_async(date_sent_before=now - hour)) == 0
    assert len(await client.messages.list_async(date_sent=now - 24 * hour)) == 0


async def test_the_providers_library_lists_a_texts_pictures(world: World) -> None:
    shown = await world.act("text", **{"from": ASHA, "text": "Look", "picture": True})
    [picture] = await library(world).messages(shown["sid"]).media.list_async()
    assert picture.content_type == "image/png"
    fetched = await world.http.get(f"/simulator{picture.uri.removesuffix('.json')}", auth=(ACCOUNT, TOKEN))
    assert fetched.content.startswith(b"\x89PNG")
