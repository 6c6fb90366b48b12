"""What became part of no case: leaders try it again, make it a case, or put it away."""

from typing import Any

import pytest
from sqlmodel import Session, SQLModel, select

from hub.actions.intake.updates import keep_unreadable
from hub.models import Case, Message, Unreadable
from tests.console.forms import actions, words
from tests.console.people import Council, Person

AWAY = (
    b"From: jo@example.org\r\nAuto-Submitted: auto-replied\r\nSubject: Away\r\n\r\n"
    b"The hedge at number 4 blocks the path."
)


async def kept(council: Council, raw: bytes = AWAY, channel: str = "email") -> int:
    """Its id."""
    inbox = next(entry for key, entry in council.town.directory.inbox_by_name.items() if key[0] == channel)
    await council.db.write(keep_unreadable, inbox.id, raw, "message/rfc822", "It couldn't be read.")
    return max(int(each.id) for each in await rows(council, Unreadable))


async def rows(council: Council, model: type[SQLModel]) -> list[Any]:
    return await council.db.read(_rows, model)


def _rows(session: Session, model: type[SQLModel]) -> list[Any]:
    return list(session.exec(select(model)))


@pytest.fixture
async def lea(council: Council) -> Person:
    return await council.person("lea")


async def test_a_mail_is_made_a_case_by_somebody_who_has_read_it(council: Council, lea: Person) -> None:
    number = await kept(council)
    await lea.see("/unreadable")

    html = await lea.send(f"/unreadable/{number}/case")

    assert "It is part of this case now." in html
    assert "The hedge at number 4 blocks the path." in html
    [message] = [each for each in await rows(council, Message) if each.direction == "in"]
    assert message.automatic
    [settled] = await rows(council, Unreadable)
    [case] = await rows(council, Case)
    assert (settled.became, settled.settled_by is not None) == (case.reference, True)
    assert "Everything that arrived could be read." in await lea.see("/unreadable")
    assert settled.raw == AWAY


async def test_what_is_tried_again_and_still_belongs_nowhere_stays_on_the_list_once(
    council: Council, lea: Person
) -> None:
    number = await kept(council)
    await lea.see("/unreadable")

    for _ in range(2):
        html = await lea.send(f"/unreadable/{number}/again")
        assert "It was tried again, and still belongs to no case." in html
        [still] = await rows(council, Unreadable)
        number = still.id

    assert "A machine&#39;s answer that belongs to no case" in html
    assert await rows(council, Case) == []


async def test_what_can_be_read_now_becomes_a_case(council: Council, lea: Person) -> None:
    number = await kept(council, AWAY.replace(b"Auto-Submitted: auto-replied\r\n", b""))
    await lea.see("/unreadable")

    assert "It is part of this case now." in await lea.send(f"/unreadable/{number}/again")


async def test_it_is_put_away_and_kept(council: Council, lea: Person) -> None:
    number = await kept(council)
    await lea.see("/unreadable")
    form = lea.form(f"/unreadable/{number}/put-away")

    assert "It is put away." in await lea.send(f"/unreadable/{number}/put-away")
    assert "Everything that arrived could be read." in words(await lea.see("/unreadable"))

    again = await lea.post(form, f"/unreadable/{number}/put-away")
    assert (again.status_code, "Somebody has settled this already." in again.text) == (409, True)
    await lea.see(f"/unreadable/{number}")
    assert lea.page is not None
    assert lea.page.content == AWAY


async def test_what_is_no_mail_can_only_be_put_away(council: Council, lea: Person) -> None:
    number = await kept(council, b"?", "sms")

    html = await lea.see("/unreadable")

    assert [each for each in actions(html) if "unreadable" in each] == [f"/unreadable/{number}/put-away"]


async def test_an_auditor_sees_it_and_changes_nothing(council: Council) -> None:
    await kept(council)
    aud = await council.person("aud")

    html = await aud.see("/unreadable")

    assert "It couldn&#39;t be read." in html
    assert "\N{REPLACEMENT CHARACTER}" not in html  # of lines that end as mail's do
    assert [each for each in actions(html) if "unreadable" in each] == []
