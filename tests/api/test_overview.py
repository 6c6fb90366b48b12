"""Queues and contacts over HTTP."""

from tests.api.conftest import Api


async def test_queues_say_how_much_stands_in_them(api: Api) -> None:
    mine = (await api.town.say("My missed bin", "+447700900001")).reference
    await api.town.say("My missed bin", "+447700900002")
    claimed = (await api.ann.post(f"/api/v1/cases/{mine}/claim")).json()

    queues = {queue["slug"]: queue for queue in (await api.ann.get("/api/v1/queues")).json()["items"]}

    assert list(queues) == ["triage", "waste", "highways"]
    assert queues["waste"] == {
        "slug": "waste",
        "name": "Waste",
        "department": "environment",
        "active": True,
        "is_open": True,
        "open_cases": 2,
        "unassigned": 1,
        "oldest_opened_at": claimed["opened_at"],
    }
    assert queues["triage"]["oldest_opened_at"] is None


async def test_a_contact_is_shown_with_cases_and_addresses(api: Api) -> None:
    first = (await api.town.say("hello", "cat@home.example", channel="email", sender_name="Cat")).reference
    second = (await api.town.say("My missed bin", "cat@home.example", channel="email")).reference
    case = (await api.ann.get(f"/api/v1/cases/{first}")).json()

    contact = (await api.ann.get(f"/api/v1/contacts/{case['contact']['id']}")).json()

    assert {key: contact[key] for key in ("id", "name", "addresses")} == {
        key: case["contact"][key] for key in ("id", "name", "addresses")
    }
    assert contact["name"] == "Cat"
    assert [shown["reference"] for shown in contact["cases"]] == [second, first]
    assert contact["cases"][0]["decision"]["rule"] == "Missed bin"
    assert "messages" not in contact["cases"][0]


async def test_head_is_answered_like_get(api: Api) -> None:
    answered = await api.ann.head("/api/v1/queues")

    assert (answered.status_code, answered.headers["content-type"]) == (200, "application/json")
