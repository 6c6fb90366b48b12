"""Rules for programs: what is in force, where a message would go, the flags that rules look at, and wrong queues."""

from tests.api.conftest import Api
from tests.queries.town import RULES


async def test_the_rules_in_force_and_where_a_message_would_go(api: Api) -> None:
    rules = (await api.ann.get("/api/v1/rules")).json()
    assert (rules["version"], rules["rules"], rules["beside"]) == (1, RULES, {})

    tried = await api.ann.post("/api/v1/rules/try", json={"channel": "sms", "text": "I smell gas"})
    assert (tried.json()["rule"], tried.json()["queue"]) == ("Danger", "highways")
    assert [trial["matched"] for trial in tried.json()["explanation"]][:2] == [False, True]
    wrong = await api.ann.post("/api/v1/rules/try", json={"channel": "sms", "text": "x", "inbox": "nowhere"})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["inbox"])
    assert (await api.anyone.post("/api/v1/rules/try", json={"channel": "sms", "text": "x"})).status_code == 401


async def test_flags_of_a_contact_are_set_and_taken_away(api: Api) -> None:
    reference = (await api.town.say("My missed bin")).reference
    contact = (await api.ann.get(f"/api/v1/cases/{reference}")).json()["contact"]["id"]
    path = f"/api/v1/contacts/{contact}/flags"

    assert (await api.ann.post(path, json={"flag": "Vulnerable"})).json() == {"flags": ["vulnerable"]}
    assert (await api.auditor.post(path, json={"flag": "x"})).status_code == 403
    assert (await api.auditor.get(path)).json() == {"flags": ["vulnerable"]}
    assert (await api.ann.post(path, json={"flag": "vulnerable", "set": False})).json() == {"flags": []}
    assert (await api.ann.post(path, json={"flag": "vulnerable", "set": False})).status_code == 404
    assert (await api.ann.post("/api/v1/contacts/999/flags", json={"flag": "x"})).status_code == 404
    events = (await api.ann.get(f"/api/v1/cases/{reference}")).json()["events"][-2:]
    assert [(event["kind"], event["agent"], event["detail"]) for event in events] == [
        (kind, "ann@anytown.example", {"flag": "vulnerable"}) for kind in ("flagged", "unflagged")
    ]


async def test_wrong_queue_moves_the_case(api: Api) -> None:
    reference = (await api.town.say("My missed bin")).reference
    moved = await api.ann.post(f"/api/v1/cases/{reference}/wrong-queue", json={"queue": "triage"})
    assert (moved.json()["queue"], moved.json()["events"][-1]["detail"]["reason"]) == ("triage", "Wrong queue")
    none = await api.ann.post(f"/api/v1/cases/{reference}/acknowledge-alarm")
    assert (none.status_code, none.json()["code"]) == (409, "conflict")
