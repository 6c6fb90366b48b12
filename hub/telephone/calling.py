"""The hub's side of telephone calls (channels.calling.CallDesk), over actions and queries."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from channels import contract
from channels.calling import CallNews, RingNews, RingStanding, Standing
from channels.contract import Event, InboundMessage, Receipt, Refused
from hub.actions.telephone.calls import OpenLines, join_missed, link_missed, note_call
from hub.actions.telephone.ring_news import note_ring
from hub.db.database import Database
from hub.directory import Directory, InboxEntry
from hub.errors import Unavailable
from hub.models.base import utcnow
from hub.queries.line import call_standing, ring_standing
from routing.engine import dangers_in, decide
from routing.facts import Facts


@dataclass(frozen=True, slots=True)
class CallService:
    """What `Desk.calls` is. directory: the council's configuration as it is now."""

    db: Database
    directory: Callable[[], Directory]
    receive: Callable[[Sequence[Event]], Awaitable[list[Receipt]]]
    is_open: Callable[[str], Awaitable[bool]]

    async def tell(self, news: CallNews) -> Standing:
        try:
            return await self._tell(self._line(news.inbox), news)
        except Unavailable as error:
            raise contract.Unavailable(error.message) from error

    async def _tell(self, line: InboxEntry, news: CallNews) -> Standing:
        """A call that ends becomes a message only when nobody has met the caller: noting its end tells."""
        now, directory = _moment(news), self.directory()
        is_end = news.kind in ("left", "ended")
        message_id = None
        in_danger = news.kind == "said" and self._speaks_of_danger(line, news, now)
        if news.message is not None and (in_danger or not (is_end or news.kind == "said")):
            [receipt] = await self.receive([news.message])
            message_id = receipt.message_id
        enters = news.kind == "waiting" and news.message is not None
        lines = await self._lines(line, news, now) if enters else OpenLines()
        noted = await self.db.write(note_call, line.id, news, message_id, now, lines, directory.country)
        if noted.missed and news.message is not None and not await self.db.write(join_missed, noted.call_id, now):
            [receipt] = await self.receive([news.message])
            if receipt.message_id is not None:
                await self.db.write(link_missed, noted.call_id, receipt.message_id, directory.country)
        today = directory.local(now).date().isoformat()
        standing = await self.db.read(call_standing, noted.call_id, today)
        is_open = bool(standing.queue) and await self.is_open(standing.queue)
        return replace(standing, is_open=is_open, in_danger=in_danger)

    def _speaks_of_danger(self, line: InboxEntry, news: CallNews, now: datetime) -> bool:
        if news.message is None:
            return False
        return bool(dangers_in(self._facts(line, news.message, now), self.directory().rules))

    async def _lines(self, line: InboxEntry, news: CallNews, now: datetime) -> OpenLines:
        """Where callers may wait now, and where this caller's choice leads, whatever case the call joins."""
        directory, message = self.directory(), news.message
        assert message is not None
        facts = self._facts(line, message, now)
        chosen = decide(facts, directory.rules, line.port.queue).queue if message.menu else ""
        slugs = [queue.slug for queue in directory.queues.values() if queue.active]
        return OpenLines(chosen, frozenset([slug for slug in slugs if await self.is_open(slug)]))

    def _facts(self, line: InboxEntry, message: InboundMessage, now: datetime) -> Facts:
        """All that is known of a call before it is one of a citizen's cases."""
        return Facts(
            channel="voice",
            inbox=line.port.name,
            text=message.text,
            sender=message.sender.value if message.sender else "",
            at=self.directory().local(now),
            menu=message.menu,
            language=message.language,
            to=line.port.address,
        )

    async def rung(self, news: RingNews) -> RingStanding | None:
        line = self._line(news.inbox)
        try:
            await self.db.write(note_ring, line.id, news, utcnow())
        except Unavailable as error:
            raise contract.Unavailable(error.message) from error
        return await self.ring_standing(news.inbox, news.ring)

    async def ring_standing(self, inbox: str, ring: int) -> RingStanding | None:
        try:
            return await self.db.read(ring_standing, self._line(inbox).id, ring)
        except Unavailable as error:
            raise contract.Unavailable(error.message) from error

    def _line(self, name: str) -> InboxEntry:
        entry = self.directory().inbox_by_name.get(("voice", name))
        if entry is None:
            raise Refused(404, f"there is no inbox voice/{name}")
        return entry


def _moment(news: CallNews) -> datetime:
    """Now; of a call that the provider's list tells of afterwards, when it was over."""
    if news.began_at is None:
        return utcnow()
    return news.began_at + timedelta(seconds=news.seconds or 0)
