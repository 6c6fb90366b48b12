"""Facts: all that a rule may see of one message, and their form as JSON."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from datetime import datetime, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from routing.texts.postcodes import postcodes_in
from routing.texts.stems import stem
from routing.texts.words import BETWEEN, SEQUENCE, UNSPACED, WORD, fold, is_unspaced

Hours = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, kw_only=True, repr=False)
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
    to: str = ""  # the number or mail address that was called or written to
    verification: str = ""  # of the sender's address: claimed, delivered, verified
    days_since: float | None = None  # since the contact's last case was touched; None: no earlier one, or not asked
    flags: tuple[str, ...] = ()  # of the contact
    tags: tuple[str, ...] = ()  # that the case has so far
    hours: Hours = ()  # (queue's slug, is it open?), of the queues that rules ask about
    topic: str = ""  # what a classifier takes it to be about; "" = it doesn't say
    confidence: float = 0.0  # of the topic, 0 to 1
    topic_by: str = ""  # which classifier said so; without a topic: why there is none
    supposed: tuple[tuple[str, float], ...] = ()  # without a topic: what it may be about, the likeliest first
    wards: tuple[str, ...] = ()  # where its postcodes lie; the rule set knows (RuleSet.prepared)
    if not TYPE_CHECKING:

        def __init__(self, **values: Any) -> None:
            """Keeps what is given; the defaults stay with the class. What a frozen dataclass would write sets each of
            the fields by a call of its own, which cost more than to try thirty rules."""
            if not _NEEDED <= values.keys() <= _NAMES:
                raise TypeError(f"Facts are made of {', '.join(sorted(_NAMES))}; without default: {sorted(_NEEDED)}")
            self.__dict__.update(values)

    def __repr__(self) -> str:
        return f"Facts(channel={self.channel!r}, inbox={self.inbox!r}, at={self.at.isoformat()}, …)"

    @cached_property
    def folded(self) -> str:
        """Subject and text as conditions compare them (see `words.fold`)."""
        return fold(f"{self.subject}{BETWEEN}{self.text}" if self.subject else self.text)

    @cached_property
    def sequence(self) -> tuple[str, ...]:
        """The runs of word characters in `folded`, in order, with a mark between subject and text."""
        return tuple(_runs(self.folded))

    @cached_property
    def words(self) -> frozenset[str]:
        """The distinct ones of `sequence`, and a mark for writing without spaces."""
        words = frozenset(_runs(self.folded))
        return words | {UNSPACED} if is_unspaced(self.folded) else words

    @cached_property
    def postcodes(self) -> tuple[str, ...]:
        """The postcodes that stand in subject and text, in capitals."""
        return postcodes_in(self.folded)

    @cached_property
    def _stems(self) -> dict[str, tuple[str, ...]]:
        return {}

    def stems(self, language: str) -> tuple[str, ...]:
        """`sequence` reduced to stems of this language, made once."""
        if language not in self._stems:
            self._stems[language] = tuple([stem(language, word) for word in self.sequence])
        return self._stems[language]

    def changed(self, **values: Any) -> Self:
        """The same message with other facts about it, none of which is its words: what was made of these is kept."""
        other = replace(self, **values)
        other.__dict__.update({name: made for name, made in self.__dict__.items() if name not in _NAMES})
        return other

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
            "to": self.to,
            "verification": self.verification,
            "days_since": self.days_since,
            "flags": list(self.flags),
            "tags": list(self.tags),
            "hours": dict(self.hours),
            "topic": self.topic,
            "confidence": self.confidence,
            "topic_by": self.topic_by,
            "supposed": [list(guess) for guess in self.supposed],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The facts that `to_json` wrote. Raises ValueError naming the key, never its value."""
        line = _validated(stored)
        if line.at is None:
            raise ValueError("at: missing")
        return cls._from(line, line.at)

    @classmethod
    def trusted(cls, stored: Mapping[str, Any], zone: tzinfo) -> Self:
        """Facts in the form of `to_json` that the hub itself has kept, not checked again; keys may be missing."""
        values = dict(stored)
        values["sender"] = values.pop("from", "")
        values["at"] = datetime.fromisoformat(values["at"]).astimezone(zone)
        for name in ("menu", "flags", "tags"):
            if name in values:
                values[name] = tuple(values[name])
        if "supposed" in values:
            values["supposed"] = tuple((topic, confidence) for topic, confidence in values["supposed"])
        if "hours" in values:
            values["hours"] = tuple(values["hours"].items())
        return cls(**values)

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
        same = {name: getattr(line, name) for name in _Line.model_fields if name not in ("at", "hours")}
        return cls(**same, at=at, hours=tuple(line.hours.items()))


_NAMES = {each.name for each in fields(Facts)}
_NEEDED = {each.name for each in fields(Facts) if each.default is MISSING}


def _runs(folded: str) -> list[str]:
    found: list[str] = (SEQUENCE if BETWEEN in folded else WORD).findall(folded)
    return found


_Guess = Annotated[tuple[str, Annotated[float, Field(ge=0, le=1, strict=False)]], Field(strict=False)]


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
    to: str = ""
    verification: Literal["", "claimed", "delivered", "verified"] = ""
    days_since: Annotated[float | None, Field(ge=0, strict=False, allow_inf_nan=False)] = None
    flags: Annotated[tuple[str, ...], Field(strict=False)] = ()
    tags: Annotated[tuple[str, ...], Field(strict=False)] = ()
    hours: dict[str, bool] = Field(default_factory=dict)
    topic: str = ""
    confidence: Annotated[float, Field(ge=0, le=1, strict=False)] = 0.0
    topic_by: str = ""
    supposed: Annotated[tuple[_Guess, ...], Field(strict=False)] = ()

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
