"""A citizen calls: what they hear, and what the hub is told."""

from dataclasses import dataclass, replace
from xml.etree import ElementTree

import httpx
import pytest

from channels.contract import Address, InboundMessage, MessageUpdate, RemoteFile, Unreadable
from channels.voice.adapter import channel
from tests.channels.phone_desk import ACCOUNT, PUBLIC_URL, FakeDesk, Provider, phone_inbox

CALL = {
    "CallSid": "CA1",
    "AccountSid": ACCOUNT,
    "From": "+447700900123",
    "To": "+441632960100",
    "CallStatus": "ringing",
    "Direction": "inbound",
    "ApiVersion": "2010-04-01",
}
MENU = {
    "1": {"say": "For bins and recycling, press 1.", "tag": "waste"},
    "2": {"say": "Housing repairs", "tag": "housing"},
    "#": {"say": "Anything else"},
}
RECORDING_URL = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/RE1"
RECORDING = RemoteFile(ref=f"{RECORDING_URL}.wav", filename="voicemail-RE1.wav", media_type="audio/wav")
REACHED = InboundMessage(
    channel="voice", inbox="main", external_id="CA1", sender=Address("tel", "+447700900123"), text="Call"
)


def update(**changed: object) -> MessageUpdate:
    return MessageUpdate(channel="voice", inbox="main", external_id="CA1", **changed)  # type: ignore[arg-type]


def desk_of(**config: object) -> FakeDesk:
    return FakeDesk([phone_inbox("voice", config)])


@dataclass
class Heard:
    """An answer's TwiML, as a caller meets it."""

    root: ElementTree.Element

    @property
    def verbs(self) -> list[str]:
        return [verb.tag for verb in self.root]

    @property
    def words(self) -> str:
        return " ".join(say.text or "" for say in self.root.iter("Say"))

    def attributes(self, verb: str) -> dict[str, str]:
        found = self.root.find(verb)
        assert found is not None, self.verbs
        return found.attrib


async def heard(desk: FakeDesk, step: str = "", **form: str) -> Heard:
    answer = await Provider(channel, desk).post(f"/in/voice/main{step}", {**CALL, **form})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/xml")
    return Heard(ElementTree.fromstring(answer.text))


async def told(desk: FakeDesk, step: str, **form: str) -> httpx.Response:
    answer = await Provider(channel, desk).post(f"/in/voice/main{step}", {**CALL, **form})
    assert answer.status_code == 204
    return answer


# --- the greeting -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "Thank you for calling Anytown Council."),
        ({"greeting": "This is Anytown."}, "This is Anytown. If you leave a message, it is recorded"),
        ({"greeting": "This is Anytown. Calls are recorded."}, "This is Anytown. Calls are recorded."),
        ({"greeting": "Bins & <benefits> – ŵ"}, "Bins & <benefits> – ŵ"),
    ],
)
async def test_a_caller_is_greeted_and_told_of_the_recording(config: dict[str, object], words: str) -> None:
    first = await heard(desk_of(**config))
    assert words in first.words
    assert "recorded" in first.words


async def test_a_council_with_its_own_notice_is_not_given_a_second_one() -> None:
    assert (await heard(desk_of(greeting="Calls are recorded."))).words.count("recorded") == 1


@pytest.mark.parametrize(("is_open", "mentioned"), [(True, False), (False, True)])
async def test_a_closed_office_is_mentioned(is_open: bool, mentioned: bool) -> None:
    desk = desk_of(closed="We are closed.")
    desk.open = is_open
    assert ("We are closed." in (await heard(desk)).words) == mentioned


async def test_language_and_voice_are_on_everything_that_is_said() -> None:
    desk = desk_of(menu=MENU, language="cy-GB", voice="Polly.Gwyneth")
    for answer in (await heard(desk), await heard(desk, "/menu?try=1", Digits="1")):
        says = list(answer.root.iter("Say"))
        assert says
        assert {(say.get("language"), say.get("voice")) for say in says} == {("cy-GB", "Polly.Gwyneth")}


