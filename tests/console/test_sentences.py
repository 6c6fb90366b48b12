"""What the record of a case says between its messages."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hub.queries.views import EventView
from hub.web.console.case.clocks import changed_nothing
from hub.web.console.case.timeline import sentence_of

QUEUES = {"waste": "Waste and recycling", "triage": "Triage"}
LATE = {"key": "1", "name": "Over time", "of": "First answer", "due_at": "2026-03-02T12:00:00+00:00"}


def event(kind: str, **detail: Any) -> EventView:
    return EventView(
        seq=1, kind=kind, at=datetime(2026, 3, 2, tzinfo=UTC), agent="", agent_name="", message_id=None, detail=detail
    )


@pytest.mark.parametrize(
    ("happened", "said"),
    [
        (
            event("alarm_called", told=["a@b.example", "+447700900913"], unreachable=["+353861234567"]),
            "Called a@b.example, 07700 900913; no inbox reaches +353 86 123 4567",
        ),
        (event("notified", rule="Gas", told=["+447700900913"]), "Told 07700 900913, as the rule “Gas” says"),
        (event("escalated", **LATE, told=1), "Escalated, “Over time” (First answer): 1 person told"),
        (
            event("escalated", **LATE, priority="high", queue="waste", before="triage", told=2),
            "Escalated, “Over time” (First answer): raised to high, moved to Waste and recycling, 2 people told",
        ),
        (
            event("escalated", **LATE, not_moved="waste", not_assigned="jo@b.example"),
            "Escalated, “Over time” (First answer): it stays in its queue, since it is restricted, "
            "jo@b.example could not take it",
        ),
        (
            event("overflowed", before="triage", queue="waste", why="nobody took it for an hour"),
            "Went over from Triage to Waste and recycling: nobody took it for an hour",
        ),
    ],
)
def test_the_record_names_queues_and_numbers_as_people_do(happened: EventView, said: str) -> None:
    assert sentence_of(happened, QUEUES, "GB") == said
    assert not changed_nothing(happened)


def test_an_escalation_that_changed_nothing_is_no_news() -> None:
    assert changed_nothing(event("escalated", **LATE))
