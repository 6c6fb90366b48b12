"""Every answer of a line is made of the provider's own verbs and attributes, and leads to doors that are there."""

import inspect
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from channels.calling import RingStanding, Standing
from channels.contract import CaseStatus
from channels.voice.adapter import channel
from tests.channels.phone_desk import ACCOUNT, PUBLIC_URL, FakeDesk, Provider, phone_inbox

CONFIG: dict[str, Any] = {
    "speech": True,
    "waiting": {"music": "https://anytown.example/music.mp3"},
    "choose": "For English, press 1.",
    "languages": {"cy": {"choose": "Am Gymraeg, pwyswch 2.", "language": "cy-GB"}},
    "menu": {
        "say": "How can we help?",
        "1": {"say": "bins", "tag": "waste", "then": "person", "words": ["bins"]},
        "2": {"say": "housing", "menu": {"1": {"say": "repairs"}, "2": {"say": "your case", "then": "status"}}},
        "3": {"say": "a message"},
        "8": {"say": "again", "then": "repeat"},
        "9": {"say": "nothing", "then": "hang-up"},
    },
}
STANDING = Standing(reference="48210937", queue="waste", queue_name="Waste", is_open=True, today="2026-11-23")
RING = RingStanding(
    purpose="next", agent=7, agent_name="Ann", queue="waste", queue_name="Waste", number="", reference="",
    records=True, language="", external_id="CA9",
)  # fmt: skip
OUTGOING = replace(RING, purpose="callback", number="+447700900123", reference="48210937")
STEPS: list[tuple[str, dict[str, str], dict[str, Any]]] = [
    ("", {}, {}),
    ("/language?step=1", {"Digits": "2"}, {}),
    ("/language?step=1", {"SpeechResult": "am gymraeg"}, {}),
    ("/language?step=1", {}, {"language": "cy"}),
    ("/menu?at=&try=1&step=2", {"Digits": "1"}, {}),
    ("/menu?at=&try=1&step=2", {"SpeechResult": "It is about my bins, please."}, {}),
    ("/menu?at=&try=1&step=2", {"SpeechResult": "let me speak to an agent"}, {}),
    ("/menu?at=&try=1&step=2", {"Digits": "1"}, {"records": True}),
    ("/menu?at=&try=1&step=2", {"Digits": "1"}, {"is_open": False}),
    ("/menu?at=&try=1&step=2", {"Digits": "2"}, {}),
    ("/menu?at=2&try=1&step=3", {"Digits": "1"}, {}),
    ("/menu?at=2&try=1&step=3", {"Digits": "2"}, {}),
    ("/menu?at=&try=1&step=2", {"Digits": "0"}, {}),
    ("/menu?at=&try=1&step=2", {"Digits": "*"}, {}),
    ("/menu?at=&try=1&step=2", {"Digits": "8"}, {}),
    ("/menu?at=&try=1&step=2", {"Digits": "9"}, {}),
    ("/menu?at=&try=1&step=2", {}, {}),
    ("/menu?at=&try=3&step=2", {"Digits": "7"}, {}),
    ("/reference?try=1&step=4", {"Digits": "48210937"}, {}),
    ("/reference?try=1&step=4", {"Digits": "11111111"}, {}),
    ("/reference?try=3&step=4", {}, {}),
    ("/reference?try=1&step=4", {"Digits": "48210937", "From": "anonymous"}, {}),
    ("/voicemail", {}, {}),
    ("/recorded", {"RecordingUrl": "https://api.twilio.com/RE1"}, {}),
    ("/waiting", {"QueueTime": "10"}, {"position": 3, "wait_seconds": 200}),
    ("/waiting", {"QueueTime": "10"}, {"wait_seconds": 10}),
    ("/waiting", {"QueueTime": "999999"}, {}),
    ("/line", {"Digits": "1"}, {}),
    ("/line", {"Digits": "2"}, {}),
    ("/line", {"Digits": "7"}, {}),
    ("/left", {"QueueResult": "leave"}, {}),
    ("/left", {"QueueResult": "leave"}, {"wants_callback": True}),
    ("/left", {"QueueResult": "leave"}, {"is_waiting": True}),
    ("/left", {"QueueResult": "leave", "From": "anonymous"}, {"wants_callback": True}),
    ("/left", {"QueueResult": "bridged"}, {}),
    ("/left", {"QueueResult": "queue-full"}, {}),
    ("/left", {"QueueResult": "hangup"}, {}),
    ("/left", {"QueueResult": "redirected-from-bridged"}, {}),
    ("/number?try=1", {"Digits": "07700900123"}, {}),
    ("/number?try=1", {"Digits": "1"}, {}),
    ("/number?try=3", {}, {}),
    ("/hold?ring=1", {}, {"held_by": 7}),
    ("/hold?ring=1", {}, {}),
    ("/holding", {}, {"held_by": 7}),
    ("/holding", {}, {}),
    ("/send?ring=1", {}, {"goes_to": "+441632960777"}),
    ("/send?ring=1", {}, {}),
    ("/sent", {"DialCallStatus": "completed"}, {}),
    ("/sent", {"DialCallStatus": "busy"}, {}),
    ("/agent?ring=1", {}, {}),
    ("/agent?ring=2", {}, {}),
    ("/agent?ring=9", {}, {}),
    ("/accept?ring=1", {"Digits": "1"}, {}),
    ("/accept?ring=2", {"Digits": "1"}, {}),
    ("/accept?ring=3", {"Digits": "1"}, {}),
    ("/meet?ring=1", {}, {}),
    ("/meet?ring=2", {}, {}),
    ("/over?ring=1", {"DialCallStatus": "completed"}, {}),
    ("/over?ring=1", {"DialCallStatus": "no-answer"}, {}),
    ("/over?ring=2", {"DialCallStatus": "busy"}, {}),
    ("/over?ring=4", {"DialCallStatus": "completed"}, {}),
    ("/back?ring=4", {}, {}),
    ("/back?ring=4", {"Digits": "1"}, {}),
    ("/back?ring=1", {}, {}),
]


