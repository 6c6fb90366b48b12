"""The worker's hand on what happens by itself: timers that are due, and cases that are given out."""

import asyncio

import structlog

from hub.actions.casework.distribute import MOST, distribute, gives_out, next_giving
from hub.actions.time.firing import due_timers, fire_timer, next_timer, postpone_timer
from hub.db.database import Database
from hub.errors import Unavailable
from hub.models.base import utcnow

log = structlog.get_logger()


async def fire_due(db: Database) -> float | None:
    """Fires every timer whose moment has come. Seconds until the next one; None = none is set."""
    now = utcnow()
    while due := await db.read(due_timers, now):
        await asyncio.gather(*(_fire(db, timer_id) for timer_id in due))
    return await db.read(next_timer, utcnow())


async def _fire(db: Database, timer_id: int) -> None:
    try:
        await db.write(fire_timer, timer_id, utcnow())
    except Unavailable:
        raise
    except Exception as error:  # one timer must not keep the others waiting
        attempts = await db.write(postpone_timer, timer_id, utcnow())
        log.exception("a timer failed", timer=timer_id, attempts=attempts, error=type(error).__name__)


async def give_out(db: Database) -> float | None:
    """Gives out what can be given; seconds until the clock may ask for it again, None = nothing is known."""
    if not await db.read(gives_out):
        return None
    while await db.write(distribute, utcnow()) >= MOST:
        pass
    return await db.read(next_giving, utcnow())
