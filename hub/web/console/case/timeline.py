"""The conversation of a case as it is read: messages oldest first, with what else happened folded in between."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from hub.queries.views import CasePage, EventView, MessageView
from hub.web.console.case.call_sentences import CALL_SENTENCES
from hub.web.console.case.clocks import SENTENCES as CLOCK_SENTENCES
from hub.web.console.case.clocks import changed_nothing
from hub.web.console.case.flagging import SENTENCES as FLAG_SENTENCES
from hub.web.console.case.tie_sentences import TIE_SENTENCES
from hub.web.console.case.unsubscribing import SENTENCES as BULK_SENTENCES
from hub.web.console.words import Wording, isolated, phone_number

_TOLD_BY_MESSAGES = frozenset(  # the message itself shows these
    {
        "received", "replied", "noted", "acknowledged", "answered", "updated", "fetched", "unfetched", "undrafted",
        "delayed", "requeued", "sending", "sent", "delivered", "failed", "unknown", "scanned",
        "call-waiting", "call-answered", "call-ended", "call-missed", "call-wrapped", "called",
    }
)  # fmt: skip
_TOLD_QUIETLY = {
    "unsent", "undelivered", "refused", "rerouted", "refetched", "copied", "unsubscribed", "resubscribed",
}  # fmt: skip
_QUIET = (  # nothing that a caseworker must read before acting
    _TOLD_BY_MESSAGES - {"received", "replied", "noted"}
) | _TOLD_QUIETLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One line of small type."""

    seq: int
    at: datetime
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A message, or what else happened; `day` stands on the first of each day."""

    at: datetime
    message: MessageView | None = None
    happening: Happening | None = None
    day: str = ""

    @property
    def id(self) -> str:
        """Of the element on the page; the same for as long as the case lives."""
        if self.message is not None:
            return f"message-{self.message.id}"
        return f"event-{self.happening.seq}" if self.happening else ""


def timeline(page: CasePage, queue_names: Mapping[str, str], say: Wording) -> list[Entry]:
    """Everything in the order of time; of a mail that came to several inboxes one copy, and that the others came."""
    copies = {event.message_id for event in page.events if event.kind == "copied"}
    moments = {message.id: message.at for message in page.messages}
    places: list[tuple[tuple[datetime, float, int], Entry]] = [
        ((message.at, message.id, 0), Entry(at=message.at, message=message))
        for message in page.messages
        if message.id not in copies
    ]
    for event in page.events:
        if event.kind not in _TOLD_BY_MESSAGES and not changed_nothing(event):
            at = moments.get(event.message_id or 0, event.at)  # what a message brought about stands right after it
            happening = Happening(seq=event.seq, at=event.at, sentence=sentence_of(event, queue_names, say.country))
            places.append(((at, event.message_id or math.inf, event.seq), Entry(at=at, happening=happening)))
    places.sort(key=lambda place: place[0])
    return list(_with_days((entry for _, entry in places), say))


def since(page: CasePage, seq: int) -> tuple[EventView, ...]:
    """What happened after `seq` that somebody should have read before they act."""
    return tuple(
        event for event in page.events if event.seq > seq and event.kind not in _QUIET and not changed_nothing(event)
    )


def meanwhile(events: Iterable[EventView], queue_names: Mapping[str, str], country: str) -> list[str]:
    """The same as sentences, with who did it."""
    return [
        _NEWS[event.kind](event) if event.kind in _NEWS else sentence_of(event, queue_names, country)
        for event in events
    ]


def sentence_of(event: EventView, queue_names: Mapping[str, str], country: str) -> str:
    """What happened, in one sentence, with who did it."""
    tell = _SENTENCES.get(event.kind)
    return tell(_readable(event, country), queue_names) if tell else f"{_who(event)}: {event.kind}"


def _readable(event: EventView, country: str) -> EventView:
    """With phone numbers as the country writes them, and others' words in their own order."""
    people = {key: event.detail[key] for key in ("told", "unreachable") if isinstance(event.detail.get(key), list)}
    written = {key: [phone_number(each, country) for each in listed] for key, listed in people.items()}
    said = {key: isolated(value) for key, value in event.detail.items() if isinstance(value, str)}
    return replace(event, agent_name=isolated(event.agent_name), detail={**event.detail, **written, **said})


def _with_days(entries: Iterable[Entry], say: Wording) -> Iterable[Entry]:
    before = ""
    for entry in entries:
        day = say.day(entry.at)
        yield Entry(at=entry.at, message=entry.message, happening=entry.happening, day="" if day == before else day)
        before = day


def _who(event: EventView) -> str:
    return event.agent_name or "The hub"


def _queue(event: EventView, key: str, names: Mapping[str, str]) -> str:
    slug = str(event.detail.get(key, ""))
    return names.get(slug, slug or "its queue")


