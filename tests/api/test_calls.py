"""Calls, callbacks and the agent's own phone, for programs."""

from channels.calling import CallNews
from channels.contract import Address, InboundMessage
from hub.telephone.calling import CallService
from tests.api.conftest import Api

CALLER = Address("tel", "+447700900123")


async def tell(api: Api, kind: str, sid: str = "CA1", **more: object) -> None:
    """What the line tells of a caller, through the same doors as in the hub."""

    async def receive(events: object) -> object:
        return [await api.town.say("Call", CALLER.value, channel="voice", external_id=sid)]

    async def is_open(queue: str) -> bool:
        return True

    message = InboundMessage(channel="voice", inbox="main", external_id=sid, sender=CALLER, text="Call")
    kept = message if kind in ("waiting", "ended") else None
    service = CallService(api.town.db, lambda: api.town.directory, receive, is_open)  # type: ignore[arg-type]  # plain functions
    await service.tell(CallNews(inbox="main", sid=sid, kind=kind, sender=CALLER, message=kept, **more))  # type: ignore[arg-type]  # as the test says


async def test_calls_are_listed_by_what_they_are(api: Api) -> None:
    await tell(api, "waiting")
    await tell(api, "ended", "CA2", seconds=4)
    listed = (await api.ann.get("/api/v1/calls")).json()
    assert [call["state"] for call in listed["items"]] == ["ended", "waiting"]
    assert listed["next"] is None
    [waiting] = (await api.ann.get("/api/v1/calls?state=waiting")).json()["items"]
    assert (waiting["number"], waiting["queue"], waiting["result"]) == (CALLER.value, "triage", None)
    assert (await api.ann.get(f"/api/v1/calls/{waiting['id']}")).json() == waiting
    first = (await api.ann.get("/api/v1/calls?limit=1")).json()
    assert (await api.ann.get(f"/api/v1/calls?before={first['next']}")).json()["items"] == [waiting]
    of_case = (await api.ann.get(f"/api/v1/calls?case={waiting['reference']}")).json()["items"]
    assert waiting in of_case


async def test_an_agent_uses_their_phone(api: Api) -> None:
    await tell(api, "waiting")
    assert (await api.ann.post("/api/v1/phone/next", json={})).json()["errors"]["phone"]
    told = (await api.ann.post("/api/v1/phone/number", json={"number": "01632 960555"})).json()
    assert told["number"] == "+441632960555"
    ringing = (await api.ann.post("/api/v1/phone/next", json={"queues": ["triage"]})).json()["ring"]
    assert (ringing["purpose"], ringing["state"]) == ("next", "queued")
    assert (await api.ann.post("/api/v1/phone/next", json={})).status_code == 409
    assert (await api.ann.post("/api/v1/phone/hold", json={})).status_code == 409
    assert (await api.ann.post("/api/v1/phone/hang-up", json={})).json()["ring"] is None


async def test_a_callback_is_carried_out_or_dropped(api: Api) -> None:
    await tell(api, "waiting")
    await tell(api, "callback", number=CALLER)
    [promised] = (await api.ann.get("/api/v1/callbacks")).json()["items"]
    assert (promised["state"], promised["number"], promised["attempts"]) == ("open", CALLER.value, 0)
    await api.ann.post("/api/v1/phone/number", json={"number": "01632 960555"})
    called = await api.ann.post(f"/api/v1/callbacks/{promised['id']}/call", json={})
    assert called.json()["state"] == "calling"
    assert (await api.ann.post(f"/api/v1/callbacks/{promised['id']}/call", json={})).status_code == 409
    dropped = await api.ann.post(f"/api/v1/callbacks/{promised['id']}/drop", json={"outcome": "Wrote instead"})
    assert dropped.json()["state"] == "dropped"
    assert (await api.ann.get("/api/v1/callbacks")).json()["items"] == []
    assert len((await api.ann.get("/api/v1/callbacks?all=true")).json()["items"]) == 1


async def test_what_is_wrong_is_told_by_field(api: Api) -> None:
    assert (await api.ann.get("/api/v1/calls?state=asleep")).status_code == 422
    assert (await api.ann.get("/api/v1/calls?result=asleep")).json()["errors"]["result"]
    assert (await api.ann.get("/api/v1/calls/99")).status_code == 404
    assert (await api.ann.post("/api/v1/callbacks/99/drop", json={"outcome": "x"})).status_code == 404
    assert (await api.ann.post("/api/v1/phone/number", json={"number": "bins"})).json()["errors"]["phone"]
    assert (await api.ann.post("/api/v1/phone/next", json={"queues": ["moon"]})).json()["errors"]["queues"]
    assert (await api.auditor.post("/api/v1/phone/next", json={})).status_code == 403
    assert (await api.anyone.get("/api/v1/phone")).status_code == 401
