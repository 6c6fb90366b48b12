"""The load: keep-alive connections that post prepared requests one after the other, in this process's own core.

The client knows as much HTTP as the hub's answers have: a status line, headers with Content-Length, a body.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar, cast

import uvloop

PATIENCE = 20.0  # seconds for the last answers


class Ready(Protocol):
    """Something to post, made beforehand."""

    @property
    def request(self) -> bytes: ...  # HTTP/1.1


T = TypeVar("T")
R = TypeVar("R", bound=Ready)


@dataclass(slots=True)
class Answers(Generic[T]):
    """What became of what was posted."""

    seconds: float = 0.0
    acknowledged: list[T] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)  # status codes
    latencies: list[float] = field(default_factory=list)  # seconds

    @property
    def per_second(self) -> float:
        return len(self.acknowledged) / self.seconds

    def milliseconds(self, share: float) -> float:
        """The latency that this share of the requests stayed below."""
        ordered = sorted(self.latencies) or [0.0]
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


class _Connection(asyncio.Protocol, Generic[R]):
    """Posts the next one as soon as the last one is answered, until the deadline."""

    def __init__(self, waiting: Iterator[R], answers: Answers[R], deadline: float) -> None:
        self._waiting = waiting
        self._answers = answers
        self._deadline = deadline
        self._received = b""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._post()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or len(body) < _content_length(head):
            return
        self._received = b""
        self._answers.latencies.append(time.perf_counter() - self._posted_at)
        status = int(head[9:12])
        if status == 200:
            self._answers.acknowledged.append(self._posted)
        else:
            self._answers.refused.append(status)
        self._post()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def _post(self) -> None:
        if time.perf_counter() >= self._deadline:
            self._transport.close()
            return
        self._posted = next(self._waiting)
        self._posted_at = time.perf_counter()
        self._transport.write(self._posted.request)


def _content_length(head: bytes) -> int:
    start = head.lower().index(b"content-length:") + len(b"content-length:")
    end = head.find(b"\r\n", start)
    return int(head[start : end if end >= 0 else None])


def fire(port: int, waiting: Iterator[R], connections: int, seconds: float) -> Answers[R]:
    """Posts for so long over so many connections.

    Raises StopIteration when there is too little to post, TimeoutError when answers fail to come.
    """
    return take_turns(port, connections, seconds, lambda answers, deadline: _Connection[R](waiting, answers, deadline))


class Turns(Protocol):
    """One connection's side of the load; an asyncio.Protocol, too."""

    ended: "asyncio.Future[None]"


def take_turns(
    port: int, connections: int, seconds: float, make: Callable[[Answers[T], float], asyncio.Protocol]
) -> Answers[T]:
    """So many connections, each a protocol that `make` makes of where answers are noted and of the deadline
    (perf_counter), until the `ended` of each is done. Raises TimeoutError."""
    return uvloop.run(_take_turns(port, connections, seconds, make))


async def _take_turns(
    port: int, connections: int, seconds: float, make: Callable[[Answers[T], float], asyncio.Protocol]
) -> Answers[T]:
    loop = asyncio.get_running_loop()
    gc.collect()
    gc.freeze()  # what lies ready to be posted isn't looked at again and again: the load shares the hub's cores
    answers: Answers[T] = Answers()
    started = time.perf_counter()
    made = [
        await loop.create_connection(lambda: make(answers, started + seconds), "127.0.0.1", port)
        for _ in range(connections)
    ]
    async with asyncio.timeout(seconds + PATIENCE):
        await asyncio.gather(*(cast(Turns, protocol).ended for _, protocol in made))
    answers.seconds = time.perf_counter() - started
    return answers