def attributes_of(parent: type, verb: str) -> set[str]:
    """What the library lets this verb carry, as it writes it."""
    method = getattr(parent, verb.lower(), None)
    assert method is not None, f"<{verb}> isn't of {parent.__name__}"
    names = [name for name in inspect.signature(method).parameters if name not in ("self", "kwargs")]
    return {name.split("_")[0] + "".join(part.title() for part in name.split("_")[1:]) for name in names}


def check(element: ElementTree.Element, parent: type) -> None:
    for child in element:
        assert set(child.attrib) <= attributes_of(parent, child.tag), (child.tag, child.attrib)
        inside = {"Gather": Gather, "Dial": Dial}.get(child.tag)
        assert inside or not len(child), f"nothing stands inside <{child.tag}>"
        if inside:
            check(child, inside)


async def answered(path: str, form: dict[str, str], standing: dict[str, Any]) -> ElementTree.Element:
    desk = FakeDesk([phone_inbox("voice", CONFIG)])
    desk.calls.standing = replace(STANDING, **standing)
    desk.calls.rings = {1: RING, 2: OUTGOING, 3: replace(RING, over=True), 4: replace(RING, holding=True)}
    desk.status = CaseStatus(reference="48210937", status="open", queue_name="Waste")
    call = {"CallSid": "CA1", "AccountSid": ACCOUNT, "From": "+447700900123", "To": "+441632960100", **form}
    answer = await Provider(channel, desk).post(f"/in/voice/main{path}", call)
    assert answer.status_code == 200, (path, answer.text)
    again = await Provider(channel, desk).post(f"/in/voice/main{path}", call)
    assert answer.text == again.text
    return ElementTree.fromstring(answer.text)


async def test_every_answer_speaks_the_providers_language_and_leads_somewhere() -> None:
    doors = {route.path.replace("{inbox}", "main") for route in channel.routes}
    seen: set[str] = set()
    for path, form, standing in STEPS:
        root = await answered(path, form, standing)
        assert root.tag == "Response"
        check(root, VoiceResponse)
        for element in root.iter():
            seen.add(element.tag)
            led = [v for k, v in element.attrib.items() if k in ("action", "url", "waitUrl") or "Callback" in k]
            led += [element.text or ""] if element.tag == "Redirect" else []
            for url in (each for each in led if each.startswith("http")):
                assert url.startswith(f"{PUBLIC_URL}/")
                assert urlsplit(url).path in doors, url
    assert {"Say", "Gather", "Record", "Enqueue", "Leave", "Dial", "Queue", "Number", "Redirect", "Hangup"} < seen


async def test_every_door_that_talks_is_walked() -> None:
    walked = {path.partition("?")[0] for path, _, _ in STEPS}
    silent = {"/status", "/ring", "/recording", "/transcript"}
    assert {route.path.removeprefix("/in/voice/{inbox}") for route in channel.routes} == walked | silent
