"""The reader: a second process that understands mails while many come at once, and ends when few do.

It knows no secret and opens nothing. A mail that kills it, or keeps it busy for too long, is told as one that couldn't
be understood: its original is kept, and the mails behind it are read by the next process.
"""

import asyncio
import os
import pickle
import sys
from collections import deque
from dataclasses import dataclass
from typing import cast

import structlog

from channels.email.understanding.mail import Mail
from channels.email.understanding.reading_apart import HEAD

MODULE = "channels.email.understanding.reading_apart"
MAIL_SECONDS = 30.0  # for one mail; it takes milliseconds, two seconds at most where the machine is free
IDLE_SECONDS = 60.0  # without a mail, after which the process ends
_LINE = 12  # mails that wait for it: enough that it never waits itself
_LOOK_SECONDS = 1.0
_CLOSE_SECONDS = 2.0
_TRIES = 2  # the first process may have been killed by somebody else
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")  # no secrets

log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class _InLine:
    raw: bytes
    read: "asyncio.Future[Mail | None]"
    tries: int = 0


class Reader:
    """Starts its process when it is first asked for time, and takes mails from the moment that one is ready."""

    def __init__(
        self, module: str = MODULE, mail_seconds: float = MAIL_SECONDS, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._module = module
        self._mail_seconds = mail_seconds
        self._idle_seconds = idle_seconds
        self._line: deque[_InLine] = deque()  # the first is being read
        self._process: _Process | None = None
        self._starting: asyncio.Task[None] | None = None
        self._is_of_no_use = os.cpu_count() == 1  # or it can't be started
        self._is_closing = False
        self._moved_at = 0.0  # when a mail was last begun, by the loop's clock

    def has_time(self) -> bool:
        """Would it take a mail now? Asking makes it start."""
        if self._process is None and not (self._is_of_no_use or self._is_closing):
            self._begin()
        return self._process is not None and self._process.is_ready and len(self._line) < _LINE

    async def understood(self, raw: bytes) -> Mail | None:
        """Once `has_time`. None when it has to be read without it after all."""
        assert self._process is not None
        loop = asyncio.get_running_loop()
        if not self._line:
            self._moved_at = loop.time()
        waiting = _InLine(raw, loop.create_future())
        self._line.append(waiting)
        self._process.hand_over(raw)
        return await waiting.read

    async def close(self) -> None:
        if self._starting is not None:
            await asyncio.wait({self._starting})
        process = self._process
        if process is None:
            return
        self._is_closing = True
        process.end()
        await asyncio.wait({process.ended}, timeout=_CLOSE_SECONDS)
        process.kill()
        await process.ended
        self._is_closing = False

    # --- the process's side -----------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._process = _Process(self)
        self._starting = asyncio.create_task(self._process.start(self._module))
        self._starting.add_done_callback(self._begun)

    def _begun(self, starting: "asyncio.Task[None]") -> None:
        self._starting = None
        if not starting.cancelled() and (error := starting.exception()) is None:
            self._look(self._process)
            return
        self._process = None
        self._give_up("cancelled" if starting.cancelled() else type(error).__name__)

    def _look(self, process: "_Process | None") -> None:
        """Once a second, as long as the process lives."""
        if process is None or process is not self._process:
            return
        loop = asyncio.get_running_loop()
        still = loop.time() - self._moved_at
        if self._line and process.is_ready and still > self._mail_seconds:
            self._line[0].tries = _TRIES
            process.kill()
        elif not self._line and process.is_ready and still > self._idle_seconds:
            process.end()
        loop.call_later(_LOOK_SECONDS, self._look, process)

    def is_up(self, process: "_Process") -> None:
        """The process has loaded what it needs."""
        self._moved_at = asyncio.get_running_loop().time()
        for waiting in self._line:
            process.hand_over(waiting.raw)

    def came_back(self, mail: Mail) -> None:
        self._moved_at = asyncio.get_running_loop().time()
        _tell(self._line.popleft(), mail)

    def has_ended(self, was_up: bool) -> None:
        self._process = None
        if self._is_closing:
            self._let_go()
        elif not was_up:
            self._give_up("it ended before it was ready")
        elif self._line:
            first = self._line[0]
            first.tries += 1
            log.error("the reader of mails died over one", tries=first.tries, size=len(first.raw))
            if first.tries >= _TRIES:
                _tell(self._line.popleft(), _UNREADABLE)
            if self._line:
                self._begin()

    def _give_up(self, why: str) -> None:
        """It isn't tried again for every mail."""
        log.error("the reader of mails can't be started; mails are read without it", why=why)
        self._is_of_no_use = True
        self._let_go()

    def _let_go(self) -> None:
        while self._line:
            waiting = self._line.popleft()
            _tell(waiting, _UNREADABLE if waiting.tries else None)


def _tell(waiting: _InLine, mail: Mail | None) -> None:
    if not waiting.read.done():  # whoever waited may have gone away
        waiting.read.set_result(mail)


_UNREADABLE = Mail(problems=("the mail couldn't be understood: it is too much for the reader; the original is kept",))


class _Process(asyncio.SubprocessProtocol):
    """One process, from its start to its end; what it says is told to the reader."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._transport: asyncio.SubprocessTransport | None = None
        self._input: asyncio.WriteTransport | None = None
        self._said = bytearray()
        self._was_up = False
        self.is_ready = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def start(self, module: str) -> None:
        """Raises OSError."""
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        await asyncio.get_running_loop().subprocess_exec(
            lambda: self,
            *(sys.executable, "-P", "-m", module),
            stdin=pipe,
            stdout=pipe,
            stderr=nowhere,  # a traceback might quote a citizen
            env=environment,
        )

    def hand_over(self, raw: bytes) -> None:
        if self._input is not None and not self._input.is_closing():
            self._input.writelines((len(raw).to_bytes(HEAD, "big"), raw))

    def end(self) -> None:
        """It goes when it has nothing more to read."""
        self.is_ready = False
        if self._input is not None:
            self._input.close()

    def kill(self) -> None:
        self.is_ready = False
        if self._transport is not None and self._transport.get_returncode() is None:
            self._transport.kill()

    # --- asyncio's hooks --------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.SubprocessTransport, transport)
        self._input = cast(asyncio.WriteTransport, self._transport.get_pipe_transport(0))

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._said += data
        while len(self._said) >= HEAD:
            end = HEAD + int.from_bytes(self._said[:HEAD], "big")
            if len(self._said) < end:
                return
            told = bytes(memoryview(self._said)[HEAD:end])
            del self._said[:end]
            if told:
                self._reader.came_back(pickle.loads(told))  # noqa: S301  # of a process of our own
            else:
                self.is_ready = self._was_up = True
                self._reader.is_up(self)

    def process_exited(self) -> None:
        self.is_ready = False

    def connection_lost(self, error: Exception | None) -> None:
        """Its pipes are closed and its end is known."""
        self.is_ready = False
        if self._transport is not None:
            self._transport.close()
        self.ended.set_result(None)
        self._reader.has_ended(self._was_up)
