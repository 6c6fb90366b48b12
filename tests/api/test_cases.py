"""Cases over HTTP: the list, one case, and what may be done to it."""

from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, update

from hub.actions.intake.arrivals import StoredFile
from hub.models import Message, MessageStatus
from hub.reference import reference_of, spoken
from tests.api.conftest import Api


async def reference(api: Api, text: str = "My missed bin", sender: str = "+447700900001", **more: Any) -> str:
    return (await api.town.say(text, sender, **more)).reference


async def test_a_citizen_s_text_is_a_case_with_its_decision(api: Api) -> None:
    mine = await reference(api)

    answered = await api.ann.get("/api/v1/cases", params={"queue": "waste"})

    assert (answered.status_code, answered.headers["content-type"]) == (200, "application/json")
    [case] = answered.json()["items"]
    contact_id = case["contact"]["id"]
    due_at, opened_at = case.pop("due_at"), case.pop("opened_at")
    assert datetime.fromisoformat(opened_at) <= datetime.now(UTC) < datetime.fromisoformat(due_at)
    assert opened_at.endswith("Z")
    assert case.pop("updated_at").endswith("Z")
    explanation = case["decision"].pop("explanation")
    assert explanation[0]["rule"] == "Missed bin"
    assert explanation[0]["matched"] is True
    assert explanation[0]["conditions"][0]["condition"] == "text_contains"
    assert case == {
        "reference": mine,
        "subject": "My missed bin",
        "status": "new",
        "priority": "normal",
        "department": "environment",
        "queue": "waste",
        "also_in": [],
        "agent": None,
        "channel": "sms",
        "contact": {
            "id": contact_id,
            "name": "",
            "language": "",
            "addresses": [
                {
                    "uri": "tel:+447700900001",
                    "scheme": "tel",
                    "value": "+447700900001",
                    "verification": "delivered",
                    "opted_out": False,
                    "unreachable": False,
                    "no_texts": False,
                }
            ],
        },
        "tags": ["missed-collection"],
        "resolved_at": None,
        "outcome": "",
        "seq": 1,
        "follow_up_of": None,
        "snoozed_until": None,
        "forgotten_at": None,
        "type": None,
        "clocks": [],
        "decision": {
            "rule": "Missed bin",
            "matched": ["Missed bin"],
            "queue": "waste",
            "priority": "normal",
            "tags": ["missed-collection"],
            "effects": case["decision"]["effects"],
        },
    }


async def test_one_case_holds_all_that_was_said_and_done(api: Api) -> None:
    photo = StoredFile(filename="bin.jpg", media_type="image/jpeg", size=7, sha256="ab" * 32)
    mine = await reference(api, files=(photo,))

    case = (await api.ann.get(f"/api/v1/cases/{spoken(mine)}")).json()

    [said] = case["messages"]
    [attached] = said.pop("attachments")
    assert said.pop("original") is None
    assert (attached["filename"], attached["media_type"], attached["size"]) == ("bin.jpg", "image/jpeg", 7)
    said_at = said.pop("at")
    assert said_at == case["opened_at"]
    assert said == {
        "id": said["id"],
        "direction": "in",
        "channel": "sms",
        "from": "+447700900001",
        "to": "+441632960100",
        "subject": "",
        "text": "My missed bin",
        "html": None,
        "transcript": None,
        "status": "received",
        "error": None,
        "author": None,
        "automatic": False,
        "automatic_why": None,
        "problems": [],
        "authentication": None,
        "cc": [],
        "bcc": [],
    }
    [opened] = case["events"]
    assert opened == {
        "seq": 1,
        "kind": "opened",
        "at": case["opened_at"],
        "agent": None,
        "message_id": said["id"],
        "detail": {"queue": "waste", "rule": "Missed bin"},
    }


async def test_the_mail_as_it_came_is_no_attachment_of_the_citizens(api: Api) -> None:
    photo = StoredFile(filename="bin.jpg", media_type="image/jpeg", size=7, sha256="ab" * 32)
    kept = StoredFile(
        filename="original.eml", media_type="message/rfc822", size=900, sha256="cd" * 32, disposition="raw"
    )
    mine = await reference(api, files=(photo, kept))

    [said] = (await api.ann.get(f"/api/v1/cases/{mine}")).json()["messages"]

    assert [file["filename"] for file in said["attachments"]] == ["bin.jpg"]
    assert (said["original"]["filename"], said["original"]["media_type"]) == ("original.eml", "message/rfc822")


