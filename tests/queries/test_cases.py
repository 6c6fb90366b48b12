"""Lists of cases: filters, search, order and cursors; and the page of one case."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, update

from channels.contract import RemoteFile
from hub.actions.casework.cases import claim, note, resolve, transfer
from hub.actions.intake.arrivals import StoredFile
from hub.actions.sending.reply import reply
from hub.errors import Invalid, NotFound
from hub.models import Case
from hub.queries.case_page import attachment, case_page
from hub.queries.cases import CaseFilter, case_id_for, list_cases
from hub.reference import reference_of, spoken
from tests.queries.town import Town

NOON = datetime(2026, 6, 1, 11, tzinfo=UTC)


async def ids(town: Town, **wanted: Any) -> list[int]:
    listing = await town.db.read(list_cases, CaseFilter(**wanted))
    return [case.id for case in listing.items]


@pytest.fixture
async def filed(town: Town) -> dict[str, int]:
    """Four cases: a bin, a hole held by Bob, a mail that is resolved, and a chat."""
    filed = {
        "bin": await town.case("My missed bin, Elm Road", "+447700900001"),
        "hole": await town.case("Danger: gas in a hole", "+447700900002"),
        "mail": await town.case("Où est le café?", "Zoë@home.example".lower(), channel="email", subject="Lamp o'clock"),
        "chat": await town.case("hello there", "ab12", channel="webchat"),
    }
    await town.db.write(claim, filed["hole"], town.agent_ids["bob@anytown.example"])
    await town.db.write(resolve, filed["mail"], town.agent_ids["ann@anytown.example"], "lamp mended")
    return filed


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["chat", "mail", "hole", "bin"]),
    ({"queue": "waste"}, ["bin"]),
    ({"queue": "triage"}, ["chat", "mail"]),
    ({"queue": "triage", "open_only": True}, ["chat"]),
    ({"status": "resolved"}, ["mail"]),
    ({"status": "new", "queue": "waste"}, ["bin"]),
    ({"channel": "sms"}, ["hole", "bin"]),
    ({"agent": "bob@anytown.example"}, ["hole"]),
    ({"agent": " BOB@anytown.example"}, ["hole"]),
    ({"agent": "ann@anytown.example"}, []),
    ({"agent": "none"}, ["chat", "mail", "bin"]),
    ({"queue_ids": frozenset()}, []),
    ({"q": "elm"}, ["bin"]),
    ({"q": "ELM missed"}, ["bin"]),
    ({"q": "elm gas"}, []),
    ({"q": "café"}, ["mail"]),
    ({"q": "lamp"}, ["mail"]),
    ({"q": "o'clock"}, ["mail"]),
    ({"q": 'c++ "(* NOT'}, []),
    ({"q": "!?"}, []),
    ({"q": "elm\x00"}, ["bin"]),
    ({"q": "07700 900001"}, ["bin"]),
    ({"q": "+44 7700 900-002"}, ["hole"]),
    ({"q": "+447700900009"}, []),
    ({"q": "ZOË@home.example"}, ["mail"]),
    ({"q": "gas", "queue": "highways"}, ["hole"]),
    ({"q": "gas", "queue": "waste"}, []),
    ({"q": "9" * 40}, []),
]


async def test_a_list_shows_what_was_asked_for(town: Town, filed: dict[str, int]) -> None:
    names = {case_id: name for name, case_id in filed.items()}

    shown = [(wanted, [names[case_id] for case_id in await ids(town, **wanted)]) for wanted, _ in FILTERS]

    assert shown == FILTERS


async def test_a_reference_is_found_in_any_spelling(town: Town, filed: dict[str, int]) -> None:
    reference = reference_of(filed["hole"])

    for spelling in (reference, spoken(reference), f" {reference[:4]}-{reference[4:]}"):
        assert await ids(town, q=spelling) == [filed["hole"]]
        assert case_id_for(spelling) == filed["hole"]


async def test_what_stands_in_many_messages_is_found_as_well(town: Town) -> None:
    lamp = await town.case("the lamp in Elm Road", "+447700900001")
    bins = await town.case("my bin", "+447700900002")
    await asyncio.gather(*(town.say(f"bin number {n}", "+447700900002") for n in range(501)))
    other = await town.case("a bin by the lamp", "+447700900003")

    assert await ids(town, q="bin") == [other, bins]
    assert await ids(town, q="bin", limit=1) == [other]
    assert await ids(town, q="lamp") == [other, lamp]


async def test_several_queues_make_one_list(town: Town, filed: dict[str, int]) -> None:
    of_environment = frozenset(town.directory.queue_by_slug[slug].id for slug in ("waste", "highways"))

    assert await ids(town, queue_ids=of_environment) == [filed["hole"], filed["bin"]]


async def test_a_contact_s_list_holds_their_cases_alone(town: Town, filed: dict[str, int]) -> None:
    contact = (await town.db.read(case_page, filed["bin"])).case.contact

    assert await ids(town, contact_id=contact.id) == [filed["bin"]]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"queue": "moon"}, "queue"),
    ({"status": "shut"}, "status"),
    ({"agent": "nobody@nowhere.example"}, "agent"),
    ({"limit": 0}, "limit"),
    ({"limit": 201}, "limit"),
    ({"after": "soon"}, "after"),
    ({"after": "-1"}, "after"),
    ({"after": "9" * 19}, "after"),
    ({"after": "²"}, "after"),
    ({"after": "7", "sort": "urgent"}, "after"),
    ({"after": "0_2026-06-01_7", "sort": "urgent"}, "after"),
]


async def test_what_can_not_be_listed_is_named(town: Town) -> None:
    for wanted, field in REFUSED:
        with pytest.raises(Invalid) as refused:
            await ids(town, **wanted)
        assert list(refused.value.fields) == [field], wanted


async def test_pages_follow_each_other_while_cases_arrive(town: Town) -> None:
    made = [await town.case("hello", f"+44770090010{n}") for n in range(5)]
    first = await town.db.read(list_cases, CaseFilter(limit=2))
    await town.case("hello", "+447700900200")
    second = await town.db.read(list_cases, CaseFilter(limit=2, after=first.next))
    third = await town.db.read(list_cases, CaseFilter(limit=2, after=second.next))

    pages = [[case.id for case in page.items] for page in (first, second, third)]
    assert pages == [[made[4], made[3]], [made[2], made[1]], [made[0]]]
    assert third.next is None


async def test_a_full_last_page_has_no_next(town: Town) -> None:
    await town.case("hello", "+447700900101")
    await town.case("hello", "+447700900102")

    assert (await town.db.read(list_cases, CaseFilter(limit=2))).next is None


URGENCY = [(-3, None), (-3, None), (-2, 1), (-2, 2), (-2, 2), (-2, None), (-1, 0), (-1, None), (-1, None)]


async def test_the_most_urgent_come_first_and_what_has_no_target_last(town: Town) -> None:
    """Made in the reverse order, so that neither ids nor arrival give it away; equal ones are oldest first."""
    made = [await town.case("hello", f"+4477009001{n:02}") for n in range(len(URGENCY))]
    expected = []
    for case_id, (rank, hours) in zip(reversed(made), URGENCY, strict=True):
        await town.db.write(set_urgency, case_id, rank, None if hours is None else NOON + timedelta(hours=hours))
        expected.append(((rank, 99 if hours is None else hours), case_id))

    for limit in (1, 2, 4, 9):
        assert await all_pages(town, limit) == [case_id for _, case_id in sorted(expected)]


async def all_pages(town: Town, limit: int) -> list[int]:
    """Every case by urgency, read page after page."""
    shown: list[int] = []
    after = None
    for _ in URGENCY:
        page = await town.db.read(list_cases, CaseFilter(sort="urgent", limit=limit, after=after))
        shown += [case.id for case in page.items]
        after = page.next
        if after is None:
            break
    return shown


async def test_the_page_of_a_case_holds_all_that_happened(town: Town) -> None:
    photo = StoredFile(filename="bin.jpg", media_type="image/jpeg", size=7, sha256="ab" * 32)
    original = StoredFile(filename="original.txt", media_type="text/plain", size=9, sha256="cd" * 32, disposition="raw")
    recording = RemoteFile(ref="https://provider.example/1", filename="call.wav", media_type="audio/wav")
    case_id = await town.case("My missed bin", files=(photo, original), remote_files=(recording,), problems=("odd",))
    ann = town.agent_ids["ann@anytown.example"]
    await town.db.write(claim, case_id, ann)
    await town.db.write(note, case_id, ann, "the whole road was missed")
    await town.db.write(reply, case_id, ann, "We come tomorrow.", mail_domain="hub.anytown.example")
    await town.db.write(transfer, case_id, ann, "highways", "the road is shut")

    page = await town.db.read(case_page, case_id)

    said, noted, answered = page.messages
    assert [m.direction for m in page.messages] == ["in", "note", "out"]
    assert (said.sender, said.recipient, said.text) == ("+447700900123", "+441632960100", "My missed bin")
    assert (said.author, said.problems) == ("", ("odd",))
    assert [(a.filename, a.state, a.disposition) for a in said.attachments] == [
        ("bin.jpg", "stored", "attachment"),
        ("original.txt", "stored", "raw"),
        ("call.wav", "pending", "attachment"),
    ]
    assert (noted.author, noted.author_name, noted.attachments) == ("ann@anytown.example", "Ann Ash", ())
    assert (answered.sender, answered.recipient, answered.status) == ("+441632960100", "+447700900123", "queued")
    assert [event.kind for event in page.events] == ["opened", "claimed", "noted", "replied", "transferred"]
    assert [event.agent_name for event in page.events] == ["", *["Ann Ash"] * 4]
    assert page.events[-1].detail == {"queue": "highways", "before": "waste", "reason": "the road is shut"}
    assert (page.case.queue, page.case.department, page.case.agent) == ("highways", "environment", "")
    assert page.case.seq == page.events[-1].seq
    assert [(a.uri, a.verification) for a in page.case.contact.addresses] == [("tel:+447700900123", "delivered")]
    assert await town.db.read(attachment, said.attachments[0].id) == said.attachments[0]


async def test_a_withheld_sender_has_no_address(town: Town) -> None:
    page = await town.db.read(case_page, await town.case("hello", None))

    assert (page.case.contact.addresses, page.messages[0].sender) == ((), "")


@pytest.mark.parametrize("missing", [1, 2**62])
async def test_a_page_of_no_case_is_not_found(town: Town, missing: int) -> None:
    with pytest.raises(NotFound):
        await town.db.read(case_page, missing)


@pytest.mark.parametrize("reference", ["", "1", "48210930", "moon", "9" * 40, "0" * 30])
def test_what_is_no_reference_is_not_found(reference: str) -> None:
    with pytest.raises(NotFound):
        case_id_for(reference)


async def test_no_such_attachment_is_not_found(town: Town) -> None:
    for missing in (0, -1, 5, 2**80):
        with pytest.raises(NotFound):
            await town.db.read(attachment, missing)


def set_urgency(session: Session, case_id: int, rank: int, due_at: datetime | None) -> None:
    session.exec(update(Case).where(col(Case.id) == case_id).values(priority_rank=rank, due_at=due_at))
