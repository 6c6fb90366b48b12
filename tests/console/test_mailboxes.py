"""How looking into mailboxes goes: kept in the database, one process at a time, and shown where it can be mended."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from hub.actions.council.people import create_token
from hub.actions.council.watching import hold_watch, release_watch, report_watch, set_bookmark
from hub.errors import Unavailable
from hub.models import Inbox, Unreadable
from hub.queries.watching import bookmark, watch_counts
from tests.console.people import Council, council_at_work


def _looked_into(session: Session) -> list[int]:
    """The mail inboxes' ids, each with a mailbox from now on."""
    inboxes = session.exec(select(Inbox).where(Inbox.channel == "email").order_by(col(Inbox.name))).all()
    for inbox in inboxes:
        inbox.config = {**inbox.config, "imap_host": "imap.example"}
    return [inbox.id or 0 for inbox in inboxes]


async def mailboxes(council: Council) -> list[int]:
    return await council.db.write(_looked_into)


async def test_one_process_looks_after_a_mailbox_until_it_lets_go_or_dies(council: Council) -> None:
    [number, *_] = await mailboxes(council)

    async def may(holder: str, seconds: float = 60, *, alone: bool = False) -> bool:
        return await council.db.write(hold_watch, number, holder, seconds, alone=alone)

    assert [await may("a"), await may("b"), await may("a")] == [True, False, True]
    await council.db.write(release_watch, number, "b")
    assert not await may("b")
    await council.db.write(release_watch, number, "a")
    assert await may("b", -1)
    assert await may("a")  # b's time is over
    assert await may("c", alone=True)  # on SQLite whoever held it is dead


async def test_a_bookmark_is_kept_by_place(council: Council) -> None:
    [number, *_] = await mailboxes(council)

    assert await council.db.read(bookmark, number, "INBOX") == {}
    for uid in (5, 9):
        await council.db.write(set_bookmark, number, "INBOX", {"uid": uid})
    await council.db.write(set_bookmark, number, "Other", {"uid": 1})

    assert await council.db.read(bookmark, number, "INBOX") == {"uid": 9}


@pytest.fixture
async def here(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Council]:
    """For what no database does differently."""
    async with council_at_work(sqlite_url, tmp_path) as council:
        yield council


async def test_trouble_is_shown_with_its_beginning_until_it_is_over(here: Council) -> None:
    council = here
    [number, *_] = await mailboxes(council)
    lea = await council.person("lea")
    token = await council.db.write(create_token, "lea@anytown.example")
    assert "No inbox of the council file has an imap_host" in await lea.see("/mailboxes")

    await council.db.write(report_watch, number, "")
    well = await lea.see("/mailboxes")
    await council.db.write(report_watch, number, "imap.example doesn't answer")
    [first] = await told(council, token)
    await council.db.write(report_watch, number, "imap.example doesn't let <hub> sign in")
    [second] = await told(council, token)
    ill = await lea.see("/mailboxes")

    assert "In trouble" not in well
    assert "In trouble since" in ill
    assert "sign in" in ill
    assert "&lt;hub&gt;" in ill
    assert "1 in trouble" in await lea.see("/desk")
    assert second["trouble_since"] == first["trouble_since"] is not None
    assert second["checked_at"] is not None
    health = (await lea.http.get("/health")).json()["mailboxes"]
    assert health == {"watched": 1, "in_trouble": [second["inbox"]]}

    await council.db.write(report_watch, number, "")
    assert (await lea.http.get("/health")).json()["mailboxes"] == {"watched": 1, "in_trouble": []}


async def told(council: Council, token: str) -> list[dict[str, Any]]:
    """What a program hears."""
    visitor = await council.visitor()
    answer = await visitor.http.get("/api/v1/mailboxes", headers={"Authorization": f"Bearer {token}"})
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_caseworker_isnt_bothered_with_it(here: Council) -> None:
    await mailboxes(here)
    ann = await here.person("ann")

    await ann.see("/mailboxes")

    assert ann.status == 403
    assert "/mailboxes" not in await ann.see("/desk")
    assert await here.db.read(watch_counts) == (0, ())


async def test_a_disk_that_is_full_is_told(served: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    def leave_no_room(session: Session) -> None:
        session.connection().exec_driver_sql("PRAGMA max_page_count = 1")

    def fill(session: Session) -> None:
        session.add(Unreadable(id=1, inbox_id=1, raw=bytes(10_000_000)))
        session.flush()

    lea = await served.visitor()
    assert (await lea.http.get("/health")).status_code == 200
    await served.hub.db.write(leave_no_room)
    with pytest.raises(Unavailable):
        await served.hub.db.write(fill)
    told = await lea.http.get("/health")
    assert (told.status_code, told.json()) == (503, {"status": "unavailable", "database": "takes nothing"})
    monkeypatch.setattr("hub.db.database._BELIEVED_SECONDS", 0.0)
    assert (await lea.http.get("/health")).status_code == 200
