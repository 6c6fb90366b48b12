"""Puts the simulator beside the hub: it gets base URLs and credentials, and meets the channels over the wire."""

import ipaddress
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from starlette.types import Receive, Scope, Send

from channels.contract import Inbox, NotConfigured
from channels.simulator.app import build
from channels.simulator.app import running as simulator_running
from channels.simulator.settings import MOUNT, MailInbox, PhoneInbox, SimulatorSettings
from hub.directory import Directory, InboxEntry
from hub.errors import Invalid
from hub.running import Hub
from hub.settings import Settings, split_address

_PLAYED = "twilio"  # the provider whose contract the simulator speaks
_DEFAULT_API = {_PLAYED: "https://api.twilio.com", "notify": "https://api.notifications.service.gov.uk"}


class Stage:
    """Where the simulator stands in the route table; it plays while `playing` is entered."""

    def __init__(self) -> None:
        self._app: Starlette | None = None
        self.routes: list[BaseRoute] = [Mount(MOUNT, app=self._play)]

    @asynccontextmanager
    async def playing(self, hub: Hub) -> AsyncIterator[None]:
        """Raises Invalid as `check_simulator` does, or when the mail sink's port is taken."""
        check_simulator(hub.settings, hub.directory)
        app = build(simulator_settings(hub.settings, hub.directory))
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(simulator_running(app))
            except OSError as error:
                where = f"{hub.settings.simulator_smtp} ({error.strerror})"
                raise Invalid(f"The simulator's mailbox can't listen on {where}: set HUB_SIMULATOR_SMTP.") from error
            self._app = app
            yield
        self._app = None

    async def _play(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._app is not None  # requests are served within the lifespan only
        await self._app(scope, receive, send)


def check_simulator(settings: Settings, directory: Directory) -> None:
    """Raises Invalid when the simulator can't play here: a real provider, or a secret that isn't set."""
    try:
        refuse_real_providers(directory)
        simulator_settings(settings, directory)
    except NotConfigured as error:
        raise Invalid(f"HUB_SIMULATOR is on, but {error}.") from None


def refuse_real_providers(directory: Directory) -> None:
    """Raises Invalid unless every provider that an active inbox names is on this machine."""
    for entry in directory.inboxes.values():
        foreign = _foreign_host(entry) if entry.active else None
        if foreign is not None:
            raise Invalid(
                f"HUB_SIMULATOR is on, but the inbox {entry.channel}/{entry.port.name} would reach {foreign}. "
                "Pretend citizens and real ones must not meet: switch the simulator off, "
                "or let the inbox point to this machine."
            )


def simulator_settings(settings: Settings, directory: Directory) -> SimulatorSettings:
    active = [entry.port for entry in directory.inboxes.values() if entry.active]
    return SimulatorSettings(
        hub_url=settings.base_url,
        council=directory.council,
        phones=tuple(
            PhoneInbox(
                channel="sms" if inbox.channel == "sms" else "voice",
                name=inbox.name,
                address=inbox.address,
                account_sid=inbox.setting("account_sid"),
                auth_token=inbox.setting("auth_token"),
            )
            for inbox in active
            if inbox.channel in ("sms", "voice") and _provider(inbox) == _PLAYED
        ),
        mailboxes=tuple(MailInbox(inbox.name, inbox.address) for inbox in active if inbox.channel == "email"),
        chats=tuple(inbox.name for inbox in active if inbox.channel == "webchat"),
        smtp_hub=settings.smtp_address or ("127.0.0.1", 2525),
        smtp_sink=split_address(settings.simulator_smtp),
        reach_at=f"http://{_reachable(settings.host)}:{settings.port}",
    )


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("", "0.0.0.0", "::") else host  # noqa: S104  # compared, not bound


def _foreign_host(entry: InboxEntry) -> str | None:
    hosts: Iterable[str | None] = ()
    if entry.channel in ("sms", "voice"):
        default = _DEFAULT_API.get(_provider(entry.port), "")
        hosts = (urlsplit(entry.port.setting("api_url", default)).hostname,)
    elif entry.channel == "email":
        hosts = (entry.port.setting("smtp_host", "127.0.0.1"), entry.port.setting("imap_host", "127.0.0.1"))
    return next((host or "nowhere" for host in hosts if not _is_loopback(host or "")), None)


def _provider(inbox: Inbox) -> str:
    return str(inbox.config.get("provider", _PLAYED))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
