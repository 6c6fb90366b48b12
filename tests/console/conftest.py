"""The console of a small council: on both databases through forms, on SQLite in a real browser."""

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.console.people import Council, Person, council_at_work
from tests.support.serving import address, free_socket, serving


@pytest.fixture
async def council(database_url: str, tmp_path: Path) -> AsyncIterator[Council]:
    async with council_at_work(database_url, tmp_path) as council:
        yield council


@pytest.fixture
async def ann(council: Council) -> Person:
    """A caseworker of waste and triage, signed in."""
    return await council.person("ann")


@pytest.fixture
async def bob(council: Council) -> Person:
    """A caseworker of highways, signed in."""
    return await council.person("bob")


@pytest.fixture
def port() -> Iterator[socket.socket]:
    with free_socket() as bound:
        yield bound


@pytest.fixture
async def served(sqlite_url: str, tmp_path: Path, port: socket.socket) -> AsyncIterator[Council]:
    """The same council on a real port."""
    async with (
        council_at_work(sqlite_url, tmp_path, address(port)) as council,
        serving(_without_lifespan(council), [port]),
    ):
        yield council


def _without_lifespan(council: Council) -> ASGIApp:
    """The app runs already: the server needn't start it again."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await council.app(scope, receive, send)
            return
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})

    return app
