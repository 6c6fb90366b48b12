"""A citizen writes by WhatsApp, and is answered there for a day; pictures go both ways."""

from tests.channels.simulator.hub_double import ASHA, NUMBER, World

BY_WHATSAPP = {"To": f"whatsapp:{ASHA}", "From": f"whatsapp:{NUMBER}", "Body": "We come tomorrow"}


async def test_the_webhook_names_both_ends_by_whatsapp(world: World) -> None:
    await world.act("text", **{"from": ASHA, "text": "STOP", "whatsapp": True, "picture": True})
    [form] = world.hub.forms("/in/sms/main")
    assert (form["From"], form["To"]) == (f"whatsapp:{ASHA}", f"whatsapp:{NUMBER}")
    assert (form["ProfileName"], form["MessageType"], form["NumMedia"]) == ("Asha Patel", "image", "1")
    texts = (await world.http.get("/simulator/api/state")).json()["texts"]
    assert len(texts) == 1  # WhatsApp confirms no STOP


async def test_an_answer_is_taken_within_a_day_of_the_citizens_words_only(world: World) -> None:
    refused = await world.carrier("POST", "Messages.json", data=BY_WHATSAPP)
    assert (refused.status_code, refused.json()["code"]) == (400, 63016)
    await world.act("text", **{"from": ASHA, "text": "When?", "whatsapp": True})
    picture = {"MediaUrl": ["http://hub.example/media/1", "http://hub.example/media/2"]}
    taken = await world.carrier("POST", "Messages.json", data={**BY_WHATSAPP, **picture})
    assert taken.status_code == 201
    page = (await world.http.get("/simulator/parts/texts", params={"citizen": "asha"})).text
    assert "We come tomorrow" in page
    assert page.count("A picture from the council") == 2


async def test_the_two_ends_must_agree(world: World) -> None:
    mixed = await world.carrier("POST", "Messages.json", data={**BY_WHATSAPP, "From": NUMBER})
    assert (mixed.status_code, mixed.json()["code"]) == (400, 21211)