# --- the menu -----------------------------------------------------------------------------------------------


async def test_the_menu_is_read_and_one_key_is_waited_for_patiently() -> None:
    desk = desk_of(menu=MENU)
    first = await heard(desk)
    assert first.verbs == ["Say", "Gather", "Gather", "Gather", "Redirect"]
    assert first.attributes("Gather") == {
        "input": "dtmf",
        "numDigits": "1",
        "finishOnKey": "",
        "timeout": "10",
        "method": "POST",
        "action": f"{PUBLIC_URL}/in/voice/main/menu?at=&try=1&step=1",
    }
    assert "For bins and recycling, press 1. Press 2: Housing repairs Press hash: Anything else" in first.words
    assert first.words.endswith("Anything else To hear this again, press star.")
    assert desk.events == []


async def test_who_stays_silent_is_asked_three_times_within_one_answer_and_then_led_on() -> None:
    """So the shortest way of a silent caller is one request long, whoever walks it."""
    desk = desk_of(menu=MENU)
    first = await heard(desk)
    asked = [gather.attrib["action"] for gather in first.root.iter("Gather")]
    assert [url.partition("try=")[2] for url in asked] == ["1&step=1", "2&step=1", "3&step=1"]
    assert first.words.count("Sorry, we didn't hear a choice.") == 2
    silence = (first.root.findtext("Redirect") or "").removeprefix(f"{PUBLIC_URL}/in/voice/main")
    assert "Record" in (await heard(desk, silence)).verbs
    wrong = await heard(desk, "/menu?at=&try=2&step=1", Digits="9")
    assert [verb for verb in wrong.verbs if verb != "Say"] == ["Gather", "Redirect"]


async def test_who_chooses_no_language_hears_the_menu_of_last_time_in_the_same_answer() -> None:
    languages = {"cy": {"choose": "Am Gymraeg, pwyswch 2.", "greeting": "Croeso.", "language": "cy-GB"}}
    desk = desk_of(menu=MENU, choose="For English, press 1.", languages=languages)
    first = await heard(desk)
    assert [verb for verb in first.verbs if verb != "Say"] == ["Gather"] * 4 + ["Redirect"]
    assert "/menu?at=&try=3&step=2" in (first.root.findtext("Redirect") or "")
    desk.calls.standing = replace(desk.calls.standing, language="cy")
    again = await heard(desk)
    assert "Croeso." in again.words
    assert (again.root.findtext("Redirect") or "").endswith("/menu?at=&try=3&step=2&lang=cy")
    assert desk.events == []


async def test_without_a_menu_the_silence_about_a_language_is_told_first() -> None:
    """What comes next makes something of the call, which somebody may still choose a language for."""
    desk = desk_of(choose="For English, press 1.", languages={"cy": {"choose": "Am Gymraeg, pwyswch 2."}})
    first = await heard(desk)
    assert desk.events == []
    assert first.root.findtext("Redirect") == f"{PUBLIC_URL}/in/voice/main/language?step=1"
    assert "Record" in (await heard(desk, "/language?step=1")).verbs


@pytest.mark.parametrize(("digit", "tags"), [("1", ("waste",)), ("2", ("housing",)), ("#", ())])
async def test_a_key_of_the_menu_receives_the_call_with_its_tag(digit: str, tags: tuple[str, ...]) -> None:
    desk = desk_of(menu=MENU)
    answer = await heard(desk, "/menu?try=1", Digits=digit)
    assert "Record" in answer.verbs
    [event] = desk.events
    assert isinstance(event, InboundMessage)
    assert event.menu == tags


@pytest.mark.parametrize("digits", ["9", "", "12", "x"])
async def test_a_wrong_key_gets_the_menu_again_and_the_third_one_the_voicemail(digits: str) -> None:
    desk = desk_of(menu=MENU)
    for attempt, following in ((1, 2), (2, 3)):
        answer = await heard(desk, f"/menu?try={attempt}", Digits=digits)
        assert answer.words.startswith("Sorry")
        assert f"&try={following}&" in answer.attributes("Gather")["action"]
    assert desk.events == []
    answer = await heard(desk, "/menu?try=3", Digits=digits)
    assert "Gather" not in answer.verbs
    assert "Record" in answer.verbs
    assert desk.events == [REACHED]


