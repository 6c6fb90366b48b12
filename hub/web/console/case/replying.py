"""How a citizen can be answered: the ways on offer, what speaks against each, and the one that they used last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from channels.contract import Channel
from channels.costs import CountsParts, PartCosts
from hub.directory import Directory, InboxEntry
from hub.queries.views import AddressView, CasePage, MessageView
from hub.quiet import ends_at
from hub.web.console.words import REPLY_BY, Wording

_SCHEMES = {"sms": "tel", "whatsapp": "whatsapp", "email": "mailto", "webchat": "chat"}
_CARRIED_BY = {"whatsapp": "sms"}  # the channel whose inboxes send it
_ANSWERED_BY = {"voice": "sms"}  # a call is answered by a text
_WHATSAPP_WINDOW = timedelta(hours=24)

CLOSED = "They have asked for no more texts."
UNREACHABLE = "The last message didn't reach it."
NO_TEXTS = "It takes no texts, such as a landline. Call, or answer another way."
_TOO_LATE = "WhatsApp takes an answer only within 24 hours of their last message there."


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    channel: str  # as `channel` of a reply: sms, whatsapp, email, webchat
    word: str  # text, WhatsApp, mail, chat
    place: str  # 07700 900123
    warning: str = ""  # why it may not arrive, or better shouldn't go now
    is_closed: bool = False  # nothing leaves this way
    chosen: bool = False
    costs: PartCosts | None = None  # of texts


def ways_to_reply(
    page: CasePage,
    directory: Directory,
    say: Wording,
    wanted: str = "",
    channels: Mapping[str, Channel] | None = None,
) -> tuple[Way, ...]:
    """One a channel that has an inbox and an address of the citizen. `wanted` is chosen, else what they used last."""
    last = _last_way(page)
    chosen = wanted or _ANSWERED_BY.get(last, last)
    found = (_way(page, directory, say, channel, channels or {}) for channel in _SCHEMES)
    ways = [replace(way, chosen=way.channel == chosen) for way in found if way is not None]
    if ways and not any(way.chosen for way in ways):
        ways[0] = replace(ways[0], chosen=True)
    return tuple(_with_others(way, ways) for way in ways)


def why_no_way(page: CasePage) -> str:
    """Why the composer offers no way at all."""
    said = [message for message in page.messages if message.direction == "in"]
    sender = said[-1].sender if said else ""
    if sender and not page.case.contact.addresses:
        return f"Nobody can answer {sender}: it is a short code or a name, not a number. Write a note instead."
    return "There is no way to answer: the number was withheld, or no inbox can send there. Write a note instead."


def _last_way(page: CasePage) -> str:
    """Of the citizen's own latest words; a machine's come last."""
    said = [message for message in page.messages if message.direction == "in"]
    own = [message for message in said if not message.automatic] or said
    return own[-1].way if own else page.case.channel


def _way(
    page: CasePage, directory: Directory, say: Wording, channel: str, channels: Mapping[str, Channel]
) -> Way | None:
    known = [address for address in page.case.contact.addresses if address.scheme == _SCHEMES[channel]]
    inbox = _inbox(page, directory, _CARRIED_BY.get(channel, channel))
    if not known or inbox is None:
        return None
    address = _last_used(page, known)
    is_closed = channel in ("sms", "whatsapp") and address.opted_out
    sender = channels.get(inbox.channel)
    return Way(
        channel=channel,
        word=REPLY_BY[channel],
        place="" if channel == "webchat" else say.address(address),
        warning=CLOSED if is_closed else _warning(page, say, channel, address, inbox),
        is_closed=is_closed,
        costs=sender.part_costs(inbox.port) if channel == "sms" and isinstance(sender, CountsParts) else None,
    )


def _inbox(page: CasePage, directory: Directory, channel: str) -> InboxEntry | None:
    """The one that the citizen wrote to last, else the channel's first, as the reply itself chooses."""
    offered = [entry for entry in directory.inboxes.values() if entry.channel == channel and entry.active]
    used = [message.recipient for message in page.messages if message.direction == "in" and message.channel == channel]
    return next((e for e in offered if used and e.port.address == used[-1]), offered[0] if offered else None)


def _warning(page: CasePage, say: Wording, channel: str, address: AddressView, inbox: InboxEntry) -> str:
    sent = [message for message in page.messages if message.direction == "out" and _shown(address) == message.recipient]
    if sent and sent[-1].status == "failed" and sent[-1].error:
        return f"The last one failed. {sent[-1].error}"
    if address.unreachable:
        return UNREACHABLE
    if address.no_texts and channel == "sms":
        return NO_TEXTS
    if channel == "whatsapp" and not _is_within_window(page.messages, address, say):
        return _TOO_LATE
    quiet_until = ends_at(inbox.quiet, say.local(say.now)) if inbox.quiet else None
    if quiet_until is not None:
        return f"These are quiet hours, until {quiet_until:%H:%M}: your answer goes out all the same."
    return ""


def _is_within_window(messages: Sequence[MessageView], address: AddressView, say: Wording) -> bool:
    said = [message for message in messages if message.direction == "in" and message.sender == _shown(address)]
    return bool(said) and say.now - said[-1].at < _WHATSAPP_WINDOW


def _last_used(page: CasePage, known: Sequence[AddressView]) -> AddressView:
    by_shown = {_shown(address): address for address in known}
    used = [m.sender for m in page.messages if m.direction == "in" and m.sender in by_shown]
    return by_shown[used[-1]] if used else known[-1]


def _shown(address: AddressView) -> str:
    """As a message's sender or recipient."""
    return address.uri if address.scheme == "whatsapp" else address.value


def _with_others(way: Way, ways: Sequence[Way]) -> Way:
    """A closed way names the open ones."""
    others = " or ".join(other.word for other in ways if not other.is_closed)
    if not way.is_closed:
        return way
    return replace(way, warning=f"{way.warning} {f'Answer by {others}' if others else 'Call or write a letter'}.")