def _opened(event: EventView, names: Mapping[str, str]) -> str:
    if event.agent_name:
        return f"{event.agent_name} wrote first; opened in {_queue(event, 'queue', names)}"
    rule = event.detail.get("rule")
    why = f"by the rule “{rule}”" if rule else "because no rule matched"
    undated = "; not dated at once, since the queue’s calendar could not be read" if event.detail.get("undated") else ""
    return f"Opened in {_queue(event, 'queue', names)}, {why}{undated}"


def _named(person: object, names: Mapping[str, str]) -> str:
    """Of a mail address or number: an agent by name, anybody else as written."""
    return names.get(str(person), str(person))


def _released(event: EventView, names: Mapping[str, str]) -> str:
    held_by = event.detail.get("held_by")
    if held_by and held_by != event.agent:
        return f"{_who(event)} released it; {held_by} held it"
    return f"{_who(event)} released it"


def _transferred(event: EventView, names: Mapping[str, str]) -> str:
    moved = f"{_who(event)} transferred it from {_queue(event, 'before', names)} to {_queue(event, 'queue', names)}"
    reason = event.detail.get("reason")
    return f"{moved}: {reason}" if reason else moved


def _resolved(event: EventView, names: Mapping[str, str]) -> str:
    outcome = event.detail.get("outcome")
    return f"{_who(event)} resolved it: {outcome}" if outcome else f"{_who(event)} resolved it"


def _reopened(event: EventView, names: Mapping[str, str]) -> str:
    if event.detail.get("queue") and not event.agent_name:
        return f"Reopened: {_queue(event, 'queue', names)} has not seen it yet"
    return f"{event.agent_name} reopened it" if event.agent_name else "Reopened: the citizen wrote again"


def _forgotten(event: EventView, names: Mapping[str, str]) -> str:
    days = event.detail.get("after_days")
    why = f"{days:,} days after it was closed, as the council file says" if days else "at the citizen’s wish"
    return f"What was said, the files and who the citizen was were deleted {why}"


def _alarm(event: EventView, names: Mapping[str, str]) -> str:
    name, reason = event.detail.get("alarm", ""), event.detail.get("reason")
    if not event.agent_name:
        return f"Alarm: {name}"
    raised = f"{event.agent_name} raised an alarm by hand: {name}"
    return f"{raised}. {reason}" if reason else raised


def _alarm_called(event: EventView, names: Mapping[str, str]) -> str:
    told, unreachable = (
        [_named(each, names) for each in event.detail.get(key) or []] for key in ("told", "unreachable")
    )
    sentence = (
        f"Called {', '.join(told)}"
        if told
        else "Nobody could be called: the danger names nobody, or no inbox can reach them"
    )
    return f"{sentence}; no inbox reaches {', '.join(unreachable)}" if told and unreachable else sentence


_SENTENCES: Mapping[str, Callable[[EventView, Mapping[str, str]], str]] = {
    "opened": _opened,
    "alarm": _alarm,
    "alarm_called": _alarm_called,
    "emergency_unsent": lambda event, names: f"The emergency text could not be sent: {event.detail.get('why', '')}",
    "alarm_acknowledged": lambda event, names: f"{_who(event)} acknowledged the alarm",
    "alarm_false": lambda event, names: (
        f"{_who(event)} recorded a false alarm: {event.detail.get('note') or 'no reason given'}"
    ),
    "notified": lambda event, names: (
        f"Told {', '.join(event.detail.get('told') or ['nobody'])}, as the rule “{event.detail.get('rule', '')}” says"
    ),
    "asked": lambda event, names: "Asked the citizen a question, as a rule says, and waits for the answer",
    "claimed": lambda event, names: f"{_who(event)} claimed it",
    "released": _released,
    "assigned": lambda event, names: f"{_who(event)} assigned it to {_named(event.detail.get('to'), names)}",
    "transferred": _transferred,
    "resolved": _resolved,
    "reopened": _reopened,
    "refused": lambda event, names: f"{_who(event)} could not write: {event.detail.get('why', '')}".rstrip("."),
    "rerouted": lambda event, names: (
        f"Sent through {event.detail.get('inbox')} instead: the provider of the other inbox had refused for too long"
    ),
    "refetched": lambda event, names: f"{_who(event)} asked once more for {event.detail.get('filename') or 'a file'}",
    "closed": lambda event, names: "Closed, some time after it was resolved",
    "forgotten": _forgotten,
    **CALL_SENTENCES,
    **TIE_SENTENCES,
    **CLOCK_SENTENCES,
    **FLAG_SENTENCES,
    **BULK_SENTENCES,
}

_NEWS: Mapping[str, Callable[[EventView], str]] = {
    "received": lambda event: "The citizen wrote again",
    "replied": lambda event: f"{_who(event)} answered the citizen",
    "noted": lambda event: f"{_who(event)} wrote a note",
}
