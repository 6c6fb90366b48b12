"""The hub rings an agent's browser where they chose so and the line can, else their number."""

import pytest

from hub.actions.telephone.rings import call_citizen, claim_rings, set_phone, withdraw
from hub.errors import Invalid
from hub.models import Inbox, Ring, RingState
from hub.models.base import utcnow
from tests.calls.line import NUMBER, PHONE, Line
from tests.calls.test_answering import connect, take

KEY = {"softphone_key": "SK1", "softphone_secret": "softly, softly: nobody else may sign"}


async def with_softphone(line: Line) -> None:
    inbox = await line.town.one(Inbox, channel="voice")
    await line.town.change(Inbox, inbox.id, config={**inbox.config, **KEY})


async def test_a_browser_that_answers_needs_no_key(line: Line) -> None:
    await with_softphone(line)
    ann = line.town.agents["ann"]
    await line.town.db.write(set_phone, ann, PHONE, in_browser=True)
    await line.wait_in_line()
    await take(line)
    ring = await line.ring()
    assert ring.number == f"client:agent_{ann}"
    door = f"/in/voice/main/agent?ring={ring.id}"
    dial = await line.hear(door, ring.sid, NUMBER, Direction="outbound-api", To=ring.number)
    assert dial.find("Queue").text == "main-triage"
    await connect(line, ring)
    connected = await line.town.one(Ring, id=ring.id)
    assert (connected.state, connected.error) == (RingState.CONNECTED, "")


async def test_a_browser_that_is_not_there_is_said_in_its_words(line: Line) -> None:
    await with_softphone(line)
    await line.town.db.write(set_phone, line.town.agents["ann"], "", in_browser=True)
    await line.wait_in_line()
    await take(line)
    ring = await line.ring()
    await line.post(f"/in/voice/main/ring?ring={ring.id}", ring.sid, NUMBER, CallStatus="no-answer")
    failed = await line.town.one(Ring, id=ring.id)
    assert (failed.state, failed.error[:43]) == (RingState.FAILED, "Your browser didn't answer. Open your phone")


async def test_a_line_that_rings_no_browsers_rings_the_number(line: Line) -> None:
    ann = line.town.agents["ann"]
    await line.wait_in_line()
    case = await line.case_of()
    await line.town.db.write(set_phone, ann, PHONE, in_browser=True)
    await line.town.db.write(call_citizen, case.id, ann)
    [due] = await line.town.db.write(claim_rings, utcnow())
    assert str(due.to) == f"tel:{PHONE}"
    await line.town.db.write(withdraw, ann)
    await line.town.db.write(set_phone, ann, "", in_browser=True)
    with pytest.raises(Invalid, match="can't ring browsers"):
        await line.town.db.write(call_citizen, case.id, ann)