async def test_pages_lead_to_the_next_one(api: Api) -> None:
    made = [await reference(api, sender=f"+44770090000{n}") for n in range(3)]

    first = (await api.ann.get("/api/v1/cases", params={"limit": 2})).json()
    second = (await api.ann.get("/api/v1/cases", params={"limit": 2, "after": first["next"]})).json()

    assert [case["reference"] for case in first["items"]] == [made[2], made[1]]
    assert [case["reference"] for case in second["items"]] == [made[0]]
    assert second["next"] is None


async def test_filters_choose_the_cases(api: Api) -> None:
    of_bin = await reference(api)
    of_gas = await reference(api, "I smell gas", "+447700900002")
    await api.bob.post(f"/api/v1/cases/{of_gas}/claim")
    contact = (await api.ann.get(f"/api/v1/cases/{of_bin}")).json()["contact"]["id"]
    rows: list[tuple[dict[str, Any], list[str]]] = [
        ({}, [of_gas, of_bin]),
        ({"queue": "", "status": "", "channel": "", "agent": "", "q": "", "after": "", "limit": ""}, [of_gas, of_bin]),
        ({"status": "open"}, [of_gas]),
        ({"status": "new", "channel": "sms"}, [of_bin]),
        ({"channel": "email"}, []),
        ({"agent": "bob@anytown.example"}, [of_gas]),
        ({"agent": "none"}, [of_bin]),
        ({"contact": contact}, [of_bin]),
        ({"q": "smell"}, [of_gas]),
        ({"q": spoken(of_bin)}, [of_bin]),
        ({"q": "07700 900002"}, [of_gas]),
    ]

    for wanted, expected in rows:
        listing = (await api.ann.get("/api/v1/cases", params=wanted)).json()
        assert [case["reference"] for case in listing["items"]] == expected, wanted


async def test_a_case_is_worked_on_from_claim_to_reopening(api: Api) -> None:
    mine = await reference(api)
    steps: list[tuple[str, dict[str, Any], int, dict[str, Any]]] = [
        ("claim", {}, 200, {"status": "open", "agent": "ann@anytown.example", "seq": 2}),
        ("claim", {}, 200, {"seq": 2}),
        ("notes", {"text": "whole road missed"}, 201, {"status": "open", "seq": 3}),
        ("replies", {"text": "We come tomorrow."}, 201, {"status": "waiting", "seq": 4}),
        ("release", {}, 200, {"agent": None, "seq": 5}),
        ("assign", {"agent": "lea@anytown.example"}, 200, {"agent": "lea@anytown.example", "seq": 6}),
        ("transfer", {"queue": "highways", "reason": "road shut"}, 200, {"queue": "highways", "seq": 7}),
        ("resolve", {"outcome": "collected"}, 200, {"status": "resolved", "outcome": "collected", "seq": 8}),
        ("reopen", {"seq": 8}, 200, {"status": "open", "outcome": "", "resolved_at": None, "seq": 9}),
    ]

    for verb, body, status, expected in steps:
        answered = await api.ann.post(f"/api/v1/cases/{mine}/{verb}", json=body)
        case = answered.json()
        assert (answered.status_code, {key: case.get(key) for key in expected}) == (status, expected), verb
        assert case == (await api.ann.get(f"/api/v1/cases/{mine}")).json()

    assert [m["direction"] for m in case["messages"]] == ["in", "note", "out"]
    assert [m["author"] for m in case["messages"]] == [None, "ann@anytown.example", "ann@anytown.example"]
    answer = case["messages"][2]
    assert (answer["status"], answer["to"], answer["channel"]) == ("queued", "+447700900001", "sms")


async def test_what_the_provider_said_shows_on_the_message(api: Api) -> None:
    mine = await reference(api)
    sent = (await api.ann.post(f"/api/v1/cases/{mine}/replies", json={"text": "Thank you."})).json()["messages"][-1]
    await api.town.db.write(fail, sent["id"], "The citizen has opted out of texts.")

    case = (await api.ann.get(f"/api/v1/cases/{mine}")).json()

    assert case["messages"][-1]["status"] == "failed"
    assert case["messages"][-1]["error"] == "The citizen has opted out of texts."


