"""Replies with files and copies; cases joined, taken apart and put off."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.email.adapter import EmailChannel
from tests.api.conftest import Api


async def mail_case(api: Api, text: str = "My bin", sender: str = "jane@citizen.example", **more: Any) -> str:
    more.setdefault("message_id", f"{text}@citizen.example")
    return (await api.town.say(text, sender, channel="email", subject=text, **more)).reference


async def does(api: Api, reference: str, verb: str, status: int = 200, **body: Any) -> dict[str, Any]:
    answered = await api.ann.post(f"/api/v1/cases/{reference}/{verb}", json=body)
    assert answered.status_code == status, answered.text
    told: dict[str, Any] = answered.json()
    return told


async def uploaded(api: Api, name: str, content: bytes, media_type: str = "") -> dict[str, Any]:
    answered = await api.ann.post(
        "/api/v1/attachments", params={"filename": name}, content=content, headers={"Content-Type": media_type}
    )
    assert answered.status_code == 201, answered.text
    told: dict[str, Any] = answered.json()
    return told


async def test_a_reply_takes_files_copies_and_the_words_that_it_answers(api: Api) -> None:
    reference = await mail_case(api)
    plan = await uploaded(api, "../Pläne.pdf", b"%PDF-1.7", "application/pdf")
    note = await uploaded(api, "note.txt", b"hello")
    assert (plan["filename"], note["media_type"]) == ("_Pläne.pdf", "text/plain")
    case = await does(
        api, reference, "replies", 201, text="See *both*.", cc=["Son <Son@Citizen.Example>"], bcc=["boss@x.example"],
        attachments=[plan["id"], note["id"]], quote=True,
    )  # fmt: skip
    sent = case["messages"][-1]
    assert (sent["cc"], sent["bcc"]) == (["son@citizen.example"], ["boss@x.example"])
    assert [(file["id"], file["size"]) for file in sent["attachments"]] == [(plan["id"], 8), (note["id"], 5)]
    assert [each["address"] for each in case["participants"]] == ["son@citizen.example"]
    assert (await api.ann.get(f"/api/v1/attachments/{note['id']}")).content == b"hello"


async def test_what_cant_go_along_is_named_and_nothing_is_sent(api: Api) -> None:
    reference = await mail_case(api)
    rows: list[tuple[dict[str, Any], str]] = [
        ({"cc": ["not an address"]}, "cc"),
        ({"bcc": ["a@b.example\r\nBcc: x@y.example"]}, "bcc"),
        ({"attachments": [12345]}, "attachments"),
        ({"channel": "email", "cc": ["x"] * 60}, "cc"),
    ]
    for body, field in rows:
        told = await does(api, reference, "replies", 422, text="Hello", **body)
        assert field in told["errors"], body
    case = (await api.ann.get(f"/api/v1/cases/{reference}")).json()
    assert len(case["messages"]) == 1


async def test_a_text_has_no_copies_and_another_agents_file_is_not_mine(api: Api) -> None:
    reference = (await api.town.say("My bin")).reference
    assert "cc" in (await does(api, reference, "replies", 422, text="Hi", cc=["a@b.example"]))["errors"]
    mine = await uploaded(api, "a.txt", b"x")
    mail = await mail_case(api)
    answered = await api.bob.post(f"/api/v1/cases/{mail}/replies", json={"text": "Hi", "attachments": [mine["id"]]})
    assert answered.status_code == 422


async def test_limits_of_files_are_named(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = await mail_case(api)
    kept = await uploaded(api, "large.bin", b"x" * 2_000_001)
    monkeypatch.setattr(EmailChannel, "file_limits", lambda self, inbox: None)
    assert "attachments" in (await does(api, reference, "replies", 422, text="Hi", attachments=[kept["id"]]))["errors"]
    too_much = b"x" * (api.settings.max_upload_bytes + 1)
    answered = await api.ann.post("/api/v1/attachments", content=too_much)
    assert (answered.status_code, answered.json()["code"]) == (413, "too_large")
    assert (await api.ann.post("/api/v1/attachments", content=b"")).status_code == 422
    assert (await api.auditor.post("/api/v1/attachments", content=b"x")).status_code == 403


async def test_cases_are_joined_and_taken_apart_again(api: Api) -> None:
    one, other = await mail_case(api, "My bin"), await mail_case(api, "The same bin", "neighbour@citizen.example")
    await does(api, other, "claim")
    merged = await does(api, other, "merge", into=one)
    assert (merged["status"], merged["agent"], merged["messages"]) == ("closed", None, [])
    assert [(link["kind"], link["reference"]) for link in merged["links"]] == [("joined_to", one)]
    whole = (await api.ann.get(f"/api/v1/cases/{one}")).json()
    assert [message["text"] for message in whole["messages"]] == ["My bin", "The same bin"]
    assert [each["address"] for each in whole["participants"]] == ["neighbour@citizen.example"]
    assert [(link["kind"], link["reference"]) for link in whole["links"]] == [("joined", other)]
    assert (await does(api, other, "merge", 409, into=one))["code"] == "conflict"
    apart = await does(api, other, "unmerge")
    assert (apart["status"], apart["agent"], len(apart["messages"])) == ("open", "ann@anytown.example", 1)
    whole = (await api.ann.get(f"/api/v1/cases/{one}")).json()
    assert (len(whole["messages"]), whole["participants"], whole["links"]) == (1, [], [])
    assert [event["kind"] for event in apart["events"]][-2:] == ["merged", "unmerged"]


async def test_only_another_open_case_is_joined(api: Api) -> None:
    one = await mail_case(api)
    for into in (one, "123", ""):
        assert "into" in (await does(api, one, "merge", 422, into=into))["errors"]
    other = await mail_case(api, "Done")
    await does(api, other, "resolve", outcome="Done")
    assert "Reopen it first" in (await does(api, one, "merge", 409, into=other))["detail"]
    await does(api, one, "unmerge", 404)


async def test_a_case_is_put_off_and_brought_back(api: Api) -> None:
    reference = await mail_case(api)
    until = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    case = await does(api, reference, "snooze", until=until.isoformat())
    assert (case["status"], case["snoozed_until"]) == ("snoozed", until.isoformat().replace("+00:00", "Z"))
    case = await does(api, reference, "unsnooze")
    assert (case["status"], case["snoozed_until"]) == ("open", None)
    await does(api, reference, "unsnooze", 409)
    for wrong in ("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "2026-12-01T09:00:00", "tomorrow", 5):
        assert "until" in (await does(api, reference, "snooze", 422, until=wrong))["errors"]


async def test_who_takes_part_is_an_agents_to_say(api: Api) -> None:
    reference = await mail_case(api)
    case = await does(api, reference, "add-participant", address="Son@Citizen.Example")
    assert [(each["address"], each["added_by"]) for each in case["participants"]] == [
        ("son@citizen.example", "Ann Ash")
    ]
    for address in ("son@citizen.example", "jane@citizen.example"):
        await does(api, reference, "add-participant", 409, address=address)
    assert (await does(api, reference, "remove-participant", address="son@citizen.example"))["participants"] == []
    await does(api, reference, "remove-participant", 404, address="son@citizen.example")
