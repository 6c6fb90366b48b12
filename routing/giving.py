"""Who is given a case, of those who are here and may take it. Pure: people in, the one out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Way = Literal["round-robin", "least-loaded", "longest-idle"]

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    agent_id: int
    load: int  # cases in hand
    given_at: datetime | None  # when a case was last given to them
    idle_since: datetime


def chosen(
    way: Way, candidates: Sequence[Candidate], known: Collection[int] = (), refused: Collection[int] = ()
) -> tuple[Candidate, bool] | None:
    """The one, and whether it is because they know the citizen; None when there is nobody.

    `known`: ids of agents who have dealt with this citizen, the latest first; `refused`: who let this case lie, and is
    only asked again when there is nobody else.
    """
    willing = [each for each in candidates if each.agent_id not in refused] or list(candidates)
    for agent_id in known:
        for each in willing:
            if each.agent_id == agent_id and agent_id not in refused:
                return each, True
    if not willing:
        return None
    return min(willing, key=lambda each: (*_order(way, each), each.agent_id)), False


def _order(way: Way, each: Candidate) -> tuple[object, ...]:
    last = each.given_at or _NEVER
    if way == "least-loaded":
        return each.load, last
    if way == "longest-idle":  # whose hands are full were given something since: the longest ago is next
        return each.load > 0, max(each.idle_since, last)
    return (last,)
