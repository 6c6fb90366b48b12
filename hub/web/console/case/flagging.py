"""The flags of the citizen whose case is read: a form each on the case page, and what the record says of them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from hub.actions.casework.flags import flag_citizen, unflag_citizen
from hub.queries.views import EventView

if TYPE_CHECKING:
    from hub.web.console.case.changes import Attempt


async def _flag(attempt: "Attempt", seq: int | None) -> str:
    await attempt.write(flag_citizen, None, attempt.text("flag"))
    return "flagged"


async def _unflag(attempt: "Attempt", seq: int | None) -> str:
    await attempt.write(unflag_citizen, None, attempt.text("flag"))
    return "unflagged"


ACTS: Mapping[str, Callable[["Attempt", int | None], Awaitable[str]]] = {"flag": _flag, "unflag": _unflag}
TITLES: Mapping[str, str] = {"flag": "The flag was not set", "unflag": "The flag was not taken away"}
SAID: Mapping[str, str] = {
    "flagged": "The citizen bears the flag. Rules see it from their next message on.",
    "unflagged": "The flag is taken away.",
}
SENTENCES: Mapping[str, Callable[[EventView, Mapping[str, str]], str]] = {
    "flagged": lambda event, names: f"{event.agent_name} flagged the citizen: {event.detail['flag']}",
    "unflagged": lambda event, names: f"{event.agent_name} took the citizen’s flag away: {event.detail['flag']}",
}
