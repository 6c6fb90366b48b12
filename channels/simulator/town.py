"""All that has happened in the pretend town, in memory, bounded; each change counts up, so that pages ask for news."""

import secrets
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

WHATSAPP = "whatsapp:"

_KEPT = 500
_PICTURES_KEPT = 50


Waiting = Literal["", "digits", "recording", "queue", "ringing", "calling", "talking"]


def new_sid(kind: Literal["SM", "CA", "RE", "TR", "ME", "QU"]) -> str:
    """Two letters and 32 hexadecimal digits, as the carrier makes them."""
    return kind + secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file as a citizen's phone sends it."""

    media_type: str
    content: bytes
    name: str = "A road with a hole in it"  # what is on the made one


@dataclass(slots=True, kw_only=True)
class Text:
    """An SMS as the carrier keeps it."""

    sid: str
    account_sid: str
    sender: str
    to: str
    body: str
    direction: Literal["inbound", "outbound-api", "outbound-reply"]
    status: str
    at: datetime
    media: tuple[str, ...] = ()  # sids
    links: tuple[str, ...] = ()  # addresses of pictures that the council sent
    error_code: int | None = None
    version: int = 0

    @property
    def citizen(self) -> str:
        return (self.sender if self.direction == "inbound" else self.to).removeprefix(WHATSAPP)

    @property
    def is_whatsapp(self) -> bool:
        return self.sender.startswith(WHATSAPP)

    def shown(self) -> dict[str, Any]:
        return {
            "sid": self.sid, "from": self.sender, "to": self.to, "text": self.body, "direction": self.direction,
            "status": self.status, "error_code": self.error_code, "pictures": len(self.media) + len(self.links),
            "at": self.at.isoformat(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """Something heard or done in a call. kind: say, play, pause, beep, note (the line itself), citizen (whose phone it
    is), other (whom they talk with)."""

    kind: Literal["say", "play", "pause", "beep", "note", "citizen", "other"]
    text: str
    language: str = ""


@dataclass(slots=True, kw_only=True)
class CallRecord:
    """A call as both ends see it. waiting: for a key, a message, somebody to come, or for nothing."""

    sid: str
    caller: str  # whose phone it is: who really calls, or who is called
    sender: str  # the number that the council is shown
    to: str
    at: datetime
    lines: list[Line] = field(default_factory=list)
    waiting: Waiting = ""
    ended: bool = False
    direction: str = "inbound"  # outbound-api: the hub calls; outbound-dial: it connects a number
    queue: str = ""  # the line that it waits in
    result: str = ""  # of a call that the hub made: completed, busy, no-answer
    ended_at: datetime | None = None
    version: int = 0

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.sid, "from": self.sender, "to": self.to, "at": self.at.isoformat(), "waiting": self.waiting,
            "ended": self.ended, "phone": self.caller, "direction": self.direction, "queue": self.queue,
            "result": self.result,
            "said": [{"kind": line.kind, "text": line.text, "language": line.language} for line in self.lines],
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What the carrier keeps of a call."""

    seconds: int
    call: CallRecord  # of the leg that was recorded
    account_sid: str
    source: Literal["RecordVerb", "DialVerb"]
    at: datetime


@dataclass(slots=True, kw_only=True)
class Mail:
    """A mail in a citizen's mailbox: `owner` is the citizen's address."""

    id: str
    owner: str
    direction: Literal["sent", "received"]
    sender: str
    to: str
    subject: str
    text: str
    message_id: str  # with angle brackets, as in the header
    references: tuple[str, ...]
    reply_to: str  # the address that an answer goes to
    at: datetime
    automatic: bool = False
    version: int = 0

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id, "owner": self.owner, "direction": self.direction, "from": self.sender, "to": self.to,
            "subject": self.subject, "text": self.text, "message_id": self.message_id,
            "references": list(self.references), "reply_to": self.reply_to, "automatic": self.automatic,
            "at": self.at.isoformat(),
        }  # fmt: skip


Happening = Text | CallRecord | Mail


class Town:
    """The newest few hundred of each kind, and who has opted out of whose texts."""

    def __init__(self) -> None:
        self.texts: deque[Text] = deque(maxlen=_KEPT)
        self.calls: deque[CallRecord] = deque(maxlen=_KEPT)
        self.mails: deque[Mail] = deque(maxlen=_KEPT)
        self.recordings: dict[str, Recording] = {}  # by sid
        self.pictures: dict[str, Picture] = {}  # by sid; only the newest
        self.deleted: set[str] = set()  # recordings that the hub has had deleted
        self.opted_out: set[tuple[str, str]] = set()  # citizen's number, council's number
        self.version = 0

    def add(self, happening: Happening) -> None:
        match happening:
            case Text():
                self.texts.append(happening)
            case CallRecord():
                self.calls.append(happening)
            case Mail():
                self.mails.append(happening)
        self.changed(happening)

    def changed(self, happening: Happening) -> None:
        self.version += 1
        happening.version = self.version

    def news(self, since: int) -> dict[str, Any]:
        """What is new or changed after that version, oldest first."""
        kinds: dict[str, Iterable[Happening]] = {"texts": self.texts, "calls": self.calls, "mails": self.mails}
        return {"version": self.version} | {
            kind: [one.shown() for one in happenings if one.version > since] for kind, happenings in kinds.items()
        }

    def record(self, sid: str, recording: Recording) -> None:
        self.recordings[sid] = recording
        while len(self.recordings) > _KEPT:
            del self.recordings[next(iter(self.recordings))]

    def take_picture(self, picture: Picture) -> str:
        """Returns its sid."""
        sid = new_sid("ME")
        self.pictures[sid] = picture
        while len(self.pictures) > _PICTURES_KEPT:
            del self.pictures[next(iter(self.pictures))]
        return sid

    def text(self, sid: str) -> Text | None:
        return next((text for text in self.texts if text.sid == sid), None)

    def mail(self, message_id: str) -> Mail | None:
        """By its Message-ID, with or without angle brackets."""
        wanted = message_id.strip("<>")
        return next((mail for mail in self.mails if mail.message_id.strip("<>") == wanted), None)