@pytest.mark.parametrize("query", ["", "?try=", "?try=0", "?try=x", "?try=99"])
async def test_an_odd_count_of_tries_goes_to_the_voicemail(query: str) -> None:
    assert "Record" in (await heard(desk_of(menu=MENU), f"/menu{query}", Digits="9")).verbs


async def test_silence_goes_to_the_voicemail() -> None:
    desk = desk_of(menu=MENU)
    assert "Record" in (await heard(desk, "/voicemail")).verbs
    assert desk.events == [REACHED]


# --- the voicemail ------------------------------------------------------------------------------------------


async def test_without_a_menu_a_call_goes_straight_to_the_voicemail() -> None:
    desk = desk_of(voicemail="Speak after the tone.")
    first = await heard(desk)
    assert "Speak after the tone." in first.words
    assert first.attributes("Record") == {
        "action": f"{PUBLIC_URL}/in/voice/main/recorded",
        "method": "POST",
        "recordingStatusCallback": f"{PUBLIC_URL}/in/voice/main/recording",
        "recordingStatusCallbackMethod": "POST",
        "recordingStatusCallbackEvent": "completed absent",
        "transcribe": "true",
        "transcribeCallback": f"{PUBLIC_URL}/in/voice/main/transcript",
        "maxLength": "300",
        "timeout": "10",
        "playBeep": "true",
        "finishOnKey": "#",
    }
    assert desk.events == [REACHED]


async def test_the_call_is_received_before_the_recording_is_asked_for() -> None:
    desk = desk_of(menu=MENU)
    desk.away = True
    for step, form in (("/menu?try=1", {"Digits": "1"}), ("/voicemail", {}), ("/recorded", {}), ("/recording", {})):
        answer = await Provider(channel, desk).post(
            f"/in/voice/main{step}", {**CALL, "RecordingStatus": "absent", **form}
        )
        assert (step, answer.status_code) == (step, 503)
        assert "Record" not in answer.text


async def test_a_caller_who_says_nothing_still_hears_the_reference() -> None:
    first = await heard(desk_of())
    after_record = list(first.root)[first.verbs.index("Record") + 1 :]
    assert [verb.tag for verb in after_record] == ["Say", "Say", "Say", "Hangup"]
    assert "4 8 2 1, 0 9 3 7" in (after_record[1].text or "")


async def test_a_caller_hears_the_reference_digit_by_digit_the_same_each_time() -> None:
    desk = desk_of()
    form = {"RecordingUrl": RECORDING_URL, "RecordingDuration": "24", "Digits": "hangup"}
    first, again = [await heard(desk, "/recorded", **form) for _ in range(2)]
    assert "Your reference is: 4 8 2 1, 0 9 3 7." in first.words
    assert first.verbs == ["Say", "Say", "Say", "Hangup"]
    assert ElementTree.tostring(first.root) == ElementTree.tostring(again.root)
    assert desk.events == [update(text="Voicemail, 24 seconds", remote_files=(RECORDING,))] * 2


async def test_without_a_reference_none_is_said() -> None:
    desk = desk_of()
    desk.reference = ""
    assert "reference" not in (await heard(desk, "/recorded", RecordingUrl=RECORDING_URL)).words


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({"RecordingUrl": RECORDING_URL, "RecordingDuration": "1"}, "Voicemail, 1 second"),
        ({"RecordingUrl": RECORDING_URL}, "Voicemail"),
        ({"RecordingUrl": f"{RECORDING_URL}.wav", "RecordingSid": "RE1", "RecordingDuration": "x"}, "Voicemail"),
    ],
)
async def test_both_reports_of_a_recording_name_the_same_file(form: dict[str, str], text: str) -> None:
    desk = desk_of()
    await heard(desk, "/recorded", **form)
    await told(desk, "/recording", RecordingStatus="completed", **form)
    assert desk.events == [update(text=text, remote_files=(RECORDING,))] * 2