CONFLICTS: list[tuple[str, dict[str, Any]]] = [
    ("claim", {}),
    ("claim", {"seq": 1}),
    ("notes", {"text": "x", "seq": 1}),
    ("replies", {"text": "x", "seq": 1}),
    ("release", {"seq": 1}),
    ("assign", {"agent": "lea@anytown.example", "seq": 1}),
    ("transfer", {"queue": "highways", "reason": "x", "seq": 1}),
    ("transfer", {"queue": "waste", "reason": "x"}),
    ("resolve", {"outcome": "x", "seq": 1}),
    ("reopen", {}),
    ("reopen", {"seq": 1}),
]


async def test_whoever_comes_second_is_told(api: Api) -> None:
    mine = await reference(api)
    await api.ann.post(f"/api/v1/cases/{mine}/claim")

    for verb, body in CONFLICTS:
        answered = await api.bob.post(f"/api/v1/cases/{mine}/{verb}", json=body)
        assert (answered.status_code, answered.json()["code"]) == (409, "conflict"), (verb, body)

    assert (await api.ann.get(f"/api/v1/cases/{mine}")).json()["seq"] == 2


REFUSED_BODIES: list[tuple[str, Any, list[str]]] = [
    ("notes", {}, ["text"]),
    ("notes", {"text": " "}, ["text"]),
    ("notes", {"text": "x" * 20_001}, ["text"]),
    ("notes", {"text": 7}, ["text"]),
    ("notes", {"text": "x", "texts": "y"}, ["texts"]),
    ("notes", {"text": "a\x00b"}, ["text"]),
    ("notes", {"text": "x", "seq": "1"}, ["seq"]),
    ("notes", {"text": "x", "seq": -1}, ["seq"]),
    ("notes", {"text": "x", "seq": True}, ["seq"]),
    ("notes", ["text"], ["body"]),
    ("claim", {"agent": "bob@anytown.example"}, ["agent"]),
    ("replies", {"text": "x", "channel": "pigeon"}, ["channel"]),
    ("replies", {"text": "x", "channel": "email"}, ["channel"]),
    ("replies", {"text": "x", "inbox": "moon"}, ["inbox"]),
    ("assign", {"agent": "bob@anytown.example"}, ["agent"]),
    ("assign", {"agent": "nobody@nowhere.example"}, ["agent"]),
    ("transfer", {"queue": "moon", "reason": "x"}, ["queue"]),
    ("transfer", {"queue": "highways", "reason": " "}, ["reason"]),
    ("transfer", {}, ["queue", "reason"]),
    ("resolve", {}, ["outcome"]),
]


async def test_a_bad_body_is_refused_by_field_and_changes_nothing(api: Api) -> None:
    mine = await reference(api)

    for verb, body, fields in REFUSED_BODIES:
        answered = await api.ann.post(f"/api/v1/cases/{mine}/{verb}", json=body)
        problem = answered.json()
        assert (answered.status_code, sorted(problem.get("errors", {}))) == (422, fields), (verb, problem)

    assert (await api.ann.get(f"/api/v1/cases/{mine}")).json()["seq"] == 1


async def test_what_is_no_json_object_is_refused(api: Api) -> None:
    mine = await reference(api)

    for body in (b"{", b"text=x", b'{"text": "\\ud800"}', b"\xff\xfe", b"null", b"[]"):
        answered = await api.ann.post(f"/api/v1/cases/{mine}/notes", content=body)
        assert (answered.status_code, list(answered.json()["errors"])) == (422, ["body"]), body


async def test_words_that_json_must_escape_come_back_as_they_were(api: Api) -> None:
    mine = await reference(api)
    words = 'Grüße "zurück" \\ \u2028 👩🏽‍🚒 ' + "ü" * 19_000

    answered = await api.ann.post(f"/api/v1/cases/{mine}/notes", json={"text": words})

    assert answered.json()["messages"][-1]["text"] == words


async def test_unknown_cases_are_not_found(api: Api) -> None:
    for unknown in (reference_of(4711), "12345678", "moon", "9" * 60):
        for answered in (
            await api.ann.get(f"/api/v1/cases/{unknown}"),
            await api.ann.post(f"/api/v1/cases/{unknown}/claim"),
        ):
            assert (answered.status_code, answered.json()["code"]) == (404, "not_found"), unknown


def fail(session: Session, message_id: int, why: str) -> None:
    values = {"status": MessageStatus.FAILED, "error": why}
    session.exec(update(Message).where(col(Message.id) == message_id).values(**values))
