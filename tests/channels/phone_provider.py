"""Twilio's REST API as a function: what it was asked, and the answers it was told to give."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx

from tests.channels.phone_desk import ACCOUNT

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def refused(status: int, code: int | None = None, **headers: str) -> httpx.Response:
    body = {"code": code, "message": "quotes +447700900123", "status": status} if code else {}
    return httpx.Response(status, json=body, headers=headers)


def accepted(**changed: Any) -> httpx.Response:
    return httpx.Response(201, json={**record(), **changed})


def record(**changed: Any) -> dict[str, Any]:
    """A Message resource as the provider lists it."""
    return {
        "sid": "SM1",
        "account_sid": ACCOUNT,
        "from": "+441632960100",
        "to": "+447700900123",
        "body": "Your bin comes tomorrow.",
        "status": "queued",
        "direction": "outbound-api",
        "num_media": "0",
        "date_created": "Mon, 02 Mar 2026 09:30:05 +0000",
        "date_sent": None,
        **changed,
    }


def listed(*records: dict[str, Any], next_page_uri: str | None = None) -> httpx.Response:
    return httpx.Response(200, json={"messages": list(records), "next_page_uri": next_page_uri, "page": 0})


@dataclass
class FakeProvider:
    """Gives its answers one after the other, the last one ever again."""

    answers: list[Answer]
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self))

    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.requests[-1].content.decode())
