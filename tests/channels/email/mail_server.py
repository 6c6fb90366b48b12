"""A mail server's side of the hub's SMTP and LMTP ports: the listener on a free port, and what is said to it."""

import asyncio
import smtplib
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from channels.email.listening.listeners import listen_for_mail
from tests.channels.desk import FakeDesk, inbox_of

HELP = inbox_of("email", "help", "help@anytown.example")
WASTE = inbox_of("email", "waste", "waste@anytown.example", id=2)
RAW = b"From: Jane <jane@citizen.example>\r\nTo: help@anytown.example\r\nSubject: Bin\r\n\r\nhello\r\n.hidden dot\r\n"


def desk_of(**changed: object) -> FakeDesk:
    return FakeDesk([HELP, WASTE], frozenset({"good"}), **changed)  # type: ignore[arg-type]


@asynccontextmanager
async def listening(desk: FakeDesk) -> AsyncIterator[int]:
    """The port that the listener took."""
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def told(protocol: str, taken: int) -> None:
        port.set_result(taken)

    listener = asyncio.create_task(listen_for_mail(desk, listening=told))
    try:
        yield await asyncio.wait_for(port, 5)
    finally:
        listener.cancel()
        with suppress(asyncio.CancelledError):
            await listener


async def talk(port: int, words: Callable[[smtplib.SMTP], Any]) -> Any:
    """`words` with a plain client, in a thread."""

    def conversation() -> Any:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="client.example", timeout=10) as client:
            return words(client)

    return await asyncio.to_thread(conversation)


async def deliver(
    port: int, raw: bytes = RAW, sender: str = "jane@citizen.example", *to: str, options: tuple[str, ...] = ()
) -> str:
    """ "250" or the refusal's code and text."""

    def words(client: smtplib.SMTP) -> str:
        try:
            client.sendmail(sender, to or ["help@anytown.example"], raw, options)
        except smtplib.SMTPRecipientsRefused as refused:
            return " ".join(f"{code} {text.decode()}" for code, text in refused.recipients.values())
        except smtplib.SMTPResponseException as refused:
            text = refused.smtp_error
            return f"{refused.smtp_code} {text.decode() if isinstance(text, bytes) else text}"
        return "250"

    answer: str = await talk(port, words)
    return answer


async def say(port: int, *lines: bytes, wait: bool = True) -> list[bytes]:
    """Every answer to these lines over a bare socket, the greeting first; with `wait` a line waits for its answer."""

    def conversation() -> list[bytes]:
        with socket.create_connection(("127.0.0.1", port), 10) as bare, bare.makefile("rb") as heard:
            answers = [_answer(heard)] if wait else []
            for line in lines:
                with suppress(ConnectionError):  # it has hung up: that is an empty answer
                    bare.sendall(line + b"\r\n")
                if wait:
                    answers.append(_answer(heard))
            return answers if wait else heard.read().splitlines()

    return await asyncio.to_thread(conversation)


def _answer(heard: Any) -> bytes:
    """The last line of one answer; b"" when the connection is over."""
    line = b"   -"
    with suppress(ConnectionError):
        while line[3:4] == b"-":
            line = heard.readline()
    return line.strip(b" \r\n-")


def codes(answers: Sequence[bytes]) -> list[str]:
    return [answer[:3].decode() for answer in answers]
