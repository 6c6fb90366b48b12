"""The load at the SMTP door: connections that hand in mail after mail, as a relay does (RFC 2920, pipelining)."""

import asyncio
import time
from collections.abc import Iterator
from typing import cast

from tests.bench.load import Answers, take_turns
from tests.bench.mails import CitizensMail

_READY = 3  # answers to an envelope


class _Relay(asyncio.Protocol):
    """Begins the next mail when the last one is taken, until the deadline."""

    def __init__(self, mails: Iterator[CitizensMail], answers: Answers[CitizensMail], deadline: float) -> None:
        self._mails = mails
        self._answers = answers
        self._deadline = deadline
        self._received = b""
        self._expected = 1
        self._is_greeted = False
        self._mail: CitizensMail | None = None
        self._is_told = False  # the mail itself has been sent
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        *lines, self._received = (self._received + data).split(b"\r\n")
        for line in lines:
            if line[3:4] != b"-":
                self._answered(int(line[:3]))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def _answered(self, code: int) -> None:
        if code >= 400:
            self._answers.refused.append(code)
            self._transport.close()
            return
        self._expected -= 1
        if self._expected > 0:
            return
        if not self._is_greeted:
            self._is_greeted, self._expected = True, 1
            self._transport.write(b"EHLO relay.bench.example\r\n")
        elif self._mail is None:
            self._begin()
        elif not self._is_told:
            self._is_told, self._expected = True, 1
            self._transport.write(self._mail.raw.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        else:
            self._answers.acknowledged.append(self._mail)
            self._answers.latencies.append(time.perf_counter() - self._begun_at)
            self._begin()

    def _begin(self) -> None:
        if time.perf_counter() >= self._deadline:
            self._transport.close()
            return
        self._mail = next(self._mails)
        self._is_told, self._expected = False, _READY
        self._begun_at = time.perf_counter()
        envelope = f"MAIL FROM:<{self._mail.sender}>\r\nRCPT TO:<{self._mail.recipient}>\r\nDATA\r\n"
        self._transport.write(envelope.encode())


def relay(port: int, mails: Iterator[CitizensMail], connections: int, seconds: float) -> Answers[CitizensMail]:
    """Hands in mails for so long. Raises as `load.fire` does."""
    return take_turns(port, connections, seconds, lambda answers, deadline: _Relay(mails, answers, deadline))
