"""One mailbox: fetches what is new, hands it to the desk, and moves the bookmark once that is committed."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from channels.contract import Event, InboundMessage, Inbox, Unavailable, Unreadable
from channels.email.imap.client import Connection, MailboxTrouble
from channels.email.imap.position import Folder, Position, position_in
from channels.email.imap.settings import MailboxSettings
from channels.email.without_envelope import event_without_envelope
from channels.waiting import ListeningDesk

BATCH = 50  # mails that are committed together
BATCH_BYTES = 16_777_216

log = structlog.get_logger()


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Fetched:
    uid: int
    event: Event
    raw: bytes
    is_whole: bool


class Mailbox:
    """Reads one opened folder. `clock` is UTC."""

    def __init__(
        self,
        inbox: Inbox,
        settings: MailboxSettings,
        connection: Connection,
        desk: ListeningDesk,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._inbox = inbox
        self._settings = settings
        self._connection = connection
        self._desk = desk
        self._clock = clock
        self._stored: Position | None = None
        self.shortfall = ""  # what went wrong after mails were safely stored

    async def catch_up(self, folder: Folder) -> int:
        """Takes all that is new; how many mails. Raises MailboxTrouble or Unavailable; what is taken stays so."""
        stored = await self._desk.bookmark(self._inbox, self._settings.place)
        position = position_in(folder, stored, self._settings.since, self._clock())
        await self._store(position)
        return await self.look()

    async def look(self) -> int:
        """The same for a folder that has been caught up on."""
        assert self._stored is not None
        position, count = self._stored, 0
        while True:
            uids = position.wanted(await self._connection.search(position.criteria))
            for start in range(0, len(uids), BATCH):
                count += await self._take(uids[start : start + BATCH], position)
                position = self._stored
            if uids:
                continue
            is_all = position.uid >= position.until
            await self._store(position.with_nothing_left(self._clock().date()))
            if is_all:
                return count
            position = self._stored

    async def _take(self, uids: Sequence[int], position: Position) -> int:
        """Fetches these, in pieces of bounded size; each piece is committed before the next is fetched."""
        arrived = await self._connection.arrived(uids)
        piece: list[_Fetched] = []
        count = 0
        for uid in uids:
            is_wanted = uid in arrived and not position.is_old(uid, arrived[uid])
            fetched = await self._fetched(uid, position) if is_wanted else None
            if fetched is not None:
                piece.append(fetched)
            if sum(len(each.raw) for each in piece) >= BATCH_BYTES or uid == uids[-1]:
                await self._receive(piece)
                count += len(piece)
                await self._settle(piece)
                position = position.after(uid)
                await self._store(position)
                piece = []
        return count

    async def _fetched(self, uid: int, position: Position) -> _Fetched | None:
        """Servers often say only about how large a mail is: one byte more than may be shows whether it is whole."""
        most = self._desk.max_mail_bytes
        taken = await self._connection.raw(uid, most + 1)
        if taken is None:
            return None  # somebody deleted it meanwhile
        raw, is_whole = taken[:most], len(taken) <= most
        event = await asyncio.to_thread(event_without_envelope, raw, self._inbox, self._desk)
        if isinstance(event, InboundMessage):
            cut = () if is_whole else (f"Only the first {most:,} bytes were taken; the mail is still in the mailbox.",)
            belated = position.is_belated(uid)
            event = replace(event, problems=(*event.problems, *cut), is_belated=belated)
        return _Fetched(uid, event, raw, is_whole)

    async def _receive(self, piece: Sequence[_Fetched]) -> None:
        """All together; when that fails, one by one, so that one mail never stops the next."""
        if not piece:
            return
        try:
            await self._desk.receive([each.event for each in piece])
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the mails are tried alone
            log.error("mails from a mailbox are tried one by one", error=type(error).__name__, inbox=self._inbox.name)
            for each in piece:
                await self._receive_alone(each)

    async def _receive_alone(self, fetched: _Fetched) -> None:
        try:
            await self._desk.receive([fetched.event])
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - then it is kept as it came
            log.error("a mail from a mailbox is kept raw", error=type(error).__name__, inbox=self._inbox.name)
            why = f"It couldn't be stored as a message ({type(error).__name__})."
            await self._desk.receive([self._quarantined(fetched.raw, why)])

    def _quarantined(self, raw: bytes, why: str) -> Unreadable:
        return Unreadable(channel="email", inbox=self._inbox.name, raw=raw, why=why, media_type="message/rfc822")

    async def _settle(self, piece: Sequence[_Fetched]) -> None:
        """What becomes of the mails in the mailbox. It is only tidying: when it fails, that is said, and no more."""
        uids = [each.uid for each in piece if each.is_whole]
        if not uids or self._settings.after == "keep":
            return
        try:
            if self._settings.after == "seen":
                await self._connection.mark_seen(uids)
            else:
                await self._connection.move(uids, self._settings.move_to)
            self.shortfall = ""
        except MailboxTrouble as error:
            self.shortfall = f"mail is fetched, but can't be tidied up ({self._settings.after}): {error}"

    async def _store(self, position: Position) -> None:
        if position != self._stored:
            await self._desk.set_bookmark(self._inbox, self._settings.place, position.to_json())
            self._stored = position
