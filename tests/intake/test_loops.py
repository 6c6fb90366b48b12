"""Two hubs that acknowledge each other: over real SMTP, and even when a server between them strips what would tell."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from string import Template

import aiosmtplib
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import SecretStr
from sqlmodel import Session as DatabaseSession
from sqlmodel import select

from channels.registry import discover
from hub.actions.council.apply_council import apply_council
from hub.council_file import parse
from hub.db.database import Database
from hub.main import running
from hub.models import Message, Unreadable
from hub.running import Hub
from hub.settings import Settings
from tests.acceptance.hub_process import free_port

DAILY = 3
COUNCIL = Template(f"""
[council]
name = "$name"

[[department]]
slug = "town"
name = "Town"

[[queue]]
slug = "triage"
department = "town"
name = "Triage"

[[inbox]]
channel = "email"
name = "help"
address = "help@$name.example"
queue = "triage"
acknowledge_daily = {DAILY}
config = {{ smtp_host = "127.0.0.1", smtp_port = $port }}
""")


@dataclass
class Forgetful:
    """The worst server on the way: of each mail only who writes to whom is left, as if a person wrote anew."""

    to: int

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        came = message_from_bytes(envelope.content if isinstance(envelope.content, bytes) else b"")
        sender = str(came["From"]).rpartition("<")[2].strip("<> ")
        plain = [_without_tag(address) for address in envelope.rcpt_tos]
        mail = f"From: {sender}\r\nMessage-ID: {came['Message-ID']}\r\nSubject: Hello\r\n\r\nHello.\r\n"
        await aiosmtplib.send(mail.encode(), sender=sender, recipients=plain, hostname="127.0.0.1", port=self.to)
        return "250 2.0.0 OK"


def _without_tag(address: str) -> str:
    local, _, domain = address.partition("@")
    return f"{local.partition('+')[0]}@{domain}"


@asynccontextmanager
async def relaying(to: int) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Forgetful(to), loop=loop), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def hub_of(url: str, folder: Path, name: str, listens_on: int, sends_to: int) -> AsyncIterator[Hub]:
    db = Database(url)
    await db.write(apply_council, parse(COUNCIL.substitute(name=name, port=sends_to)))
    await db.close()
    settings = Settings(
        data_dir=folder,
        database_url=url,
        secret_key=SecretStr(f"secret of {name}"),
        public_url=f"http://{name}.example",
        smtp_listen=f"127.0.0.1:{listens_on}",
    )
    async with running(settings, discover(), ("worker", "mail")) as hub:
        yield hub


@asynccontextmanager
async def two_hubs(urls: tuple[str, str], folder: Path, *, forgetful: bool) -> AsyncIterator[tuple[Hub, Hub]]:
    """Each sends its mail to the other."""
    ports = free_port(), free_port()
    async with AsyncExitStack() as stack:
        ways = [await stack.enter_async_context(relaying(port)) if forgetful else port for port in ports]
        first = await stack.enter_async_context(hub_of(urls[0], folder / "a", "avon", ports[0], ways[1]))
        second = await stack.enter_async_context(hub_of(urls[1], folder / "b", "wye", ports[1], ways[0]))
        yield first, second


async def write(hub: Hub, subject: str) -> None:
    """A mail that seems to come from the other hub's address."""
    mail = f"From: help@wye.example\r\nTo: help@avon.example\r\nSubject: {subject}\r\n\r\nHello.\r\n".encode()
    address = hub.settings.smtp_address
    assert address is not None
    async with asyncio.timeout(10):
        while True:
            try:
                await aiosmtplib.send(
                    mail, sender="help@wye.example", recipients=["help@avon.example"], hostname=address[0],
                    port=address[1],
                )  # fmt: skip
                return
            except aiosmtplib.SMTPConnectError:  # the listener is just starting
                await asyncio.sleep(0.01)


def _told(session: DatabaseSession) -> tuple[list[str], list[list[str]], int]:
    """How it stands with each automatic answer; the problems of what came in; how much came in."""
    messages = session.exec(select(Message)).all()
    answers = [message.status.value for message in messages if message.direction == "out"]
    arrived = [message.problems for message in messages if message.direction == "in"]
    return answers, arrived, len(arrived) + len(session.exec(select(Unreadable)).all())


async def ended(hubs: tuple[Hub, Hub]) -> list[list[str]]:
    """The answers of both, once all that was sent has arrived and nothing waits."""
    async with asyncio.timeout(30):
        while True:
            (mine, _, here), (theirs, _, there) = [await hub.db.read(_told) for hub in hubs]
            if mine and set(mine) | set(theirs) == {"sent"} and there == len(mine) and here == 1 + len(theirs):
                return [mine, theirs]
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("forgetful", [False, True])
async def test_two_hubs_that_answer_each_other_stop(sqlite_template: Path, tmp_path: Path, *, forgetful: bool) -> None:
    urls = tuple(_copied(sqlite_template, tmp_path / f"{name}.db") for name in ("a", "b"))
    async with two_hubs((urls[0], urls[1]), tmp_path, forgetful=forgetful) as hubs:
        await write(hubs[0], "Hello")
        mine, theirs = await ended(hubs)

    if forgetful:
        assert (len(mine), len(theirs)) == (DAILY, DAILY)
    else:
        assert (len(mine), len(theirs)) == (1, 0)


def _copied(template: Path, to: Path) -> str:
    to.write_bytes(template.read_bytes())
    return f"sqlite:///{to}"
