"""channel: the kind of contact, such as sms, voice, email or webchat."""

from routing.facts import Facts
from routing.fields import Field
from routing.listed import OneOf


class ChannelIs(OneOf):
    __slots__ = ()
    name = "channel"
    subject = "the channel"
    title = "The channel"
    fields = (Field(kind="some", label="It comes by", of="channel"),)

    def refers(self) -> frozenset[tuple[str, str]]:
        return frozenset(("channel", channel) for channel in self.folded)

    @staticmethod
    def fact(facts: Facts) -> str:
        return facts.channel


condition = ChannelIs
