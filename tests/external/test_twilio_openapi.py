"""Every call that the phone channels make is one that the provider's own OpenAPI description has."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from channels.contract import Address
from channels.sms.adapter import channel
from channels.sms.delivery import STATUSES
from tests.channels.phone_desk import phone_inbox
from tests.channels.phone_provider import FakeProvider, accepted, listed, record
from tests.channels.sms.test_send import MAP, REPLY

pytestmark = pytest.mark.material("twilio/api_v2010.json")

MEDIA = httpx.Response(200, json={"media_list": [], "next_page_uri": None})


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    path = Path(os.environ["HUB_MATERIAL"], "twilio", "api_v2010.json")
    description: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return description


@pytest.fixture
async def made() -> list[httpx.Request]:
    """One of each call: a text, one with pictures and one by WhatsApp sent, a text looked for, and texts with a picture
    listed."""
    inbox = phone_inbox("sms", {"pictures": True})
    sending, finding = FakeProvider([accepted()]), FakeProvider([listed()])
    await channel.send(replace(REPLY, files=(MAP, MAP)), inbox, sending.http())
    await channel.send(replace(REPLY, to=Address("whatsapp", REPLY.to.value)), inbox, sending.http())
    inbound = record(sid="MM" + "0" * 32, direction="inbound", num_media="1")
    missing = FakeProvider([listed(inbound), MEDIA])
    await channel.send(REPLY, inbox, sending.http())
    await channel.find(REPLY, inbox, finding.http())
    await channel.missed(datetime(2026, 3, 2, 9, 30, tzinfo=UTC), inbox, missing.http())
    return [*sending.requests, *finding.requests, *missing.requests]


def test_every_call_has_a_described_path_fields_and_types(described: dict[str, Any], made: list[httpx.Request]) -> None:
    assert len(made) == 6
    for request in made:
        path, values = _path(described, request.url.path)
        operation = described["paths"][path][request.method.lower()]
        [scheme] = operation["security"][0]
        assert described["components"]["securitySchemes"][scheme] == {"type": "http", "scheme": "basic"}
        assert request.headers["authorization"].startswith("Basic ")
        sent = {**values, **dict(request.url.params.multi_items())}
        _fits(sent, {parameter["name"]: parameter["schema"] for parameter in operation["parameters"]}, described)
        if request.method == "POST":
            form = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
            fields = dict(parse_qsl(request.content.decode()))
            assert request.headers["content-type"] == "application/x-www-form-urlencoded"
            _fits(fields, form["properties"], described)
            assert set(form.get("required", ())) <= set(fields)


def test_the_answers_that_tests_give_are_of_the_described_shape(described: dict[str, Any]) -> None:
    message = described["components"]["schemas"]["api.v2010.account.message"]["properties"]
    assert set(record()) <= set(message)


def test_every_status_that_the_provider_may_say_of_an_outbound_text_is_known(described: dict[str, Any]) -> None:
    words = set(described["components"]["schemas"]["message_enum_status"]["enum"])
    assert words - set(STATUSES) == {"receiving", "received", "partially_delivered"}


def _path(described: Mapping[str, Any], called: str) -> tuple[str, dict[str, str]]:
    for template in described["paths"]:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+?)", re.escape(template))
        if match := re.fullmatch(pattern, called):
            return template, match.groupdict()
    raise AssertionError(f"no such path is described: {called}")


def _fits(sent: Mapping[str, str], schemas: Mapping[str, Any], described: Mapping[str, Any]) -> None:
    for name, value in sent.items():
        assert name in schemas, name
        schema = schemas[name]
        if "$ref" in schema:
            schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        _fits_type(name, value, schema)


def _fits_type(name: str, value: str, schema: Mapping[str, Any]) -> None:
    if schema["type"] == "array":  # a field that may come several times
        schema = schema["items"]
    assert schema["type"] in ("string", "integer"), (name, schema["type"])
    if schema["type"] == "integer":
        assert schema.get("minimum", 0) <= int(value) <= schema.get("maximum", 10_000), name
        return
    assert re.search(schema.get("pattern", ""), value), name
    if schema.get("format") == "date-time":
        datetime.fromisoformat(value)
