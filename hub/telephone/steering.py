"""Does at the provider what an agent has asked for a call that goes on."""

import structlog

from channels.calling import Rings, Steering
from channels.contract import NotConfigured, SendError
from hub.actions.telephone.steering import Order, undo
from hub.errors import Conflict
from hub.running import Hub

log = structlog.get_logger()


async def steered(hub: Hub, order: Order) -> None:
    """Does at the provider what the action has written; when the provider refuses, the call is as it was.

    Raises Conflict in plain words.
    """
    try:
        try:
            await _steer(hub, order)
        except SendError as error:
            if error.outcome != "unknown":
                raise
            await _steer(hub, order)  # done twice it comes to the same
    except (SendError, NotConfigured) as error:
        if isinstance(error, SendError) and error.outcome == "unknown":
            log.warning("nobody knows whether a call was steered", what=order.steering.what)
            return
        await hub.db.write(undo, order)
        raise Conflict(f"That couldn't be done: {error}") from error


async def _steer(hub: Hub, order: Order) -> None:
    entry = hub.directory.inboxes[order.inbox_id]
    channel = hub.channels.get(entry.channel)
    if not isinstance(channel, Rings):
        raise SendError("This line can't be steered.", "failed")
    await channel.steer(order.steering, entry.port, hub.http)


async def hung_up(hub: Hub, inbox_id: int, sid: str) -> None:
    """Puts an agent's phone down; one that is down by now is well. "" = it has no leg yet."""
    entry = hub.directory.inboxes[inbox_id]
    channel = hub.channels.get(entry.channel)
    if not sid or not isinstance(channel, Rings):
        return
    try:
        await channel.steer(Steering(what="hang_up", sid=sid, ring=0), entry.port, hub.http)
    except (SendError, NotConfigured) as error:
        log.info("a phone couldn't be put down", why=str(error))
