"""A provider for the tests: takes messages, or fails as it was told to; remembers, finds and serves what it has."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from channels.contract import DeliveryStatus, Event, File, Inbox, OutboundMessage, Route, SendError, SendResult

Answer = SendResult | Exception | Callable[[OutboundMessage], Awaitable[SendResult]]


@dataclass
class Carrier:
    """Implements Channel, Sends, Reconciles, Fetches and CatchesUp of the port.

    `answers` are given to sends in turn, then everything is taken. `knows` is what `find` tells: True = what was
    taken, False = nothing was, an exception = it can't tell.
    """

    name: str = "sms"
    scheme: str = "tel"
    routes: Sequence[Route] = ()
    secrets: Sequence[str] = ()
    answers: list[Answer] = field(default_factory=list)
    knows: bool | Exception = True
    files: dict[str, File | Exception] = field(default_factory=dict)
    missing: list[Event] = field(default_factory=list)
    tries: list[OutboundMessage] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    since: list[datetime] = field(default_factory=list)
    taken: dict[int, SendResult] = field(default_factory=dict)
    fetches: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    tried: asyncio.Event = field(default_factory=asyncio.Event)

    def check(self, config: Mapping[str, Any]) -> Sequence[str]:
        return ()

    async def send(self, message: OutboundMessage, inbox: Inbox, http: httpx.AsyncClient) -> SendResult:
        self.tries.append(message)
        self.tried.set()
        answer = self.answers.pop(0) if self.answers else SendResult(external_id=f"SM{message.id}")
        if isinstance(answer, Exception):
            raise answer
        result = answer if isinstance(answer, SendResult) else await answer(message)
        self.taken[message.id] = result
        return result

    async def find(self, message: OutboundMessage, inbox: Inbox, http: httpx.AsyncClient) -> SendResult | None:
        self.asked.append(message.id)
        if isinstance(self.knows, Exception):
            raise self.knows
        return self.taken.get(message.id, SendResult(external_id=f"SM{message.id}")) if self.knows else None

    async def fetch(self, ref: str, inbox: Inbox, http: httpx.AsyncClient) -> File:
        self.fetches[ref] += 1
        file = self.files[ref]
        if isinstance(file, Exception):
            raise file
        return file

    async def missed(self, since: datetime, inbox: Inbox, http: httpx.AsyncClient) -> Sequence[Event]:
        self.since.append(since)
        return [event for event in self.missing if event.inbox == inbox.name]

    @property
    def sent(self) -> list[str]:
        """Texts of what was tried, in order."""
        return [message.text for message in self.tries]


def retry(after: float | None = None) -> SendError:
    return SendError("The provider is busy.", "retry", code="20429", retry_after=after)


def failed(code: str = "21211") -> SendError:
    return SendError("This is no number.", "failed", code=code)


def opted_out() -> SendError:
    return SendError("The citizen has opted out.", "failed", code="21610", flag="opted_out")


DELIVERED = DeliveryStatus.DELIVERED
SENT = DeliveryStatus.SENT
FAILED = DeliveryStatus.FAILED
