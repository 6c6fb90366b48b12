"""Over HTTP a conversation is begun, consent is read, and a file is asked for once more."""

from typing import Any

from sqlmodel import Session, col, select

from channels.contract import RemoteFile
from hub.actions.files.attachments import claim_wanted, record_unfetched
from hub.models import Contact
from hub.models.base import utcnow
from tests.api.conftest import Api

TEXT = {"channel": "sms", "to": "07700 900777", "text": "Your garden waste licence ends on Friday."}


async def begun(api: Api, status: int = 201, **changed: Any) -> dict[str, Any]:
    answered = await api.ann.post("/api/v1/cases", json={**TEXT, **changed})
    assert answered.status_code == status, answered.text
    body: dict[str, Any] = answered.json()
    return body


async def test_a_text_to_a_number_that_never_wrote_opens_a_case_held_by_who_wrote(api: Api) -> None:
    case = await begun(api)
    assert (case["status"], case["agent"], case["channel"]) == ("waiting", "ann@anytown.example", "sms")
    assert case["subject"] == TEXT["text"]
    [message] = case["messages"]
    assert (message["direction"], message["to"], message["status"]) == ("out", "+447700900777", "queued")
    assert message["automatic"] is False
    assert [event["kind"] for event in case["events"]][:1] == ["opened"]
    [address] = case["contact"]["addresses"]
    assert (address["uri"], address["verification"]) == ("tel:+447700900777", "claimed")


async def test_the_answer_to_it_joins_the_case(api: Api) -> None:
    case = await begun(api)
    answer = await api.town.say("Thank you", "+447700900777")
    assert answer.reference == case["reference"]


async def test_a_known_citizen_stays_one_contact(api: Api) -> None:
    await api.town.say("My missed bin", "+447700900777")
    await begun(api, to="+44 7700 900777")
    assert len(await api.town.db.read(_all, Contact)) == 1


async def test_a_mail_can_be_begun_too(api: Api) -> None:
    case = await begun(api, channel="email", to="Jo <Jo@Example.org>", subject="Your licence")
    [message] = case["messages"]
    assert (message["to"], message["subject"], case["subject"]) == ("jo@example.org", "Your licence", "Your licence")


async def test_what_cannot_be_begun_is_told_by_field_and_opens_nothing(api: Api) -> None:
    rows: list[tuple[dict[str, Any], str]] = [
        ({"to": "12345"}, "to"),
        ({"to": "not a number"}, "to"),
        ({"to": "AnytownNHS"}, "to"),
        ({"to": ""}, "to"),
        ({"channel": "email", "to": "nobody"}, "to"),
        ({"channel": "webchat"}, "channel"),
        ({"channel": "voice"}, "channel"),
        ({"inbox": "nowhere"}, "inbox"),
        ({"queue": "nowhere"}, "queue"),
        ({"text": "  "}, "text"),
        ({"purpose": "spam"}, "purpose"),
        ({"colour": "red"}, "colour"),
    ]
    for changed, field in rows:
        body = await begun(api, 422, **changed)
        assert list(body["errors"]) == [field], changed
    assert (await api.ann.get("/api/v1/cases")).json()["items"] == []


async def test_a_text_that_is_too_long_for_its_provider_is_refused_with_the_limit(api: Api) -> None:
    """A mail may be as long."""
    long = "x" * 1_601
    problem = await begun(api, 422, text=long)
    assert problem["errors"] == {
        "text": "At most 1,600 characters go by this way, these are 1,601. Shorten it or send it in parts."
    }
    case = await begun(api, text=long[1:])
    answered = await api.ann.post(f"/api/v1/cases/{case['reference']}/replies", json={"text": long})
    assert (answered.status_code, set(answered.json()["errors"])) == (422, {"text"})
    await begun(api, channel="email", to="jo@example.org", text=long)


