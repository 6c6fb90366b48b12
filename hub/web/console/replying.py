"""How a citizen can be answered: the ways on offer, and the one that they used last."""

from dataclasses import dataclass

from hub.directory import Directory
from hub.queries.views import CasePage
from hub.web.console.words import REPLY_BY, Wording

_SCHEMES = {"sms": "tel", "email": "mailto", "webchat": "chat"}
_ANSWERED_BY = {"voice": "sms"}  # a call is answered by a text


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    channel: str
    word: str  # text message, mail, chat
    place: str  # 07700 900123
    warning: str = ""  # why it may not arrive
    chosen: bool = False


def ways_to_reply(page: CasePage, directory: Directory, say: Wording, wanted: str = "") -> tuple[Way, ...]:
    """One a channel that has an inbox and an address of the citizen. `wanted` is chosen, else what they used last."""
    last = _last_channel(page)
    chosen = wanted or _ANSWERED_BY.get(last, last)
    ways = tuple(way for channel in _SCHEMES if (way := _way(page, directory, say, channel, chosen)))
    if ways and not any(way.chosen for way in ways):
        return (_as_chosen(ways[0]), *ways[1:])
    return ways


def _last_channel(page: CasePage) -> str:
    """Of the citizen's own latest words; a machine's come last."""
    said = [message for message in page.messages if message.direction == "in"]
    own = [message for message in said if not message.automatic] or said
    return own[-1].channel if own else page.case.channel


def _way(page: CasePage, directory: Directory, say: Wording, channel: str, chosen: str) -> Way | None:
    known = [address for address in page.case.contact.addresses if address.scheme == _SCHEMES[channel]]
    if not known or not any(entry.channel == channel and entry.active for entry in directory.inboxes.values()):
        return None
    uri = _last_sender(page, known[-1].value, {address.value for address in known})
    address = next(address for address in known if address.value == uri)
    warning = ""
    if channel == "sms" and address.opted_out:
        warning = "They have asked for no more texts."
    elif address.unreachable:
        warning = "The last message didn't reach it."
    return Way(
        channel=channel,
        word=REPLY_BY[channel],
        place="" if channel == "webchat" else say.address(address),
        warning=warning,
        chosen=channel == chosen,
    )


def _last_sender(page: CasePage, default: str, known: set[str]) -> str:
    senders = [message.sender for message in page.messages if message.direction == "in" and message.sender in known]
    return senders[-1] if senders else default


def _as_chosen(way: Way) -> Way:
    return Way(channel=way.channel, word=way.word, place=way.place, warning=way.warning, chosen=True)
