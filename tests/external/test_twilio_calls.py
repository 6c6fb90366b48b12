"""Every call that the hub makes about telephone calls is one that the provider's own OpenAPI description has."""

import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from channels import registry
from channels.calling import Steering
from channels.simulator.legs import Leg, call_resource
from channels.simulator.settings import PhoneInbox
from channels.simulator.town import CallRecord, new_sid
from channels.voice.adapter import channel
from hub.models.base import utcnow
from tests.channels.phone_desk import ACCOUNT, phone_inbox
from tests.channels.phone_provider import FakeProvider
from tests.channels.voice.test_outbound import CALL, PAUSED, RECORDING, RING, SID

pytestmark = pytest.mark.material("twilio/api_v2010.json")

CHANNELS = Path(registry.__file__).parent
TRIED = {  # each place in the channels that calls the provider, by what it asks; here, or in test_twilio_openapi
    "sms/outbound.py": ["create", "list", "stream"],
    "voice/listing.py": ["stream", "stream"],
    "voice/outbound.py": ["create", "delete", "update", "update", "update", "update"],
}


def test_no_call_of_the_provider_is_left_untried() -> None:
    """The provider's own library names its calls …_async. Only what fetches files asks it otherwise."""
    found = {
        str(path.relative_to(CHANNELS)): sorted(re.findall(r"\.(\w+)_async\(", path.read_text("utf-8")))
        for path in CHANNELS.rglob("*.py")
        if "simulator" not in path.parts
    }
    assert {path: calls for path, calls in found.items() if calls} == TRIED


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    path = Path(os.environ["HUB_MATERIAL"], "twilio", "api_v2010.json")
    description: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return description


async def made() -> list[httpx.Request]:
    """One of each."""
    inbox = phone_inbox("voice", {"delete_recordings": True})
    provider = FakeProvider([CALL])
    await channel.ring(RING, inbox, provider.http())
    for what in ("hold", "retrieve", "send", "hang_up"):
        await channel.steer(Steering(what=what, sid=SID, ring=17), inbox, provider.http())
    recording, deleting = FakeProvider([PAUSED]), FakeProvider([httpx.Response(204)])
    for paused in ("pause", "resume"):
        await channel.steer(Steering(what=paused, sid=SID, ring=17), inbox, recording.http())
    ref = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/{RECORDING}.wav"
    await channel.forget(ref, inbox, deleting.http())
    lists = FakeProvider([_listed("calls"), _listed("recordings")])
    await channel.listed_calls(utcnow(), inbox, lists.http())
    return [*provider.requests, *recording.requests, *deleting.requests, *lists.requests]


def _listed(name: str) -> httpx.Response:
    return httpx.Response(200, json={name: [], "next_page_uri": None, "page": 0})


async def test_every_call_has_a_described_path_fields_and_types(described: dict[str, Any]) -> None:
    requests = await made()
    assert len(requests) == 10
    for request in requests:
        operation, values = find(described, request)
        assert operation["security"] == [{"accountSid_authToken": []}]
        assert request.headers["authorization"].startswith("Basic ")
        asked = dict(request.url.params)
        for parameter in operation["parameters"]:
            if parameter["in"] == "path":
                fits(values[parameter["name"]], resolved(described, parameter["schema"]))
            elif parameter["name"] in asked:
                fits(asked.pop(parameter["name"]), resolved(described, parameter["schema"]))
        assert asked == {}, "no such parameter is described"
        if request.method == "POST":
            body = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
            sent = parse_qs(request.content.decode())
            assert set(body.get("required", ())) <= set(sent)
            for name, given in sent.items():
                schema = resolved(described, body["properties"][name])
                assert schema["type"] == "array" or len(given) == 1, name
                for value in given:
                    fits(value, resolved(described, schema["items"]) if schema["type"] == "array" else schema)


def find(described: dict[str, Any], request: httpx.Request) -> tuple[dict[str, Any], dict[str, str]]:
    for template, operations in described["paths"].items():
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+?)", re.escape(template))
        found = re.fullmatch(pattern, request.url.path)
        if found and request.method.lower() in operations:
            return operations[request.method.lower()], found.groupdict()
    raise AssertionError(f"no such call is described: {request.method} {request.url.path}")


def resolved(described: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    named: dict[str, Any] = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return named


def fits(value: str, schema: dict[str, Any]) -> None:
    if schema["type"] == "integer":
        assert value.isdecimal()
        return
    assert schema["type"] in ("string", "boolean"), schema
    assert re.search(schema.get("pattern", ""), value), value
    assert value in schema.get("enum", [value])
    if schema.get("format") == "uri":
        assert httpx.URL(value).scheme == "https"


def test_the_simulators_call_is_of_the_described_shape(described: dict[str, Any]) -> None:
    phone = PhoneInbox(channel="voice", name="main", address="+441632960100", account_sid=ACCOUNT, auth_token="t")
    record = CallRecord(
        sid=new_sid("CA"), caller="+441632960555", sender=phone.address, to="+441632960555", at=utcnow()
    )
    known = described["components"]["schemas"]["api.v2010.account.call"]["properties"]
    assert set(call_resource(Leg(record, phone))) <= set(known)
