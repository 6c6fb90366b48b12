"""Facts: all that a rule may see of one message, and their form as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from routing.words import WORD, fold

_BETWEEN = "\0"  # stands between subject and text: no phrase spans both


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Facts:
    """One message and what the hub knows about its sender. `at` is aware and in the council's local zone."""

    channel: str
    inbox: str
    text: str
    at: datetime
    subject: str = ""
    sender: str = ""  # "+447700900123", "ann@example.org", "" = withheld
    known: bool = False  # the contact has earlier cases
    open_cases: int = 0  # of this contact
    attachments: int = 0
    language: str = ""  # BCP 47, "" = not known
    menu: tuple[str, ...] = ()  # tags that a phone menu or form collected
    automatic: bool = False  # a machine's message
    _folded: str | None = field(default=None, init=False, compare=False)
    _words: frozenset[str] | None = field(default=None, init=False, compare=False)

    def __repr__(self) -> str:
        return f"Facts(channel={self.channel!r}, inbox={self.inbox!r}, at={self.at.isoformat()}, …)"

    @property
    def folded(self) -> str:
        """Subject and text as conditions compare them (see `words.fold`), made once."""
        if self._folded is None:
            whole = f"{self.subject}{_BETWEEN}{self.text}" if self.subject else self.text
            object.__setattr__(self, "_folded", fold(whole))
        assert self._folded is not None
        return self._folded

    @property
    def words(self) -> frozenset[str]:
        """The distinct runs of word characters in `folded`, made once."""
        if self._words is None:
            object.__setattr__(self, "_words", frozenset(WORD.findall(self.folded)))
        assert self._words is not None
        return self._words

    def to_json(self) -> dict[str, Any]:
        """JSON types only, every key present, `at` in ISO 8601 with its offset; `from_json` reads it back."""
        return {
            "channel": self.channel,
            "inbox": self.inbox,
            "text": self.text,
            "subject": self.subject,
            "from": self.sender,
            "at": self.at.isoformat(),
            "known": self.known,
            "open_cases": self.open_cases,
            "attachments": self.attachments,
            "language": self.language,
            "menu": list(self.menu),
            "automatic": self.automatic,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The facts that `to_json` wrote. Raises ValueError naming the key, never its value."""
        line = _validated(stored)
        if line.at is None:
            raise ValueError("at: missing")
        return cls._from(line, line.at)

    @classmethod
    def from_line(cls, line: Mapping[str, Any], now: datetime) -> Self:
        """Facts of a line of `hub route --batch`: {channel, text, subject?, from?, inbox?, at?, known?, …}.

        `now` is aware and in the council's zone: it is taken when `at` is absent, and its zone is the one that an
        `at` is put into (a naive one is read as local time). Raises ValueError naming the key, never its value.
        """
        if not isinstance(line, Mapping):
            raise ValueError("a line must be an object with at least channel and text")
        at = line.get("at")
        validated = _validated({**line, "at": _local(at, now)} if isinstance(at, str) else line)
        return cls._from(validated, validated.at or now)

    @classmethod
    def _from(cls, line: "_Line", at: datetime) -> Self:
        return cls(**{name: getattr(line, name) for name in _Line.model_fields if name != "at"}, at=at)


class _Line(BaseModel):
    """The keys of the JSON form and their types. A key that is null counts as absent."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    channel: Annotated[str, Field(min_length=1)]
    text: str
    inbox: str = ""
    subject: str = ""
    sender: Annotated[str, Field(alias="from")] = ""
    at: AwareDatetime | None = None
    known: bool = False
    open_cases: Annotated[int, Field(ge=0)] = 0
    attachments: Annotated[int, Field(ge=0)] = 0
    language: str = ""
    menu: Annotated[tuple[str, ...], Field(strict=False)] = ()
    automatic: bool = False

    @field_validator("at", mode="before")
    @classmethod
    def _read_time(cls, at: object) -> object:
        return datetime.fromisoformat(at) if isinstance(at, str) else at


def _local(at: str, now: datetime) -> datetime:
    try:
        read = datetime.fromisoformat(at)
        return read.astimezone(now.tzinfo) if read.tzinfo else read.replace(tzinfo=now.tzinfo)
    except (ValueError, OverflowError):
        raise ValueError("at: not a time in ISO 8601") from None


def _validated(line: Mapping[str, Any]) -> _Line:
    try:
        return _Line.model_validate({key: value for key, value in line.items() if value is not None})
    except ValidationError as error:
        # The chain is cut, since pydantic's own text may quote what a citizen wrote.
        complaints = [_complaint(entry["loc"], entry["type"], entry["msg"]) for entry in error.errors()]
        raise ValueError("; ".join(complaints)) from None


def _complaint(loc: tuple[int | str, ...], kind: str, message: str) -> str:
    key = ".".join(map(str, loc))
    known = {
        "missing": "missing",
        "extra_forbidden": "no such key",
        "value_error": "not a time in ISO 8601",
        "string_too_short": "must not be empty",
    }
    return f"{key}: {known.get(kind, message.lower())}"
