"""The case's type and its statutory clocks: a form each on the case page, and what the record says of them."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from hub.actions.time.case_types import extend_clock, meet_clock, pause_clock, resume_clock, set_type
from hub.errors import Invalid
from hub.queries.views import EventView
from hub.web.console.words import number_of

if TYPE_CHECKING:
    from hub.web.console.case.changes import Attempt

TITLES: Mapping[str, str] = {
    "type": "The type was not changed",
    "pause-clock": "The clock was not paused",
    "resume-clock": "The clock was not resumed",
    "extend-clock": "The clock was not extended",
    "meet-clock": "The clock was not marked",
}

SAID: Mapping[str, str] = {
    "typed": "The case has its type; its clocks run.",
    "clock-paused": "The clock is paused.",
    "clock-resumed": "The clock runs again.",
    "clock-extended": "The clock is extended. Tell the citizen why it takes longer.",
    "clock-met": "It is noted that this was done.",
    "nothing-waits": "Nothing waits here that you may take.",
    "hands-full": "You hold as many cases as you may. Resolve or release one first.",
    "no-queue": "You don’t work in a queue whose cases you may take.",
    "others-quicker": "Others are quicker at this moment. Try again.",
    "no-caseworker": "Only active caseworkers are given cases.",
    "here": "You are here: cases can be given to you.",
    "break": "You are on a break: no case is given to you.",
    "away": "You are away: no case is given to you.",
    "notices-seen": "Your notices are marked as seen.",
}


async def _type(attempt: "Attempt", seq: int | None) -> str:
    await attempt.write(set_type, seq, attempt.text("type"), _day(attempt.text("received_on")))
    return "typed"


async def _pause(attempt: "Attempt", seq: int | None) -> str:
    await attempt.write(pause_clock, seq, attempt.text("clock"), attempt.text("reason"))
    return "clock-paused"


async def _resume(attempt: "Attempt", seq: int | None) -> str:
    await attempt.write(resume_clock, seq, attempt.text("clock"))
    return "clock-resumed"


async def _extend(attempt: "Attempt", seq: int | None) -> str:
    by = attempt.text("by").strip()
    if by and not (by.isascii() and by.isdigit() and len(by) < 5):
        raise Invalid("That is no number.", {"by": "A whole number, or nothing for the longest."})
    await attempt.write(extend_clock, seq, attempt.text("clock"), attempt.text("reason"), int(by) if by else None)
    return "clock-extended"


async def _meet(attempt: "Attempt", seq: int | None) -> str:
    await attempt.write(meet_clock, seq, attempt.text("clock"))
    return "clock-met"


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written) if written.strip() else None
    except ValueError:
        raise Invalid("That is no day.", {"received_on": "Write it as 2026-06-01."}) from None


ACTS: Mapping[str, Any] = {
    "type": _type,
    "pause-clock": _pause,
    "resume-clock": _resume,
    "extend-clock": _extend,
    "meet-clock": _meet,
}


# --- what the record says ----------------------------------------------------------------------------------------


def _who(event: EventView) -> str:
    return event.agent_name or "The hub"


def _day_words(written: object) -> str:
    try:
        day = date.fromisoformat(str(written)[:10])
    except ValueError:
        return str(written)
    return f"{day.day} {day:%B %Y}"


def _typed(event: EventView) -> str:
    since = _day_words(event.detail.get("since", ""))
    return f"{_who(event)} made it “{event.detail.get('name', '')}”; its clocks count from {since}"


def _extended(event: EventView) -> str:
    detail = event.detail
    reason = f": {detail['reason']}" if detail.get("reason") else ""
    by = f"{detail.get('by')} {detail.get('unit')}"
    return f"{_who(event)} extended “{detail.get('clock')}” by {by}, to {_day_words(detail.get('due_on'))}{reason}"


def _resumed(event: EventView) -> str:
    due = _day_words(event.detail.get("due_on"))
    return f"{_who(event)} let “{event.detail.get('clock')}” run again; it is due on {due}"


def _met(event: EventView) -> str:
    late = ", later than it was due" if event.detail.get("late") else " in time"
    return f"Done{late}: {event.detail.get('clock')}"


_STEPS: Mapping[str, str] = {  # what an escalation may have done
    "priority": "raised to {}",
    "queue": "moved to {}",
    "to": "given to {}",
    "released_from": "taken back from {}",
    "not_moved": "it stays in its queue, since it is restricted",
    "not_assigned": "{} could not take it",
    "told": "{} told",
}


_NAMED = ("queue", "to", "released_from", "not_assigned")  # of these, a queue or an agent


def changed_nothing(event: EventView) -> bool:
    """An escalation that found nothing to do: nobody held the case whom it could tell, or it was done already."""
    return event.kind == "escalated" and _STEPS.keys().isdisjoint(event.detail)


def _moved(event: EventView) -> str:
    due = _day_words(event.detail.get("due_on"))
    return f"“{event.detail.get('clock')}” is due on {due} now, since the council’s calendar has changed"


def _escalated(event: EventView, names: Mapping[str, str]) -> str:
    detail = {key: names.get(str(value), value) if key in _NAMED else value for key, value in event.detail.items()}
    if "told" in detail:
        detail["told"] = number_of(detail["told"], "person", "people")
    did = ", ".join(step.format(detail[key]) for key, step in _STEPS.items() if key in event.detail)
    return f"Escalated, “{detail.get('name')}” ({detail.get('of')}): {did}"


def _given(event: EventView, names: Mapping[str, str]) -> str:
    why = f", {event.detail['why']}" if event.detail.get("why") else ""
    to = str(event.detail.get("to"))
    return f"Given to {names.get(to, to)}{why}"


def _returned(event: EventView) -> str:
    return f"{event.detail.get('held_by')} didn’t accept it in time: back in the queue"


def _overflowed(event: EventView, names: Mapping[str, str]) -> str:
    before, queue = (names.get(str(slug), slug) for slug in (event.detail.get("before"), event.detail.get("queue")))
    return f"Went over from {before} to {queue}: {event.detail.get('why')}"


def _undelivered(event: EventView) -> str:
    came = ["the case is open again"] if event.detail.get("back") else []
    came += [f"“{clock}” runs again" for clock in event.detail.get("clocks", ())]
    return f"The citizen didn’t get the answer: {', '.join(came)}"


_OF_TIME: Mapping[str, Callable[[EventView], str]] = {
    "typed": _typed,
    "clock_paused": lambda event: f"{_who(event)} paused “{event.detail.get('clock')}”: {event.detail.get('reason')}",
    "clock_resumed": _resumed,
    "clock_extended": _extended,
    "clock_moved": _moved,
    "clock_met": _met,
    "accepted": lambda event: f"{_who(event)} accepted it",
    "returned": _returned,
    "undelivered": _undelivered,
}


def _without_names(tell: Callable[[EventView], str]) -> Callable[[EventView, Mapping[str, str]], str]:
    return lambda event, names: tell(event)


SENTENCES: Mapping[str, Callable[[EventView, Mapping[str, str]], str]] = {
    **{kind: _without_names(tell) for kind, tell in _OF_TIME.items()},
    "escalated": _escalated,
    "given": _given,
    "overflowed": _overflowed,
}
