"""Taking in what providers took while the hub was away: they try a webhook a few times only, but they keep lists.

How far an inbox is caught up is a bookmark, moved only when all of it is committed: an outage of any length, or a
provider that can't be asked for a while, leaves no gap behind.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from channels import contract
from channels.abilities import CatchesUp
from channels.calling import CallNews, CatchesUpOnCalls, ListedRecording
from channels.contract import MessageUpdate, NotConfigured, SendError
from hub.actions.council.watching import set_bookmark
from hub.actions.files.uploads import drop_old_uploads
from hub.actions.intake.early_words import forget_early, show_unclaimed
from hub.directory import InboxEntry
from hub.models.base import utcnow
from hub.preparing import prepare_inbox
from hub.queries.catching_up import Known, caught_up_since, known_calls, message_of_leg
from hub.running import Hub

ASK_SECONDS = 45.0  # for one inbox's list
OVERLAP = timedelta(minutes=10)  # clocks differ, and lists lag
KEEP_UPLOADS = timedelta(days=1)  # files that an agent attached to nothing
KEEP_EARLY = timedelta(days=7)  # a provider's word on a message that nobody knows
SHOW_EARLY = timedelta(hours=1)  # a recording whose call never came
PLACE = "provider's list"

log = structlog.get_logger()


class CatchingUp:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def round(self) -> float | None:
        """Every inbox once; one that can't be asked keeps no other from it."""
        for entry in list(self._hub.directory.inboxes.values()):
            channel = self._hub.channels.get(entry.channel)
            if not entry.active or not isinstance(channel, CatchesUp | CatchesUpOnCalls):
                continue
            try:
                await self._inbox(entry, channel)
            except (SendError, NotConfigured, TimeoutError, contract.Unavailable) as error:
                log.info("nothing could be caught up", inbox=entry.port.name, why=str(error))
            except Exception as error:
                log.exception("catching up failed", inbox=entry.port.name, error=type(error).__name__)
        await self._tidy()
        return None

    async def _tidy(self) -> None:
        now = utcnow()
        await self._hub.db.write(show_unclaimed, now - SHOW_EARLY)
        await self._hub.db.write(forget_early, now - KEEP_EARLY)
        await self._hub.db.write(drop_old_uploads, now - KEEP_UPLOADS)

    async def _inbox(self, entry: InboxEntry, channel: CatchesUp | CatchesUpOnCalls) -> None:
        started = utcnow()
        since = await self._hub.db.read(caught_up_since, entry.id, PLACE)
        if since is not None:
            await prepare_inbox(self._hub, entry)
            if isinstance(channel, CatchesUp):
                new = await self._messages(entry, channel, since - OVERLAP)
            else:
                new = await self._calls(entry, channel, since - OVERLAP)
            if new:
                log.warning("something was missed and is caught up", inbox=entry.port.name, count=new)
        await self._hub.db.write(set_bookmark, entry.id, PLACE, {"at": started.isoformat()})

    async def _messages(self, entry: InboxEntry, channel: CatchesUp, since: datetime) -> int:
        async with asyncio.timeout(ASK_SECONDS):
            missed = await channel.missed(since, entry.port, self._hub.http)
        receipts = await self._hub.desk.receive(missed) if missed else []
        return sum(not receipt.duplicate for receipt in receipts)

    # --- calls ----------------------------------------------------------------------------------------------------

    async def _calls(self, entry: InboxEntry, channel: CatchesUpOnCalls, since: datetime) -> int:
        async with asyncio.timeout(ASK_SECONDS):
            listed = await channel.listed_calls(since, entry.port, self._hub.http)
        own = [news.sid for news in listed.ends]
        known = await self._hub.db.read(known_calls, entry.id, own)
        left = {each.sid: each for each in listed.recordings if not each.of_conversation and each.sid in own}
        new = 0
        for news in listed.ends:
            new += await self._call(news, known, left.get(news.sid))
        for recording in listed.recordings:
            if recording.of_conversation:
                new += await self._conversation(entry, recording)
        return new

    async def _call(self, news: CallNews, known: Known, left: ListedRecording | None) -> bool:
        """Its voicemail first, so that it isn't taken for a missed call."""
        is_new = news.sid not in known.ended
        has_new_file = left is not None and left.file.filename not in known.files
        if is_new:
            if left is not None:
                await self._hub.desk.calls.tell(replace(news, kind="voicemail"))
            await self._hub.desk.calls.tell(news)
        if left is not None and has_new_file:
            update = MessageUpdate(
                channel="voice", inbox=news.inbox, external_id=news.sid, remote_files=(left.file,), text=left.text
            )
            await self._hub.desk.receive([update])
        return is_new or has_new_file

    async def _conversation(self, entry: InboxEntry, recording: ListedRecording) -> bool:
        """Of an agent with a citizen; recordings of other lines of the account are none of ours."""
        found = await self._hub.db.read(message_of_leg, entry.id, recording.sid)
        if found is None or recording.file.filename in found.files:
            return False
        update = MessageUpdate(
            channel="voice",
            inbox=entry.port.name,
            external_id=found.external_id,
            remote_files=(recording.file,),
        )
        await self._hub.desk.receive([update])
        return True
