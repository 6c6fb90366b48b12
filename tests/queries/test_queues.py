"""Queues with their counts, contacts with their cases."""

from datetime import UTC, datetime

import pytest
from sqlmodel import Session, col, update

from hub.actions.casework.cases import claim, resolve
from hub.errors import NotFound
from hub.models import Council, Queue
from hub.queries.case_page import case_page
from hub.queries.contacts import CASES_SHOWN, contact_view
from hub.queries.queues import queue_views
from tests.queries.town import Town

MONDAY_NOON = datetime(2026, 6, 1, 11, tzinfo=UTC)  # 12:00 in London


async def test_a_queue_counts_what_stands_open_in_it(town: Town) -> None:
    ann = town.agent_ids["ann@anytown.example"]
    oldest = await town.case("missed bin", "+447700900001")
    held = await town.case("missed bin", "+447700900002")
    done = await town.case("missed bin", "+447700900003")
    await town.db.write(claim, held, ann)
    await town.db.write(resolve, done, ann, "collected")

    views = {view.slug: view for view in await town.db.read(queue_views, MONDAY_NOON)}

    assert list(views) == ["triage", "waste", "highways"]
    assert (views["waste"].open_cases, views["waste"].unassigned) == (2, 1)
    assert views["waste"].oldest_opened_at == (await town.db.read(case_page, oldest)).case.opened_at
    assert (views["triage"].open_cases, views["triage"].unassigned, views["triage"].oldest_opened_at) == (0, 0, None)
    assert (views["waste"].department, views["waste"].department_name) == ("environment", "Environment")


@pytest.mark.parametrize(
    ("zone", "is_open"),
    [("Europe/London", True), ("America/New_York", False)],
)
async def test_a_queue_is_open_by_the_council_s_own_clock(town: Town, zone: str, is_open: bool) -> None:
    await town.db.write(keep_hours, zone)

    views = {view.slug: view.is_open for view in await town.db.read(queue_views, MONDAY_NOON)}

    assert views == {"triage": is_open, "waste": True, "highways": True}


async def test_a_contact_is_shown_with_their_latest_cases(town: Town) -> None:
    ids = [
        await town.case("hello", "cat@home.example", channel="email", sender_name="Cat") for _ in range(CASES_SHOWN + 1)
    ]
    contact = (await town.db.read(case_page, ids[0])).case.contact

    page = await town.db.read(contact_view, contact.id)

    assert (page.contact.name, [a.value for a in page.contact.addresses]) == ("Cat", ["cat@home.example"])
    assert [case.id for case in page.cases] == ids[:0:-1]


@pytest.mark.parametrize("missing", [-1, 0, 7, 2**70])
async def test_no_such_contact_is_not_found(town: Town, missing: int) -> None:
    with pytest.raises(NotFound):
        await town.db.read(contact_view, missing)


def keep_hours(session: Session, zone: str) -> None:
    session.exec(update(Council).values(timezone=zone))
    session.exec(update(Queue).where(col(Queue.slug) == "triage").values(hours={"mon-fri": "09:00-17:00"}))
