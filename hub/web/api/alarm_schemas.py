"""What programs ask and get about alarms; as hub.web.api.schemas."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict  # as in hub.web.api.schemas

from hub.web.api.sent import Given, Line


class AlarmsWanted(Given):
    """The parameters of the record of alarms."""

    state: Annotated[
        Literal["waiting", "acknowledged", "false", "by-hand"] | None,
        Field(
            description="waiting: nobody has acknowledged it. by-hand: an agent raised it, whatever became of it. "
            "Without it: all."
        ),
    ] = None
    danger: Annotated[Line | None, Field(description="Name of a danger of the council file.")] = None
    case: Annotated[Line | None, Field(description="Reference: the alarms of this case alone.")] = None
    after: Annotated[int | None, Field(description="The `next` of the page before.", ge=1, lt=2**63)] = None


class Alarm(TypedDict):
    """A message that spoke of danger, or an agent who says so, and what came of it."""

    id: int
    case: Annotated[str, Field(description="Reference. `acknowledge-alarm` and `false-alarm` are verbs of the case.")]
    danger: Annotated[str, Field(description="Its name in the council file.")]
    queue: Annotated[str, Field(description="Slug of the queue where the case stands now.")]
    state: Literal["waiting", "acknowledged", "false"]
    raised_at: datetime
    raised_by: Annotated[str | None, Field(description="E-mail address: who raised it by hand; null: it was heard.")]
    reason: Annotated[str | None, Field(description="Why they did.")]
    calls: Annotated[int, Field(description="How many steps have called people so far.")]
    acknowledged_at: datetime | None
    agent: Annotated[str | None, Field(description="E-mail address: who deals with it, or said that it is false.")]
    false_at: datetime | None
    note: Annotated[str | None, Field(description="Why it is false.")]


class Alarms(TypedDict):
    """The newest first, of the cases that you may see."""

    items: list[Alarm]
    next: Annotated[int | None, Field(description="Give it as `after` to get older ones.")]
