"""A restricted case is seen by its queue's members, its holder and the named roles; by nobody else, on no way."""

from typing import Any

import pytest
from sqlmodel import Session

from hub.actions.casework.cases import assign
from hub.errors import NotFound
from hub.models import Contact
from hub.models.base import utcnow
from hub.queries.cases import CaseFilter, list_cases
from hub.queries.contacts import contact_view
from hub.queries.people import agent_view
from hub.queries.restrictions import require_named, require_visible, require_visible_attachment
from hub.reference import case_id_of
from hub.web.console.live import _sees
from hub.web.console.reading import cases_of, whole_case
from tests.cases.anytown import Town

DANGER = "I will kill myself"


async def seen(town: Town, who: str, **wanted: Any) -> list[str]:
    """References on a list as this agent sees it."""

    def look(session: Session) -> list[str]:
        agent = agent_view(session, town.agents[who])
        return [case.reference for case in list_cases(session, CaseFilter(viewer=agent, **wanted)).items]

    return await town.db.read(look)


@pytest.mark.parametrize(("who", "sees"), [("cat", True), ("adm", True), ("aud", True), ("ann", False), ("lea", False)])
async def test_lists_search_pages_and_contacts_show_it_to_few(town: Town, who: str, sees: bool) -> None:
    receipt = await town.say(DANGER)
    case_id = case_id_of(receipt.reference) or 0
    assert (await seen(town, who) == [receipt.reference]) is sees
    assert (await seen(town, who, q="kill") == [receipt.reference]) is sees
    assert (await seen(town, who, q=receipt.reference) == [receipt.reference]) is sees

    def look(session: Session) -> tuple[int, int]:
        agent = agent_view(session, town.agents[who])
        listed = cases_of(session, agent, utcnow(), CaseFilter(queue="care")).listing.items
        contact = contact_view(session, 1 if not listed else listed[0].contact.id, agent) if listed else None
        return len(listed), len(contact.cases) if contact else 0

    assert await town.db.read(look) == ((1, 1) if sees else (0, 0))

    def open_it(session: Session) -> str:
        agent = agent_view(session, town.agents[who])
        require_visible(session, agent, case_id)
        return whole_case(session, agent, utcnow(), case_id).page.case.reference

    if sees:
        assert await town.db.read(open_it) == receipt.reference
    else:
        with pytest.raises(NotFound, match=r"There is no such case\."):
            await town.db.read(open_it)


async def test_whoever_is_given_it_sees_it(town: Town) -> None:
    receipt = await town.say(DANGER)
    assert await seen(town, "lea") == []
    await town.act(assign, receipt, "cat", "lea@anytown.example")
    assert await seen(town, "lea") == [receipt.reference]


async def test_the_live_tail_tells_only_those_who_see_it(town: Town) -> None:
    with town.hub.live.subscribe() as events:
        receipt = await town.say(DANGER)
        event = await anext(events)
    assert (event.case_id, event.is_restricted) == (case_id_of(receipt.reference), True)

    def views(session: Session) -> dict[str, bool]:
        return {who: _sees(agent_view(session, town.agents[who]), event) for who in ("cat", "adm", "ann", "lea")}

    assert await town.db.read(views) == {"cat": True, "adm": True, "ann": False, "lea": False}


async def test_a_file_of_it_is_as_restricted(town: Town) -> None:
    from channels.contract import File

    await town.mail(DANGER, files=(File(filename="note.txt", media_type="text/plain", content=b"x"),))
    from hub.models import Attachment

    files = await town.rows(Attachment)

    def fetch(session: Session, who: str) -> None:
        require_visible_attachment(session, agent_view(session, town.agents[who]), files[0].id)

    await town.db.read(fetch, "cat")
    with pytest.raises(NotFound):
        await town.db.read(fetch, "ann")


async def test_somebody_known_by_it_alone_is_known_to_few(town: Town) -> None:
    await town.say("a missed bin", "+447700900320")
    await town.say(DANGER, "+447700900320")
    await town.say(DANGER, "+447700900321")
    both, alone = await town.rows(Contact)

    def look(session: Session, who: str, contact: Contact) -> None:
        require_named(session, agent_view(session, town.agents[who]), "/api/v1/contacts/1", "", str(contact.id))

    await town.db.read(look, "cat", alone)
    await town.db.read(look, "ann", both)
    with pytest.raises(NotFound, match=r"There is no such contact\."):
        await town.db.read(look, "ann", alone)


async def test_a_case_that_it_was_set_apart_from_leads_there_only_whoever_sees_it(town: Town) -> None:
    bins = await town.say("a missed bin")
    care = await town.say(DANGER)

    def links(session: Session, who: str, reference: str) -> list[tuple[str, str]]:
        page = whole_case(session, agent_view(session, town.agents[who]), utcnow(), case_id_of(reference) or 0).page
        return [(link.kind, link.subject) for link in page.links]

    assert await town.db.read(links, "ann", bins.reference) == []
    assert await town.db.read(links, "adm", bins.reference) == [("followed_by", DANGER)]
    assert await town.db.read(links, "adm", care.reference) == [("follows", "a missed bin")]
