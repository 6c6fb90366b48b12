"""What happened between cases, people and files, a sentence each, for the conversation of a case."""

from collections.abc import Callable, Mapping

from hub.queries.views import EventView
from hub.reference import spoken

Tell = Callable[[EventView, Mapping[str, str]], str]


def _who(event: EventView) -> str:
    return event.agent_name or "The hub"


def _named(event: EventView, key: str) -> str:
    return spoken(str(event.detail.get(key, "")))


def _people(event: EventView) -> str:
    return " and ".join(map(str, event.detail.get("addresses", ()))) or "somebody"


def _queue(event: EventView, names: Mapping[str, str]) -> str:
    slug = str(event.detail.get("queue", ""))
    return names.get(slug, slug)


def _shared(event: EventView, names: Mapping[str, str]) -> str:
    if not event.agent_name:
        return f"Shared with {_queue(event, names)}, where the copy belongs"
    reason = event.detail.get("reason")
    told = f"{event.agent_name} shared it with {_queue(event, names)}"
    return f"{told}: {reason}" if reason else told


def _woken(event: EventView) -> str:
    return f"{event.agent_name} brought it back" if event.agent_name else "Its time has come: it is back"


TIE_SENTENCES: Mapping[str, Tell] = {
    "unsent": lambda event, names: f"{_who(event)} took a reply back before it left",
    "snoozed": lambda event, names: f"{_who(event)} put it off",
    "woken": lambda event, names: _woken(event),
    "merged": lambda event, names: f"{_who(event)} joined it to case {_named(event, 'into')}",
    "unmerged": lambda event, names: f"{_who(event)} took it out of case {_named(event, 'out_of')} again",
    "joined": lambda event, names: f"{_who(event)} joined case {_named(event, 'other')} to this one",
    "left": lambda event, names: f"{_who(event)} took case {_named(event, 'other')} out again",
    "participant_added": lambda event, names: f"{_who(event)} let {_people(event)} take part",
    "participant_removed": lambda event, names: f"{_who(event)} removed {_people(event)}",
    "complained": lambda event, names: (
        f"Somebody marked a mail as unwanted, says {event.detail.get('by') or 'their mail provider'}"
    ),
    "copied": lambda event, names: f"The same mail came to the inbox {event.detail.get('inbox', '')}, too",
    "shared": _shared,
    "unshared": lambda event, names: f"{_who(event)} said that it isn’t for {_queue(event, names)}",
    "infected": lambda event, names: f"The virus scanner found something in {event.detail.get('filename') or 'a file'}",
}
