"""An agent takes the next caller, calls a citizen, and says how it ended."""

import pytest

from hub.actions.telephone.calls import wrap_up
from hub.actions.telephone.rings import call_back, call_citizen, claim_rings, record_not_rung, set_phone, take_next
from hub.errors import Conflict, Invalid
from hub.models import Callback, CallbackState, CallResult, CallState, MessageStatus, Queue, Ring, RingState
from hub.models.base import utcnow
from tests.calls.line import CALLER, NUMBER, PHONE, Heard, Line


async def queue_id(line: Line, slug: str = "triage") -> int:
    return (await line.town.one(Queue, slug=slug)).id or 0


async def take(line: Line, agent: str = "ann") -> Ring:
    ring_id = await line.town.db.write(take_next, line.town.agents[agent], [await queue_id(line)])
    return await line.town.one(Ring, id=ring_id)


async def connect(line: Line, ring: Ring, sid: str = "CA1") -> Heard:
    return await line.hear(f"/in/voice/main/meet?ring={ring.id}", sid, DequeingCallSid=ring.sid)


async def test_an_agent_takes_the_next_caller_and_holds_the_case(line: Line) -> None:
    await line.wait_in_line()
    await take(line)
    ring = await line.ring()
    dial = await line.agent_takes(ring)
    assert dial.find("Queue").text == "main-triage"
    await connect(line, ring)
    call, case = await line.call(), await line.case_of()
    assert (call.state, call.agent_id, case.agent_id) == (CallState.TALKING, *[line.town.agents["ann"]] * 2)
    assert case.first_reply_at == call.answered_at
    await line.hear(f"/in/voice/main/over?ring={ring.id}", ring.sid, DialCallStatus="completed", DialCallDuration="61")
    await line.hear("/in/voice/main/left", QueueResult="bridged", QueueTime="12")
    await line.end(seconds=80)
    call = await line.call()
    assert (call.state, call.result, call.seconds) == (CallState.ENDED, CallResult.ANSWERED, 80)
    [message] = await line.messages(case.id)
    assert message.text.startswith("Call, answered by Ann Ash, ")
    assert (await line.town.one(Ring, id=ring.id)).state is RingState.ENDED
    await line.town.db.write(wrap_up, call.id, line.town.agents["ann"], "answered", "Told the day", "Answered at once")
    assert (await line.call()).outcome == "answered"
    assert await line.town.kinds(case.id) == [
        "opened", "call-waiting", "call-answered", "claimed", "call-ended", "call-wrapped"
    ]  # fmt: skip


async def test_nobody_takes_a_caller_for_whom_a_colleague_is_being_rung(line: Line) -> None:
    await line.wait_in_line()
    await take(line)
    await line.town.db.write(set_phone, line.town.agents["lea"], "+441632960556")
    with pytest.raises(Conflict, match="Nobody waits"):
        await line.town.db.write(take_next, line.town.agents["lea"], [await queue_id(line)])


async def test_an_agent_without_a_phone_is_told_what_to_do(line: Line) -> None:
    await line.wait_in_line()
    with pytest.raises(Invalid, match="doesn't know your phone"):
        await take(line, "bob")


async def test_a_caller_who_has_gone_is_told_to_the_agent_and_missed_on_the_case(line: Line) -> None:
    await line.wait_in_line()
    await take(line)
    ring = await line.ring()
    await line.hear("/in/voice/main/left", QueueResult="hangup", CallStatus="completed", QueueTime="9")
    await line.agent_takes(ring)
    over = await line.hear(f"/in/voice/main/over?ring={ring.id}", ring.sid, DialCallStatus="no-answer")
    assert "no longer there" in over.words
    assert (await line.town.one(Ring, id=ring.id)).error == "The caller had gone before you were connected."
    case = await line.case_of()
    assert (await line.messages(case.id))[0].text.startswith("Missed call: hung up in line after")


async def test_a_phone_that_nobody_answers_leaves_the_caller_in_line(line: Line) -> None:
    await line.wait_in_line()
    await take(line)
    ring = await line.ring()
    door = f"/in/voice/main/ring?ring={ring.id}"
    for status in ("no-answer", "ringing", "no-answer"):
        assert (await line.post(door, ring.sid, NUMBER, CallStatus=status)).status_code == 204
    ring = await line.town.one(Ring, id=ring.id)
    assert (ring.state, ring.error) == (RingState.FAILED, "Your phone wasn't answered.")
    assert (await line.call()).state is CallState.WAITING
    assert await take(line)


