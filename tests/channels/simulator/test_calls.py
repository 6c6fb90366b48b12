"""A citizen calls: the phone walks the hub's TwiML."""

import io
import wave
from typing import Any

import pytest

from tests.channels.simulator.hub_double import ACCOUNT, ASHA, NUMBER, TOKEN, World

ENTRY = "/in/voice/line"
MENU = '<Gather numDigits="1" action="/in/voice/line/menu?tries=1"><Say>For bins press 1.</Say></Gather>'
RECORD = (
    '<Record action="/in/voice/line/recorded" recordingStatusCallback="/in/voice/line/recording" '
    'transcribe="true" transcribeCallback="/in/voice/line/transcript"/>'
)


def answer(world: World, path: str, *verbs: str) -> None:
    world.hub.answers[path] = f"<Response>{''.join(verbs)}</Response>"


async def dial(world: World, **more: object) -> dict[str, Any]:
    return await world.act("call", **{"from": ASHA, **more})


def said(call: dict[str, Any]) -> list[tuple[str, str]]:
    return [(line["kind"], line["text"]) for line in call["said"]]


async def test_a_call_reaches_the_hub_as_a_signed_webhook(world: World) -> None:
    call = await dial(world)
    [form] = world.hub.forms(ENTRY)
    assert (form["CallSid"], form["AccountSid"], form["From"], form["To"]) == (call["id"], ACCOUNT, ASHA, NUMBER)
    assert (form["CallStatus"], form["Direction"]) == ("ringing", "inbound")
    assert call["id"].startswith("CA")
    assert call["ended"]


async def test_a_caller_may_withhold_the_number(world: World) -> None:
    await dial(world, withhold=True)
    assert world.hub.forms(ENTRY)[0]["From"] == "anonymous"


VERBS = {
    "say": ("<Say language='cy-GB'>Bore <prosody>da</prosody></Say>", [("say", "Bore da")]),
    "play": ("<Play>https://anytown.example/tune.mp3</Play>", [("play", "https://anytown.example/tune.mp3")]),
    "pause": ("<Pause length='3'/><Pause/>", [("pause", "3 s"), ("pause", "1 s")]),
    "hangup": ("<Hangup/><Say>Never</Say>", []),
    "reject": ("<Reject reason='busy'/><Say>Never</Say>", [("note", "The call was rejected: busy.")]),
    "redirect": ("<Redirect>/in/voice/line/next</Redirect><Say>Never</Say>", [("say", "Next")]),
    "redirect by GET": ("<Redirect method='GET'>line/next?a=b%20c</Redirect>", []),
    "unknown": ("<Siprec/><Say>On</Say>", [("note", "<Siprec> isn't simulated."), ("say", "On")]),
    "gather without a wait in it": ("<Gather><Say>A</Say><Pause/></Gather>", [("say", "A"), ("pause", "1 s")]),
}


@pytest.mark.parametrize(("verbs", "heard"), VERBS.values(), ids=VERBS.keys())
async def test_what_the_caller_hears(world: World, verbs: str, heard: list[tuple[str, str]]) -> None:
    answer(world, "/in/voice/line/next", "<Say>Next</Say>")
    answer(world, ENTRY, verbs)
    assert said(await dial(world)) == heard


async def test_a_key_goes_to_the_gathers_action(world: World) -> None:
    answer(world, ENTRY, "<Say>Welcome.</Say>", MENU, "<Say>No key.</Say>")
    answer(world, "/in/voice/line/menu?tries=1", "<Say>Bins.</Say>")
    call = await dial(world)
    assert (call["waiting"], call["ended"]) == ("digits", False)
    call = await world.act(f"call/{call['id']}/press", digits="1")
    [form] = world.hub.forms("/in/voice/line/menu?tries=1")
    assert (form["Digits"], form["CallSid"], form["CallStatus"]) == ("1", call["id"], "in-progress")
    assert said(call) == [
        ("say", "Welcome."), ("say", "For bins press 1."), ("citizen", "Pressed 1"), ("say", "Bins.")
    ]  # fmt: skip
    assert call["ended"]


