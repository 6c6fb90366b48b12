"""An ASGI application on a real port of this machine, in the test's own event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import uvicorn


class _Announcing(uvicorn.Server):
    """Says when it accepts connections, so that nobody has to guess or sleep."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepts = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.accepts.set()


@asynccontextmanager
async def serving(app: Any, sockets: list[socket.socket] | None = None) -> AsyncIterator[str]:
    """The base URL ("http://127.0.0.1:PORT") of `app`, lifespan and WebSockets included, until the block ends.

    Pass a bound socket when the application must know its own address before it starts (see `free_socket`).
    """
    config = uvicorn.Config(app, log_config=None, ws="websockets-sansio", timeout_graceful_shutdown=2)
    async with serving_as(config, sockets) as url:
        yield url


@asynccontextmanager
async def serving_as(config: uvicorn.Config, sockets: list[socket.socket] | None = None) -> AsyncIterator[str]:
    """The same in other ways than a test's usual ones."""
    listening = sockets or [free_socket()]
    server = _Announcing(config)
    task = asyncio.create_task(server.serve(listening))
    accepts = asyncio.create_task(server.accepts.wait())
    await asyncio.wait([task, accepts], return_when=asyncio.FIRST_COMPLETED)
    try:
        if not accepts.done() or server.should_exit:
            raise RuntimeError("the application did not start")
        yield address(listening[0])
    finally:
        accepts.cancel()
        server.should_exit = True
        await task


def client(**more: Any) -> httpx.AsyncClient:
    """For what is served here without TLS: to read the certificate authorities would take longer than a test does."""
    return httpx.AsyncClient(verify=False, **more)


def free_socket() -> socket.socket:
    """Bound to a free port of 127.0.0.1."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound


def address(bound: socket.socket) -> str:
    host, port = bound.getsockname()
    return f"http://{host}:{port}"
