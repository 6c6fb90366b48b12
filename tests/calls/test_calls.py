"""A citizen's call becomes a case: what is known of it, whatever the order in which it is told."""

from datetime import timedelta

import pytest

from hub.models import Call, CallResult, CallState, Case, Message
from tests.calls.line import CALLER, Line


async def test_a_call_for_a_person_waits_in_line_and_stands_on_its_case(line: Line) -> None:
    heard = await line.wait_in_line()
    assert heard.find("Enqueue").text == "main-triage"
    call, case = await line.call(), await line.case_of()
    assert (call.state, call.path[0]["label"]) == (CallState.WAITING, "bins and recycling")
    assert case.subject == "Call about bins and recycling"
    assert [message.text for message in await line.messages(case.id)] == ["Call, waiting in line for a person"]
    assert await line.town.kinds(case.id) == ["opened", "call-waiting"]


@pytest.mark.parametrize("told", ["once", "twice", "ended first"])
async def test_a_caller_who_hangs_up_in_the_menu_is_a_missed_call_however_it_is_told(line: Line, told: str) -> None:
    if told == "ended first":
        await line.end()
    for _ in range(2 if told == "twice" else 1):
        menu = await line.hear(CallStatus="ringing")
        await line.hear(menu.action("Gather"), Digits="2")
        await line.end()
    [case] = await line.town.rows(Case)
    [message] = await line.messages(case.id)
    assert message.text.startswith("Missed call: hung up")
    assert case.subject == "Missed call from 07700 900123"
    assert (await line.call()).result is CallResult.MISSED


async def test_missed_calls_of_one_caller_within_half_an_hour_are_one_entry(line: Line) -> None:
    for number in range(3):
        await line.hear(sid=f"CA{number}", CallStatus="ringing")
        await line.end(f"CA{number}")
    [case] = await line.town.rows(Case)
    [message] = await line.messages(case.id)
    assert message.text == "Missed call: hung up during the greeting, called 3 times"
    assert {call.message_id for call in await line.town.rows(Call)} == {message.id}


async def test_a_missed_call_long_after_another_is_an_entry_of_its_own(line: Line) -> None:
    for sid in ("CA1", "CA2"):
        await line.hear(sid=sid, CallStatus="ringing")
        await line.end(sid)
        call = await line.call(sid)
        assert call.ended_at is not None
        await line.town.change(Call, call.id, ended_at=call.ended_at - timedelta(minutes=31))
    [case] = await line.town.rows(Case)
    assert len(await line.messages(case.id)) == 2


async def test_withheld_callers_are_never_one(line: Line) -> None:
    for sid in ("CA1", "CA2"):
        await line.hear(sid=sid, caller="anonymous", CallStatus="ringing")
        await line.end(sid, "anonymous")
    assert [case.subject for case in await line.town.rows(Case)] == ["Missed call, number withheld"] * 2


async def test_a_voicemail_keeps_its_words_when_the_call_ends(line: Line) -> None:
    menu = await line.hear(CallStatus="ringing")
    deeper = await line.hear(menu.action("Gather"), Digits="2")
    record = await line.hear(deeper.action("Gather"), Digits="1")
    await line.hear(record.action("Record"), RecordingUrl="http://127.0.0.1:9/RE1", RecordingDuration="24")
    await line.end()
    call, case = await line.call(), await line.case_of()
    assert (call.result, call.state, call.seconds) == (CallResult.VOICEMAIL, CallState.ENDED, 30)
    assert [step["label"] for step in call.path] == ["housing", "repairs"]
    assert [message.text for message in await line.messages(case.id)] == ["Voicemail, 24 seconds"]
    assert case.subject == "Call about repairs"


async def test_every_step_told_twice_changes_nothing_and_answers_the_same(line: Line) -> None:
    menu = await line.hear(CallStatus="ringing")
    gather = menu.action("Gather")
    enqueued = await line.hear(gather, Digits="1")
    steps = [
        ("/in/voice/main", {"CallStatus": "ringing"}),
        (gather, {"Digits": "1"}),
        (enqueued.action("Enqueue", "waitUrl"), {"QueueTime": "3", "QueuePosition": "1"}),
        ("/in/voice/main/line", {"Digits": "1"}),
        ("/in/voice/main/left", {"QueueResult": "leave"}),
        ("/in/voice/main/status", {"CallStatus": "completed", "CallDuration": "60"}),
    ]
    for url, form in steps:
        await line.post(url, **form)
    case = await line.case_of()
    kinds = await line.town.kinds(case.id)
    for order in (steps, steps[::-1]):
        for url, form in order:
            first, again = await line.post(url, **form), await line.post(url, **form)
            assert (first.status_code, first.text) == (again.status_code, again.text)
            assert first.status_code < 300
    assert await line.town.kinds(case.id) == kinds
    assert len(await line.town.rows(Message)) == 1


async def test_a_caller_hears_how_their_own_case_stands_and_nobody_elses(line: Line) -> None:
    mine = await line.town.say("missed bin in Elm Road", CALLER)
    other = await line.town.say("missed bin in Oak Road", "+447700900999")
    menu = await line.hear(CallStatus="ringing")
    deeper = await line.hear(menu.action("Gather"), Digits="2")
    asked = await line.hear(deeper.action("Gather"), Digits="2")
    assert "key in your reference" in asked.words
    told = await line.hear(asked.action("Gather"), Digits=mine.reference)
    assert "somebody will look at it soon" in told.words
    assert "find no case" in (await line.hear(asked.action("Gather"), Digits=other.reference)).words
    await line.end()
    case = await line.town.case(mine)
    assert (await line.call()).result is CallResult.STATUS
    assert await line.town.kinds(case.id) == ["opened", "acknowledged", "status-heard"]
    assert case.status == "new"