async def test_a_ring_that_the_provider_refuses_is_tried_again_and_then_given_up(line: Line) -> None:
    await line.wait_in_line()
    await take(line)
    for _ in range(3):
        [due] = await line.town.db.write(claim_rings, utcnow())
        await line.town.db.write(record_not_rung, due.id, "Too much to do.", utcnow())
    assert await line.town.db.write(claim_rings, utcnow()) == []
    assert (await line.town.one(Ring)).error == "Too much to do."


async def test_a_caller_is_called_back_and_it_all_stands_on_one_case(line: Line) -> None:
    enqueued = await line.wait_in_line()
    waiting = await line.hear(enqueued.action("Enqueue", "waitUrl"), QueueTime="3")
    assert "To be called back and keep your place" in waiting.words
    assert "Leave" in (await line.hear(waiting.action("Gather"), Digits="1")).verbs
    noted = await line.hear("/in/voice/main/left", QueueResult="leave")
    assert "We will call you back" in noted.words
    await line.end()
    callback = await line.town.one(Callback)
    assert (callback.state, callback.uri, callback.due_at > utcnow()) == (CallbackState.OPEN, f"tel:{CALLER}", True)
    for reached in (False, True):
        await line.town.db.write(call_back, callback.id, line.town.agents["ann"])
        ring = await line.ring()
        dial = await line.agent_takes(ring)
        assert (dial.find("Number").text, dial.find("Dial").attrib["callerId"]) == (CALLER, NUMBER)
        if reached:
            await connect(line, ring, f"CAout{ring.id}")
        result = "completed" if reached else "no-answer"
        await line.hear(f"/in/voice/main/over?ring={ring.id}", ring.sid, DialCallStatus=result, DialCallDuration="40")
        await line.post(f"/in/voice/main/ring?ring={ring.id}", ring.sid, CallStatus="completed")
    callback = await line.town.one(Callback)
    assert (callback.state, callback.attempts) == (CallbackState.DONE, 2)
    case = await line.case_of()
    asked, missed, spoken = await line.messages(case.id)
    assert asked.text == "Call: asked to be called back"
    assert (missed.text, missed.status) == ("We called: Ann Ash didn't reach anybody", MessageStatus.FAILED)
    assert spoken.text.startswith("We called: Ann Ash spoke with the citizen, ")
    kinds = await line.town.kinds(case.id)
    assert [kind for kind in kinds if kind.startswith("callback")] == [
        "callback-asked", "callback-tried", "callback-done"
    ]  # fmt: skip


async def test_a_withheld_caller_keys_in_where_to_be_called_back(line: Line) -> None:
    await line.wait_in_line(caller="anonymous")
    await line.hear("/in/voice/main/line", caller="anonymous", Digits="1")
    asked = await line.hear("/in/voice/main/left", caller="anonymous", QueueResult="leave")
    assert "key in the number" in asked.words
    wrong = await line.hear(asked.action("Gather"), caller="anonymous", Digits="12")
    assert "isn't a telephone number" in wrong.words
    await line.hear(wrong.action("Gather"), caller="anonymous", Digits="07700900123")
    assert (await line.town.one(Callback)).uri == f"tel:{CALLER}"


async def test_an_agent_calls_the_citizen_of_a_case(line: Line) -> None:
    receipt = await line.town.say("missed bin", CALLER)
    await line.town.act(call_citizen, receipt, "ann")
    ring = await line.ring()
    assert ring.number == PHONE
    dial = await line.agent_takes(ring)
    assert dial.find("Number").text == CALLER
    await line.hear(f"/in/voice/main/over?ring={ring.id}", ring.sid, DialCallStatus="busy")
    case = await line.town.case(receipt)
    assert (await line.messages(case.id))[-1].text == "We called: Ann Ash didn't reach anybody"
    assert case.agent_id == line.town.agents["ann"]


async def test_who_called_in_a_conversation_cannot_be_wrapped_up_by_another(line: Line) -> None:
    await line.wait_in_line()
    await take(line)
    ring = await line.ring()
    await line.agent_takes(ring)
    await connect(line, ring)
    call = await line.call()
    with pytest.raises(Conflict, match="goes on"):
        await line.town.db.write(wrap_up, call.id, line.town.agents["ann"], "answered", "", "Answered")
    with pytest.raises(Conflict, match="Somebody else"):
        await line.town.db.write(wrap_up, call.id, line.town.agents["bob"], "answered", "", "Answered")
