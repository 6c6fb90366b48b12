"""What a start needn't wait for, and no citizen should: libraries that the first message of a channel needs, and the
holidays that its deadline needs, are loaded in the background once the hub is up."""

import asyncio

import structlog

from channels.abilities import Prepares
from channels.contract import NotConfigured
from hub.directory import InboxEntry
from hub.models.base import utcnow
from hub.running import Hub
from routing.time.bank_holidays import EVERY_PART, bank_holidays

_AFTER_SECONDS = 2.0  # who comes right after the start is served first

log = structlog.get_logger()


async def prepare(hub: Hub) -> None:
    """Returns when all is loaded. What can't be is logged: whoever needs it tells why."""
    await asyncio.sleep(_AFTER_SECONDS)
    for entry in list(hub.directory.inboxes.values()):
        await prepare_inbox(hub, entry)
    try:
        await asyncio.to_thread(bank_holidays, hub.directory.country, EVERY_PART, utcnow().year)
    except Exception as error:
        log.exception("something couldn't be prepared", error=type(error).__name__)


async def prepare_inbox(hub: Hub, entry: InboxEntry) -> None:
    """Loads what this inbox's messages need; at once when it is there, or when its channel needs nothing."""
    channel = hub.channels.get(entry.channel)
    if not entry.active or not isinstance(channel, Prepares):
        return
    try:
        await asyncio.to_thread(channel.prepare, entry.port)
    except NotConfigured:
        return
    except Exception as error:
        log.exception("a channel couldn't be prepared", inbox=entry.port.name, error=type(error).__name__)
