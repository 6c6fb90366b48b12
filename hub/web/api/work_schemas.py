"""What programs send and get about clocks, presence, notices and the next case; as hub.web.api.schemas."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict  # as in hub.web.api.schemas

from hub.models.words import PresenceState
from hub.web.api.schemas import Case
from hub.web.api.sent import Change, Given, Line, Text, Whole

# --- sent ------------------------------------------------------------------------------------------------------


class NewType(Change):
    type: Annotated[Line, Field(description="Slug of a type of the council file.")]
    received_on: Annotated[
        str | None,
        Field(
            description="ISO date from which the clocks count. Without it: the day the case was opened, or today for a "
            "further stage.",
            pattern=r"^\d{4}-\d\d-\d\d$",
        ),
    ] = None


class ClockChange(Change):
    clock: Annotated[Line, Field(description="Name of one of the case's clocks.")]


class NewPause(ClockChange):
    reason: Annotated[Line, Field(description="One of the clock's `pauses`.")]


class NewExtension(ClockChange):
    reason: Annotated[Text, Field(description="What the citizen is told.")]
    by: Annotated[Whole | None, Field(description="In the clock's own units; without it the longest.", ge=1)] = None


class NewPresence(Given):
    """Whether you are there to be given cases."""

    state: Annotated[Literal["here", "break", "away"], Field(description="Of yourself.")]
    reason: Annotated[Line, Field(description="Of a break, such as lunch.")] = ""


class NextWanted(Given):
    """Of one queue, or of all that you work in."""

    queue: Annotated[Line | None, Field(description="Slug.")] = None


class NoticesSeen(Given):
    """Your notices, as read."""

    up_to: Annotated[Whole | None, Field(description="Id of the latest one that you saw; without it all.", ge=1)] = None


class NextCase(TypedDict):
    """The case that is yours now, or why there is none."""

    case: Case | None
    why: str | None


class PresenceOfAgent(TypedDict):
    agent: Annotated[str, Field(description="E-mail address.")]
    name: str
    state: PresenceState
    reason: str | None
    since: datetime | None


class Presences(TypedDict):
    items: list[PresenceOfAgent]


class TypeOfCase(TypedDict):
    slug: str
    name: str
    clocks: Annotated[list[str], Field(description="In words.")]


class Types(TypedDict):
    items: list[TypeOfCase]


class Notice(TypedDict):
    """A word to you about a case."""

    id: int
    case: Annotated[str, Field(description="Reference.")]
    text: str
    at: datetime
    seen: bool


class Notices(TypedDict):
    """The latest first."""

    items: list[Notice]
    unseen: int
