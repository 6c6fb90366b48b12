"""The tables of a council file, validated and frozen. `ValidationError`s are put in words by `problems`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import phonenumbers
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    field_validator,
)
from pydantic_core.core_schema import ValidationInfo

from channels.contract import Channel
from channels.numbers import e164
from hub.council_file.problems import Problem
from hub.council_file.time_tables import (
    Assigning,
    Capacity,
    ForgetAfter,
    HolidayTable,
    Languages,
    OverflowTable,
    Skills,
    TypeTable,
    YearDay,
)
from hub.council_file.writing_tables import TemplateTable
from hub.models.words import Role
from routing.time.calendars import Hours, parse_duration

LONGEST_NAME = 120  # characters
LONGEST_SLUG = 60
LONGEST_ACKNOWLEDGEMENT = 2000
MOST_ACKNOWLEDGEMENTS = 1000  # a sender and day
LONGEST_CONTINUITY = 3650  # days
LONGEST_FAILOVER = 1440  # minutes
FASTEST_RATE = 1000.0  # messages a second

UNCHANGED = "hub:unchanged"  # a value of an inbox's config: as the hub has it
ACKNOWLEDGEMENT = "Thank you. Your reference is {reference}. We will answer as soon as we can."
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "sms": {"acknowledge": ACKNOWLEDGEMENT, "continuity": 14, "rate": 1.0},
    "voice": {"acknowledge": "", "continuity": 14, "rate": 1.0},
    "email": {"acknowledge": ACKNOWLEDGEMENT, "continuity": 0, "rate": 20.0},
    "webchat": {"acknowledge": ACKNOWLEDGEMENT, "continuity": 14, "rate": 0.0},
}

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_EMAIL = re.compile(r"[^@\s<>,;:\"]+@[^@\s<>,;:\".]+(\.[^@\s<>,;:\".]+)+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_DAYS = re.compile(r"(\d{1,5})d", re.ASCII)
_PLACEHOLDER = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an inbox is checked against: the channels that there are, and the council's country ("" = unknown)."""

    channels: Mapping[str, Channel]
    country: str


def _name(written: str) -> str:
    written = written.strip()
    if not written:
        raise ValueError("must not be empty")
    if len(written) > LONGEST_NAME or not written.isprintable():
        raise ValueError(f"must be one line of at most {LONGEST_NAME} characters")
    return written


def _slug(written: str) -> str:
    if len(written) > LONGEST_SLUG or not _SLUG.fullmatch(written):
        raise ValueError(
            f"must be lower-case letters, digits and single hyphens, such as council-tax; at most {LONGEST_SLUG}"
        )
    return written


def email_address(written: str) -> str:
    """An e-mail address in lower case. Raises ValueError."""
    written = written.strip().lower()
    if len(written) > 254 or not _EMAIL.fullmatch(written):
        raise ValueError("must be an e-mail address, such as help@anytown.example")
    return written


def known_country(written: str) -> str:
    """Raises ValueError."""
    if written not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("must be a country in two capital letters (ISO 3166), such as GB")
    return written


def _timezone(written: str) -> str:
    try:
        return ZoneInfo(written).key
    except (KeyError, ValueError, OSError):  # unknown, not a relative path, a folder of zones
        raise ValueError("must be a time zone such as Europe/London") from None


def _language(written: str) -> str:
    if not _LANGUAGE.fullmatch(written):
        raise ValueError("must be a language tag such as en or cy")
    return written


def _hours(written: dict[str, Any]) -> dict[str, Any]:
    Hours.parse(written)
    return written


def _days(written: object) -> int:
    found = _DAYS.fullmatch(written.strip()) if isinstance(written, str) else None
    days = int(found[1]) if found else written
    if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= LONGEST_CONTINUITY:
        raise ValueError(f'must be a number of days, such as 14 or "14d"; at most {LONGEST_CONTINUITY}')
    return days


def _rate(written: object) -> float:
    """pydantic alone would take true and "1" for 1."""
    if isinstance(written, bool) or not isinstance(written, int | float):
        raise ValueError("must be a number of messages a second; 0 for as many as there are")
    return float(written)


def _acknowledgements(written: object) -> dict[str, str]:
    """By language; a text alone is for everybody (""), an empty one for nobody."""
    texts = {"": written} if isinstance(written, str) else written
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise ValueError("must be a text, or a table of texts by language")
    for language, text in texts.items():
        if language and not _LANGUAGE.fullmatch(language):
            raise ValueError(f'"{language}" is no language tag such as en or cy')
        if language and not text.strip():
            raise ValueError(f"{language} must not be empty")
        _check_acknowledgement(text)
    return {language: text.strip() for language, text in texts.items() if text.strip()}


def _check_acknowledgement(text: str) -> None:
    if len(text.strip()) > LONGEST_ACKNOWLEDGEMENT:
        raise ValueError(f"longer than {LONGEST_ACKNOWLEDGEMENT} characters")
    for name in _PLACEHOLDER.findall(text):
        if name not in ("reference", "council"):
            raise ValueError(f"there is no {{{name}}}; there are {{reference}} and {{council}}")


def address_of(scheme: str, written: str, country: str) -> str:
    """An inbox's address as it is stored: E.164, or a mailbox in lower case. Raises ValueError."""
    if scheme == "mailto":
        return email_address(written)
    if scheme == "tel":
        number = e164(written, country or "ZZ")
        if number is None and (country or written.startswith("+")):
            raise ValueError("must be a telephone number, such as +441632960100")
        return number or written
    return _name(written)


