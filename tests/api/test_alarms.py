"""Programs read the record of alarms; what is done about one is a verb of its case."""

from sqlmodel import Session, select

from hub.models import Alarm, Message, Restriction
from hub.reference import reference_of
from tests.api.conftest import Api


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
