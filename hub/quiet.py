"""An inbox's quiet hours: when its automatic messages wait."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from hub.directory import InboxEntry
from routing.time.calendars import Hours

_WEEK = timedelta(days=8)


def ends_at(quiet: Hours, local: datetime) -> datetime | None:
    """When the quiet hours around this moment (in the council's zone) end; None outside of them.

    Hours that never end hold for a week at a time.
    """
    end = local
    while quiet.is_open(end) and end - local < _WEEK:
        end = _end_of_span(quiet, end)
    return end if end > local else None


def quiet_until(inboxes: Iterable[InboxEntry], local: datetime) -> dict[int, datetime]:
    """By inbox id: when the quiet hours end of those that are in theirs at this moment (in the council's zone)."""
    found = ((entry.id, ends_at(entry.quiet, local)) for entry in inboxes if entry.quiet is not None)
    return {inbox_id: end for inbox_id, end in found if end is not None}


def _end_of_span(quiet: Hours, local: datetime) -> datetime:
    """The first moment that is not in the span of hours around this one; a span ends at midnight at the latest."""
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    ends = (midnight + timedelta(minutes=end) for _, end in quiet.spans_on(local.date()))
    return min(end for end in ends if end > local)
