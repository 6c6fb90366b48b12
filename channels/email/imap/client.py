"""One connection to an IMAP server. The library blocks, so that each connection has a thread of its own."""

import asyncio
import contextlib
import logging
import re
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from imapclient import SEEN, IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError

from channels.contract import ChannelError
from channels.email.imap.position import Folder
from channels.email.imap.settings import MailboxSettings

CONNECT_SECONDS = 15.0
READ_SECONDS = 90.0

T = TypeVar("T")

_OTHER_GREETING = re.compile(r"^unexpected response: b'(\d{3}[ -].*)'$")  # in imaplib's words
_LATEST = datetime.max.replace(tzinfo=UTC)

_SHORT_OF_PEEK = "BODY.PEEK[]"  # leaves the read flag as it is (RFC 9051 §6.4.5)


class MailboxTrouble(ChannelError):
    """The mailbox can't be read at present; the text says why, for the people who run the hub.

    `is_lasting`: somebody has to change something.
    """

    def __init__(self, why: str, *, is_lasting: bool = False) -> None:
        super().__init__(why)
        self.is_lasting = is_lasting


@dataclass(frozen=True, slots=True)
class Login:
    """How to sign in: by password, or by an OAuth access token."""

    username: str
    secret: str
    is_token: bool


class Connection:
    """Use it as a context: afterwards the socket is closed and the thread gone, whatever it waited for."""

    def __init__(self, settings: MailboxSettings) -> None:
        logging.getLogger("imapclient").setLevel(logging.ERROR)  # it writes mails into its log
        self._settings = settings
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="imap")
        self._client: IMAPClient | None = None
        self._closed = False

    async def __aenter__(self) -> "Connection":
        return self

    async def __aexit__(self, *about: object) -> None:
        self._closed = True
        if self._client is not None:
            with contextlib.suppress(OSError):
                self._client.socket().shutdown(socket.SHUT_RDWR)  # wakes a thread that waits in it
        self._thread.submit(self._let_go)
        self._thread.shutdown(wait=False)

    def _let_go(self) -> None:
        if self._client is not None:
            with contextlib.suppress(OSError, ValueError):
                self._client.shutdown()

    async def open(self, login: Login, *, readonly: bool) -> Folder:
        """Connects, signs in, opens the folder. Raises MailboxTrouble."""
        return await self._run(self._open, login, readonly)

    async def search(self, criteria: Sequence[str]) -> list[int]:
        """UIDs, in the server's order."""
        return await self._run(self._search, criteria)

    async def arrived(self, uids: Sequence[int]) -> Mapping[int, datetime]:
        """When the server got them, by UID; what is gone meanwhile is missing."""
        fetched = await self._run(lambda client: client.fetch(uids, ["INTERNALDATE"]))
        return {uid: values.get(b"INTERNALDATE") or _LATEST for uid, values in fetched.items()}

    async def raw(self, uid: int, most: int) -> bytes | None:
        """The mail, or as much of its beginning as `most` bytes; None when it is gone meanwhile."""
        fetched = await self._run(lambda client: client.fetch([uid], [f"{_SHORT_OF_PEEK}<0.{most}>"]))
        values = fetched.get(uid, {})
        return next((value for key, value in values.items() if key.startswith(b"BODY[]")), None)

    async def mark_seen(self, uids: Sequence[int]) -> None:
        await self._run(lambda client: client.add_flags(uids, [SEEN], silent=True))

    async def move(self, uids: Sequence[int], folder: str) -> None:
        await self._run(_move, uids, folder)

    async def wait(self, seconds: float, poll: float) -> None:
        """Returns when the server says that something has changed, at the latest after `seconds`.

        Without IDLE (RFC 2177) it returns after `poll` seconds.
        """
        if await self._run(lambda client: client.has_capability("IDLE")):
            await self._run(_idle, seconds)
        else:
            await asyncio.sleep(min(poll, seconds))

    # --- in the thread ---------------------------------------------------------------------------------------

    async def _run(self, work: Callable[..., T], *arguments: Any) -> T:
        def at_work() -> T:
            if self._closed:
                raise MailboxTrouble("closed")
            return work(self._client, *arguments)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, at_work)
        except (OSError, IMAPClientError, ValueError, AssertionError) as error:
            raise MailboxTrouble(_in_words(error, self._settings)) from None

    def _open(self, _: None, login: Login, readonly: bool) -> Folder:
        settings = self._settings
        timeout = SocketTimeout(CONNECT_SECONDS, READ_SECONDS)
        context = None if settings.tls == "none" else ssl.create_default_context()
        try:
            client = IMAPClient(
                settings.host, settings.port, ssl=settings.tls == "tls", ssl_context=context, timeout=timeout
            )
        except TimeoutError:
            raise MailboxTrouble(_about_silence(settings)) from None
        self._client = client
        client.normalise_times = False  # with their time zone
        if settings.tls == "starttls":
            client.starttls(context)
        try:
            if login.is_token:
                client.oauth2_login(login.username, login.secret)
            else:
                client.login(login.username, login.secret)
        except IMAPClientError as error:
            if isinstance(error, IMAPClient.AbortError):
                raise
            why = f"{settings.host} doesn't let {login.username} sign in: {_words(error)}"
            raise MailboxTrouble(why, is_lasting=True) from None
        return self._select(client, readonly)

    def _select(self, client: IMAPClient, readonly: bool) -> Folder:
        settings = self._settings
        try:
            told = client.select_folder(settings.folder, readonly=readonly)
            if settings.after == "move" and not client.folder_exists(settings.move_to):
                client.create_folder(settings.move_to)
        except IMAPClientError as error:
            if isinstance(error, IMAPClient.AbortError):
                raise
            raise MailboxTrouble(f"a folder can't be opened: {_words(error)}", is_lasting=True) from None
        if not told.get(b"UIDVALIDITY") or not told.get(b"UIDNEXT"):
            raise MailboxTrouble(f"{settings.host} doesn't number its mails (UIDVALIDITY, UIDNEXT)", is_lasting=True)
        return Folder(int(told[b"UIDVALIDITY"]), int(told[b"UIDNEXT"]))

    def _search(self, client: IMAPClient, criteria: Sequence[str]) -> list[int]:
        client.noop()  # or it might not look for what has come
        return [int(uid) for uid in client.search(criteria)]