@pytest.mark.parametrize(
    ("status", "text"), [("absent", "Call, no message left"), ("failed", "Call, the recording failed")]
)
async def test_a_recording_that_never_was_is_said_so(status: str, text: str) -> None:
    desk = desk_of()
    await told(desk, "/recording", RecordingStatus=status, RecordingUrl=RECORDING_URL)
    assert desk.events == [update(text=text)]


async def test_a_call_without_a_recording_url_left_no_message() -> None:
    desk = desk_of()
    await heard(desk, "/recorded")
    assert desk.events == [update(text="Call, no message left")]


async def test_a_recording_in_progress_says_nothing_yet() -> None:
    desk = desk_of()
    await told(desk, "/recording", RecordingStatus="in-progress", RecordingUrl=RECORDING_URL)
    assert desk.events == []


@pytest.mark.parametrize(
    ("form", "transcript"),
    [
        ({"TranscriptionStatus": "completed", "TranscriptionText": "my bin"}, "my bin"),
        ({"TranscriptionStatus": "completed", "TranscriptionText": " "}, None),
        ({"TranscriptionStatus": "failed", "TranscriptionText": "noise"}, None),
    ],
)
async def test_a_transcript_joins_its_call_when_there_is_one(form: dict[str, str], transcript: str | None) -> None:
    desk = desk_of()
    await told(desk, "/transcript", **form)
    assert desk.events == ([update(transcript=transcript)] if transcript else [])


# --- odd calls ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["anonymous", "+266696687", "+86282452253", "+464", "", "Restricted"])
async def test_a_withheld_number_has_no_sender(number: str) -> None:
    desk = desk_of()
    await heard(desk, From=number)
    [event] = desk.events
    assert isinstance(event, InboundMessage)
    assert event.sender is None


@pytest.mark.parametrize(
    ("step", "from_citizen"), [("", True), ("/menu", False), ("/voicemail", False), ("/recorded", False)]
)
async def test_a_request_that_names_no_call_is_kept_and_answered_politely(step: str, from_citizen: bool) -> None:
    desk = desk_of(menu=MENU)
    answer = await heard(desk, step, CallSid="")
    assert answer.words.startswith("Sorry")
    assert answer.verbs[-1] == "Hangup"
    [event] = desk.events
    assert isinstance(event, Unreadable)
    assert event.from_citizen == from_citizen


@pytest.mark.parametrize(
    ("step", "form"),
    [
        ("/recording", {"CallSid": "", "RecordingStatus": "completed"}),
        ("/recording", {"RecordingStatus": "melted"}),
        ("/recording", {"RecordingStatus": "completed"}),
        ("/transcript", {"CallSid": "", "TranscriptionStatus": "completed"}),
    ],
)
async def test_an_odd_report_is_kept_raw(step: str, form: dict[str, str]) -> None:
    desk = desk_of()
    await told(desk, step, **form)
    [event] = desk.events
    assert isinstance(event, Unreadable)
    assert not event.from_citizen


@pytest.mark.parametrize("step", ["", "/menu", "/voicemail", "/recorded", "/recording", "/transcript"])
async def test_every_door_wants_a_signature(step: str) -> None:
    desk = desk_of(menu=MENU)
    provider = Provider(channel, desk)
    assert (await provider.send(f"/in/voice/main{step}", CALL, {})).status_code == 403
    assert (await provider.send(f"/in/voice/other{step}", CALL, {})).status_code == 404
    assert desk.events == []


async def test_the_number_of_tries_is_part_of_what_is_signed() -> None:
    desk = desk_of(menu=MENU)
    signed_url = f"{PUBLIC_URL}/in/voice/main/menu?try=1"
    answer = await Provider(channel, desk).post("/in/voice/main/menu?try=3", CALL, signed_url=signed_url)
    assert answer.status_code == 403
