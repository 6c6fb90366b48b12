"""Programs read the record of alarms; what is done about one is a verb of its case."""

from typing import Any

from sqlmodel import Session, select

from hub.models import Alarm, Message, Restriction
from hub.reference import reference_of
from tests.api.conftest import Api
from tests.queries.town import add_dangers


async def alarmed(api: Api, name: str, sender: str) -> str:
    """A restricted case of highways with an alarm; its reference."""
    case_id = await api.town.case("I smell gas", sender)

    def add(session: Session) -> None:
        message_id = session.exec(select(Message.id).where(Message.case_id == case_id)).first() or 0
        session.add(Restriction(case_id=case_id, why=name))
        session.add(Alarm(id=case_id, case_id=case_id, message_id=message_id, name=name, calls=[], every=900, step=1))

    await api.town.db.write(add)
    return reference_of(case_id)


async def test_alarms_are_listed_acknowledged_and_found_false_by_those_who_may_see_them(api: Api) -> None:
    first, second = await alarmed(api, "Gas leak", "+447700900301"), await alarmed(api, "Fire", "+447700900302")

    async def listed(**wanted: str) -> list[tuple[str, str, str | None]]:
        items = (await api.bob.get("/api/v1/alarms", params=wanted)).json()["items"]
        return [(item["case"], item["state"], item["agent"]) for item in items]

    assert await listed() == [(second, "waiting", None), (first, "waiting", None)]
    assert (await api.ann.get("/api/v1/alarms")).json() == {"items": [], "next": None}
    assert (await api.ann.post(f"/api/v1/cases/{first}/acknowledge-alarm")).status_code == 404

    assert (await api.bob.post(f"/api/v1/cases/{first}/acknowledge-alarm")).status_code == 200
    assert (await api.bob.post(f"/api/v1/cases/{second}/false-alarm", json={"note": "a drill"})).status_code == 200
    assert await listed(state="acknowledged") == [(first, "acknowledged", "bob@anytown.example")]
    assert await listed(state="waiting") == []
    assert await listed(case=second, danger="Fire") == [(second, "false", "bob@anytown.example")]
    false = (await api.auditor.get("/api/v1/alarms", params={"state": "false"})).json()["items"]
    assert [(each["note"], each["danger"], each["queue"], each["calls"]) for each in false] == [
        ("a drill", "Fire", "highways", 1)
    ]
    assert false[0]["false_at"] is not None
    for wrong, status in (({"state": "open"}, 422), ({"after": "x"}, 422), ({"case": "1"}, 404)):
        assert (await api.bob.get("/api/v1/alarms", params=wrong)).status_code == status


async def test_an_alarm_whose_emergency_text_cannot_be_sent_is_raised_and_says_so(api: Api) -> None:
    reference = reference_of(await api.town.case("a burning smell here", "+447700900303"))
    await api.town.db.write(add_dangers)
    await api.hub.desk.reload()
    body = {"danger": "Gas leak", "answer": True}
    case = (await api.of("ann@anytown.example").post(f"/api/v1/cases/{reference}/raise-alarm", json=body)).json()
    details = {event["kind"]: event["detail"] for event in case["events"]}
    assert details["alarm_called"]["step"] == 1
    assert details["emergency_unsent"] == {"alarm": "Gas leak", "why": "This danger has none."}


async def test_an_alarm_that_nobody_heard_is_raised_by_hand(api: Api) -> None:
    reference = reference_of(await api.town.case("a burning smell here", "+447700900303"))

    async def raised(who: str = "ann", status: int = 200, **body: object) -> dict[str, Any]:
        response = await api.of(f"{who}@anytown.example").post(f"/api/v1/cases/{reference}/raise-alarm", json=body)
        assert response.status_code == status, response.text
        told: dict[str, Any] = response.json()
        return told

    assert "names no danger" in (await raised(status=422))["detail"]
    await api.town.db.write(add_dangers)
    await api.hub.desk.reload()
    assert "danger" in (await raised(status=422))["errors"]  # which of the two?
    await raised(status=422, danger="Fire", loud=True)
    await raised("aud", 403, danger="Fire")
    await raised(status=409, danger="Fire", seq=99)

    case = await raised(danger="Fire", reason="The voicemail says so.", answer=True, seq=1)
    assert (case["queue"], case["priority"]) == ("highways", "urgent")
    assert [message["text"] for message in case["messages"] if message["direction"] == "out"] == ["Call 999 now."]
    [event] = [event for event in case["events"] if event["kind"] == "alarm"]
    assert (event["agent"], event["detail"]["reason"]) == ("ann@anytown.example", "The voicemail says so.")
    assert (await raised(danger="Fire", seq=1))["seq"] == case["seq"]  # a program that asks twice
    await raised("lea", 404, danger="Fire")  # it isn't theirs to see

    [alarm] = (await api.auditor.get("/api/v1/alarms", params={"state": "by-hand"})).json()["items"]
    assert (alarm["raised_by"], alarm["reason"]) == ("ann@anytown.example", "The voicemail says so.")
    assert alarm["state"] == "waiting"
