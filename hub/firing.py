"""The worker's hand on the timers: fires what is due, and says when the next one is."""

import asyncio

import structlog

from hub.actions.timers import due_timers, fire_timer, next_timer, postpone_timer
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
