"""What an agent does with a call that goes on: hold, put through, keep card details out of the recording."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.actions.council.apply_council import apply_council
from hub.actions.telephone.rings import take_next
from hub.actions.telephone.steering import hold, pause_recording, send_on, take_back, undo
from hub.council_file import parse
from hub.errors import Conflict, Invalid
from hub.models import Attachment, CallResult, CallState, Queue, Ring, RingState
from tests.calls.line import MENUS, Line, line_at_work
from tests.cases.anytown import COUNCIL


async def talking(line: Line) -> Ring:
    """Ann speaks with the caller CA1."""
    await line.wait_in_line()
    queue = await line.town.one(Queue, slug="triage")
    await line.town.db.write(take_next, line.town.agents["ann"], [queue.id or 0])
    ring = await line.ring()
    await line.agent_takes(ring)
    await line.hear(f"/in/voice/main/meet?ring={ring.id}")
    return ring


async def ended_at_agents(line: Line, ring: Ring) -> str:
    over = await line.hear(f"/in/voice/main/over?ring={ring.id}", ring.sid, DialCallStatus="completed")
    return over.words


async def left_line(line: Line) -> None:
    """The caller is elsewhere now: what the provider says of the line that they came from ends nothing."""
    for result in ("redirected-from-bridged", "bridged"):
        assert (await line.hear("/in/voice/main/left", QueueResult=result)).verbs == []


async def test_a_caller_on_hold_hears_music_and_comes_back(line: Line) -> None:
    ring = await talking(line)
    order = await line.town.db.write(hold, line.town.agents["ann"])
    assert (order.steering.what, order.steering.sid) == ("hold", "CA1")
    held = await line.hear(f"/in/voice/main/hold?ring={ring.id}")
    assert held.find("Enqueue").text == f"main-hold-{line.town.agents['ann']}"
    await left_line(line)
    assert "Press 1 to take the call back" in await ended_at_agents(line, ring)
    assert "Pause" in (await line.hear("/in/voice/main/holding")).verbs
    back = await line.town.db.write(take_back, line.town.agents["ann"])
    assert (back.steering.what, back.steering.sid) == ("retrieve", ring.sid)
    dial = await line.hear(f"/in/voice/main/back?ring={ring.id}&take=1", ring.sid)
    assert dial.find("Queue").text == held.find("Enqueue").text
    await line.hear(f"/in/voice/main/meet?ring={ring.id}")
    assert (await line.call()).state is CallState.TALKING


async def test_a_caller_whose_agent_hangs_up_on_hold_goes_back_into_the_line(line: Line) -> None:
    ring = await talking(line)
    await line.town.db.write(hold, line.town.agents["ann"])
    await line.post(f"/in/voice/main/ring?ring={ring.id}", ring.sid, CallStatus="completed")
    assert "Leave" in (await line.hear("/in/voice/main/holding")).verbs
    again = await line.hear("/in/voice/main/left", QueueResult="leave")
    assert again.find("Enqueue").text == "main-triage"
    assert (await line.call()).state is CallState.WAITING


async def test_a_caller_is_put_through_to_another_queues_line(line: Line) -> None:
    ring = await talking(line)
    await line.town.db.write(send_on, line.town.agents["ann"], queue="waste")
    await left_line(line)
    assert (await line.hear(f"/in/voice/main/send?ring={ring.id}")).find("Enqueue").text == "main-waste"
    assert "over" in await ended_at_agents(line, ring)
    assert (await line.town.one(Ring, id=ring.id)).state is RingState.ENDED
    call = await line.call()
    assert (call.state, call.queue_id) == (CallState.WAITING, (await line.town.one(Queue, slug="waste")).id)
    assert "call-sent-on" in await line.town.kinds(call.case_id or 0)


async def test_a_caller_is_put_through_to_another_number_or_else_to_the_voicemail(line: Line) -> None:
    ring = await talking(line)
    await line.town.db.write(send_on, line.town.agents["ann"], number="+441632960777")
    await left_line(line)
    dial = await line.hear(f"/in/voice/main/send?ring={ring.id}")
    assert dial.find("Number").text == "+441632960777"
    assert "Record" in (await line.hear("/in/voice/main/sent", DialCallStatus="no-answer")).verbs
    await line.end()
    assert (await line.call()).result is CallResult.ANSWERED


async def test_what_the_provider_refuses_leaves_the_call_as_it_was(line: Line) -> None:
    await talking(line)
    order = await line.town.db.write(hold, line.town.agents["ann"])
    await line.town.db.write(undo, order)
    assert (await line.call()).state is CallState.TALKING


async def test_who_is_in_no_call_holds_nobody_and_puts_nobody_through(line: Line) -> None:
    await talking(line)
    with pytest.raises(Conflict):
        await line.town.db.write(hold, line.town.agents["bob"])
    with pytest.raises(Invalid):
        await line.town.db.write(send_on, line.town.agents["ann"], queue="waste", number="+441632960777")
    with pytest.raises(Conflict, match="isn't recorded"):
        await line.town.db.write(pause_recording, line.town.agents["ann"], paused=True)


@pytest.fixture
async def recorded(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Line]:
    """A line whose queue records conversations."""
    async with line_at_work(sqlite_url, tmp_path) as line:
        text = COUNCIL.replace('name = "Triage"\n', 'name = "Triage"\nrecord_calls = true\n')
        voice = next(part for part in COUNCIL.split("[[inbox]]\n") if part.startswith('channel = "voice"'))
        await line.town.db.write(apply_council, parse(text.replace(voice.strip(), MENUS.strip())))
        await line.town.desk.reload()
        yield line


async def test_only_a_queue_that_says_so_records_and_the_caller_is_told_first(recorded: Line) -> None:
    enqueued = await recorded.wait_in_line()
    assert enqueued.words.index("This call is recorded.") < enqueued.words.index("We are putting you through")
    queue = await recorded.town.one(Queue, slug="triage")
    await recorded.town.db.write(take_next, recorded.town.agents["ann"], [queue.id or 0])
    ring = await recorded.ring()
    dial = await recorded.agent_takes(ring)
    assert dial.find("Dial").attrib["record"] == "record-from-answer-dual"
    await recorded.hear(f"/in/voice/main/meet?ring={ring.id}")
    order = await recorded.town.db.write(pause_recording, recorded.town.agents["ann"], paused=True)
    assert (order.steering.what, order.steering.sid) == ("pause", ring.sid)
    report = dial.action("Dial", "recordingStatusCallback")
    form = {"RecordingUrl": "http://127.0.0.1:9/Recordings/RE7", "RecordingStatus": "completed"}
    for _ in range(2):
        assert (await recorded.post(report, ring.sid, RecordingSid="RE7", **form)).status_code == 204
    assert [file.filename for file in await recorded.town.rows(Attachment)] == ["call-RE7.wav"]


async def test_without_such_a_queue_nothing_is_recorded(line: Line) -> None:
    enqueued = await line.wait_in_line()
    assert "recorded" not in enqueued.words
    queue = await line.town.one(Queue, slug="triage")
    await line.town.db.write(take_next, line.town.agents["ann"], [queue.id or 0])
    dial = await line.agent_takes(await line.ring())
    assert "record" not in dial.find("Dial").attrib
