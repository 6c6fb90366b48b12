"""Whatever goes wrong is told as a problem (RFC 9457), and nobody without a token learns or changes anything."""

from collections.abc import AsyncIterator
from itertools import cycle
from typing import Any

import httpx
import pytest
from sqlmodel import Session, col, update
from starlette.applications import Starlette
from starlette.routing import Route

from hub.errors import Unavailable
from hub.models import Agent
from hub.web.api.cases import VERBS
from hub.web.api.doors import Door
from hub.web.api.routes import OPERATIONS
from tests.api.conftest import Api

BODIES: dict[str, dict[str, str]] = {
    "replies": {"text": "x"},
    "notes": {"text": "x"},
    "assign": {"agent": "ann@anytown.example"},
    "transfer": {"queue": "highways", "reason": "x"},
    "resolve": {"outcome": "x"},
}


def assert_problem(answered: httpx.Response, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = answered.json()
    assert answered.headers["content-type"] == "application/problem+json"
    assert (answered.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert set(problem) - {"errors"} == {"type", "title", "status", "detail", "code"}
    assert problem["detail"]
    return problem


def test_only_the_description_is_public() -> None:
    assert [operation.path for operation in OPERATIONS if operation.public] == ["/api/v1/openapi.json"]


async def test_every_door_but_the_description_asks_for_a_token(api: Api) -> None:
    wrong = cycle(["", "Bearer", "Bearer ", "Bearer wrong", "Basic YTpi", "hub_token"])
    for operation in OPERATIONS:
        path = operation.path.replace("{reference}", "12345678").replace("{id}", "1")
        for headers in ({}, {"Authorization": next(wrong)}):
            answered = await api.anyone.request(operation.method, path, headers=headers)
            if not operation.public:
                assert_problem(answered, 401, "not_signed_in")
                assert answered.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_works_whatever_the_case_of_its_scheme(api: Api) -> None:
    headers = {"Authorization": f"bearer {api.tokens['ann@anytown.example']}"}

    assert (await api.anyone.get("/api/v1/queues", headers=headers)).status_code == 200


async def test_a_disabled_agent_s_token_opens_nothing(api: Api) -> None:
    await api.town.db.write(disable, "ann@anytown.example")

    assert_problem(await api.ann.get("/api/v1/queues"), 401, "not_signed_in")


async def test_auditors_see_everything_and_change_nothing(api: Api) -> None:
    mine = (await api.town.say("My missed bin")).reference

    for verb in VERBS:
        answered = await api.auditor.post(f"/api/v1/cases/{mine}/{verb.name}", json=BODIES.get(verb.name, {}))
        assert_problem(answered, 403, "not_allowed")

    seen = await api.auditor.get(f"/api/v1/cases/{mine}")
    assert (seen.status_code, seen.json()["seq"]) == (200, 1)


NOWHERE = ["", "/", "/v1", "/v1/cases/", "/v2/cases", "/v1/cases/12345678/paint", "/v1/moon"]


async def test_what_is_not_there_is_not_found(api: Api) -> None:
    for path in NOWHERE:
        for method in ("GET", "POST", "DELETE"):
            assert_problem(await api.ann.request(method, f"/api{path}"), 404, "not_found")


NOT_MEANT = [
    ("PUT", "/api/v1/cases", "GET, HEAD, POST"),
    ("DELETE", "/api/v1/cases/12345678", "GET, HEAD"),
    ("GET", "/api/v1/cases/12345678/claim", "POST"),
    ("PUT", "/api/v1/openapi.json", "GET, HEAD"),
]


async def test_a_method_that_is_not_meant_is_told_which_are(api: Api) -> None:
    for method, path, allowed in NOT_MEANT:
        answered = await api.ann.request(method, path)
        assert_problem(answered, 405, "method_not_allowed")
        assert answered.headers["allow"] == allowed


PARAMETERS = [
    ("limit=0", "limit"),
    ("limit=201", "limit"),
    ("limit=many", "limit"),
    ("limit=1.5", "limit"),
    ("status=shut", "status"),
    ("queue=moon", "queue"),
    ("queue=a%00b", "queue"),
    ("channel=pigeon", "channel"),
    ("agent=nobody@nowhere.example", "agent"),
    ("contact=0", "contact"),
    ("contact=99999999999999999999", "contact"),
    ("q=%00", "q"),
    (f"q={'x' * 401}", "q"),
    ("after=soon", "after"),
    ("page=2", "page"),
    ("queue=waste&queue=triage", "queue"),
]


async def test_wrong_parameters_are_named(api: Api) -> None:
    for query, field in PARAMETERS:
        problem = assert_problem(await api.ann.get(f"/api/v1/cases?{query}"), 422, "invalid")
        assert list(problem["errors"]) == [field], query


LAX = [
    ("/phone/number", {"number": "", "in_browser": 0}, "in_browser"),
    ("/contacts/1/flags", {"flag": "blind", "set": "yes"}, "set"),
    ("/presence", {"state": "here", "reason": 1}, "reason"),
    ("/cases/{mine}/claim", {"seq": "1"}, "seq"),
    ("/cases/{mine}/claim", {"seq": 1.5}, "seq"),
    ("/cases/{mine}/claim", {"seq": True}, "seq"),
]


async def test_a_field_of_another_type_is_refused_whatever_could_be_made_of_it(api: Api) -> None:
    mine = (await api.town.say("My missed bin")).reference
    for path, body, field in LAX:
        answered = await api.ann.post("/api/v1" + path.format(mine=mine), json=body)
        assert list(assert_problem(answered, 422, "invalid")["errors"]) == [field], body


async def test_a_whole_number_may_be_written_with_a_point(api: Api) -> None:
    """To JSON and to the description 1.0 is an integer."""
    mine = (await api.town.say("My missed bin")).reference

    assert (await api.ann.post(f"/api/v1/cases/{mine}/claim", json={"seq": 1.0})).status_code == 200


async def test_a_body_without_end_is_cut_off(api: Api) -> None:
    mine = (await api.town.say("My missed bin")).reference
    body = b'{"text": "' + b"x" * 300_000 + b'"}'

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 10_000):
            yield body[start : start + 10_000]

    for content in (body, pieces()):
        answered = await api.ann.post(f"/api/v1/cases/{mine}/notes", content=content)
        assert "262,144" in assert_problem(answered, 413, "too_large")["detail"]


async def test_nothing_that_was_sent_comes_back_in_a_problem(api: Api) -> None:
    mine = (await api.town.say("My missed bin")).reference

    answered = await api.ann.post(f"/api/v1/cases/{mine}/notes", json={"text": ["SECRET WORDS"]})

    assert_problem(answered, 422, "invalid")
    assert "SECRET" not in answered.text


async def away(request: Any) -> Any:
    raise Unavailable("The database can't be reached at present.")


async def broken(request: Any) -> Any:
    raise ZeroDivisionError


@pytest.fixture
async def doors() -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[Route("/away", Door({"GET": away})), Route("/broken", Door({"GET": broken}))])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
        yield client


async def test_without_a_database_the_answer_is_to_come_back(doors: httpx.AsyncClient) -> None:
    answered = await doors.get("/away")

    assert_problem(answered, 503, "unavailable")
    assert answered.headers["retry-after"] == "5"


async def test_a_fault_of_the_hub_is_a_problem_too(doors: httpx.AsyncClient) -> None:
    assert_problem(await doors.get("/broken"), 500, "internal")


def disable(session: Session, email: str) -> None:
    session.exec(update(Agent).where(col(Agent.email) == email).values(active=False))
