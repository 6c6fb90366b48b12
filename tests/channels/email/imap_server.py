"""A small IMAP server over a real socket: enough of RFC 9051 for a client that fetches. The real ones: tests/soak."""

import asyncio
import base64
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

LONG_AGO = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass
class Stored:
    raw: bytes
    arrived: datetime
    flags: set[str] = field(default_factory=set)


@dataclass
class FakeFolder:
    validity: int = 7
    next_uid: int = 1
    mails: dict[int, Stored] = field(default_factory=dict)

    def add(self, raw: bytes, arrived: datetime = LONG_AGO, uid: int | None = None) -> int:
        uid = uid or self.next_uid
        self.mails[uid] = Stored(raw, arrived)
        self.next_uid = max(self.next_uid, uid + 1)
        return uid


@dataclass
class FakeImap:
    """`password` signs in by LOGIN, `token` by XOAUTH2; `heard` holds the commands without their tags."""

    password: str = "geheim"
    token: str = ""
    capabilities: str = "IMAP4rev1 IDLE MOVE UIDPLUS AUTH=XOAUTH2"
    folders: dict[str, FakeFolder] = field(default_factory=lambda: {"INBOX": FakeFolder()})
    tls: ssl.SSLContext | None = None
    heard: list[str] = field(default_factory=list)
    sign_ins: int = 0
    port: int = 0
    mute: bool = False  # accepts connections, and says nothing
    fails_on: str = ""  # a command that is answered NO
    _idlers: set[asyncio.Event] = field(default_factory=set)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def inbox(self) -> FakeFolder:
        return self.folders["INBOX"]

    def deliver(self, raw: bytes) -> None:
        """As a mail server does: whoever idles is told."""
        self.inbox.add(raw)
        for told in self._idlers:
            told.set()

    def break_off(self) -> None:
        """Every connection, without a word."""
        for writer in self._writers:
            writer.transport.abort()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["FakeImap"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.break_off()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self.mute:
                await reader.read()
                return
            writer.write(b"* OK ready\r\n")
            await _Talk(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()


class _Talk:
    def __init__(self, server: FakeImap, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.folder = FakeFolder()
        self.seen = 0  # how many mails the client knows of

    def tell(self) -> None:
        self.seen = len(self.folder.mails)
        self.say(f"* {self.seen} EXISTS")

    async def run(self) -> None:
        while line := (await self.reader.readline()).decode().strip():
            tag, _, command = line.partition(" ")
            self.server.heard.append(command)
            words = command.replace('"', "").split()
            name = "_".join(words[:2] if words[0].upper() == "UID" else words[:1]).lower()
            if self.server.fails_on and command.upper().startswith(self.server.fails_on):
                done = "NO not today"
            else:
                done = await getattr(self, f"do_{name}")(words, tag)
            self.say(f"{tag} {done} done")
            await self.writer.drain()
            if name == "logout":
                return

    def say(self, line: str) -> None:
        self.writer.write(line.encode() + b"\r\n")

    async def do_capability(self, words: list[str], tag: str) -> str:
        self.say(f"* CAPABILITY {self.server.capabilities}")
        return "OK"

    async def do_login(self, words: list[str], tag: str) -> str:
        return self.signed_in(words[2] == self.server.password)

    async def do_authenticate(self, words: list[str], tag: str) -> str:
        self.say("+ ")
        given = base64.b64decode(await self.reader.readline()).decode()
        if f"auth=Bearer {self.server.token}\x01" in given and self.server.token:
            return self.signed_in(True)
        self.say("+ " + base64.b64encode(b'{"status":"400"}').decode())
        await self.reader.readline()
        return self.signed_in(False)

    def signed_in(self, is_right: bool) -> str:
        self.server.sign_ins += is_right
        return "OK" if is_right else "NO [AUTHENTICATIONFAILED] Invalid credentials"

    async def do_noop(self, words: list[str], tag: str) -> str:
        return "OK"

    async def do_logout(self, words: list[str], tag: str) -> str:
        return "OK"

    async def do_list(self, words: list[str], tag: str) -> str:
        for name in self.server.folders:
            if name == words[-1]:
                self.say(f'* LIST () "/" {name}')
        return "OK"

    async def do_create(self, words: list[str], tag: str) -> str:
        self.server.folders[words[1]] = FakeFolder(validity=9)
        return "OK"

    async def do_select(self, words: list[str], tag: str) -> str:
        if words[1] not in self.server.folders:
            return "NO [NONEXISTENT] no such folder"
        self.folder = self.server.folders[words[1]]
        self.tell()
        self.say(f"* OK [UIDVALIDITY {self.folder.validity}] ok")
        self.say(f"* OK [UIDNEXT {self.folder.next_uid}] ok")
        return "OK [READ-WRITE]"

    do_examine = do_select

    async def do_uid_search(self, words: list[str], tag: str) -> str:
        criteria = " ".join(words[2:])
        low, high = re.findall(r"UID (\d+):(\d+|\*)", criteria)[0]
        last = max(self.folder.mails, default=0)
        top = max(last, 1) if high == "*" else int(high)
        since = re.search(r"SINCE (\S+)", criteria)
        day = datetime.strptime(since[1], "%d-%b-%Y").date() if since else date.min
        first = min(int(low), top)
        found = [uid for uid, mail in self.folder.mails.items() if first <= uid <= top and mail.arrived.date() >= day]
        if len(self.folder.mails) != self.seen:
            self.tell()
        self.say("* SEARCH " + " ".join(map(str, found)))
        return "OK"

    async def do_uid_fetch(self, words: list[str], tag: str) -> str:
        wanted = " ".join(words[3:])
        order = list(self.folder.mails)
        for uid in map(int, words[2].split(",")):
            if uid not in self.folder.mails:
                continue
            mail = self.folder.mails[uid]
            raw = mail.raw
            place = order.index(uid) + 1
            if "INTERNALDATE" in wanted:
                arrived = mail.arrived.strftime("%d-%b-%Y %H:%M:%S %z")
                self.say(f'* {place} FETCH (UID {uid} INTERNALDATE "{arrived}")')
            else:
                part = re.search(r"<0\.(\d+)>", wanted)
                piece = raw[: int(part[1])] if part else raw
                self.writer.write(b"* %d FETCH (UID %d BODY[]<0> {%d}\r\n%b)\r\n" % (place, uid, len(piece), piece))
        return "OK"

    async def do_uid_store(self, words: list[str], tag: str) -> str:
        for uid in map(int, words[2].split(",")):
            self.folder.mails[uid].flags.update(word.strip("()") for word in words[4:])
        return "OK"

    async def do_uid_copy(self, words: list[str], tag: str) -> str:
        for uid in map(int, words[2].split(",")):
            self.server.folders[words[3]].add(self.folder.mails[uid].raw)
        return "OK"

    async def do_uid_move(self, words: list[str], tag: str) -> str:
        await self.do_uid_copy(words, tag)
        for uid in map(int, words[2].split(",")):
            del self.folder.mails[uid]
        return "OK"

    async def do_uid_expunge(self, words: list[str], tag: str) -> str:
        for uid in map(int, words[2].split(",")):
            del self.folder.mails[uid]
        return "OK"

    async def do_idle(self, words: list[str], tag: str) -> str:
        told = asyncio.Event()
        self.server._idlers.add(told)
        also = f"\r\n* {len(self.folder.mails)} EXISTS" if len(self.folder.mails) != self.seen else ""
        self.seen = len(self.folder.mails)
        self.say(f"+ idling{also}")  # in one packet, as servers do
        over = asyncio.create_task(self.reader.readline())
        while not over.done():
            if told.is_set():
                told.clear()
                self.tell()
            await self.writer.drain()
            news = asyncio.create_task(told.wait())
            await asyncio.wait({over, news}, return_when=asyncio.FIRST_COMPLETED)
            news.cancel()
        self.server._idlers.discard(told)
        return "OK"
