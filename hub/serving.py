"""Running the hub as a process: listening, stopping, and saying in a sentence why it can't.

What would stop it is looked for before the hub itself is loaded, which takes ten times as long.
"""

import asyncio
import fcntl
import gc
import resource
import signal
import socket
import ssl
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hub.errors import Invalid
from hub.logs import configure_logs
from hub.settings import Settings, load, split_address

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

    from hub.directory import Directory
    from hub.main import Part

_GRACEFUL_SECONDS = 10
_BACKLOG = 2048
_MOST_FILES = 65_536
_LARGEST_FRAME = 131_072  # bytes, unpacked: twice what the chat takes, which says itself what is too much
_SWITCH_SECONDS = 0.0005  # between two statements the lane needs Python for microseconds: it mustn't wait for 5 ms


def serve(parts: Sequence["Part"], alone: bool = True) -> None:
    """Listens for HTTP until it is told to stop. Raises HubError when it can't start.

    An empty database is migrated when the hub runs alone; with several processes `hub migrate` does it once.
    """
    settings = load()
    configure_logs(settings.log_level)
    sys.setswitchinterval(_SWITCH_SECONDS)
    _allow_sockets()
    if not alone:
        _require_postgresql(settings)
    with _only_one(settings):
        if alone:
            from hub.db.migrate import upgrade_if_empty

            upgrade_if_empty(settings.url)
        _check_start(settings, parts)
        listening = _bind(settings.host, settings.port, "HUB_PORT")

        import uvicorn

        from hub.main import create_app

        print(welcome(settings, parts), file=sys.stderr, flush=True)  # for the person who started it
        config = server_config(create_app(settings, parts, when_up=_freeze_garbage), settings)
        for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn stops in good order, then raises the signal once more
            signal.signal(number, _end_well)
        uvicorn.Server(config).run(sockets=[listening])


def server_config(app: "Starlette", settings: Settings) -> "uvicorn.Config":
    """The client is whoever came to the trusted proxies; nobody sends larger frames than a chat takes."""
    import uvicorn

    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        server_header=False,
        timeout_graceful_shutdown=_GRACEFUL_SECONDS,
        ws="websockets-sansio",
        ws_max_size=_LARGEST_FRAME,
        backlog=_BACKLOG,
    )


def _allow_sockets() -> None:
    """As many files and sockets as this process may have: many systems begin with 1,024, which idle callers use up."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _end_well(number: int, frame: object) -> None:
    sys.exit(0)


def work(parts: Sequence["Part"]) -> None:
    """Runs parts that serve no HTTP until it is told to stop. Raises HubError when it can't start."""
    settings = load()
    configure_logs(settings.log_level)
    _require_postgresql(settings)
    _check_start(settings, parts)
    if "mail" in parts and not (settings.smtp_address or settings.lmtp_address or has_mailboxes(settings)):
        raise Invalid(
            "There is nowhere to get mail from: set HUB_SMTP_LISTEN, such as 0.0.0.0:25, or HUB_LMTP_LISTEN, "
            "or give an inbox of the council file an imap_host."
        )
    asyncio.run(_until_told(settings, parts))


async def _until_told(settings: Settings, parts: Sequence["Part"]) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    from channels.registry import discover
    from hub.main import running

    async with running(settings, discover(), parts):
        print(welcome(settings, parts), file=sys.stderr, flush=True)  # as above
        await told.wait()


def _require_postgresql(settings: Settings) -> None:
    if settings.is_sqlite:
        raise Invalid(
            "Several processes need PostgreSQL: set HUB_DATABASE_URL to postgresql://…, "
            "or run everything in one process with `hub serve`."
        )


def _check_start(settings: Settings, parts: Sequence["Part"]) -> None:
    """Whatever would stop the start later is said now, in a sentence."""
    from hub.db.migrate import check

    check(settings.url)
    if settings.simulator:
        from hub.simulating import check_simulator

        check_simulator(settings, _directory(settings))
        _bind(*split_address(settings.simulator_smtp), "HUB_SIMULATOR_SMTP").close()
    if "mail" in parts:
        check_mail(settings)


def check_mail(settings: Settings) -> None:
    """Raises Invalid when the doors for mail can't be opened as they are set."""
    for address, name in ((settings.smtp_address, "HUB_SMTP_LISTEN"), (settings.lmtp_address, "HUB_LMTP_LISTEN")):
        if address is not None:
            _bind(*address, name).close()
    if settings.smtp_certificate is not None:
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
                settings.smtp_certificate, settings.smtp_key
            )
        except ssl.SSLError:
            raise Invalid(
                "HUB_SMTP_CERTIFICATE and HUB_SMTP_KEY can't be used: they are no PEM files, or don't belong together."
            ) from None
        except OSError as error:
            missing = [
                str(each) for each in (settings.smtp_certificate, settings.smtp_key) if each and not each.is_file()
            ]
            reason = f"there is no {' and no '.join(missing)}" if missing else error.strerror or "they can't be read"
            raise Invalid(f"HUB_SMTP_CERTIFICATE and HUB_SMTP_KEY can't be used: {reason}.") from None


def has_mailboxes(settings: Settings) -> bool:
    """Does a mail inbox of the council look into a mailbox?"""
    inboxes = _directory(settings).inboxes.values()
    return any(entry.active and entry.channel == "email" and "imap_host" in entry.port.config for entry in inboxes)


def _directory(settings: Settings) -> "Directory":
    """The council as the database has it."""
    from sqlmodel import Session

    from hub.db.engine import reader_engine
    from hub.queries.directory import load_directory

    engine = reader_engine(settings.url)
    with Session(engine) as session:
        directory = load_directory(session, settings.base_url)
    engine.dispose()
    return directory


def _bind(host: str, port: int, setting: str) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(_BACKLOG)  # binding alone doesn't tell whether somebody else listens
    except OSError as error:
        bound.close()
        reason = error.strerror or "not possible"
        raise Invalid(f"The hub can't listen on {host}:{port} ({reason}). Choose another with {setting}.") from None
    return bound


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """Two hubs on one SQLite database would each take the other's sending for a dead process's."""
    if not settings.is_sqlite:
        yield
        return
    path = Path(settings.url.removeprefix("sqlite:///") + ".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Invalid("Another hub runs on this database already. Stop it first, or use PostgreSQL.") from None
        yield


def _freeze_garbage() -> None:
    """What start-up made stays for good: the collector needn't look at it again and again under load."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def welcome(settings: Settings, parts: Sequence["Part"]) -> str:
    """Where these parts are, for the person who has started them."""
    lines = [f"Running: {', '.join(parts)}."]
    if "web" in parts:
        lines = [f"The hub is on {settings.base_url}", f"  console    {settings.base_url}/desk"]
        if settings.simulator:
            lines.append(f"  simulator  {settings.base_url}/simulator")
    if "mail" in parts:
        doors = (("SMTP", settings.smtp_listen), ("LMTP", settings.lmtp_listen))
        lines += [f"  mail       {door} by {protocol}" for protocol, door in doors if door]
    return "\n".join([*lines, "Stop it with Ctrl-C."])
