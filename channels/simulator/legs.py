"""One telephone's part in a call, and the lines in which callers wait at the carrier."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Literal

from channels.simulator.carrier import API_VERSION
from channels.simulator.settings import PhoneInbox
from channels.simulator.town import CallRecord, new_sid
from channels.simulator.twiml import Verb

NO_VERB = Verb("Hangup", {}, "", ())

Method = Literal["POST", "GET"]


@dataclass(slots=True)
class Stay:
    """A leg's time in a line: <Enqueue>."""

    name: str
    sid: str
    verb: Verb
    url: str  # of the document that the verb stood in
    rest: list[Verb]  # what follows it there
    since: datetime


@dataclass(slots=True)
class Leg:
    """Where a telephone stands in its document, and whom it is connected with."""

    record: CallRecord
    phone: PhoneInbox
    url: str = ""  # of the document
    rest: list[Verb] = field(default_factory=list)  # still to be done
    verb: Verb = NO_VERB  # the Gather, Record or Dial that waits
    digits: str = ""  # pressed so far
    documents: int = 0
    stay: Stay | None = None
    peer: "Leg | None" = None
    parent: "Leg | None" = None  # whose <Dial> it was called or taken from the line by
    first_url: str = ""  # of a call that the hub makes: asked once it is answered
    whisper: tuple[str, Method] | None = None  # what a called number hears before it is connected
    status_url: str = ""
    status_events: frozenset[str] = frozenset({"completed"})
    answered_at: datetime | None = None
    talking_since: datetime | None = None
    recording: str = ""  # sid of the conversation's, while it goes on

    @property
    def is_over(self) -> bool:
        return self.record.ended

    def form(self, **more: str) -> dict[str, str]:
        """The parameters of every request about this leg."""
        record = self.record
        status = "completed" if record.ended else "ringing" if record.waiting == "ringing" else "in-progress"
        return {
            "CallSid": record.sid,
            "AccountSid": self.phone.account_sid,
            "From": record.sender,
            "To": record.to,
            "Caller": record.sender,
            "Called": record.to,
            "CallStatus": status,
            "Direction": record.direction,
            "ApiVersion": API_VERSION,
            "FromCountry": "GB",
            "ToCountry": "GB",
            **more,
        }


class Lines:
    """The carrier's call queues, first come, first served."""

    def __init__(self) -> None:
        self._legs: dict[str, list[Leg]] = {}
        self._sids: dict[str, str] = {}

    def sid(self, name: str) -> str:
        return self._sids.setdefault(name, new_sid("QU"))

    def join(self, name: str, leg: Leg) -> None:
        self._legs.setdefault(name, []).append(leg)

    def leave(self, leg: Leg) -> None:
        for waiting in self._legs.values():
            if leg in waiting:
                waiting.remove(leg)

    def first(self, name: str) -> Leg | None:
        return next(iter(self._legs.get(name, ())), None)

    def position(self, leg: Leg) -> int:
        """From 1; 0 = in no line."""
        return next((waiting.index(leg) + 1 for waiting in self._legs.values() if leg in waiting), 0)

    def size(self, name: str) -> int:
        return len(self._legs.get(name, ()))

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter([(name, len(waiting)) for name, waiting in self._legs.items()])


def call_resource(leg: Leg) -> dict[str, Any]:
    """The Call resource: https://www.twilio.com/docs/voice/api/call-resource"""
    record = leg.record
    status = "completed" if record.ended else "queued" if record.waiting == "ringing" else "in-progress"
    uri = f"/{API_VERSION}/Accounts/{leg.phone.account_sid}/Calls/{record.sid}"
    return {
        "sid": record.sid,
        "account_sid": leg.phone.account_sid,
        "api_version": API_VERSION,
        "from": record.sender,
        "to": record.to,
        "status": record.result or status,
        "direction": record.direction,
        "parent_call_sid": leg.parent.record.sid if leg.parent else None,
        "date_created": format_datetime(record.at),
        "start_time": format_datetime(record.at),
        "end_time": format_datetime(record.ended_at) if record.ended_at else None,
        "duration": str(int((record.ended_at - record.at).total_seconds())) if record.ended_at else None,
        "price": None,
        "price_unit": "GBP",
        "uri": f"{uri}.json",
        "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
    }
