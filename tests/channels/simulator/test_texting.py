"""A citizen texts: what the hub's webhook gets, and what the phone shows."""

import pytest

from tests.channels.simulator.hub_double import ACCOUNT, ASHA, JOAN, NUMBER, TOKEN, World

FIELDS = {
    "MessageSid", "SmsSid", "SmsMessageSid", "AccountSid", "MessagingServiceSid", "From", "To", "Body", "NumMedia",
    "NumSegments", "SmsStatus", "ApiVersion", "FromCity", "FromState", "FromZip", "FromCountry", "ToCity", "ToState",
    "ToZip", "ToCountry",
}  # fmt: skip


async def test_a_text_reaches_the_hub_as_a_signed_webhook_with_every_field(world: World) -> None:
    shown = await world.act("text", **{"from": ASHA, "text": "My bin was missed in Elm Road 🗑"})
    [form] = world.hub.forms("/in/sms/main")
    assert form.keys() == FIELDS
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"] == shown["sid"]
    assert (form["From"], form["To"], form["AccountSid"]) == (ASHA, NUMBER, ACCOUNT)
    assert (form["Body"], form["NumMedia"], form["SmsStatus"]) == ("My bin was missed in Elm Road 🗑", "0", "received")


async def test_a_hub_with_another_token_refuses_and_is_not_asked_again(world: World) -> None:
    world.hub.token = "another"
    answer = await world.post("text", **{"from": ASHA, "text": "Hello"})
    assert answer.status_code == 502
    assert answer.json() == {"error": "the hub answered 403"}
    assert world.hub.webhooks == []


async def test_a_failed_webhook_is_tried_once_more_with_the_same_idempotency_token(world: World) -> None:
    world.hub.statuses = [503]
    await world.act("text", **{"from": ASHA, "text": "Hello"})
    first, second = world.hub.webhooks
    assert first == second
    assert first.idempotency


async def test_a_hub_that_fails_twice_has_missed_the_text_but_can_list_it(world: World) -> None:
    world.hub.statuses = [503, 503, 200]
    assert (await world.post("text", **{"from": ASHA, "text": "Hello"})).status_code == 502
    assert len(world.hub.webhooks) == 2
    [missed] = (await world.carrier("GET", "Messages.json", params={"To": NUMBER})).json()["messages"]
    assert (missed["body"], missed["direction"], missed["status"]) == ("Hello", "inbound", "received")


async def test_a_picture_is_fetched_from_the_carrier_with_its_credentials(world: World) -> None:
    await world.act("text", **{"from": ASHA, "text": "Look", "picture": True})
    [form] = world.hub.forms("/in/sms/main")
    assert (form["NumMedia"], form["MediaContentType0"]) == ("1", "image/png")
    assert (await world.http.get(form["MediaUrl0"])).status_code == 401
    picture = await world.http.get(form["MediaUrl0"], auth=(ACCOUNT, TOKEN))
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")


async def test_a_message_in_the_webhooks_answer_is_a_text_back(world: World) -> None:
    world.hub.answers["/in/sms/main"] = "<Response><Message><Body>Thank you</Body></Message></Response>"
    await world.act("text", **{"from": ASHA, "text": "Hello"})
    texts = (await world.http.get("/simulator/api/state")).json()["texts"]
    assert [(text["text"], text["to"]) for text in texts] == [("Hello", NUMBER), ("Thank you", ASHA)]


async def test_an_answer_that_is_no_twiml_is_no_text(world: World) -> None:
    world.hub.answers["/in/sms/main"] = "Thank you"
    await world.act("text", **{"from": ASHA, "text": "Hello"})
    assert len(world.simulator.town.texts) == 1


async def test_only_what_changed_since_is_told(world: World) -> None:
    await world.act("text", **{"from": ASHA, "text": "One"})
    version = (await world.http.get("/simulator/api/state")).json()["version"]
    await world.act("text", **{"from": JOAN, "text": "Two"})
    news = (await world.http.get(f"/simulator/api/state?since={version}")).json()
    assert [text["text"] for text in news["texts"]] == ["Two"]
    assert news["version"] > version


@pytest.mark.parametrize(
    ("order", "wrong"),
    [
        ({"text": "Hello"}, "from"),
        ({"from": "0770", "text": "Hello"}, "from"),
        ({"from": ASHA}, "text"),
        ({"from": ASHA, "text": 7}, "text"),
        ({"from": ASHA, "text": "Hello", "to": "+441632960999"}, "to"),
        ({"from": ASHA, "text": "Hello", "colour": "red"}, "colour"),
    ],
)
async def test_an_order_without_sense_says_which_field(world: World, order: dict[str, object], wrong: str) -> None:
    answer = await world.post("text", **order)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(f"{wrong}: ")
    assert world.hub.webhooks == []


async def test_a_body_that_is_no_json_is_refused(world: World) -> None:
    assert (await world.http.post("/simulator/api/text", content=b"{")).status_code == 422
