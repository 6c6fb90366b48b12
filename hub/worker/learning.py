"""Topics are learned anew by night, while a version is in use, in a process of its own: nothing waits for it."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlmodel import Session, col, select

from hub.models import TopicModel
from hub.models.base import utcnow
from hub.running import Hub

NIGHT = range(2, 6)  # hours of the council's day

_LONGEST = 3 * 3600.0  # seconds
COMMAND = (sys.executable, "-c", "from hub.cli import main; main()", "learn", "--careful", "--json")

log = structlog.get_logger()


async def learn_by_night(hub: Hub, at: datetime | None = None, command: Sequence[str] = COMMAND) -> float | None:
    """Once a night, by one of the workers. What comes out worse is kept and not used. `at` is aware; None: now."""
    now = hub.directory.local(at or utcnow())
    if now.hour in NIGHT:
        async with hub.db.alone("topics") as is_mine:
            if is_mine and await hub.db.read(_is_due, now):
                await _learn(command)
    return None


def _is_due(session: Session, now: datetime) -> bool:
    """Topics are in use, and the newest version is of an earlier day."""
    newest = session.exec(select(TopicModel.created_at).order_by(col(TopicModel.version).desc()).limit(1)).first()
    in_use = session.exec(select(TopicModel.version).where(col(TopicModel.in_use))).first()
    return newest is not None and in_use is not None and newest.astimezone(now.tzinfo).date() < now.date()


async def _learn(command: Sequence[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(_LONGEST):
            code = await process.wait()
    except (TimeoutError, asyncio.CancelledError):
        process.kill()
        await process.wait()
        raise
    if code:
        log.error("the topics couldn't be learned anew: `hub learn` says why", exit_code=code)
    else:
        log.info("the topics are learned anew")
