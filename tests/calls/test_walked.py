"""Whole calls, walked in several manners by a telephone network that knows nothing but the provider's pages."""

import httpx
import pytest

from hub.actions.telephone.calls import wrap_up
from hub.actions.telephone.rings import call_back, take_next
from hub.models import Attachment, Call, Callback, CallbackState, CallResult, Case, Message, Ring, RingState
from tests.calls.line import NUMBER, PHONE, Line
from tests.calls.test_answering import queue_id
from tests.calls.walker import Leg, Manner, Network

MANNERS = (
    Manner("usual"),
    Manner("nothing but what is needed", only=frozenset({"CallSid", "From", "To"})),
    Manner("each twice, with words that nobody knows", times=2, status="wandering", more={"StirVerstat": "", "X": "é"}),
    Manner("fields backwards, callbacks late and the last first", backwards=True, late=True),
)  # fmt: skip


def network(line: Line, manner: Manner) -> Network:
    async def post(path: str, form: dict[str, str]) -> httpx.Response:
        return await line.provider.post(path, form)

    url = line.town.desk.public_url
    return Network(post, url, manner, status_url=f"{url}/in/voice/main/status")


async def dialled(net: Network, caller: str, *inputs: str) -> Leg:
    leg = Leg(net, caller, NUMBER, list(inputs))
    await leg.dial(f"{net.public_url}/in/voice/main")
    return leg


async def agents_phone(line: Line, net: Network, *inputs: str) -> Ring:
    """Rung as the hub asked; afterwards the provider says that it is over."""
    ring = await line.ring()
    leg = Leg(net, NUMBER, PHONE, list(inputs), direction="outbound-api", sid=ring.sid)
    await leg.dial(f"{net.public_url}/in/voice/main/agent?ring={ring.id}")
    await leg.tell(f"{net.public_url}/in/voice/main/ring?ring={ring.id}", "", CallStatus="completed")
    await leg.over("")
    return await line.town.one(Ring, id=ring.id)


async def story(line: Line, net: Network, caller: str) -> Case:
    """A voicemail by way of two menus; a wait in line, until a key asks to be called back; then that, first in vain."""
    left = await dialled(net, caller, "9", "", "2", "1", "message 7")
    assert left.verbs.count("Gather") == 4, left.verbs
    assert left.verbs[left.verbs.index("Record") :] == ["Record", "Say", "Say", "Say", "Hangup"]
    asked = await dialled(net, caller, "say it is about bins", "", "1")
    assert "Enqueue/Leave" in asked.verbs
    [callback] = await line.town.rows(Callback, uri=f"tel:{caller}")
    for net.silent in ({caller}, set[str]()):
        await line.town.db.write(call_back, callback.id, line.town.agents["ann"])
        await agents_phone(line, net, "5")
    assert (await line.town.one(Callback, id=callback.id)).state is CallbackState.DONE
    calls = await line.town.rows(Call, uri=f"tel:{caller}")
    assert {call.case_id for call in calls} == {callback.case_id}
    await line.town.db.write(wrap_up, calls[-1].id, line.town.agents["ann"], "answered", "Mended", "Answered at once")
    return await line.town.one(Case, id=callback.case_id)


async def test_from_menu_to_voicemail_to_callback_it_is_one_case_in_any_manner(line: Line) -> None:
    for place, manner in enumerate(MANNERS):
        case = await story(line, network(line, manner), f"+4477009008{place:02}")
        voicemail, asked, missed, spoken = await line.town.rows(Message, case_id=case.id)
        assert (voicemail.text, asked.text) == ("Voicemail, 7 seconds", "Call: asked to be called back"), manner.name
        assert missed.text == "We called: Ann Ash didn't reach anybody", manner.name
        assert spoken.text.startswith("We called: Ann Ash spoke with the citizen"), manner.name
        [recording] = await line.town.rows(Attachment, message_id=voicemail.id)
        assert recording.filename.startswith("voicemail-RE"), manner.name
        kinds = await line.town.kinds(case.id)
        assert [kinds.count(kind) for kind in ("opened", "callback-asked", "callback-tried", "call-wrapped")] == [1] * 4
    assert len(await line.town.rows(Case)) == len(MANNERS)


@pytest.mark.parametrize("told", ["all", "nothing of the meeting", "the end first, and nothing of the meeting"])
async def test_who_was_taken_out_of_the_line_was_answered(line: Line, told: str) -> None:
    net = network(line, MANNERS[0])
    net.quiet_meetings, net.end_first = told != "all", told.startswith("the end first")
    caller = await dialled(net, "+447700900850", "1")
    assert caller.in_line == "main-triage"
    await line.town.db.write(take_next, line.town.agents["ann"], [await queue_id(line)])
    ring = await agents_phone(line, net, "5")
    call = await line.call(caller.sid)
    assert (call.result, call.agent_id) == (CallResult.ANSWERED, line.town.agents["ann"])
    assert (ring.state, ring.error, ring.call_id) == (RingState.ENDED, "", call.id)
    [message] = await line.messages(call.case_id or 0)
    assert message.text.startswith("Call, answered by Ann Ash")


async def test_whatever_ends_a_wait_nobody_is_hung_up_on(line: Line) -> None:
    for place, result in enumerate(["queue-full", "system-error", "timed-out", ""]):
        sid, caller = f"CA{place}", f"+4477009008{60 + place}"
        await line.wait_in_line(sid, caller)
        told = {"QueueResult": result} if result else {}
        assert "Record" in (await line.hear("/in/voice/main/left", sid, caller, **told)).verbs, result
