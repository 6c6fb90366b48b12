"""Looking into a mailbox in tests: mails, an inbox for the server, and the task that looks, in a hurry."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from channels.contract import InboundMessage, Inbox
from channels.email.imap.watching import look_into_mailboxes
from tests.channels.desk import FakeDesk, inbox_of
from tests.channels.email.imap_server import FakeImap


def mail(number: int, text: str = "hello") -> bytes:
    return (
        f"From: Jane <jane{number}@citizen.example>\r\nTo: help@anytown.example\r\nSubject: No {number}\r\n"
        f"Message-ID: <{number}@citizen.example>\r\n\r\n{text}\r\n"
    ).encode()


AROUND: dict[str, Any] = {"imap_host": "127.0.0.1", "imap_username": "help", "imap_password": "geheim"}


def inbox_for(server: FakeImap, **config: Any) -> Inbox:
    return inbox_of("email", "help", "help@anytown.example", **{**AROUND, "imap_port": server.port, **config})


def subjects(desk: FakeDesk) -> list[str]:
    return [event.subject for event in desk.events if isinstance(event, InboundMessage)]


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def looking(desk: FakeDesk) -> AsyncIterator[None]:
    task = asyncio.create_task(look_into_mailboxes(desk))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def looked(desk: FakeDesk, looks: int = 1) -> None:
    """Until the mailbox has been read to its end."""
    seen = len(desk.troubles)
    async with looking(desk):
        await until(lambda: desk.troubles[seen:].count("") >= looks)
