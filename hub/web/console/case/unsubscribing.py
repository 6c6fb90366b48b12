"""Whether the citizen wants messages sent to many: a form for what they told an agent, and the record's words."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from hub.actions.sending.unsubscribing import say_for_citizen
from hub.queries.views import EventView

if TYPE_CHECKING:
    from hub.web.console.case.changes import Attempt


async def _no_bulk(attempt: "Attempt", seq: int | None) -> str:
    await attempt.write(say_for_citizen, None, attempt.text("uri"), False, attempt.text("reason"))
    return "no-bulk"


async def _bulk(attempt: "Attempt", seq: int | None) -> str:
    await attempt.write(say_for_citizen, None, attempt.text("uri"), True, attempt.text("reason"))
    return "bulk"


def _told(event: EventView, wanted: str) -> str:
    address = event.detail.get("address") or "Somebody"
    if not event.agent_name:
        return f"{address} wants {wanted}, by the link in a mail"
    return f"{event.agent_name} noted that {address} wants {wanted}: {event.detail.get('reason', '')}"


ACTS: Mapping[str, Callable[["Attempt", int | None], Awaitable[str]]] = {"no-bulk": _no_bulk, "bulk": _bulk}
TITLES: Mapping[str, str] = {"no-bulk": "Nothing was noted", "bulk": "Nothing was noted"}
SAID: Mapping[str, str] = {
    "no-bulk": "They get no more messages that are sent to many.",
    "bulk": "They get messages that are sent to many again.",
}
SENTENCES: Mapping[str, Callable[[EventView, Mapping[str, str]], str]] = {
    "unsubscribed": lambda event, names: _told(event, "no more messages that are sent to many"),
    "resubscribed": lambda event, names: _told(event, "messages that are sent to many again"),
}
