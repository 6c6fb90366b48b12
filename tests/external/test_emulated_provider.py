"""The hub with a provider that others have written: real processes, everything over the wire.

The emulator signs its webhooks, answers REST and keeps lists. It doesn't walk TwiML, so the caller here does, as
plainly as can be: it presses what it is told to, falls through each <Gather> that it doesn't answer, and follows a
<Redirect>.
"""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from tests.acceptance.carrier import ACCOUNT_SID, AUTH_TOKEN
from tests.acceptance.hub_process import Place, started
from tests.acceptance.town import NUMBER, Town, answer_of, eventually, new_number, new_sid, said, settle
from tests.external.emulator import Emulator, running

PHONE = "+441632960555"  # the caseworker's own


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, Emulator]]:
    """No hub runs yet."""
    folder = tmp_path_factory.mktemp("emulated")
    (folder / "hub").mkdir()
    place = Place(folder=folder / "hub", more={"WEXCOMBE_TOKEN": AUTH_TOKEN})
    with running(folder, place.url, ACCOUNT_SID, AUTH_TOKEN, NUMBER) as emulator:
        yield settle(place, emulator.url, 9), emulator


class Caller:
    """A telephone that walks what it is told; `verbs` are those that it came by."""

    def __init__(self, town: Town, sid: str, number: str) -> None:
        self._town = town
        self._form = {"CallSid": sid, "From": number, "To": NUMBER, "CallStatus": "in-progress", "Direction": "inbound"}
        self.verbs: list[str] = []

    def walk(self, url: str, keys: str = "", redirects: int = 1, **form: str) -> ElementTree.Element | None:
        """The <Record> that it comes to; None: it was led elsewhere."""
        document = ElementTree.fromstring(self._town.post(url, {**self._form, **form}).text)
        for verb in document:
            self.verbs.append(verb.tag)
            if verb.tag == "Gather" and keys:
                return self.walk(verb.attrib["action"], keys[1:], redirects, Digits=keys[0])
            if verb.tag == "Redirect" and redirects:
                return self.walk(verb.text or "", keys, redirects - 1)
            if verb.tag == "Record":
                return verb
        return None

    def leave_message(self, record: ElementTree.Element, recording_url: str) -> None:
        told = {"RecordingSid": new_sid("RE"), "RecordingUrl": recording_url, "RecordingDuration": "7"}
        self._town.post(record.attrib["recordingStatusCallback"], {**told, "CallSid": self._form["CallSid"],
            "RecordingStatus": "completed"})  # fmt: skip
        assert self._town.post(record.attrib["action"], {**self._form, **told, "Digits": "hangup"}).status_code == 200


def asked(town: Town, path: str, **body: Any) -> dict[str, Any]:
    """Of the API, by the caseworker."""
    headers = {"Authorization": f"Bearer {town.token}"}
    answer = httpx.post(f"{town.place.url}/api/v1/{path}", json=body, headers=headers, timeout=15)
    assert answer.is_success, answer.text
    answered: dict[str, Any] = answer.json()
    return answered


def called_back(town: Town, emulator: Emulator, reference: str, number: str) -> int:
    """The caseworker's phone rings through the emulator, a key is pressed, they speak; the call's id."""
    asked(town, "phone/number", number=PHONE)
    before = {each["sid"] for each in emulator.listed("Calls")}
    town.act(reference, "call")
    [leg] = eventually(
        lambda: [each for each in emulator.listed("Calls") if each["sid"] not in before and each["to"] == PHONE], 10
    )
    ring: dict[str, Any] = eventually(lambda: my_phone(town)["ring"], 5)
    form = {"CallSid": leg["sid"], "From": NUMBER, "To": PHONE, "Direction": "outbound-api"}
    answered = ElementTree.fromstring(town.post(f"/in/voice/city/agent?ring={ring['id']}", form).text)
    accept = answered.find("Gather")
    assert accept is not None
    connected = ElementTree.fromstring(town.post(accept.attrib["action"], {**form, "Digits": "5"}).text)
    dial, called = connected.find("Dial"), connected.find("Dial/Number")
    assert dial is not None
    assert called is not None
    assert called.text == number
    town.post(called.attrib["url"], {**form, "CallSid": new_sid("CA"), "To": number})
    town.post(dial.attrib["action"], {**form, "DialCallStatus": "completed", "DialCallDuration": "40"})
    call_id: int = ring["call"]["id"]
    return call_id


