"""Whatever the provider tells twice, late or in the wrong order: one entry, the same answer, nothing breaks."""

import random
from datetime import timedelta

import pytest

from hub.actions.intake.early_words import show_unclaimed
from hub.actions.telephone.rings import take_next
from hub.models import Attachment, Call, CallResult, Case, EarlyUpdate, Message, Queue, Unreadable
from hub.models.base import utcnow
from tests.calls.line import NUMBER, Line, spoken_numbers

VOICE = "/in/voice/main"
RECORDING = {"RecordingSid": "RE5", "RecordingUrl": "http://127.0.0.1:9/Recordings/RE5", "RecordingDuration": "12"}
Step = tuple[str, dict[str, str]]
VOICEMAIL: list[Step] = [
    ("", {"CallStatus": "ringing", "FromCity": "", "StirVerstat": "TN-Validation-Passed-A", "CallToken": "{}"}),
    ("/menu?at=&try=1&step=1", {"SpeechResult": "Something about housing", "Confidence": "0.91"}),
    ("/menu?at=2&try=1&step=2", {"Digits": "1", "FinishedOnKey": ""}),
    ("/recorded", {**RECORDING, "Digits": "hangup", "CallStatus": "completed"}),
    ("/recording", {**RECORDING, "RecordingStatus": "in-progress", "RecordingSource": "RecordVerb"}),
    ("/recording", {**RECORDING, "RecordingStatus": "completed", "RecordingChannels": "1"}),
    ("/transcript", {**RECORDING, "TranscriptionStatus": "completed", "TranscriptionText": "A tap drips."}),
    ("/status", {"CallStatus": "in-progress", "SequenceNumber": "1"}),
    ("/status", {"CallStatus": "completed", "CallDuration": "31", "SequenceNumber": "2", "Timestamp": "x"}),
]
CALLBACK: list[Step] = [
    ("", {"CallStatus": "ringing"}),
    ("/menu?at=&try=1&step=1", {"Digits": "1"}),
    ("/waiting", {"QueuePosition": "1", "QueueTime": "0", "AvgQueueTime": "0", "CurrentQueueSize": "1"}),
    ("/line", {"Digits": "9"}),
    ("/line", {"Digits": "1", "QueueSid": "QU1"}),
    ("/left", {"QueueResult": "leave", "QueueTime": "40", "QueueSid": "QU1"}),
    ("/status", {"CallStatus": "completed", "CallDuration": "45"}),
]


@pytest.mark.parametrize("steps", [VOICEMAIL, CALLBACK], ids=["voicemail", "callback"])
async def test_each_webhook_twice_and_shuffled_leaves_one_entry(line: Line, steps: list[Step]) -> None:
    shuffled = random.Random(7).sample(steps, len(steps))
    for number, order in enumerate([steps, steps[::-1], shuffled]):
        caller = f"+44770090021{number}"
        for _ in range(2):
            for door, form in order:
                answers = [await line.post(f"{VOICE}{door}", f"CA{number}", caller, **form) for _ in range(2)]
                assert answers[0].status_code == answers[1].status_code < 300, (door, answers[0].text)
                assert answers[0].text == answers[1].text, door
    cases, messages = await line.town.rows(Case), await line.town.rows(Message)
    assert len(cases) == len(messages) == len(await line.town.rows(Call)) == 3
    assert not await line.town.rows(Unreadable)
    assert not await line.town.rows(EarlyUpdate)
    if steps is VOICEMAIL:
        assert {file.filename for file in await line.town.rows(Attachment)} == {"voicemail-RE5.wav"}
        assert {message.text for message in messages} == {"Voicemail, 12 seconds"}
    else:
        assert messages[0].text == "Call: asked to be called back"


async def test_a_recording_that_is_told_before_its_call_waits_for_it(line: Line) -> None:
    """Its own webhook names no caller, so nothing can be made of it yet."""
    told = {**RECORDING, "RecordingStatus": "completed", "RecordingSource": "RecordVerb"}
    for _ in range(2):
        assert (await line.post(f"{VOICE}/recording", **told)).status_code == 204
    assert not await line.town.rows(Case)
    assert not await line.town.rows(Unreadable)
    await line.hear(f"{VOICE}/voicemail")
    await line.end()
    [message] = await line.messages((await line.case_of()).id)
    assert (message.text, (await line.call()).result) == ("Voicemail, 12 seconds", CallResult.VOICEMAIL)
    assert [file.filename for file in await line.town.rows(Attachment)] == ["voicemail-RE5.wav"]


