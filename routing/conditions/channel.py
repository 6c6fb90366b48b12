"""channel: the kind of contact, such as sms, voice, email or webchat."""

from typing import Any

from routing.condition import SHOWN, Names, listed
from routing.facts import Facts
from routing.fields import Field
from routing.listed import OneOf

_WAYS = {"voice": "telephone", "sms": "text", "email": "mail", "webchat": "chat", "whatsapp": "WhatsApp"}


class ChannelIs(OneOf):
    __slots__ = ()
    name = "channel"
    subject = "the channel"
    title = "The channel"
    about = "how and when it comes"
    fields = (Field(kind="some", label="It comes by", of="channel"),)

    def refers(self) -> frozenset[tuple[str, str]]:
        return frozenset(("channel", channel) for channel in self.folded)

    @staticmethod
    def fact(facts: Facts) -> str:
        return facts.channel

    def wants(self, names: Names) -> str:
        return f"it comes by {listed([way(each) for each in self.listed], 'or')}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        found = f"it came by {way(str(actual))}"
        return found if matched else f"{found}, not by {listed([way(each) for each in self.listed[:SHOWN]], 'or')}"


def way(channel: str) -> str:
    return _WAYS.get(channel.casefold(), f"“{channel}”")


condition = ChannelIs
