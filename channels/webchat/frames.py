"""The client's frames, parsed once at the edge. README.md has the protocol in prose.

hello {session, after, seen}   say {id, text}   seen {id}   name {name}
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

MAX_FRAME_BYTES = 65_536
MAX_TEXT = 5_000  # characters
MAX_NAME = 100  # characters
_MAX_ID = 2**63 - 1

_CLIENT_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")


class FrameError(Exception):
    """A frame that can't be taken; `code` is stable, the text is for people, `say_id` names the words meant."""

    def __init__(self, code: str, why: str, *, say_id: str = "", limit: int | None = None) -> None:
        super().__init__(why)
        self.code = code
        self.say_id = say_id
        self.limit = limit

    def frame(self) -> dict[str, Any]:
        """What the client is told."""
        frame: dict[str, Any] = {"type": "error", "code": self.code, "message": str(self)}
        if self.say_id:
            frame["id"] = self.say_id
        if self.limit is not None:
            frame["limit"] = self.limit
        return frame


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame: which conversation, after which utterance to go on, up to which one it is acknowledged."""

    session: str = field(repr=False)
    after: int
    seen: int


@dataclass(frozen=True, slots=True)
class Say:
    """The citizen's words under the client's own id: the same id again is the same message."""

    id: str
    text: str = field(repr=False)
    original: bytes | None = field(default=None, repr=False)  # when the text holds marks for what no database takes


@dataclass(frozen=True, slots=True)
class Seen:
    """All of the council's words up to this utterance have arrived."""

    id: int


@dataclass(frozen=True, slots=True)
class Name:
    """How the citizen wants to be called; claimed, never proven."""

    name: str = field(repr=False)


Frame = Hello | Say | Seen | Name


def parse(text: str) -> Frame:
    """The frame in this JSON text. Raises FrameError."""
    frame = _object(text)
    match frame.get("type"):
        case "hello":
            return Hello(_words(frame, "session"), _number(frame, "after"), _number(frame, "seen"))
        case "say":
            return _say(frame)
        case "seen":
            return Seen(_number(frame, "id"))
        case "name":
            return Name(_words(frame, "name").strip()[:MAX_NAME])
        case _:
            raise FrameError("type", "The type of a frame is hello, say, seen or name.")


def _object(text: str) -> dict[str, Any]:
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):  # RecursionError: brackets nested some thousand deep
        raise FrameError("json", "A frame is a JSON object.") from None
    if not isinstance(frame, dict):
        raise FrameError("json", "A frame is a JSON object.")
    return frame


def _say(frame: dict[str, Any]) -> Say:
    say_id = _words(frame, "id")
    if not _CLIENT_ID.fullmatch(say_id):
        raise FrameError("id", "An id has 1 to 64 letters, digits or hyphens.")
    text = _words(frame, "text", say_id=say_id)
    if not text.strip():
        raise FrameError("empty", "There are no words in this message.", say_id=say_id)
    if len(text) > MAX_TEXT:
        raise FrameError("too_long", f"A message has at most {MAX_TEXT:,} characters.", say_id=say_id, limit=MAX_TEXT)
    original = None if text == frame["text"] else frame["text"].encode("utf-8", "surrogatepass")
    return Say(say_id, text, original)


def _words(frame: dict[str, Any], key: str, *, say_id: str = "") -> str:
    """A string that any database can keep: NUL shown as ␀, halves of characters as �. Absent = ""."""
    value = frame.get(key, "")
    if not isinstance(value, str):
        raise FrameError("field", f"{key} is a string.", say_id=say_id)
    return _LONE_SURROGATES.sub("\ufffd", value).replace("\0", "␀")


def _number(frame: dict[str, Any], key: str) -> int:
    value = frame.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_ID:
        raise FrameError("field", f"{key} is a whole number, 0 or more.")
    return value