def my_phone(town: Town) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {town.token}"}
    phone: dict[str, Any] = httpx.get(f"{town.place.url}/api/v1/phone", headers=headers, timeout=15).json()
    return phone


def call_of(case: dict[str, Any]) -> dict[str, Any]:
    found = [message for message in case["messages"] if message["channel"] == "voice" and message["direction"] == "in"]
    call: dict[str, Any] = found[0]
    assert len(found) == 1
    return call


def test_a_text_its_answer_and_what_became_of_it(emulated: tuple[Town, Emulator]) -> None:
    town, emulator = emulated
    number = new_number()
    with started(town.place, "serve") as process:
        process.until_ready()
        emulator.simulate("inbound-message", From=number, To=NUMBER, Body="The lamp post flickers")
        [case] = eventually(lambda: town.cases_of(number), 5)
        assert (case["queue"], said(case)) == ("lights", ["The lamp post flickers"])
        town.reply(case["reference"], "Somebody comes tomorrow.")
        [sent] = eventually(
            lambda: [text for text in emulator.listed("Messages") if text["body"] == "Somebody comes tomorrow."], 10
        )
        emulator.simulate("message-status", MessageSid=sent["sid"], Status="delivered")
        eventually(lambda: answer_of(town.case(case["reference"]))["status"] == "delivered", 5)


@pytest.mark.parametrize("keys", ["1", "9x1", ""], ids=["key", "wrong keys first", "silence"])
def test_a_call_is_walked_from_the_menu_to_the_voicemail_and_called_back(
    emulated: tuple[Town, Emulator], keys: str
) -> None:
    town, emulator = emulated
    number = new_number()
    with started(town.place, "serve") as process:
        process.until_ready()
        call = emulator.simulate("inbound-call", From=number, To=NUMBER)
        caller = Caller(town, call["sid"], number)
        record = caller.walk("/in/voice/city", keys)
        assert record is not None, caller.verbs
        caller.leave_message(record, f"{emulator.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Recordings/RE1")
        emulator.simulate("call-status", CallSid=call["sid"], Status="completed")
        [case] = eventually(lambda: town.cases_of(number), 5)
        assert (case["queue"], call_of(case)["text"]) == ("lights" if keys else "triage", "Voicemail, 7 seconds")
        assert len(call_of(case)["attachments"]) == 1
        made = called_back(town, emulator, case["reference"], number)
        asked(town, f"calls/{made}/wrap-up", outcome="answered", note="The lamp is mended.")
        [whole] = town.cases_of(number)
        assert whole["events"][-1]["kind"] == "call-wrapped"
        spoken = [message["text"] for message in whole["messages"] if message["channel"] == "voice"]
        assert spoken[0] == "Voicemail, 7 seconds"
        assert spoken[-1].startswith("We called: Robin")


def test_what_came_while_the_hub_was_away_is_taken_in(emulated: tuple[Town, Emulator]) -> None:
    town, emulator = emulated
    texter, caller = new_number(), new_number()
    with started(town.place, "serve") as process:
        process.until_ready()
    emulator.simulate("inbound-message", From=texter, To=NUMBER, Body="A fallen tree")
    call = emulator.simulate("inbound-call", From=caller, To=NUMBER)
    emulator.simulate("call-status", CallSid=call["sid"], Status="completed")
    with started(town.place, "serve") as process:
        process.until_ready()
        [case] = eventually(lambda: town.cases_of(texter), 20)
        assert said(case) == ["A fallen tree"]
        [case] = eventually(lambda: town.cases_of(caller), 20)
        assert said(case) == ["Missed call: the hub couldn't be reached"]
