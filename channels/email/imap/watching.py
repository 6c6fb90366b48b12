"""Looking into mailboxes: one task each, on one process at a time; each in trouble waits by itself, and says so."""

import asyncio
import contextlib
import random
import ssl
from dataclasses import dataclass, field
from functools import cache

import httpx
import structlog

from channels.contract import ChannelError, Inbox, NotConfigured, Unavailable
from channels.email.imap.client import Connection, Login, MailboxTrouble
from channels.email.imap.mailbox import Mailbox
from channels.email.imap.oauth import AccessTokens, NoToken
from channels.email.imap.settings import MailboxSettings, mailbox_settings
from channels.waiting import ListeningDesk

CONFIGURATION_SECONDS = 2.0  # how soon a changed council file is seen
WATCH_SECONDS = 60.0  # how long a dead process keeps others from its mailboxes
IDLE_SECONDS = 60.0  # then IDLE is renewed: servers drop who idles for half an hour, and routers much sooner
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0  # seconds between tries, doubling

log = structlog.get_logger()


async def look_into_mailboxes(desk: ListeningDesk) -> None:
    """Runs until cancelled; follows the council's configuration."""
    tasks: dict[int, tuple[Inbox, asyncio.Task[None]]] = {}
    async with httpx.AsyncClient(timeout=httpx.Timeout(20.0), verify=_trusted()) as http:
        try:
            while True:
                wanted = {inbox.id: inbox for inbox in desk.inboxes("email") if inbox.config.get("imap_host")}
                for key, (inbox, task) in list(tasks.items()):
                    if wanted.get(key) != inbox:
                        await _ended(task)
                        del tasks[key]
                for key, inbox in wanted.items():
                    if key not in tasks:
                        tasks[key] = (inbox, asyncio.create_task(Watcher(inbox, desk, http).run()))
                await asyncio.sleep(CONFIGURATION_SECONDS)
        finally:
            await asyncio.gather(*(_ended(task) for _, task in tasks.values()))


@cache
def _trusted() -> ssl.SSLContext:
    """Read once a process, however often the mailboxes are begun with anew."""
    return httpx.create_ssl_context()


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@dataclass(slots=True)
class Watcher:
    """Looks after one mailbox for as long as the process may."""

    inbox: Inbox
    desk: ListeningDesk
    http: httpx.AsyncClient
    _failures: int = 0
    _tokens: AccessTokens = field(init=False)

    def __post_init__(self) -> None:
        self._tokens = AccessTokens(self.inbox, self.desk)

    async def run(self) -> None:
        pause = 0.0
        try:
            while True:
                await asyncio.sleep(pause)
                pause = await self._turn()
        finally:
            with contextlib.suppress(Unavailable):
                await self.desk.unwatch(self.inbox)

    async def _turn(self) -> float:
        """Looks after the mailbox until something goes wrong; the seconds until the next try."""
        try:
            if not await self.desk.watch(self.inbox, WATCH_SECONDS):
                return WATCH_SECONDS / 3
            await self._held()
        except Unavailable:
            return FIRST_PAUSE
        except (ChannelError, TimeoutError) as error:
            return await self._in_trouble(str(error) or "the mail server doesn't answer", error)
        except Exception as error:
            log.exception("looking into a mailbox failed", inbox=self.inbox.name, error=type(error).__name__)
            return await self._in_trouble(f"something unexpected happened ({type(error).__name__})", error)
        return WATCH_SECONDS / 3

    async def _held(self) -> None:
        """Ends when another process has taken over."""
        working = asyncio.create_task(self._work())
        try:
            while True:
                done, _ = await asyncio.wait([working], timeout=WATCH_SECONDS / 3)
                if done:
                    return working.result()
                if not await self.desk.watch(self.inbox, WATCH_SECONDS):
                    return None
        finally:
            await _ended(working)

    async def _work(self) -> None:
        settings = mailbox_settings(self.inbox)
        login = await self._login(settings)
        async with Connection(settings) as connection:
            folder = await connection.open(login, readonly=settings.after == "keep")
            mailbox = Mailbox(self.inbox, settings, connection, self.desk)
            self._noticed(await mailbox.catch_up(folder))
            while True:
                await self.desk.report(self.inbox, mailbox.shortfall)
                self._failures = 0
                await connection.wait(IDLE_SECONDS, settings.poll)
                self._noticed(await mailbox.look())

    async def _login(self, settings: MailboxSettings) -> Login:
        if self._tokens.is_wanted:
            return Login(settings.username, await self._tokens.get(self.http), is_token=True)
        return Login(settings.username, self.inbox.setting("imap_password"), is_token=False)

    def _noticed(self, count: int) -> None:
        if count:
            log.info("mail was fetched", inbox=self.inbox.name, count=count)

    async def _in_trouble(self, why: str, error: Exception) -> float:
        if isinstance(error, MailboxTrouble) and error.is_lasting:
            self._tokens.forget()
        self._failures += 1
        if self._failures == 1:
            log.warning("a mailbox can't be looked into", inbox=self.inbox.name, why=why)
        lasting = isinstance(error, NotConfigured | NoToken) or getattr(error, "is_lasting", False)
        if lasting or self._failures > 1:  # a connection may break off; that heals by itself at once
            with contextlib.suppress(Unavailable):
                await self.desk.report(self.inbox, why)
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (self._failures - 1))
        return pause * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
