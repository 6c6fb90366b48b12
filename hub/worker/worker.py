"""The worker: sends what is due, fetches what waits at providers, asks after what nobody knows, keeps the timers.

Everything that it does is a due date in a row: a worker that dies leaves nothing behind but a row for the next one.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlmodel import Session

from channels.abilities import Fetches, KeepsConnections, Reconciles, Sends
from channels.contract import File, Inbox, NotConfigured, SendError, SendResult
from hub.actions.casework.cases import close_resolved, to_close
from hub.actions.casework.holding import WAKE as ASSIGNMENT
from hub.actions.files.attachments import Wanted, claim_wanted, record_fetched, record_unfetched
from hub.actions.sending.fates import give_up_sending, record_sent, requeue_absent
from hub.actions.sending.landing import Failure, Landed, record_landed
from hub.actions.sending.outbox import Outgoing, claim_due, claim_unknown, next_due
from hub.actions.time import timers
from hub.errors import Unavailable
from hub.files.scanning import scan_held
from hub.models.base import utcnow
from hub.quiet import quiet_until
from hub.running import Hub
from hub.signed.public_link import public_link
from hub.signed.unsubscribe_link import unsubscribe_link
from hub.worker.catching_up import CatchingUp
from hub.worker.drafting import draft_voicemails
from hub.worker.firing import fire_due, give_out
from hub.worker.learning import learn_by_night
from hub.worker.retention import forget_by_night
from hub.worker.ringing import Ringing
from hub.worker.sending import with_files

SEND_SECONDS = 180.0  # a channel has its own, shorter timeouts; this one is the net below them
LEASE = timedelta(seconds=240)  # longer than any sending: older claims are a dead worker's
CLOSE_AFTER = timedelta(days=14)

_ASK_SECONDS = 45.0  # for an answer about a message, or a file
_IN_FLIGHT = 8  # messages of one inbox that are being sent at once
_IDLE_SECONDS = 5.0
_ROUND_SECONDS = 0.05  # claims that come together are made together
_TIMER_SECONDS = 15.0
_CATCH_UP_SECONDS = 900.0
_LEARN_SECONDS = 900.0
_FORGET_SECONDS = 900.0
_STOP_SECONDS = 10.0

log = structlog.get_logger()


class Worker:
    """`run()` until cancelled; then it lets what is being sent finish, for ten seconds."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._db = hub.db
        self._flying: dict[asyncio.Task[None], int] = {}  # task → inbox id
        self._catching_up = CatchingUp(hub)
        self._ringing = Ringing(hub)

    async def run(self) -> None:
        await self._once(self._recover)
        try:
            async with asyncio.TaskGroup() as rounds:  # cancelled, it waits for all: what one has claimed must fly
                rounds.create_task(self._forever("outbox", self._outbox, _IDLE_SECONDS))
                rounds.create_task(self._forever("attachments", self._attachments, _IDLE_SECONDS))
                rounds.create_task(self._forever("attachments", self._held, _IDLE_SECONDS))
                rounds.create_task(self._forever("timers", self._timers, _TIMER_SECONDS))
                rounds.create_task(self._forever(timers.WAKE, partial(fire_due, self._db), _IDLE_SECONDS))
                rounds.create_task(self._forever(ASSIGNMENT, partial(give_out, self._db), _IDLE_SECONDS))
                rounds.create_task(self._forever("catch-up", self._catching_up.round, _CATCH_UP_SECONDS))
                rounds.create_task(self._forever("topics", partial(learn_by_night, self._hub), _LEARN_SECONDS))
                rounds.create_task(self._forever("retention", partial(forget_by_night, self._hub), _FORGET_SECONDS))
                rounds.create_task(self._forever("drafts", partial(draft_voicemails, self._hub), _TIMER_SECONDS))
                rounds.create_task(self._forever("rings", self._ringing.rings, _IDLE_SECONDS))
                rounds.create_task(self._forever("calls", self._ringing.tidy, _TIMER_SECONDS))
        finally:
            if self._flying:
                await asyncio.wait(self._flying, timeout=_STOP_SECONDS)
            for channel in self._hub.channels.values():
                if isinstance(channel, KeepsConnections):
                    await channel.close()

    async def _forever(self, signal: str, work: Callable[[], Awaitable[float | None]], idle: float) -> None:
        """Repeats the work: when its signal comes, after the seconds that it answers, at the latest after `idle`."""
        with self._db.signals.listen(signal) as listening:
            while True:
                pause = await self._once(work)
                wait = idle if pause is None else min(pause, idle)
                if wait > 0:
                    await listening.wait(wait)
                await asyncio.sleep(_ROUND_SECONDS)

    async def _once(self, work: Callable[[], Awaitable[float | None]]) -> float | None:
        try:
            return await work()
        except Unavailable:
            return None  # the lane has said so; the work waits in its rows
        except Exception as error:  # one bad row must not end the worker
            log.exception("a round of work failed", error=type(error).__name__)
            return None

    # --- sending --------------------------------------------------------------------------------------------------

    async def _recover(self) -> float | None:
        """What a dead process left in `sending`: all but our own, unless another worker lives that may be sending."""
        alone = self._db.is_first and not self._flying
        self._db.is_first = self._db.is_sqlite  # another may come while this one works
        return await self._give_up(None if alone else utcnow() - LEASE)

    async def _give_up(self, before: datetime | None) -> float | None:
        lost = await self._db.write(give_up_sending, before)
        if lost:
            log.warning("messages were being sent when the hub stopped; the provider is asked", count=lost)
        return None

    async def _outbox(self) -> float | None:
        now = utcnow()
        pause = await self._db.read(next_due, now)
        if pause is None or pause > 0:
            return pause
        directory = self._hub.directory
        quiet = quiet_until(directory.inboxes.values(), directory.local(now))
        claim = self._db.write(claim_due, now, self._free_slots(), self._hub.settings.secret, quiet)
        claiming = asyncio.create_task(claim)
        try:
            claimed = await asyncio.shield(claiming)
        except asyncio.CancelledError:  # what is claimed nevertheless must fly, or nobody would know its fate
            self._start(await claiming)
            raise
        self._start(claimed)
        return 0.0 if claimed else _IDLE_SECONDS

    def _start(self, claimed: list[Outgoing]) -> None:
        for outgoing in claimed:
            task = asyncio.create_task(self._deliver(outgoing))
            self._flying[task] = outgoing.inbox_id
            task.add_done_callback(self._landed)

    def _free_slots(self) -> dict[int, int]:
        busy = Counter(self._flying.values())
        return {inbox_id: _IN_FLIGHT - busy[inbox_id] for inbox_id in self._hub.directory.inboxes}

    def _landed(self, task: asyncio.Task[None]) -> None:
        del self._flying[task]
        self._db.signals.fire(["outbox"])  # its slot is free

    async def _deliver(self, outgoing: Outgoing) -> None:
        """Speaks to the provider with no transaction open, then records what came of it."""
        message = outgoing.message
        end: SendResult | Failure
        try:
            async with asyncio.timeout(SEND_SECONDS):
                channel, inbox = self._sender(outgoing.inbox_id)
                if outgoing.files:
                    message = await asyncio.to_thread(with_files, outgoing, self._hub.files, self._link_of)
                if outgoing.is_bulk:
                    message = replace(message, unsubscribe=self._unsubscribe_link_of(message.id))
                end = await channel.send(message, inbox, self._hub.http)
        except SendError as error:
            delay = _backoff(outgoing.attempts, error.retry_after)
            if error.alert:
                log.error("a provider needs an administrator", inbox=outgoing.inbox_id, code=error.code)
            end = Failure(
                outcome=error.outcome,
                error=str(error),
                code=error.code,
                flag=error.flag,
                delay=delay,
                alert=error.alert,
            )
        except NotConfigured as error:
            delay = _backoff(outgoing.attempts, 60.0)
            end = Failure(outcome="retry", error=str(error), code="not_configured", delay=delay, alert=True)
        except TimeoutError:
            words = "The provider didn't answer; it may have gone out."
            end = Failure(outcome="unknown", error=words, code="timeout")
        except Exception as error:  # whatever it was, it may have gone out
            log.exception("sending failed in an unexpected way", message=message.id, error=type(error).__name__)
            words = "Something unexpected happened while sending; it may have gone out."
            end = Failure(outcome="unknown", error=words, code="")
        await self._record(Landed(message.id, end))

    def _link_of(self, attachment_id: int) -> str:
        settings = self._hub.settings
        return public_link(settings.base_url, settings.secret, attachment_id, utcnow())

    def _unsubscribe_link_of(self, message_id: int) -> str:
        settings = self._hub.settings
        return unsubscribe_link(settings.base_url, settings.secret, message_id)

    async def _record(self, landed: Landed) -> None:
        """Once more after a while when the database is away; then the row says `sending` and is reconciled."""
        for pause in (0.5, 2.0, 5.0, 0.0):
            try:
                return await self._db.write_batched(record_landed, landed)
            except Unavailable:
                await asyncio.sleep(pause)
            except Exception as error:  # the row says `sending`, too
                log.exception("what became of a message couldn't be recorded", error=type(error).__name__)
                return None
        return None

    def _sender(self, inbox_id: int) -> tuple[Sends, Inbox]:
        entry = self._hub.directory.inboxes[inbox_id]
        channel = self._hub.channels.get(entry.channel)
        if not isinstance(channel, Sends):
            raise SendError(f"The channel {entry.channel} can't send. Answer another way.", "failed")
        return channel, entry.port

    # --- timers ---------------------------------------------------------------------------------------------------

    async def _timers(self) -> float | None:
        await self._give_up(utcnow() - LEASE)
        now = utcnow()
        for outgoing in await self._db.write(claim_unknown, now, self._hub.settings.secret):
            await self._ask_after(outgoing)
        if await self._db.read(_anything_to_close, now - CLOSE_AFTER):
            await self._db.write(close_resolved, now - CLOSE_AFTER)
        return None

    async def _ask_after(self, outgoing: Outgoing) -> None:
        """Did the provider take it? Found: recorded. Proven absent: sent again. Else it stays `unknown`, visibly."""
        message = outgoing.message
        entry = self._hub.directory.inboxes[outgoing.inbox_id]
        channel = self._hub.channels.get(entry.channel)
        if not isinstance(channel, Reconciles):
            return
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                result = await channel.find(message, entry.port, self._hub.http)
        except (SendError, NotConfigured, TimeoutError) as error:
            log.warning("the provider can't tell what became of a message", message=message.id, why=str(error))
        except Exception as error:  # one message must not keep the others unknown
            log.exception("asking after a message failed", message=message.id, error=type(error).__name__)
        else:
            if result is None:
                await self._db.write(requeue_absent, message.id, utcnow())
            else:
                await self._db.write(record_sent, message.id, result)

    # --- fetching -------------------------------------------------------------------------------------------------

    async def _attachments(self) -> float | None:
        wanted = await self._db.write(claim_wanted, utcnow())
        await asyncio.gather(*(self._fetch(file) for file in wanted))
        return 0.0 if wanted else None

    async def _fetch(self, wanted: Wanted) -> None:
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                file = await self._fetched(wanted)
            sha256 = await asyncio.to_thread(self._hub.files.store, file.content)
        except (SendError, NotConfigured, TimeoutError) as error:
            why = str(error) or "The provider didn't answer."
            await self._not_fetched(wanted, why, again=not isinstance(error, SendError) or error.retryable)
        except Exception as error:  # one file must not keep the others waiting
            log.exception("a file couldn't be fetched", attachment=wanted.id, error=type(error).__name__)
            await self._not_fetched(wanted, "Something unexpected happened while it was fetched.", again=True)
        else:
            await self._db.write(record_fetched, wanted.id, file, sha256, held=bool(self._hub.settings.clamd))

    async def _held(self) -> float | None:
        """Files that wait for the virus scanner."""
        return await scan_held(self._hub) if self._hub.settings.clamd else None

    async def _fetched(self, wanted: Wanted) -> File:
        entry = self._hub.directory.inboxes[wanted.inbox_id]
        channel = self._hub.channels.get(entry.channel)
        if not isinstance(channel, Fetches):
            raise SendError(f"The channel {entry.channel} can't fetch files.", "failed")
        return await channel.fetch(wanted.ref, entry.port, self._hub.http)

    async def _not_fetched(self, wanted: Wanted, why: str, *, again: bool) -> None:
        retry_at = utcnow() + timedelta(seconds=_backoff(wanted.attempts, None)) if again else None
        await self._db.write(record_unfetched, wanted.id, why, retry_at)


def _backoff(attempts: int, asked: float | None) -> float:
    """Seconds until the next try: doubling from two to a quarter of an hour, with jitter, never sooner than asked."""
    pause = min(900.0, 2.0 ** min(attempts, 12)) * random.uniform(0.5, 1.5)  # noqa: S311  # jitter
    return max(pause, asked or 0.0)


def _anything_to_close(session: Session, before: datetime) -> bool:
    return session.exec(to_close(before).limit(1)).first() is not None
