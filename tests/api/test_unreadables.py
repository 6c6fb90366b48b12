"""Programs of leaders see what became part of no case, and settle it; a case that two queues share says so."""

import pytest

from hub.actions.intake.updates import keep_unreadable
from tests.api.conftest import Api

AWAY = b"From: jo@example.org\r\nAuto-Submitted: auto-replied\r\nSubject: Away\r\n\r\nThe hedge blocks the path."


async def kept(api: Api, raw: bytes = AWAY) -> int:
    inbox = api.town.directory.inbox_by_name["email", "help"]
    await api.town.db.write(keep_unreadable, inbox.id, raw, "message/rfc822", "It couldn't be read.")
    lea = api.of("lea@anytown.example")
    return int((await lea.get("/api/v1/unreadables")).json()["items"][0]["id"])


async def test_it_is_listed_read_and_settled_in_each_way(api: Api) -> None:
    lea = api.of("lea@anytown.example")
    first, second, third = [await kept(api, AWAY + bytes([49 + n])) for n in range(3)]

    listed = (await lea.get("/api/v1/unreadables")).json()
    assert [item["id"] for item in listed["items"]] == [third, second, first]
    assert listed["items"][0] | {"at": "", "id": 0} == {
        "id": 0, "channel": "email", "inbox": "help", "why": "It couldn't be read.", "media_type": "message/rfc822",
        "size": len(AWAY) + 1, "at": "",
    }  # fmt: skip
    assert [item["id"] for item in (await lea.get(f"/api/v1/unreadables?before={second}")).json()["items"]] == [first]
    original = await lea.get(f"/api/v1/unreadables/{first}")
    assert (original.content, original.headers["x-content-type-options"]) == (AWAY + b"1", "nosniff")

    async def settle(which: int, how: str) -> tuple[int, str | None]:
        answer = await lea.post(f"/api/v1/unreadables/{which}/settle", json={"how": how})
        return answer.status_code, answer.json().get("reference")

    status, reference = await settle(first, "case")
    assert status == 200
    assert (await lea.get(f"/api/v1/cases/{reference}")).json()["messages"][0]["text"] == "The hedge blocks the path.1"
    assert await settle(second, "again") == (200, None)  # a machine's answer still
    assert await settle(third, "put_away") == (200, None)
    assert (await settle(third, "put_away"))[0] == 409
    assert (await settle(third, "eat"))[0] == 422
    assert (await settle(999_999, "put_away"))[0] == 404
    assert len((await lea.get("/api/v1/unreadables")).json()["items"]) == 1


@pytest.mark.parametrize(("who", "listing", "settling"), [("ann", 403, 403), ("aud", 200, 403)])
async def test_only_leaders_settle(api: Api, who: str, listing: int, settling: int) -> None:
    number, client = await kept(api), api.of(f"{who}@anytown.example")

    assert (await client.get("/api/v1/unreadables")).status_code == listing
    assert (await client.post(f"/api/v1/unreadables/{number}/settle", json={"how": "case"})).status_code == settling


async def test_a_case_is_shared_and_handed_back(api: Api) -> None:
    reference = (await api.town.say("Rats in the alley")).reference
    at = f"/api/v1/cases/{reference}"

    shared = await api.ann.post(f"{at}/share", json={"queue": "highways", "reason": "in the road"})
    assert (shared.status_code, shared.json()["queue"], shared.json()["also_in"]) == (200, "triage", ["highways"])
    listed = (await api.bob.get("/api/v1/cases", params={"queue": "highways"})).json()["items"]
    assert [case["reference"] for case in listed] == [reference]
    assert (await api.ann.post(f"{at}/share", json={"queue": "highways", "reason": "again"})).status_code == 409
    back = await api.bob.post(f"{at}/unshare", json={"queue": "highways"})
    assert (back.json()["also_in"], back.json()["events"][-1]["kind"]) == ([], "unshared")
