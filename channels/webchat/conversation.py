"""One connected socket: the citizen's words go to the desk, what is said there comes back, until either side leaves."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from channels.contract import DeliveryStatus, DeliveryUpdate, Desk, InboundMessage, Inbox, Unavailable, Utterance
from channels.webchat import sessions
from channels.webchat.crowd import HOURLY, Crowd, Crowded
from channels.webchat.frames import MAX_FRAME_BYTES, Frame, FrameError, Hello, Name, Say, Seen, parse
from channels.webchat.origins import may_connect
from channels.webchat.pace import Pace

CHANNEL = "webchat"
MARKED = "It contained characters that can't be shown; they are marked. The original is attached."

# RFC 6455 section 7.4 and the IANA registry of close codes
POLICY, TOO_BIG, FAULT, TRY_LATER = 1008, 1009, 1011, 1013

_RETRY_SECONDS = 2.0

log = structlog.get_logger()


class ProtocolError(Exception):
    """The client broke the protocol beyond an answer; the socket closes with this code."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


async def converse(socket: WebSocket, desk: Desk, crowd: Crowd, *, clock: Callable[[], float], patience: float) -> None:
    """Serve `WS /in/webchat/{inbox}` to its end. patience: seconds until the first frame must have come."""
    inbox = desk.inbox(CHANNEL, socket.path_params["inbox"])
    if inbox is None or not may_connect(socket.headers.get("origin", ""), inbox):
        await socket.close(POLICY)
        return
    await socket.accept()
    host = socket.client.host if socket.client else ""
    try:
        with crowd.within(host):
            await Conversation(socket, desk, inbox, clock, partial(crowd.wait, host)).run(patience)
    except* WebSocketDisconnect:
        pass  # also on shutdown (1012): the client comes back and resumes
    except* (Unavailable, Crowded):
        await _close(socket, TRY_LATER, "try again later")
    except* ProtocolError as breaches:
        await _close(socket, *_first(breaches))
    except* Exception:
        log.exception("a chat socket failed", inbox=inbox.name)
        await _close(socket, FAULT, "something went wrong")


def _first(breaches: BaseExceptionGroup[ProtocolError]) -> tuple[int, str]:
    breach: BaseException = breaches
    while isinstance(breach, BaseExceptionGroup):
        breach = breach.exceptions[0]
    return (breach.code, str(breach)) if isinstance(breach, ProtocolError) else (FAULT, "")


async def _close(socket: WebSocket, code: int, why: str) -> None:
    with suppress(RuntimeError, WebSocketDisconnect):  # the other side was faster
        await socket.close(code, why)


