"""A council with citizens and one caseworker around a hub that really runs; everything goes over the wire."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from string import Template
from typing import Any, TypeVar
from uuid import uuid4

import httpx
from sqlmodel import Session
from twilio.request_validator import RequestValidator

from hub.actions.council.apply_council import apply_council
from hub.actions.council.people import create_token
from hub.council_file import parse
from hub.db import migrate
from hub.db.engine import writer_engine
from hub.settings import Settings
from tests.acceptance.carrier import ACCOUNT_SID, AUTH_TOKEN
from tests.acceptance.hub_process import Place, http

T = TypeVar("T")

COUNCIL = Path(__file__).with_name("council.toml")
AGENT = "robin@wexcombe.example"
NUMBER = "+441632960777"
WEBSITE = "http://127.0.0.1:9"

_numbers = count(900_100)


def new_number() -> str:
    """A mobile number that no other test uses (of those kept free for such use)."""
    return f"+447700{next(_numbers)}"


def new_sid(kind: str = "SM") -> str:
    return kind + uuid4().hex


def eventually(look: Callable[[], T], within: float) -> T:
    """What `look` answers as soon as that is true; fails with its last answer after so many seconds."""
    deadline = time.monotonic() + within
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not within {within} s: {seen!r}"
        time.sleep(0.02)
    return seen


def settle(place: Place, carrier_url: str, sink_port: int, website: str = WEBSITE) -> "Town":
    """Gives a hub its council and its caseworker a token; no process runs yet."""
    council = Template(COUNCIL.read_text(encoding="utf-8"))
    written = council.substitute(carrier=carrier_url, smtp_port=sink_port, website=website)
    url = Settings(data_dir=place.folder, database_url=place.database_url).url
    migrate.upgrade_if_empty(url)
    engine = writer_engine(url)
    with Session(engine) as session:
        apply_council(session, parse(written))
        token = create_token(session, AGENT)
        session.commit()
    engine.dispose()
    return Town(place, token)


@dataclass(frozen=True)
class Town:
    place: Place
    token: str = field(repr=False)

    # --- the citizens' side -----------------------------------------------------------------------------------

    def text(self, number: str, body: str, sid: str | None = None, **more: str) -> httpx.Response:
        sid = sid or new_sid()
        form = {"MessageSid": sid, "SmsSid": sid, "From": number, "To": NUMBER, "Body": body, "NumMedia": "0"}
        return self.post("/in/sms/city", {**form, **more})

    def report(self, sid: str, status: str, **more: str) -> httpx.Response:
        """A status callback on a text that the hub sent."""
        return self.post("/in/sms/city/status", {"MessageSid": sid, "MessageStatus": status, **more})

    def post(self, path: str, form: dict[str, str], token: str = AUTH_TOKEN) -> httpx.Response:
        """As the provider posts: signed over the public URL. `path` may hold a query, or be a whole URL of the hub."""
        url = self.place.url + path.removeprefix(self.place.url)
        form = {"AccountSid": ACCOUNT_SID, "ApiVersion": "2010-04-01", **form}
        signature = RequestValidator(token).compute_signature(url, form)
        return http.post(url, data=form, headers={"X-Twilio-Signature": signature})

    # --- the caseworker's side --------------------------------------------------------------------------------

    def cases(self, **wanted: str) -> list[dict[str, Any]]:
        answer = self._get("/cases", **wanted)
        items: list[dict[str, Any]] = answer["items"]
        return items

    def cases_of(self, number: str) -> list[dict[str, Any]]:
        """Whole cases in which this number or address has said something, newest first."""
        return [self.case(item["reference"]) for item in self.cases(q=number)]

    def case(self, reference: str) -> dict[str, Any]:
        return self._get(f"/cases/{reference}")

    def act(self, reference: str, verb: str, **body: Any) -> dict[str, Any]:
        url = f"{self.place.url}/api/v1/cases/{reference}/{verb}"
        answer = http.post(url, json=body, headers=self._headers)
        assert answer.is_success, answer.text
        case: dict[str, Any] = answer.json()
        return case

    def reply(self, reference: str, text: str) -> None:
        self.act(reference, "replies", text=text)

    def health(self) -> httpx.Response:
        return http.get(f"{self.place.url}/health")

    def _get(self, path: str, **wanted: str) -> dict[str, Any]:
        answer = http.get(f"{self.place.url}/api/v1{path}", params=wanted, headers=self._headers)
        assert answer.is_success, answer.text
        body: dict[str, Any] = answer.json()
        return body

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def said(case: dict[str, Any], direction: str = "in") -> list[str]:
    """The texts of a case's messages, oldest first."""
    return [message["text"] for message in case["messages"] if message["direction"] == direction]


def answer_of(case: dict[str, Any]) -> dict[str, Any]:
    """The caseworker's latest message to the citizen."""
    written = [message for message in case["messages"] if message["direction"] == "out" and message["author"]]
    latest: dict[str, Any] = written[-1]
    return latest