def _move(client: IMAPClient, uids: Sequence[int], folder: str) -> None:
    if client.has_capability("MOVE"):
        client.move(uids, folder)
        return
    client.copy(uids, folder)
    client.delete_messages(uids, silent=True)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge(uids)


def _idle(client: IMAPClient, seconds: float) -> None:
    client.idle()
    told = [] if _is_told_already(client) else client.idle_check(timeout=seconds)
    if any(isinstance(each, tuple) and each[:1] == (b"BYE",) for each in told):
        raise OSError("the server says goodbye")
    client.idle_done()


def _is_told_already(client: IMAPClient) -> bool:
    """News that came in one packet with the server's consent to IDLE lies in the library's buffer, where its own
    `idle_check` doesn't look. Where this can't be seen, it is found when IDLE is renewed."""
    line = client.socket()
    line.setblocking(False)
    try:
        return bool(client._imap.file.peek(1))  # private; nothing public tells
    except (OSError, AttributeError):
        return False
    finally:
        line.settimeout(READ_SECONDS)


def _in_words(error: Exception, settings: MailboxSettings) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of {settings.host} isn't valid: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"{settings.host}:{settings.port} doesn't speak TLS there: try another imap_tls or imap_port"
    if isinstance(error, socket.gaierror):
        return f"there is no host {settings.host}"
    if isinstance(error, TimeoutError):
        return f"{settings.host}:{settings.port} doesn't answer"
    if isinstance(error, OSError):
        return f"{settings.host}:{settings.port} can't be reached: {error.strerror or 'the connection broke off'}"
    said = _words(error)
    if other := _OTHER_GREETING.search(said):
        return f"{settings.host}:{settings.port} speaks no IMAP there: try another imap_port (it says: {other[1]})"
    return f"{settings.host} answers what can't be understood: {said}"


def _about_silence(settings: MailboxSettings) -> str:
    """Is nobody there, or does somebody wait for TLS?"""
    where = f"{settings.host}:{settings.port}"
    try:
        socket.create_connection((settings.host, settings.port), CONNECT_SECONDS).close()
    except OSError:
        return f"{where} doesn't answer"
    if settings.tls == "tls":
        return f"{where} takes the connection and says nothing"
    return f'{where} takes the connection and says nothing, as a port for TLS does: try imap_tls = "tls"'


def _words(error: Exception) -> str:
    """What the server says, as a line; it holds neither the password nor mails."""
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    text = re.sub(r"""^b(['"])(.*)\1$""", r"\2", text)  # the library quotes the server's bytes
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:200].rstrip(".")
