"""The composition root: settings → database, channels, desk, worker → the ASGI app."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Literal

import httpx
import structlog
from sqlmodel import Session, select
from starlette.applications import Starlette

from channels.contract import Channel
from channels.registry import discover
from channels.waiting import Listens
from hub.db.database import Database
from hub.directory import Directory
from hub.errors import HubError
from hub.listening_desk import HubListeningDesk
from hub.live import Live
from hub.models import Council
from hub.preparing import prepare
from hub.queries.directory import load_directory
from hub.running import Hub
from hub.settings import Settings
from hub.web.api.routes import ROUTES as API_ROUTES
from hub.web.app import build_app, channel_routes
from hub.web.console.routes import ROUTES as CONSOLE_ROUTES
from hub.worker.worker import Worker

if TYPE_CHECKING:
    from hub.simulating import Stage

Part = Literal["web", "worker", "mail"]
ALL_PARTS: tuple[Part, ...] = ("web", "worker", "mail")

_RELOAD_SECONDS = 2.0
_RESTART_SECONDS = 1.0
_PATIENT = httpx.Timeout(15.0, connect=5.0)

log = structlog.get_logger()


def create_app(
    settings: Settings, parts: Iterable[Part] = ALL_PARTS, when_up: Callable[[], None] = lambda: None
) -> Starlette:
    """The whole hub, or some parts of it, as one ASGI app. Its lifespan raises HubError when it can't start."""
    channels = discover()
    parts = tuple(parts)
    stage = _stage() if settings.simulator else None

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with running(settings, channels, parts) as hub:
            app.state.hub = hub
            when_up()
            if stage is None:
                yield
                return
            async with stage.playing(hub):
                yield

    routes = [*channel_routes(channels.values()), *API_ROUTES, *CONSOLE_ROUTES]
    return build_app([*routes, *(stage.routes if stage else ())], lifespan)


def _stage() -> "Stage":
    """The simulator's code is imported only when it is switched on."""
    from hub.simulating import Stage

    return Stage()


@asynccontextmanager
async def running(settings: Settings, channels: dict[str, Channel], parts: Iterable[Part]) -> AsyncIterator[Hub]:
    """A hub at work: what `parts` names goes on in the background until the block ends."""
    async with AsyncExitStack() as stack:
        db = Database(settings.url)
        stack.push_async_callback(db.close)
        await db.start("worker" if "worker" in parts else "")
        live = Live(db)
        desk = HubListeningDesk(settings, db, live, await db.read(load_directory, settings.base_url))
        _warn_of_unset_variables(desk.directory)
        client = httpx.AsyncClient(timeout=_PATIENT, follow_redirects=False, verify=_trusted())
        http = await stack.enter_async_context(client)
        hub = Hub(settings=settings, db=db, channels=channels, desk=desk, live=live, http=http)
        await live.start()
        stack.push_async_callback(live.close)
        tasks = [asyncio.create_task(_kept_up(name, work)) for name, work in _background(hub, parts)]
        tasks.append(asyncio.create_task(prepare(hub)))
        stack.push_async_callback(_end, tasks)
        stack.push_async_callback(hub.replays.close)
        yield hub


@cache
def _trusted() -> ssl.SSLContext:
    """The certificate authorities that providers are checked against: read once a process, which takes 30 ms."""
    return httpx.create_ssl_context()


def _background(hub: Hub, parts: Iterable[Part]) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
    work: list[tuple[str, Callable[[], Awaitable[None]]]] = [
        ("council watch", lambda: _watch_council(hub)),
        ("followers", hub.desk.tell_followers),
    ]
    if "worker" in parts:
        work.append(("worker", Worker(hub).run))
    if "mail" in parts:
        listening = [channel for channel in hub.channels.values() if isinstance(channel, Listens)]
        work += [(f"{channel.name} listener", _listener(channel, hub)) for channel in listening]
    return work


def _listener(channel: Listens, hub: Hub) -> Callable[[], Awaitable[None]]:
    return lambda: channel.listen(hub.desk)


async def _kept_up(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Starts the work again when it falls over: one fault must not silence a part of the hub."""
    while True:
        try:
            await work()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # logged, and begun again
            log.exception("a part of the hub fell over and starts again", part=name, error=type(error).__name__)
        await asyncio.sleep(_RESTART_SECONDS)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _watch_council(hub: Hub) -> None:
    """Loads the configuration anew when `hub apply` has changed it, in this process or another, and the topics."""
    with hub.db.signals.listen("council") as listening:
        while True:
            with suppress(HubError):  # the database is away; the next look finds it
                if await hub.db.read(_revision) != hub.desk.directory.revision:
                    await hub.desk.reload()
                    log.info("the council's configuration is loaded anew", revision=hub.desk.directory.revision)
                    _warn_of_unset_variables(hub.desk.directory)
                await hub.desk.topics.reload()
            await listening.wait(_RELOAD_SECONDS)


def _warn_of_unset_variables(directory: Directory) -> None:
    """Told at once, and not only by the first message that an inbox can't take."""
    for (channel, name), entry in directory.inbox_by_name.items():
        for variable in entry.port.unset_variables:
            log.warning("an inbox needs a variable that isn't set", inbox=f"{channel}/{name}", variable=variable)


def _revision(session: Session) -> int:
    return session.exec(select(Council.revision)).first() or 0
