"""One step of a call: the request that the provider makes, and everything that its answer is made of."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from channels.calling import CallKind, CallNews, RingNews, RingStanding, RingState, Standing
from channels.contract import Address, Desk, InboundMessage, Inbox
from channels.numbers import telephone
from channels.twilio_webhook import Webhook, authentic
from channels.voice.calls import call_sid, called
from channels.voice.script import Script, menu_at, script
from channels.voice.spoken import MAX_TRIES, Spoken

HttpHandler = Callable[[Request, Desk], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Turn:
    """`words` are of the language that the address of this step names; whatever it names wrongly counts as absent."""

    webhook: Webhook
    desk: Desk
    query: dict[str, str]
    words: Script
    spoken: Spoken = field(repr=False)

    @property
    def inbox(self) -> Inbox:
        return self.webhook.inbox

    @property
    def sid(self) -> str:
        return call_sid(self.webhook)

    @property
    def sender(self) -> Address | None:
        return telephone(self.said("From"), self.inbox.country)

    def said(self, name: str) -> str:
        """A parameter of the provider's; "" when it is absent."""
        return self.webhook.form.get(name, "").strip()

    def number(self, name: str, default: int, most: int) -> int:
        """A count in our own address, from 1 to `most`."""
        written = self.query.get(name, "")
        value = int(written) if written.isascii() and written.isdecimal() and len(written) < 18 else default
        return value if 1 <= value <= most else default

    @property
    def attempt(self) -> int:
        return self.number("try", MAX_TRIES, MAX_TRIES)

    @property
    def step(self) -> int:
        return self.number("step", 1, 1000)

    @property
    def ring(self) -> int:
        return self.number("ring", 0, 2**62)

    @property
    def place(self) -> str:
        """The keys that led to this menu; one that the script doesn't have is its first."""
        place = self.query.get("at", "")
        return place if menu_at(self.words, place) else ""

    def speaking(self, tag: str) -> "Turn":
        """The same step in another of the line's languages; what was said so far stays said."""
        words = script(self.inbox, tag)
        return replace(self, words=words, spoken=self.spoken.speaking(words, self.desk))

    # --- the hub -----------------------------------------------------------------------------------------------

    def message(self, tags: tuple[str, ...] = ()) -> InboundMessage:
        """What the call becomes; `tags` of the menu, for routing."""
        language = self.words.language or "" if self.words.languages else ""  # only where callers choose one
        return called(self.webhook, tags, language)

    async def tell(self, kind: CallKind, **more: Any) -> Standing:
        news = CallNews(
            inbox=self.inbox.name, sid=self.sid, kind=kind, sender=self.sender, language=self.words.tag, **more
        )
        return await self.desk.calls.tell(news)

    async def rung(self, state: RingState, **more: Any) -> RingStanding | None:
        return await self.desk.calls.rung(RingNews(inbox=self.inbox.name, ring=self.ring, state=state, **more))

    def answer(self) -> Response:
        return self.spoken.response()


TurnHandler = Callable[[Turn], Awaitable[Response]]


def turn(handler: TurnHandler, *, from_citizen: bool = False) -> HttpHandler:
    """A door that answers TwiML. A request that names no call is kept, and answered in words: somebody may listen."""

    async def door(request: Request, desk: Desk) -> Response:
        taken = await turn_of(request, desk)
        if taken.sid:
            return await handler(taken)
        await desk.receive([taken.webhook.unreadable("a call without CallSid", from_citizen=from_citizen)])
        taken.spoken.farewell("not_now", reference="")
        return taken.answer()

    return door


def report(handler: TurnHandler) -> HttpHandler:
    """A door that is only told something: 204."""

    async def door(request: Request, desk: Desk) -> Response:
        return await handler(await turn_of(request, desk))

    return door


async def turn_of(request: Request, desk: Desk) -> Turn:
    """Raises Refused."""
    webhook = await authentic(request, desk, "voice")
    query = dict(request.query_params)
    words = script(webhook.inbox, query.get("lang", ""))
    return Turn(webhook, desk, query, words, Spoken(webhook.inbox, words, desk))
