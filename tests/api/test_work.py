"""The next case, presence, notices, types and clocks over HTTP."""

from typing import Any

from sqlmodel import Session

from hub.actions.casework.notices import tell_agents
from hub.models import Case, CaseType
from hub.reference import case_id_of
from tests.api.conftest import Api

CLOCKS: list[dict[str, Any]] = [
    {"name": "acknowledge", "within": "5 working days", "until": "replied"},
    {"name": "answer", "within": "1 month", "rolls": True, "extension": "2 months", "pauses": {"proof": "continues"}},
]


def add_type(session: Session) -> None:
    session.add(CaseType(slug="access", name="Subject access", clocks=CLOCKS))


def tell(session: Session, reference: str, agent_id: int) -> None:
    case = session.get_one(Case, case_id_of(reference))
    tell_agents(session, case, [agent_id], "Look at this.")


async def test_the_next_case_is_mine_and_then_there_is_none(api: Api) -> None:
    reference = (await api.town.say("My missed bin")).reference
    first = (await api.ann.post("/api/v1/next", json={"queue": "waste"})).json()
    assert (first["case"]["reference"], first["case"]["agent"], first["why"]) == (
        reference,
        "ann@anytown.example",
        None,
    )
    assert first["case"]["status"] == "open"
    assert (await api.ann.post("/api/v1/next")).json() == {"case": None, "why": "Nothing waits here that you may take."}
    assert (await api.ann.post("/api/v1/next", json={"queue": "nowhere"})).status_code == 404
    assert (await api.auditor.post("/api/v1/next")).status_code == 403


async def test_everybody_says_where_they_are_and_sees_the_others(api: Api) -> None:
    mine = (await api.ann.post("/api/v1/presence", json={"state": "break", "reason": "lunch"})).json()
    assert (mine["agent"], mine["state"], mine["reason"]) == ("ann@anytown.example", "break", "lunch")
    states = {each["agent"]: each["state"] for each in (await api.bob.get("/api/v1/presences")).json()["items"]}
    assert states["ann@anytown.example"] == "break"
    assert states["bob@anytown.example"] == "away"
    assert "aud@anytown.example" not in states
    wrong = await api.ann.post("/api/v1/presence", json={"state": "asleep"})
    assert wrong.status_code == 422
    assert "state" in wrong.json()["errors"]


async def test_a_case_gets_a_type_and_its_clocks_are_told(api: Api) -> None:
    await api.town.db.write(add_type)
    reference = (await api.town.say("hello")).reference
    [only] = (await api.ann.get("/api/v1/types")).json()["items"]
    assert only["clocks"][1] == "Answer: 1 month, until resolved"

    async def does(verb: str, **body: Any) -> Any:
        answer = await api.ann.post(f"/api/v1/cases/{reference}/{verb}", json=body)
        return answer.json() if answer.status_code == 200 else answer.status_code

    case = await does("type", type="access")
    assert case["type"]["slug"] == "access"
    acknowledge, answer = case["clocks"]
    assert case["due_at"] < acknowledge["due_at"] < answer["due_at"]  # the queue's own target comes first
    assert (await does("meet-clock", clock="acknowledge"))["clocks"][0]["state"] == "met"
    assert (await does("pause-clock", clock="answer", reason="proof"))["clocks"][1]["pause_reason"] == "proof"
    assert (await does("resume-clock", clock="answer"))["clocks"][1]["state"] == "running"
    extended = await does("extend-clock", clock="answer", reason="Many papers", by=1)
    assert extended["clocks"][1]["due_on"] > answer["due_on"]
    assert extended["clocks"][1]["extension"] is None
    assert await does("type", type="access") == 409
    assert await does("type", type="nothing") == 422
    assert await does("type", type="access", received_on="2026-02-30") == 422
    assert await does("extend-clock", clock="answer", reason="Again") == 422
    [listed] = (await api.ann.get("/api/v1/cases")).json()["items"]
    assert listed["clocks"] == extended["clocks"]


async def test_notices_are_told_until_they_are_seen(api: Api) -> None:
    reference = (await api.town.say("hello")).reference
    await api.town.db.write(tell, reference, api.town.agent_ids["ann@anytown.example"])
    found = (await api.ann.get("/api/v1/notices")).json()
    assert (found["unseen"], found["items"][0]["case"], found["items"][0]["seen"]) == (1, reference, False)
    assert (await api.bob.get("/api/v1/notices")).json() == {"items": [], "unseen": 0}
    assert (await api.ann.post("/api/v1/notices/seen")).json()["unseen"] == 0
