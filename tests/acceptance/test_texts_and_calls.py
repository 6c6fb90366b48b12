"""Must show 2: texts and calls come in signed, become one case of one citizen, and stand in the right queue."""

from typing import Any
from xml.etree import ElementTree

from tests.acceptance.carrier import ACCOUNT, Carrier
from tests.acceptance.town import NUMBER, Town, eventually, new_number, new_sid, said


def test_a_signed_text_stands_in_its_queue_within_a_second_with_the_reason(town: Town) -> None:
    number = new_number()
    assert town.text(number, "The lamp post at 14 Quay Street flickers").status_code == 200
    [case] = eventually(lambda: [case for case in town.cases(queue="lights") if is_of(case, number)], 1)
    whole = town.case(case["reference"])
    assert whole["decision"]["rule"] == "Dark street"
    assert [trial["matched"] for trial in whole["decision"]["explanation"]] == [True, False]
    assert "lamp post" in whole["decision"]["explanation"][0]["why"]
    assert said(whole) == ["The lamp post at 14 Quay Street flickers"]


def is_of(case: dict[str, Any], number: str) -> bool:
    return number in [address["value"] for address in case["contact"]["addresses"]]


def test_the_same_text_again_makes_nothing_new(town: Town) -> None:
    number, sid = new_number(), new_sid()
    assert town.text(number, "Hello?", sid).status_code == 200
    assert town.text(number, "Hello?", sid).status_code == 200
    [case] = town.cases_of(number)
    assert said(case) == ["Hello?"]


def test_a_second_text_joins_the_case_and_a_call_of_the_same_number_too(town: Town, carrier: Carrier) -> None:
    number = new_number()
    town.text(number, "A fallen tree lies across Dean Lane")
    town.text(number, "It is still there")
    call_sid = leave_voicemail(town, carrier, number)
    [case] = town.cases_of(number)
    assert case["queue"] == "trees"
    assert said(case)[:2] == ["A fallen tree lies across Dean Lane", "It is still there"]
    call = next(message for message in case["messages"] if message["channel"] == "voice")
    assert call["direction"] == "in"

    def recording() -> bool:
        [heard] = [message for message in town.case(case["reference"])["messages"] if message["channel"] == "voice"]
        return [file["size"] > 0 for file in heard["attachments"]] == [True]

    eventually(recording, 5)
    assert call_sid.startswith("CA")


def leave_voicemail(town: Town, carrier: Carrier, number: str) -> str:
    """Walks the TwiML as a telephone would: says nothing at the menu until the voicemail, speaks, hangs up."""
    call = {"CallSid": new_sid("CA"), "From": number, "To": NUMBER, "CallStatus": "in-progress", "Direction": "inbound"}
    heard = ElementTree.fromstring(town.post("/in/voice/city", call).text)
    assert heard.find("Gather") is not None
    for _ in range(4):
        if (redirect := heard.find("Redirect")) is None or heard.find("Record") is not None:
            break
        heard = ElementTree.fromstring(town.post(redirect.text or "", call).text)
    record = heard.find("Record")
    assert record is not None
    sid = new_sid("RE")
    recording = {
        "RecordingSid": sid,
        "RecordingUrl": f"{carrier.url}{ACCOUNT}Recordings/{sid}",
        "RecordingDuration": "7",
    }
    assert town.post(record.attrib["action"], {**call, **recording, "Digits": "hangup"}).status_code == 200
    callback = {"CallSid": call["CallSid"], **recording, "RecordingStatus": "completed"}
    assert town.post(record.attrib["recordingStatusCallback"], callback).status_code < 300
    return call["CallSid"]


def test_a_wrong_signature_is_refused_counted_and_stores_nothing(town: Town) -> None:
    number = new_number()
    form = {"MessageSid": new_sid(), "From": number, "To": NUMBER, "Body": "The street light is out"}
    before = town.health().json()["refused"].get("sms", 0)
    assert town.post("/in/sms/city", form, token="somebody else's").status_code == 403
    assert town.health().json()["refused"]["sms"] == before + 1
    assert town.cases_of(number) == []
