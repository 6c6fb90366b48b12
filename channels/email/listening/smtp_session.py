"""One SMTP connection by the book (RFC 5321), and no longer than it behaves."""

import asyncio
import re

from aiosmtpd.smtp import SMTP

from channels.email.listening.lobby import Lobby

COMMAND_SECONDS = 120.0
DATA_SECONDS = 600.0  # RFC 5321 §4.5.3.2.6
SESSION_SECONDS = 1800.0  # from the greeting, or the last mail stored, to the next one
EARLY_SECONDS = 0.05  # whoever speaks before the greeting has spoken by then
MAX_ERRORS = 20  # refusals between two mails
MAX_ANSWERS = 300  # answers between two mails

_READ = 262_144  # bytes
_END = b"\r\n.\r\n"
_ANNOUNCED_SIZE = re.compile(r"\sSIZE=(\d{1,20})(?!\S)", re.IGNORECASE)
_LET_GO_SECONDS = 5.0
_HAS_STATUS = re.compile(r"\d\d\d[ -][245]\.\d{1,3}\.\d{1,3} ")
_STATUS_OF = {"454": "4.7.0", "500": "5.5.2", "501": "5.5.4", "503": "5.5.1", "552": "5.3.4", "555": "5.5.4"}
_DONE = {answer: f"{answer[:4]}2.0.0{answer[3:]}" for answer in ("250 OK", "221 Bye", "220 Ready to start TLS")}
_TOO_MUCH = "452 4.3.1 too much mail at once, try again later"


class MailSession(SMTP):  # type: ignore[misc]  # aiosmtpd has no types
    """DATA is read in large pieces: line by line 25 MB of empty lines took a gigabyte."""

    line_length_limit = _READ

    def __init__(self, lobby: Lobby, *, hostname: str) -> None:
        self._lobby = lobby
        self._errors = self._answers = self._held = 0
        self._patience = asyncio.get_running_loop().time() + SESSION_SECONDS
        super().__init__(
            lobby,
            data_size_limit=lobby.max_bytes,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident=self.ident,
            tls_context=lobby.tls_context(),
            timeout=COMMAND_SECONDS,
            auth_exclude_mechanism=("LOGIN", "PLAIN"),  # nobody signs in here
            loop=asyncio.get_running_loop(),
        )

    ident = "ESMTP hub"

    # --- the connection --------------------------------------------------------------------------------------

    def connection_lost(self, error: Exception | None) -> None:
        self._lobby.leave(self)
        super().connection_lost(error)

    async def _handle_client(self) -> None:
        """RFC 5321 §4.3.1: the client waits for the greeting. Robots that push a whole mail at once don't."""
        try:
            await asyncio.sleep(EARLY_SECONDS)
        except asyncio.CancelledError:  # it has hung up
            self._writer.close()
            raise
        if self._reader._buffer:  # private, as aiosmtpd itself reads it
            await self.push("554 5.5.1 you spoke before the greeting")
            self.hang_up()
            return
        await super()._handle_client()

    def _reset_timeout(self, duration: float | None = None) -> None:
        left = self._patience - self.loop.time()
        super()._reset_timeout(max(0.001, min(duration or COMMAND_SECONDS, left)))

    def _timeout_cb(self) -> None:
        self._writer.write(b"421 4.4.2 that took too long, goodbye\r\n")
        self.hang_up()

    def hang_up(self) -> None:
        """Whoever doesn't read the last words is let go all the same."""
        transport = self.transport
        if transport is not None:
            transport.close()
            self.loop.call_later(_LET_GO_SECONDS, transport.abort)

    async def push(self, status: str | bytes) -> None:
        """Every answer passes here: whoever gets too many of them between two mails is sent away."""
        await super().push(_with_status(status) if isinstance(status, str) else status)
        self._answers += 1
        self._errors += str(status)[:1] in "45"
        if self._answers > MAX_ANSWERS or self._errors > MAX_ERRORS:
            self._writer.write(b"421 4.7.0 too many commands without a mail, goodbye\r\n")
            self.hang_up()

    # --- commands --------------------------------------------------------------------------------------------

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """RFC 1870: a size announced above the limit is refused at once, the limit named."""
        announced = _ANNOUNCED_SIZE.search(arg or "")
        if announced and int(announced[1]) > self.data_size_limit:
            await self.push(self._too_large())
        else:
            await super().smtp_MAIL(arg)

    async def smtp_AUTH(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        await self.push("502 5.5.1 nobody signs in here")

    async def smtp_HELP(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        await self.push("214 2.0.0 this door takes mail as RFC 5321 says")

    async def smtp_VRFY(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        await self.push("252 2.5.2 send the mail and see")

    async def smtp_EXPN(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        await self.push("502 5.5.1 lists aren't told")

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """RFC 5321 §4.1.1.4. Only CRLF.CRLF ends the mail: nothing else can smuggle a second one in."""
        if await self.check_helo_needed():
            return
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self._reset_timeout(DATA_SECONDS)
        try:
            content = await self._content()
            if isinstance(content, bytes):
                self.envelope.content = self.envelope.original_content = content
                answers = await self._stored()
            else:
                answers = [content] * self._answers_due()
        finally:
            self._lobby.held -= self._held
            self._held = 0
        await self._finish(answers)

    async def _stored(self) -> list[str]:
        return [await self._lobby.store(self.envelope)]

    def _answers_due(self) -> int:
        """How many answers the end of DATA gets."""
        return 1

    async def _finish(self, answers: list[str]) -> None:
        if any(answer.startswith("2") for answer in answers):
            self._errors = self._answers = 0
            self._patience = self.loop.time() + SESSION_SECONDS
        self._set_post_data_state()
        self._reset_timeout()
        for answer in answers:
            await self.push(answer)

    def _too_large(self) -> str:
        return f"552 5.3.4 the mail is larger than {self.data_size_limit} bytes"

    async def _content(self) -> bytes | str:
        """The mail with its dots unstuffed, or why it isn't taken. What follows it goes back to the reader."""
        buffer = bytearray(b"\r\n")
        refusal = ""
        while True:
            piece = await self._reader.read(4 * _READ)
            if not piece:
                raise ConnectionResetError
            start = max(len(buffer) - len(_END), 0)
            buffer += piece
            end = buffer.find(_END, start)
            if end >= 0:
                self._reader.feed_data(bytes(buffer[end + len(_END) :]))
                if not refusal and end > self.data_size_limit:
                    refusal = self._too_large()
                return refusal or bytes(buffer[: end + 2]).replace(b"\r\n.", b"\r\n")[2:]
            refusal = refusal or self._overflow(len(buffer))
            if refusal:
                del buffer[: -len(_END)]
            self._hold(len(buffer))

    def _overflow(self, size: int) -> str:
        if size > self.data_size_limit + len(_END):
            return self._too_large()
        return _TOO_MUCH if self._lobby.is_full else ""

    def _hold(self, size: int) -> None:
        self._lobby.held += size - self._held
        self._held = size


def _with_status(answer: str) -> str:
    """RFC 2034 §3: every answer but the greeting and those to HELO and EHLO says more exactly what it means."""
    if answer[:1] in ("4", "5") and not _HAS_STATUS.match(answer):
        return f"{answer[:4]}{_STATUS_OF.get(answer[:3], f'{answer[:1]}.0.0')} {answer[4:]}"
    return _DONE.get(answer, answer)
