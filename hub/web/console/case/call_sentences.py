"""What happened on the telephone, in one sentence each: for the conversation of a case."""

from collections.abc import Callable, Mapping

from hub.queries.views import EventView
from hub.web.console.words import STATUSES

Names = Mapping[str, str]  # of queues, by slug


def _who(event: EventView) -> str:
    return event.agent_name or "The hub"


def _status_heard(event: EventView, names: Names) -> str:
    status = str(event.detail.get("status", ""))
    return f"The citizen called and heard how it stands: {STATUSES.get(status, status)}"


def _sent_on(event: EventView, names: Names) -> str:
    slug = str(event.detail.get("queue", ""))
    return f"{_who(event)} put the caller through to {names.get(slug, slug) if slug else 'another number'}"


def _tried(event: EventView, names: Names) -> str:
    return f"{_who(event)} called back and reached nobody (try {event.detail.get('attempt', 1)})"


CALL_SENTENCES: Mapping[str, Callable[[EventView, Names], str]] = {
    "status-heard": _status_heard,
    "callback-asked": lambda event, names: "The citizen wants to be called back and keeps their place in line",
    "callback-tried": _tried,
    "callback-done": lambda event, names: f"{_who(event)} called back and spoke with the citizen",
    "callback-dropped": lambda event, names: f"{_who(event)} dropped the callback: {event.detail.get('outcome', '')}",
    "call-sent-on": _sent_on,
    "recording-paused": lambda event, names: f"{_who(event)} paused the recording",
    "recording-resumed": lambda event, names: f"{_who(event)} let the recording go on",
}