async def test_silence_falls_through_to_the_next_verb(world: World) -> None:
    answer(world, ENTRY, MENU, "<Say>We heard no key.</Say>")
    call = await dial(world)
    call = await world.act(f"call/{call['id']}/press")
    assert said(call)[-1] == ("say", "We heard no key.")
    assert [webhook.path for webhook in world.hub.webhooks] == [ENTRY, f"{ENTRY}/status"]


async def test_silence_goes_to_the_action_when_the_gather_wants_that(world: World) -> None:
    answer(world, ENTRY, MENU.replace("numDigits", 'actionOnEmptyResult="true" numDigits'))
    call = await dial(world)
    await world.act(f"call/{call['id']}/press")
    assert world.hub.forms("/in/voice/line/menu?tries=1")[0]["Digits"] == ""


@pytest.mark.parametrize(
    ("attributes", "presses", "digits"),
    [
        ("", ["4821", "#"], "4821"),
        ("", ["48", "21", ""], "4821"),
        ("numDigits='3'", ["4821"], "482"),
        ("finishOnKey='*'", ["48#1*"], "48#1"),
        ("finishOnKey=''", ["48#", ""], "48#"),
    ],
)
async def test_digits_are_gathered_until_they_are_complete(
    world: World, attributes: str, presses: list[str], digits: str
) -> None:
    answer(world, ENTRY, f'<Gather action="/in/voice/line/keyed" {attributes}/>')
    call = await dial(world)
    for press in presses:
        await world.act(f"call/{call['id']}/press", digits=press)
    assert [form["Digits"] for form in world.hub.forms("/in/voice/line/keyed")] == [digits]


async def test_a_spoken_answer_goes_to_a_gather_that_takes_speech(world: World) -> None:
    answer(world, ENTRY, '<Gather input="dtmf speech" action="/in/voice/line/heard"/>')
    call = await dial(world)
    await world.act(f"call/{call['id']}/speak", text="bins")
    assert world.hub.forms("/in/voice/line/heard")[0]["SpeechResult"] == "bins"


async def test_a_message_is_recorded_and_reported_with_its_transcript(world: World) -> None:
    answer(world, ENTRY, "<Say>After the beep.</Say>", RECORD)
    answer(world, "/in/voice/line/recorded", "<Say>Thank you.</Say><Hangup/>")
    call = await dial(world)
    assert (call["waiting"], said(call)[-1]) == ("recording", ("beep", "Beep"))
    call = await world.act(f"call/{call['id']}/speak", text="A hole in Elm Road")
    assert said(call)[-1] == ("say", "Thank you.")
    [recorded] = world.hub.forms("/in/voice/line/recorded")
    [status] = world.hub.forms("/in/voice/line/recording")
    [transcript] = world.hub.forms("/in/voice/line/transcript")
    assert recorded["Digits"] == "#"
    assert recorded["RecordingUrl"] == status["RecordingUrl"] == transcript["RecordingUrl"]
    assert (status["RecordingStatus"], status["RecordingSid"]) == ("completed", recorded["RecordingSid"])
    assert (transcript["TranscriptionStatus"], transcript["TranscriptionText"]) == ("completed", "A hole in Elm Road")
    assert {form["CallSid"] for form in (recorded, status, transcript)} == {call["id"]}


async def test_the_recording_is_a_telephone_wav_of_the_duration_told(world: World) -> None:
    answer(world, ENTRY, RECORD)
    call = await dial(world)
    await world.act(f"call/{call['id']}/speak", text="Hello")
    [form] = world.hub.forms("/in/voice/line/recorded")
    for url in (form["RecordingUrl"], form["RecordingUrl"] + ".wav"):
        assert (await world.http.get(url)).status_code == 401
        fetched = await world.http.get(url, auth=(ACCOUNT, TOKEN))
        with wave.open(io.BytesIO(fetched.content)) as sound:
            assert (sound.getframerate(), sound.getnchannels()) == (8000, 1)
            assert sound.getnframes() / sound.getframerate() == int(form["RecordingDuration"])


