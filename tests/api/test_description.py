"""The OpenAPI description says what there is and what it answers: neither more nor less."""

import re
from typing import Any

import pytest
from starlette.routing import Route

from channels.contract import RemoteFile
from hub.web.api.openapi import describe
from hub.web.api.routes import OPERATIONS, ROUTES
from tests.api.conftest import Api

Json = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Json:
    return describe(OPERATIONS)


async def test_it_is_public_and_made_from_the_code(api: Api, document: Json) -> None:
    answered = await api.anyone.get("/api/v1/openapi.json")

    assert answered.json() == document
    assert document["openapi"].startswith("3.1.")


async def test_every_declared_operation_answers_and_no_other(api: Api, document: Json) -> None:
    declared = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    there = set()
    for route in ROUTES:
        assert isinstance(route, Route)
        address = route.path_format.format(reference="1", id="1", path="moon")
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            answered = await api.anyone.request(method, address)
            if answered.status_code not in (404, 405):
                there.add((method, route.path_format))

    assert there == declared


def test_every_reference_leads_somewhere(document: Json) -> None:
    named = set(re.findall(r"'#/components/schemas/(\w+)'", str(document)))

    assert named == set(document["components"]["schemas"])
    assert not [name for name in named if "__" in name]  # two of one name would be told apart by our own modules'


def test_every_operation_is_described(document: Json) -> None:
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    ids = [operation["operationId"] for operation in operations]

    assert len(set(ids)) == len(ids) == len(OPERATIONS)
    assert all(operation["summary"] for operation in operations)
    for path, methods in document["paths"].items():
        for operation in methods.values():
            in_path = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert in_path == set(re.findall(r"{(\w+)}", path))


def test_the_words_of_the_contract_are_in_it(document: Json) -> None:
    parts = document["components"]["schemas"]
    wanted = {p["name"]: p["schema"] for p in document["paths"]["/api/v1/cases"]["get"]["parameters"]}

    assert all(p["allowEmptyValue"] for p in document["paths"]["/api/v1/cases"]["get"]["parameters"])
    assert parts["CaseStatus"]["enum"] == ["new", "open", "waiting", "snoozed", "resolved", "closed"]
    assert wanted["status"]["enum"] == parts["CaseStatus"]["enum"]
    assert (wanted["limit"]["minimum"], wanted["limit"]["maximum"], wanted["limit"]["default"]) == (1, 200, 50)
    assert parts["NewTransfer"]["required"] == ["queue", "reason"]
    assert parts["NewTransfer"]["additionalProperties"] is False
    assert {"from", "to", "attachments"} <= set(parts["Message"]["required"])


async def test_real_answers_are_as_described(api: Api, document: Json) -> None:
    """By a small checker of our own that refuses what the schema doesn't name."""
    recording = RemoteFile(ref="https://provider.example/1", filename="call.wav", media_type="audio/wav")
    mine = (await api.town.say("I smell gas", remote_files=(recording,), problems=("odd",))).reference
    await api.town.say("<p>hello", "cat@home.example", channel="email", html="<p>hello</p>", sender_name="Cat")
    await api.ann.post(f"/api/v1/cases/{mine}/replies", json={"text": "We come."})
    await api.ann.post(f"/api/v1/cases/{mine}/notes", json={"text": "urgent"})
    case = (await api.ann.get(f"/api/v1/cases/{mine}")).json()
    rows = [
        ("/api/v1/cases", "/api/v1/cases", "200"),
        ("/api/v1/cases/{reference}", f"/api/v1/cases/{mine}", "200"),
        ("/api/v1/queues", "/api/v1/queues", "200"),
        ("/api/v1/contacts/{id}", f"/api/v1/contacts/{case['contact']['id']}", "200"),
        ("/api/v1/cases/{reference}", "/api/v1/cases/1", "404"),
        ("/api/v1/cases", "/api/v1/cases?limit=0", "422"),
    ]

    for path, address, status in rows:
        answered = await api.ann.get(address)
        [content] = document["paths"][path]["get"]["responses"][status]["content"].items()
        assert answered.headers["content-type"] == content[0]
        assert list(misfits(answered.json(), content[1]["schema"], document)) == [], address


KINDS = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict, "null": type(None)}


def misfits(value: Any, schema: Json, document: Json, place: str = "$") -> Any:
    """Where a value isn't as its schema says: types, enums, required and unknown keys."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        if all(list(misfits(value, part, document, place)) for part in schema["anyOf"]):
            yield f"{place}: fits none"
        return
    if "type" in schema and (
        not isinstance(value, KINDS[schema["type"]]) or (schema["type"] == "integer" and isinstance(value, bool))
    ):
        yield f"{place}: {type(value).__name__}, not {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} isn't one of the words"
    if schema.get("format") == "date-time" and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value):
        yield f"{place}: no time in UTC"
    if isinstance(value, dict) and "properties" in schema:
        yield from (f"{place}.{key}: missing" for key in schema.get("required", []) if key not in value)
        yield from (f"{place}.{key}: not described" for key in value if key not in schema["properties"])
        for key in value.keys() & schema["properties"].keys():
            yield from misfits(value[key], schema["properties"][key], document, f"{place}.{key}")
    if isinstance(value, list) and "items" in schema:
        for index, part in enumerate(value):
            yield from misfits(part, schema["items"], document, f"{place}[{index}]")


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"items": [], "next": None}, []),
        ({"items": []}, ["$.next: missing"]),
        ({"items": [], "next": 7}, ["$.next: fits none"]),
        ({"items": {}, "next": None}, ["$.items: dict, not array"]),
        ({"items": [], "next": None, "more": 1}, ["$.more: not described"]),
    ],
)
def test_a_misfit_is_recognised(document: Json, value: Json, where: list[str]) -> None:
    assert list(misfits(value, {"$ref": "#/components/schemas/Cases"}, document)) == where