def _own_phone(written: str) -> str:
    number = e164(written, "ZZ") if written else ""
    if number is None:
        raise ValueError("must be a telephone number with its country code, such as +441632960123")
    return number


Name = Annotated[StrictStr, AfterValidator(_name)]
Slug = Annotated[StrictStr, AfterValidator(_slug)]
Email = Annotated[StrictStr, AfterValidator(email_address)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class CouncilTable(_Table):
    name: Name
    country: Annotated[StrictStr, AfterValidator(known_country)] = "GB"
    timezone: Annotated[StrictStr, AfterValidator(_timezone)] = "Europe/London"
    languages: tuple[Annotated[StrictStr, AfterValidator(_language)], ...] = ("en",)
    sees_restricted: tuple[Role, ...] = (Role.ADMIN, Role.AUDITOR)  # every restricted case
    subdivision: StrictStr = ""  # ISO 3166-2 without its country
    holidays_until: YearDay = ""


class DepartmentTable(_Table):
    slug: Slug
    name: Name


class QueueTable(_Table):
    slug: Slug
    department: StrictStr
    name: Name
    hours: Annotated[dict[str, Any], AfterValidator(_hours)] = Field(default_factory=dict)
    record_calls: StrictBool = False  # conversations with agents, after a notice
    forget_after: ForgetAfter = 0  # days after closing, 0 = never
    first_response: StrictStr = ""  # working time, "" = no target
    resolution: StrictStr = ""
    next_response: StrictStr = ""
    holidays: StrictStr = ""  # a subdivision, "*", "none"; "" = the council's
    assignment: Assigning = "pull"
    accept_within: StrictStr = ""  # working time
    overflow: OverflowTable | None = None
    skills: Skills = ()

    @field_validator("first_response", "resolution", "next_response", "accept_within")
    @classmethod
    def _duration(cls, written: str, known: ValidationInfo) -> str:
        if written:
            parse_duration(written, Hours.parse(known.data.get("hours")))
        return written.strip()

    @field_validator("overflow")
    @classmethod
    def _overflow(cls, written: OverflowTable | None, known: ValidationInfo) -> OverflowTable | None:
        if written is not None and written.after:
            parse_duration(written.after, Hours.parse(known.data.get("hours")))
        return written


class InboxTable(_Table):
    """Validated with `Surroundings` as context, and with its channel's DEFAULTS filled in."""

    channel: StrictStr
    name: Slug
    address: StrictStr | None = None
    queue: StrictStr
    config: dict[str, Any] = Field(default_factory=dict, repr=False)  # `env:NAME` as written
    acknowledge: Annotated[dict[str, str], BeforeValidator(_acknowledgements)] = Field(default_factory=dict)
    acknowledge_daily: Annotated[StrictInt, Field(ge=1, le=MOST_ACKNOWLEDGEMENTS)] = 5  # a sender
    continuity: Annotated[int, BeforeValidator(_days)] = 0  # days
    quiet: Annotated[dict[str, Any], AfterValidator(_hours)] = Field(default_factory=dict)  # automatic messages wait
    failover: StrictStr = ""  # "sms/other": sends what this one's provider refuses
    failover_after: Annotated[StrictInt, Field(ge=1, le=LONGEST_FAILOVER)] = 10  # minutes
    rate: Annotated[float, BeforeValidator(_rate), Field(ge=0, le=FASTEST_RATE, allow_inf_nan=False)] = 1.0

    @field_validator("channel")
    @classmethod
    def _known_channel(cls, written: str, known: ValidationInfo) -> str:
        channels = _around(known).channels
        if written not in channels:
            raise ValueError(f"there is no such channel; there are {', '.join(sorted(channels))}")
        return written

    @field_validator("address")
    @classmethod
    def _address_of_channel(cls, written: str | None, known: ValidationInfo) -> str | None:
        if not written or "channel" not in known.data:
            return None
        around = _around(known)
        return address_of(around.channels[known.data["channel"]].scheme, written, around.country)


def _around(known: ValidationInfo) -> Surroundings:
    assert isinstance(known.context, Surroundings)
    return known.context


class AgentTable(_Table):
    email: Email
    name: Name
    role: Role = Role.AGENT
    queues: tuple[StrictStr, ...] = ()
    skills: Skills = ()
    languages: Languages = ()
    capacity: Capacity = Field(default_factory=dict)
    phone: Annotated[StrictStr, AfterValidator(_own_phone)] = ""  # at which they take calls; "" = as they set it


@dataclass(frozen=True, slots=True, kw_only=True)
class CouncilFile:
    """A whole file in which everything fits together. `rules` are as written, in order."""

    council: CouncilTable
    departments: tuple[DepartmentTable, ...] = ()
    queues: tuple[QueueTable, ...] = ()
    inboxes: tuple[InboxTable, ...] = ()
    rules: tuple[dict[str, Any], ...] = ()
    beside: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)  # the tables that rules are read with
    agents: tuple[AgentTable, ...] = ()
    holidays: tuple[HolidayTable, ...] = ()
    types: tuple[TypeTable, ...] = ()
    templates: tuple[TemplateTable, ...] = ()
    escalations: tuple[dict[str, Any], ...] = ()  # as written, in order
    doubts: tuple[Problem, ...] = ()  # what is allowed and looks wrong: for people to read
