"""What programs send and get about what became part of no case."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from hub.web.api.sent import Given


class UnreadablesWanted(Given):
    """The parameters of the list of unreadables."""

    before: Annotated[int | None, Field(description="The `next` of the page before.", ge=1, lt=2**63)] = None


class NewSettlement(Given):
    """What shall be done with something that became part of no case."""

    how: Annotated[
        Literal["again", "case", "put_away"],
        Field(description="again: read anew; case: the same, and it is a citizen's; put_away: off the list, but kept."),
    ]


class Unreadable(TypedDict):
    """Something that arrived and became part of no case."""

    id: int
    channel: str
    inbox: str
    why: str
    media_type: str
    size: Annotated[int, Field(description="Bytes.")]
    at: datetime


class Unreadables(TypedDict):
    items: list[Unreadable]
    next: Annotated[int | None, Field(description="Give it as `before` to get older ones.")]


class Settled(TypedDict):
    reference: Annotated[str | None, Field(description="Of the case that it became part of; null: of none.")]