async def test_a_caller_who_speaks_and_hangs_up_is_recorded_and_hears_no_more(world: World) -> None:
    answer(world, ENTRY, RECORD)
    answer(world, "/in/voice/line/recorded", "<Say>Never heard</Say>")
    call = await dial(world)
    call = await world.act(f"call/{call['id']}/speak", text="Hello", hang_up=True)
    [form] = world.hub.forms("/in/voice/line/recorded")
    assert (form["Digits"], form["CallStatus"]) == ("hangup", "completed")
    assert world.hub.forms("/in/voice/line/recording")[0]["RecordingStatus"] == "completed"
    assert ("say", "Never heard") not in said(call)


@pytest.mark.parametrize("end", ["press", "hangup"], ids=["stays silent", "hangs up"])
async def test_a_caller_who_says_nothing_leaves_an_absent_recording(world: World, end: str) -> None:
    answer(world, ENTRY, RECORD)
    call = await dial(world)
    call = await world.act(f"call/{call['id']}/{end}")
    assert call["ended"]
    [status] = world.hub.forms("/in/voice/line/recording")
    assert (status["RecordingStatus"], status["RecordingDuration"]) == ("absent", "0")
    assert world.hub.forms("/in/voice/line/recorded") == world.hub.forms("/in/voice/line/transcript") == []


BROKEN = {
    "a failing hub": ({"statuses": [500, 500]}, "<Response/>", "the hub answered 500"),
    "no XML": ({}, "Sorry", "the hub's answer isn't XML"),
    "another document": ({}, "<html/>", "the hub's answer isn't a <Response>"),
    "a circle": ({}, f"<Response><Redirect>{ENTRY}</Redirect></Response>", "the call goes round in circles"),
    "another host": ({}, "<Response><Redirect>https://evil.example/</Redirect></Response>", "isn't the hub's"),
}


@pytest.mark.parametrize(("faults", "document", "why"), BROKEN.values(), ids=BROKEN.keys())
async def test_a_call_that_fails_ends_with_the_carriers_apology(
    world: World, faults: dict[str, Any], document: str, why: str
) -> None:
    world.hub.statuses = faults.get("statuses", [])
    world.hub.answers[ENTRY] = document
    call = await dial(world)
    apology, note = said(call)[-2:]
    assert apology == ("say", "We are sorry, an application error has occurred. Goodbye.")
    assert why in note[1]
    assert call["ended"]


async def test_a_call_that_is_over_takes_nothing_more(world: World) -> None:
    call = await dial(world)
    for path, order in (("press", {"digits": "1"}), ("speak", {"text": "Hello"}), ("hangup", {})):
        assert (await world.post(f"call/{call['id']}/{path}", **order)).status_code == 409


async def test_a_call_takes_only_what_it_waits_for(world: World) -> None:
    answer(world, ENTRY, MENU)
    call = await dial(world)
    assert (await world.post(f"call/{call['id']}/speak", text="Hello")).status_code == 409
    assert (await world.post(f"call/{call['id']}/press", digits="A")).status_code == 422


async def test_calls_and_what_was_recorded_of_them_are_listed(world: World) -> None:
    answer(world, ENTRY, RECORD)
    for _ in range(2):
        call = await dial(world)
        await world.act(f"call/{call['id']}/speak", text="My bin was missed", hang_up=True)
    calls = (await world.carrier("GET", "Calls.json", params={"To": NUMBER, "PageSize": "1"})).json()
    [listed] = calls["calls"]
    assert (listed["sid"], listed["status"], listed["direction"], listed["from"]) == (
        call["id"], "completed", "inbound", ASHA
    )  # fmt: skip
    assert listed["duration"].isdecimal()
    assert "To=" in calls["next_page_uri"]
    assert (await world.carrier("GET", "Calls.json", params={"To": ASHA})).json()["calls"] == []
    later = {"StartTime>": "2999-01-01T00:00:00Z", "DateCreated>": "2999-01-01T00:00:00Z"}
    assert (await world.carrier("GET", "Calls.json", params=later)).json()["calls"] == []
    recordings = (await world.carrier("GET", "Recordings.json")).json()["recordings"]
    assert (recordings[0]["call_sid"], recordings[0]["source"]) == (call["id"], "RecordVerb")
    assert len(recordings) == 2
    assert (await world.carrier("GET", "Recordings.json", params=later)).json()["recordings"] == []