async def test_who_opted_out_is_not_written_to_and_why_is_in_the_ledger(api: Api) -> None:
    await api.town.say("STOP", "+447700900777", keyword="stop")
    body = await begun(api, 422)
    assert "opted out" in body["detail"]
    [case] = (await api.ann.get("/api/v1/cases")).json()["items"]
    contact = (await api.ann.get(f"/api/v1/contacts/{case['contact']['id']}")).json()
    [consent] = [each for each in contact["consents"] if each["uri"].startswith("tel:")]
    assert (consent["given"], consent["purpose"], consent["said"], consent["source"]) == (
        False,
        "all",
        "STOP",
        "citizen",
    )


async def test_a_reply_to_who_opted_out_is_refused_and_the_case_says_so(api: Api) -> None:
    first = await api.town.say("My missed bin", "+447700900777")
    await api.town.say("STOP", "+447700900777", keyword="stop")
    answered = await api.ann.post(f"/api/v1/cases/{first.reference}/replies", json={"text": "Hello"})
    assert answered.status_code == 422
    case = (await api.ann.get(f"/api/v1/cases/{first.reference}")).json()
    [event] = [each for each in case["events"] if each["kind"] == "refused"]
    assert (event["agent"], event["detail"]["why"]) == ("ann@anytown.example", "The citizen has opted out of texts.")


async def test_a_bulk_message_opens_no_work_and_goes_to_nobody_who_said_no(api: Api) -> None:
    case = await begun(api, purpose="bulk")
    assert (case["status"], case["agent"], case["outcome"]) == ("resolved", None, "Notice sent")
    assert (case["messages"][0]["automatic"], case["messages"][0]["automatic_why"]) == (True, "bulk")
    await api.town.say("no news", "+447700900777", keyword="stop", purpose="bulk")
    assert "sent to many" in (await begun(api, 422, purpose="bulk"))["detail"]
    await begun(api)  # a service message still may


async def test_what_a_citizen_told_of_messages_to_many_is_written_down(api: Api) -> None:
    contact = (await begun(api, purpose="bulk"))["contact"]["id"]
    said = {"uri": "tel:+447700900777", "given": False, "reason": "Told at the desk"}
    path = f"/api/v1/contacts/{contact}/consents"
    answered = await api.ann.post(path, json=said)
    [consent] = answered.json()["consents"]
    assert (consent["given"], consent["purpose"], consent["source"], consent["said"]) == (
        False, "bulk", "agent", "Told at the desk",
    )  # fmt: skip
    assert "sent to many" in (await begun(api, 422, purpose="bulk"))["detail"]
    for wrong, field in (({"uri": "tel:+447700900778"}, "uri"), ({"reason": " "}, "reason")):
        assert list((await api.ann.post(path, json={**said, **wrong})).json()["errors"]) == [field]
    assert (await api.auditor.post(path, json=said)).status_code == 403
    assert (await api.ann.post("/api/v1/contacts/99/consents", json=said)).status_code == 404


async def test_auditors_begin_nothing(api: Api) -> None:
    assert (await api.auditor.post("/api/v1/cases", json=TEXT)).status_code == 403


async def test_a_file_that_could_not_be_fetched_is_asked_for_once_more(api: Api) -> None:
    file = RemoteFile(ref="https://api.twilio.com/ME1", filename="ME1.jpg", media_type="image/jpeg")
    await api.town.say("look", remote_files=(file,))
    [wanted] = await api.town.db.write(claim_wanted, utcnow())
    again = f"/api/v1/attachments/{wanted.id}/fetch"
    assert (await api.ann.post(again)).status_code == 409
    await api.town.db.write(record_unfetched, wanted.id, "gone", None)
    case = (await api.ann.post(again)).json()
    assert case["messages"][0]["attachments"][0]["state"] == "pending"
    assert [each.id for each in await api.town.db.write(claim_wanted, utcnow())] == [wanted.id]
    assert (await api.ann.post("/api/v1/attachments/999/fetch")).status_code == 404


def _all(session: Session, model: type[Any]) -> list[Any]:
    return list(session.exec(select(model).order_by(col(model.id))))