async def test_a_message_that_is_told_before_its_call_begins_it(line: Line) -> None:
    heard = await line.hear(f"{VOICE}/recorded", **RECORDING)
    assert spoken_numbers(heard).startswith((await line.case_of()).reference)


async def test_a_recording_makes_a_missed_call_a_voicemail(line: Line) -> None:
    await line.hear(CallStatus="ringing")
    await line.end()
    assert (await line.case_of()).subject.startswith("Missed call from")
    await line.post(f"{VOICE}/recording", **RECORDING, RecordingStatus="completed")
    assert (await line.call()).result is CallResult.VOICEMAIL
    assert (await line.case_of()).subject.startswith("Call from")


async def test_a_recording_whose_call_never_comes_is_shown(line: Line) -> None:
    await line.post(f"{VOICE}/transcript", TranscriptionStatus="completed", TranscriptionText="A tap drips.")
    now = utcnow()
    assert await line.town.db.write(show_unclaimed, now - timedelta(minutes=1)) == 0
    assert await line.town.db.write(show_unclaimed, now + timedelta(minutes=1)) == 1
    [shown] = await line.town.rows(Unreadable)
    assert b"A tap drips." in shown.raw
    assert await line.town.rows(EarlyUpdate) == []


async def test_an_agents_webhooks_twice_and_in_any_order_end_the_ring_once(line: Line) -> None:
    for number in range(3):
        sid = f"CA{number}"
        await line.wait_in_line(sid)
        queue = await line.town.one(Queue, slug="triage")
        await line.town.db.write(take_next, line.town.agents["ann"], [queue.id or 0])
        ring = await line.ring()
        steps: list[tuple[str, str, dict[str, str]]] = [
            ("/ring", ring.sid, {"CallStatus": "ringing"}),
            ("/agent", ring.sid, {"CallStatus": "in-progress"}),
            ("/accept", ring.sid, {"Digits": "1"}),
            ("/meet", sid, {"DequeingCallSid": ring.sid, "QueueTime": "3"}),
            ("/over", ring.sid, {"DialCallStatus": "completed", "DialCallDuration": "9"}),
            ("/ring", ring.sid, {"CallStatus": "completed", "CallDuration": "20"}),
        ]
        for door, leg, form in steps if number == 0 else random.Random(number).sample(steps, len(steps)):
            for _ in range(2):
                answer = await line.post(f"{VOICE}{door}?ring={ring.id}", leg, NUMBER, **form)
                assert answer.status_code < 300, (door, answer.text)
        await line.post(f"{VOICE}/ring?ring={ring.id}", ring.sid, NUMBER, CallStatus="completed")
        await line.end(sid)


@pytest.mark.parametrize("door", ["/agent", "/accept", "/meet", "/over", "/back", "/ring"])
async def test_a_ring_that_nobody_asked_for_is_answered_politely(line: Line, door: str) -> None:
    for ring in ("", "?ring=99", "?ring=x", "?ring=99999999999999999999"):
        answer = await line.post(f"{VOICE}{door}{ring}", "CAx", CallStatus="completed")
        assert answer.status_code < 300


async def test_odd_values_break_nothing(line: Line) -> None:
    odd = {"CallDuration": "-1", "QueueTime": "soon", "Digits": "💥", "SpeechResult": "\u202e\x00", "Confidence": ""}
    for route in (
        "",
        "/menu?at=9.9&try=0&step=-1",
        "/reference?try=99",
        "/waiting",
        "/line",
        "/left",
        "/number",
        "/sent",
    ):
        answer = await line.post(f"{VOICE}{route}", "CA💥", "+447700900299", **odd)
        assert answer.status_code < 300, (route, answer.text)
    for status in ("completed", "melted", ""):
        assert (await line.post(f"{VOICE}/status", "CA2", CallStatus=status)).status_code == 204
