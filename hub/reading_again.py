"""What was kept as unreadable is handed to its channel once more, because somebody asks.

In three steps, each of which may be the last before a crash: the receipt of the first time is forgotten, the thing is
received like any other, and it is taken off the list. Until then it stands there, and what comes twice is dropped.
"""

import asyncio

from channels import contract
from channels.abilities import ReadsAgain
from channels.contract import Event, Unreadable
from hub.actions.intake.unreadables import drop_replaced, forget_receipt, say_why_again, settle_unreadable
from hub.errors import Invalid
from hub.errors import Unavailable as HubUnavailable
from hub.queries.unreadables import KeptUnreadable, kept_unreadable
from hub.running import Hub


def can_read_again(hub: Hub, channel: str) -> bool:
    """Has this process a channel that can?"""
    return isinstance(hub.channels.get(channel), ReadsAgain)


async def read_again(hub: Hub, unreadable_id: int, agent_id: int, *, as_case: bool) -> str:
    """The reference of the case that it became part of; "" when nothing is better than before.

    as_case: whoever asks says that a citizen wrote it. Raises NotFound, Conflict, Invalid, Unavailable.
    """
    kept = await hub.db.read(kept_unreadable, unreadable_id)
    event = await asyncio.to_thread(_read, hub, kept, as_case)
    if isinstance(event, Unreadable) and not event.from_citizen:
        await hub.db.write(say_why_again, unreadable_id, event.why)
        return ""
    await hub.db.write(forget_receipt, unreadable_id)
    try:
        reference = (await hub.desk.receive([event]))[0].reference
    except contract.Unavailable as error:
        raise HubUnavailable(str(error)) from error
    if reference:
        await hub.db.write(settle_unreadable, unreadable_id, agent_id, reference)
    else:
        await hub.db.write(drop_replaced, unreadable_id)
    return reference


def _read(hub: Hub, kept: KeptUnreadable, as_case: bool) -> Event:
    """Raises Invalid when its channel can't, or its inbox is gone."""
    channel = hub.channels.get(kept.channel)
    inbox = hub.desk.inbox(kept.channel, kept.inbox)
    if not isinstance(channel, ReadsAgain) or inbox is None:
        raise Invalid("This can't be read again: only mail for an inbox that is still there.")
    return channel.read_again(kept.raw, inbox, hub.desk, as_case=as_case)