class Conversation:
    """The two directions of a socket, and what they share."""

    def __init__(
        self, socket: WebSocket, desk: Desk, inbox: Inbox, clock: Callable[[], float], room: Callable[[str, int], float]
    ) -> None:
        self._socket = socket
        self._desk = desk
        self._inbox = inbox
        self._room = room  # seconds until its network address may say more
        self._words = Pace(20, 10.0, clock)
        self._frames = Pace(200, 10.0, clock)
        self._name = ""
        self._unseen: dict[int, str] = {}  # the council's utterances on their way: id to external id

    async def run(self, patience: float) -> None:
        """Ends by an exception group: WebSocketDisconnect, Unavailable or ProtocolError."""
        async with asyncio.TaskGroup() as both:
            hello = await self._first_frame(patience)
            token = sessions.resume(hello.session)
            after, seen = (hello.after, hello.seen) if token else (0, 0)
            token = token or sessions.new_token()
            self._address = sessions.address_of(token)
            await self._socket.send_json(self._welcome(token))
            both.create_task(self._tell(after, seen))
            await self._listen()

    def _welcome(self, token: str) -> dict[str, Any]:
        config = self._inbox.config
        return {
            "type": "welcome",
            "session": token,
            "council": self._inbox.council,
            "title": config.get("title", ""),
            "greeting": config.get("greeting", ""),
        }

    # --- what the citizen says ---

    async def _first_frame(self, patience: float) -> Hello:
        try:
            async with asyncio.timeout(patience):
                frame = parse(await self._receive())
        except (TimeoutError, FrameError):
            raise ProtocolError(POLICY, "the first frame is a hello") from None
        if not isinstance(frame, Hello):
            raise ProtocolError(POLICY, "the first frame is a hello")
        return frame

    async def _receive(self) -> str:
        """The next frame's text. Raises WebSocketDisconnect, ProtocolError for size or flood, FrameError for bytes."""
        frame = await self._socket.receive()
        if frame["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(frame["code"], frame.get("reason"))
        text = frame.get("text")
        if len(frame.get("bytes") or (text or "").encode(errors="replace")) > MAX_FRAME_BYTES:
            raise ProtocolError(TOO_BIG, f"a frame has at most {MAX_FRAME_BYTES} bytes")
        if self._frames.wait():
            raise ProtocolError(POLICY, "too many frames")
        if text is None:
            raise FrameError("json", "A frame is text.")
        return str(text)

    async def _listen(self) -> None:
        while True:
            try:
                await self._take(parse(await self._receive()))
            except FrameError as bad:
                await self._socket.send_json(bad.frame())

    async def _take(self, frame: Frame) -> None:
        match frame:
            case Say():
                await self._say(frame)
            case Seen():
                await self._seen(frame.id)
            case Name():
                self._name = frame.name
            case Hello():
                raise FrameError("type", "One hello a socket.")

    async def _say(self, say: Say) -> None:
        if wait := self._words.wait() or self._room(str(self._address), self._inbox.config.get("hourly", HOURLY)):
            await self._retry(say.id, wait)
            return
        try:
            [receipt] = await self._desk.receive([self._message(say)])
        except Unavailable:
            await self._retry(say.id, _RETRY_SECONDS)
        else:
            await self._socket.send_json({"type": "said", "id": say.id, "reference": receipt.reference})

    def _message(self, say: Say) -> InboundMessage:
        return InboundMessage(
            channel=CHANNEL,
            inbox=self._inbox.name,
            external_id=f"{self._address}:{say.id}",
            sender=self._address,
            sender_name=self._name,
            text=say.text,
            problems=(MARKED,) if say.original else (),
            raw=say.original,
        )

    async def _retry(self, subject: str | int, seconds: float) -> None:
        await self._socket.send_json({"type": "retry", "id": subject, "after": round(seconds, 1)})

    async def _seen(self, last: int) -> None:
        """Everything up to here has arrived; forgotten only when the desk has it, so that a retry tells it again."""
        arrived = {unseen: external for unseen, external in self._unseen.items() if unseen <= last}
        if arrived:
            try:
                await self._desk.receive([self._delivered(external) for external in arrived.values()])
            except Unavailable:
                await self._retry(last, _RETRY_SECONDS)
                return
        for unseen in arrived:
            del self._unseen[unseen]
        await self._socket.send_json({"type": "noted", "id": last})

    def _delivered(self, external_id: str) -> DeliveryUpdate:
        return DeliveryUpdate(
            channel=CHANNEL, inbox=self._inbox.name, external_id=external_id, status=DeliveryStatus.DELIVERED
        )

    # --- what the citizen hears ---

    async def _tell(self, after: int, seen: int) -> None:
        """Pass on what is said at the desk. Raises Unavailable when the desk stops telling."""
        said = self._desk.follow(self._address, after)
        try:
            async for utterance in said:
                if utterance.direction == "out" and utterance.id > seen:
                    self._unseen[utterance.id] = utterance.external_id
                await self._socket.send_json(self._frame(utterance))
        finally:
            if isinstance(said, AsyncGenerator):
                await said.aclose()
        raise Unavailable("the desk stopped telling")

    def _frame(self, utterance: Utterance) -> dict[str, Any]:
        mine = f"{self._address}:"
        external_id = utterance.external_id
        return {
            "type": "message",
            "id": utterance.id,
            "direction": utterance.direction,
            "text": utterance.text,
            "author": utterance.author,
            "at": utterance.at.isoformat(),
            "client_id": external_id.removeprefix(mine) if external_id.startswith(mine) else "",
        }
