"""Telephones that wait in line, ring, are connected and taken elsewhere."""

from typing import Any

from channels.simulator.citizens import as_written
from tests.channels.simulator.hub_double import ACCOUNT, ASHA, NUMBER, World
from tests.channels.simulator.test_calls import ENTRY, answer, dial, said

AGENT = "+441632960555"
WAIT = '<Say>Please wait.</Say><Gather numDigits="1" action="/in/voice/line/key"/>'
ENQUEUE = '<Enqueue waitUrl="/in/voice/line/waiting" action="/in/voice/line/left">bins</Enqueue>'


async def in_line(world: World) -> dict[str, Any]:
    answer(world, ENTRY, ENQUEUE)
    answer(world, "/in/voice/line/waiting", WAIT)
    return await dial(world)


async def rung(world: World, *verbs: str) -> dict[str, Any]:
    """The hub calls the agent's phone, which rings."""
    answer(world, "/in/voice/line/agent", *verbs)
    url = f"{world.hub.url}/in/voice/line"
    form = {"To": AGENT, "From": NUMBER, "Url": f"{url}/agent", "StatusCallback": f"{url}/ring"}
    created = await world.carrier("POST", "Calls.json", data={**form, "StatusCallbackEvent": ["ringing", "completed"]})
    assert created.status_code == 201, created.text
    call: dict[str, Any] = created.json()
    return call


async def now(world: World, sid: str) -> dict[str, Any]:
    calls = (await world.http.get("/simulator/api/state")).json()["calls"]
    return next(call for call in calls if call["id"] == sid)


async def test_a_caller_in_line_hears_the_wait_document_again_and_again(world: World) -> None:
    call = await in_line(world)
    assert (call["queue"], call["waiting"]) == ("bins", "digits")
    for _ in range(2):
        call = await world.act(f"call/{call['id']}/press")
        call = await world.act(f"call/{call['id']}/press") if call["waiting"] == "queue" else call
    forms = world.hub.forms("/in/voice/line/waiting")
    assert len(forms) == 3
    assert {form["QueuePosition"] for form in forms} == {"1"}
    assert forms[0]["CurrentQueueSize"] == "1"


async def test_leaving_and_hanging_up_are_told_to_the_lines_action(world: World) -> None:
    answer(world, "/in/voice/line/key", "<Leave/>")
    answer(world, "/in/voice/line/left", "<Say>Goodbye.</Say>")
    call = await in_line(world)
    call = await world.act(f"call/{call['id']}/press", digits="1")
    assert said(call)[-1] == ("say", "Goodbye.")
    other = await in_line(world)
    await world.act(f"call/{other['id']}/hangup")
    left = world.hub.forms("/in/voice/line/left")
    assert [(form["QueueResult"], form["CallStatus"]) for form in left] == [
        ("leave", "in-progress"),
        ("hangup", "completed"),
    ]
    assert len(world.hub.forms("/in/voice/line/status")) == 2


async def test_an_agents_phone_takes_the_first_in_line(world: World) -> None:
    caller = await in_line(world)
    recording = 'record="record-from-answer-dual" recordingStatusCallback="/in/voice/line/recording"'
    queue = '<Queue url="/in/voice/line/meet">bins</Queue>'
    call = await rung(world, f'<Dial action="/in/voice/line/over" {recording}>{queue}</Dial>')
    answer(world, "/in/voice/line/meet", "<Say>You are being connected.</Say>")
    assert (await now(world, call["sid"]))["waiting"] == "ringing"
    await world.act(f"call/{call['sid']}/answer")
    assert ("say", "You are being connected.") in said(await now(world, caller["id"]))
    await world.act(f"call/{call['sid']}/speak", text="How can I help?")
    assert said(await now(world, caller["id"]))[-1] == ("other", "How can I help?")
    [met] = world.hub.forms("/in/voice/line/meet")
    assert (met["CallSid"], met["DequeingCallSid"]) == (caller["id"], call["sid"])
    await world.act(f"call/{caller['id']}/hangup")
    [over], [left] = world.hub.forms("/in/voice/line/over"), world.hub.forms("/in/voice/line/left")
    assert (over["DialCallStatus"], over["CallSid"]) == ("completed", call["sid"])
    assert (left["QueueResult"], left["CallSid"]) == ("bridged", caller["id"])
    [recorded] = world.hub.forms("/in/voice/line/recording")
    assert (recorded["RecordingSource"], recorded["CallSid"]) == ("DialVerb", call["sid"])
    assert [form["CallStatus"] for form in world.hub.forms("/in/voice/line/ring")] == ["ringing", "completed"]


async def test_an_empty_line_and_an_unanswered_phone_are_told(world: World) -> None:
    call = await rung(world, '<Dial action="/in/voice/line/over"><Queue>nobody</Queue></Dial>')
    await world.act(f"call/{call['sid']}/answer")
    assert world.hub.forms("/in/voice/line/over")[0]["DialCallStatus"] == "no-answer"
    call = await rung(world)
    await world.act(f"call/{call['sid']}/decline", result="busy")
    assert world.hub.forms("/in/voice/line/ring")[-1]["CallStatus"] == "busy"


async def test_a_number_is_dialled_and_rings_at_the_citizens(world: World) -> None:
    call = await rung(world, f'<Dial callerId="{NUMBER}" action="/in/voice/line/over"><Number>{ASHA}</Number></Dial>')
    await world.act(f"call/{call['sid']}/answer")
    theirs = (await world.http.get("/simulator/api/state")).json()["calls"][-1]
    assert (theirs["phone"], theirs["from"], theirs["waiting"]) == (ASHA, NUMBER, "ringing")
    assert f"Calling {as_written(ASHA)}" in [words for _, words in said(await now(world, call["sid"]))]
    await world.act(f"call/{theirs['id']}/decline", result="no-answer")
    assert world.hub.forms("/in/voice/line/over")[0]["DialCallStatus"] == "no-answer"


async def test_the_hub_takes_a_caller_elsewhere_and_puts_a_phone_down(world: World) -> None:
    caller = await in_line(world)
    call = await rung(world, '<Dial action="/in/voice/line/over"><Queue>bins</Queue></Dial>')
    await world.act(f"call/{call['sid']}/answer")
    answer(world, "/in/voice/line/hold", '<Say>Hold on.</Say><Gather numDigits="1"/>')
    url = f"{world.hub.url}/in/voice/line/hold"
    assert (await world.carrier("POST", f"Calls/{caller['id']}.json", data={"Url": url})).status_code == 200
    assert ("say", "Hold on.") in said(await now(world, caller["id"]))
    assert world.hub.forms("/in/voice/line/left")[0]["QueueResult"] == "redirected-from-bridged"
    await world.carrier("POST", f"Calls/{caller['id']}.json", data={"Status": "completed"})
    assert (await now(world, caller["id"]))["ended"]
    assert (await world.carrier("GET", f"Calls/{caller['id']}.json")).status_code == 404


async def test_the_rest_api_refuses_what_the_provider_refuses(world: World) -> None:
    for form, code in (
        ({"To": "bins", "From": NUMBER, "Url": "x"}, 21211),
        ({"To": AGENT, "From": "+441", "Url": "x"}, 21210),
    ):
        refused = await world.carrier("POST", "Calls.json", data=form)
        assert refused.json()["code"] == code
    path = f"/simulator/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    assert (await world.http.post(path, data={})).status_code == 401
