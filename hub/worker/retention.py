"""What a council no longer needs to know is forgotten by night: cases whose time is over, then the contents of files
that nothing has any more."""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta

import structlog

from hub.actions.retention.cases import forget_case
from hub.actions.retention.contents import record_deleted, tidy_search
from hub.actions.retention.loose import forget_loose
from hub.errors import Unavailable
from hub.models.base import utcnow
from hub.queries.retention import MOST, ToForget, dropped_contents, still_used, to_forget
from hub.running import Hub
from hub.web.console.files.thumbnails import forget_thumbnail
from hub.worker.learning import NIGHT

DROPPED_FOR = timedelta(hours=1)  # whoever was storing the same content then has recorded it by now

log = structlog.get_logger()


async def forget_by_night(hub: Hub, at: datetime | None = None) -> float | None:
    """`at` is aware; None: now. Every case is a transaction of its own, so that nobody waits for long."""
    now = at or utcnow()
    if hub.directory.local(now).hour in NIGHT:
        forgotten = await forget_cases(hub, now)
        await hub.db.write(forget_loose, now)
        await delete_contents(hub, now)
        if forgotten:
            await _tidy_search(hub)
            log.info("cases whose time was over are forgotten", count=forgotten)
    return None


async def forget_cases(hub: Hub, now: datetime) -> int:
    """How many. One that can't be forgotten keeps no other from it, and is tried again the next time."""
    count, left = 0, set[int]()
    while wanted := await _to_forget(hub, now, left):
        for each in wanted:
            try:
                is_forgotten = await hub.db.write(forget_case, each.case_id, each.after_days, now)
            except Unavailable:
                raise
            except Exception as error:  # such as a citizen's who writes at this very moment
                is_forgotten = False
                log.exception("a case couldn't be forgotten", case=each.case_id, error=type(error).__name__)
            if is_forgotten:
                count += 1
            else:
                left.add(each.case_id)
    return count


async def _to_forget(hub: Hub, now: datetime, left: Collection[int]) -> list[ToForget]:
    found = await hub.db.read(to_forget, now, MOST + len(left))
    return [each for each in found if each.case_id not in left]


async def delete_contents(hub: Hub, now: datetime) -> None:
    before = now - DROPPED_FOR
    while contents := await hub.db.read(dropped_contents, before):
        used = await hub.db.read(still_used, contents)
        for sha256 in contents:
            if sha256 not in used:
                await asyncio.to_thread(hub.files.delete, sha256, before)
                await asyncio.to_thread(forget_thumbnail, hub.settings.data_dir, sha256)
        await hub.db.write(record_deleted, contents)


async def _tidy_search(hub: Hub) -> None:
    """The words themselves go with their messages; this takes them out of what an index keeps until it is tidied."""
    while await hub.db.write(tidy_search):
        pass
