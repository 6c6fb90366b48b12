"""What rules may see of an arrival, and what of it is stored to make the explanation again."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime

from hub.actions.intake._threading import Contact
from hub.actions.intake.arrivals import Arrival
from hub.actions.intake.backgrounds import UNKNOWN, Background
from routing.facts import Facts

_BEYOND_MESSAGE = tuple(
    (each.name, each.default)
    for each in fields(Facts)
    if each.init and each.name not in ("channel", "inbox", "text", "subject", "sender", "to", "at", "wards")
)


@dataclass(slots=True)
class FactsMaker:
    """Of one batch."""

    at: datetime  # the batch's one moment, in the council's zone
    backgrounds: Mapping[int, Background] = field(default_factory=dict)  # by contact
    hours: tuple[tuple[str, bool], ...] = ()  # of the queues that rules ask about

    def of(self, arrival: Arrival, contact: Contact) -> Facts:
        said = arrival.message
        background = self.backgrounds.get(contact.id, UNKNOWN)
        return Facts(
            channel=arrival.inbox.channel,
            inbox=arrival.inbox.port.name,
            text=said.text,
            subject=said.subject,
            sender=said.sender.value if said.sender else "",
            at=self.at,
            known=not contact.is_new,
            open_cases=contact.open_cases,
            attachments=len(said.files) + len(said.remote_files),
            language=said.language,
            menu=said.menu,
            automatic=said.automatic is not None,
            to=arrival.inbox.port.address,
            verification=said.verification.value,
            days_since=background.days_since,
            flags=background.flags,
            hours=self.hours,
            topic=arrival.said.topic if arrival.said else "",
            confidence=arrival.said.confidence if arrival.said else 0.0,
            topic_by=arrival.said.by if arrival.said else "",
            supposed=arrival.said.supposed if arrival.said else (),
        )


def compact_facts(facts: Facts, message_id: int) -> dict[str, object]:
    """What can't be read from the message itself: the explanation is made again from both."""
    stored: dict[str, object] = {"message": message_id, "at": facts.at.isoformat()}
    for name, otherwise in _BEYOND_MESSAGE:
        if (value := getattr(facts, name)) != otherwise:
            stored[name] = value
    if facts.verification == "delivered":  # as most are
        del stored["verification"]
    if facts.hours:
        stored["hours"] = dict(facts.hours)
    return stored
