"""What ties a case to others and to people: joining and taking apart, putting off, who takes part."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from hub.actions.casework.merging import merge, unmerge
from hub.actions.casework.shares import share, unshare
from hub.actions.sending.participants import add_participant, remove_participant
from hub.actions.time.snoozing import snooze, unsnooze
from hub.errors import Invalid
from hub.web.console.case.later import moment_of
from hub.web.console.rendering import wording
from hub.web.console.visit import Visit


class Attempt(Protocol):
    """One form, sent for one case (hub.web.console.case.changes)."""

    @property
    def visit(self) -> Visit: ...

    async def write(self, action: Callable[..., Any], seq: int | None, *args: Any, **kwargs: Any) -> None: ...

    def text(self, name: str) -> str: ...


async def _merge(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(merge, seq, attempt.text("into"))
    return "merged"


async def _unmerge(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(unmerge, None)  # taking apart is safe whatever was said since
    return "unmerged"


async def _snooze(attempt: Attempt, seq: int | None) -> str:
    until = moment_of(attempt.text("until"), attempt.text("at"), wording(attempt.visit.request))
    if until is None:
        raise Invalid("Say until when.", {"until": "Choose a moment, or type one."})
    await attempt.write(snooze, seq, until)
    return "snoozed"


async def _unsnooze(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(unsnooze, None)
    return "unsnoozed"


async def _share(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(share, seq, attempt.text("queue"), attempt.text("reason"))
    return "shared"


async def _unshare(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(unshare, None, attempt.text("queue"))
    return "unshared"


async def _add_participant(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(add_participant, None, attempt.text("address"))
    return "participant-added"


async def _remove_participant(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(remove_participant, None, attempt.text("address"))
    return "participant-removed"


ACTS: Mapping[str, Callable[[Attempt, int | None], Awaitable[str]]] = {
    "merge": _merge,
    "unmerge": _unmerge,
    "snooze": _snooze,
    "unsnooze": _unsnooze,
    "share": _share,
    "unshare": _unshare,
    "add-participant": _add_participant,
    "remove-participant": _remove_participant,
}
TITLES: Mapping[str, str] = {
    "merge": "The cases were not joined",
    "unmerge": "The case was not taken out",
    "snooze": "The case was not put off",
    "unsnooze": "The case was not brought back",
    "share": "The case was not shared",
    "unshare": "The case is still shared",
    "add-participant": "Nobody was added",
    "remove-participant": "Nobody was removed",
}
