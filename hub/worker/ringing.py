"""The worker's part in telephone calls: rings agents' phones, ends what nobody has ended, deletes providers' copies."""

import random
from datetime import timedelta

import structlog

from channels.calling import CallNews, Forgets, OutboundRing, Rings
from channels.contract import Address, InboundMessage, NotConfigured, SendError
from hub.actions.files.forgetting import Copy, claim_copies, record_gone, record_kept
from hub.actions.telephone.rings import Due, claim_rings, record_not_rung, record_ringing
from hub.directory import InboxEntry
from hub.models.base import utcnow
from hub.queries.line import forgotten_calls
from hub.running import Hub

SILENT_FOR = timedelta(hours=4)  # longer than any greeting, menu or voicemail

log = structlog.get_logger()


class Ringing:
    """Each method is one round of work; they answer how many seconds to wait, None = as long as usual."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def rings(self) -> float | None:
        due = await self._hub.db.write(claim_rings, utcnow())
        for ring in due:
            await self._ring(ring)
        return 0.0 if due else None

    async def _ring(self, due: Due) -> None:
        try:
            entry = self._hub.directory.inboxes[due.inbox_id]
            channel = self._hub.channels.get(entry.channel)
            if not isinstance(channel, Rings):
                raise SendError("This line can't ring phones.", "failed")
            ring = OutboundRing(id=due.id, to=due.to)
            result = await channel.ring(ring, entry.port, self._hub.http)
        except (SendError, NotConfigured) as error:
            again = not isinstance(error, SendError) or error.retryable
            await self._hub.db.write(
                record_not_rung, due.id, str(error), utcnow() + _pause(due.attempts) if again else None
            )
        except Exception as error:  # it may ring all the same: never a second time
            log.exception("a phone couldn't be rung", ring=due.id, error=type(error).__name__)
            await self._hub.db.write(record_not_rung, due.id, "Something unexpected happened. Try again.", None)
        else:
            await self._hub.db.write(record_ringing, due.id, result.external_id)

    async def tidy(self) -> float | None:
        """Calls whose end was never told, and copies that the provider is to forget."""
        for inbox_id, sid, uri in await self._hub.db.read(forgotten_calls, utcnow() - SILENT_FOR):
            entry = self._hub.directory.inboxes[inbox_id]
            if entry.active:
                await self._hub.desk.calls.tell(_end_of(entry, sid, uri))
        return await self._forget()

    async def _forget(self) -> float | None:
        forgetful = [entry.id for entry in self._hub.directory.inboxes.values() if self._is_forgetful(entry)]
        if not forgetful:
            return None
        copies = await self._hub.db.write(claim_copies, forgetful, utcnow())
        for copy in copies:
            await self._forget_one(copy)
        return 0.0 if copies else None

    def _is_forgetful(self, entry: InboxEntry) -> bool:
        channel = self._hub.channels.get(entry.channel)
        return entry.active and isinstance(channel, Forgets) and channel.is_forgetful(entry.port)

    async def _forget_one(self, copy: Copy) -> None:
        entry = self._hub.directory.inboxes[copy.inbox_id]
        channel = self._hub.channels[entry.channel]
        assert isinstance(channel, Forgets)
        try:
            await channel.forget(copy.ref, entry.port, self._hub.http)
        except (SendError, NotConfigured) as error:
            never = isinstance(error, SendError) and error.outcome == "failed"
            retry_at = None if never else utcnow() + _pause(copy.attempts)
            log.warning("a recording couldn't be deleted at the provider", attachment=copy.attachment_id)
            await self._hub.db.write(record_kept, copy.attachment_id, str(error), retry_at)
        else:
            await self._hub.db.write(record_gone, copy.attachment_id, utcnow())


def _end_of(entry: InboxEntry, sid: str, uri: str) -> CallNews:
    """The end that the provider never told of; nobody met this caller, or they left a message."""
    sender = Address.parse(uri) if uri else None
    message = InboundMessage(channel="voice", inbox=entry.port.name, external_id=sid, sender=sender, text="Call")
    return CallNews(inbox=entry.port.name, sid=sid, kind="ended", sender=sender, message=message)


def _pause(attempts: int) -> timedelta:
    return timedelta(seconds=min(900.0, 2.0 ** min(attempts, 12)) * random.uniform(0.5, 1.5))  # noqa: S311  # jitter
