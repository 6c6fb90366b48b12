"""After its time a closed case is forgotten: nothing that a citizen said, sent or was called is anywhere any more."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel, select

from channels.contract import Address, File
from hub.actions.casework import cases, flags
from hub.actions.casework.merging import merge
from hub.actions.files.uploads import drop_old_uploads, keep_upload
from hub.actions.intake.arrivals import StoredFile
from hub.actions.retention.cases import forget_now
from hub.actions.time.case_types import set_type
from hub.errors import Conflict
from hub.models import Address as AddressRow
from hub.models import (
    Attachment,
    AttachmentState,
    Call,
    Callback,
    Case,
    CaseStatus,
    Consent,
    Contact,
    DroppedContent,
    Message,
    Original,
    Queue,
    Receipt,
    Restriction,
    Unreadable,
    Upload,
)
from hub.models.base import utcnow
from hub.queries.case_page import case_page
from hub.queries.cases import CaseFilter, list_cases
from hub.reference import case_id_of
from hub.web.console.case.timeline import sentence_of
from hub.worker.retention import forget_by_night
from tests.cases.anytown import Town

NIGHT = utcnow().replace(hour=3, minute=0) + timedelta(days=1)
WORDS = "gooseberry"
NUMBER = "+447700900739"
PHOTO = File(filename=f"{WORDS}.jpg", media_type="image/jpeg", content=b"a picture of a bin " * 9000)


async def closed(town: Town, receipt: Any, days: float = 61) -> int:
    """Its case's id, once it was closed so many days ago."""
    case = await town.case(receipt)
    await town.send_all()
    await town.act(cases.resolve, receipt, "ann", f"told {WORDS}")
    await town.change(Case, case.id, status=CaseStatus.CLOSED, closed_at=NIGHT - timedelta(days=days))
    return case.id


async def is_forgotten(town: Town, case_id: int) -> bool:
    return (await town.one(Case, id=case_id)).forgotten_at is not None


def everything(session: Session) -> str:
    """Every value of every row of every table, and of the full-text index."""
    rows = [
        str(tuple(row)) for table in SQLModel.metadata.sorted_tables for row in session.execute(sa.select(table)).all()
    ]
    return "\n".join(rows)


def files(town: Town) -> list[Path]:
    return [path for path in town.hub.settings.files_dir.rglob("*") if path.is_file()]


async def a_full_life(town: Town) -> int:
    """A case with words, files, notes, answers, flags and a look at all of them."""
    receipt = await town.mail(
        f"missed bin {WORDS}",
        f"{WORDS}@example.org",
        sender_name=WORDS,
        subject=f"About {WORDS}",
        html=f"<p>{WORDS}</p>",
        files=(PHOTO,),
        raw=f"From: {WORDS}".encode(),
    )
    await town.act(cases.claim, receipt, "ann")
    await town.act(cases.note, receipt, "ann", f"a note on {WORDS}")
    await town.act(flags.flag_citizen, receipt, "ann", WORDS)
    await town.act(cases.transfer, receipt, "ann", "triage", f"because {WORDS}")
    await town.act(cases.transfer, receipt, "ann", "waste", f"because of {WORDS}")
    await town.send_all()
    return await closed(town, receipt)


async def test_nothing_is_left_of_a_citizen_after_the_time(town: Town) -> None:
    case_id = await a_full_life(town)
    texted = await closed(town, await town.say(f"missed bin {WORDS}", NUMBER))
    assert WORDS in await town.db.read(everything)
    assert len(files(town)) == 1
    before = await town.kinds(case_id)

    await forget_by_night(town.hub, NIGHT)
    await forget_by_night(town.hub, NIGHT + timedelta(hours=2))

    left = await town.db.read(everything)
    assert WORDS not in left
    assert NUMBER not in left
    assert files(town) == []
    assert await is_forgotten(town, case_id)
    assert await is_forgotten(town, texted)
    assert await town.kinds(case_id) == [*before, "forgotten"]
    for gone in (AddressRow, Attachment, Original, Receipt, DroppedContent):
        assert await town.rows(gone) == [], gone


async def test_what_stays_says_what_was_done_and_by_whom(town: Town) -> None:
    case_id = await a_full_life(town)
    await forget_by_night(town.hub, NIGHT)

    page = await town.db.read(case_page, case_id)

    assert (page.case.subject, page.case.contact.name, page.case.contact.addresses) == ("", "", ())
    assert (page.case.queue, page.case.rule, page.case.agent) == ("waste", "Missed bin", "ann@anytown.example")
    assert all(message.text == "" for message in page.messages)
    assert {event.agent for event in page.events if event.kind == "transferred"} == {"ann@anytown.example"}
    assert {event.detail["queue"] for event in page.events if event.kind == "transferred"} == {"triage", "waste"}
    assert [event.detail for event in page.events if event.kind == "forgotten"] == [{"after_days": 60}]


async def test_search_finds_nothing_of_it(town: Town) -> None:
    case_id = await a_full_life(town)

    def found(session: Session) -> list[int]:
        return [case.id for case in list_cases(session, CaseFilter(q=WORDS)).items]

    assert await town.db.read(found) == [case_id]
    await forget_by_night(town.hub, NIGHT)
    assert await town.db.read(found) == []


async def test_the_database_file_itself_holds_none_of_the_words(town: Town) -> None:
    if not town.db.is_sqlite:
        return  # autovacuum's matter
    await a_full_life(town)
    await town.say("missed bin elsewhere", "+447700900001")
    await forget_by_night(town.hub, NIGHT)
    path = Path(town.hub.settings.url.removeprefix("sqlite:///"))
    await town.db.close()  # the log is written back
    assert WORDS.encode() not in path.read_bytes()


async def test_only_by_night(town: Town) -> None:
    case_id = await a_full_life(town)
    await forget_by_night(town.hub, NIGHT.replace(hour=12))
    assert not await is_forgotten(town, case_id)


@pytest.mark.parametrize(
    ("text", "days", "type_", "gone"),
    [
        ("missed bin", 61, None, True),
        ("missed bin", 59, None, False),
        ("danger on the road", 9999, None, False),
        ("missed bin", 61, "question", True),  # says nothing of its own
        ("missed bin", 61, "complaint", False),
        ("missed bin", 366, "complaint", True),
        ("danger on the road", 366, "complaint", True),
    ],
)
async def test_the_queue_says_for_how_long_and_the_type_before_it(
    town: Town, text: str, days: int, type_: str | None, gone: bool
) -> None:
    receipt = await town.say(text)
    if type_:
        await town.act(set_type, receipt, "ann", type_)
    case_id = await closed(town, receipt, days)
    await forget_by_night(town.hub, NIGHT)
    assert await is_forgotten(town, case_id) is gone


def to_be_called(session: Session, case_id: int) -> None:
    case = session.get_one(Case, case_id)
    session.add(Callback(id=77, case_id=case_id, inbox_id=case.inbox_id, queue_id=case.queue_id, uri=f"tel:{NUMBER}"))


def to_be_fetched(session: Session, case_id: int) -> None:
    [message_id, *_] = session.exec(select(Message.id).where(Message.case_id == case_id)).all()
    session.add(Attachment(id=78, message_id=message_id, filename="f", media_type="a/b", state=AttachmentState.PENDING))


async def test_what_is_open_restricted_held_or_on_its_way_is_kept(town: Town) -> None:
    numbers = [f"+44770090010{number}" for number in range(7)]
    receipts = [await town.say("missed bin", number) for number in numbers]
    open_, restricted, flagged, sending, fetching, called, gone = [await closed(town, receipt) for receipt in receipts]
    await town.change(Case, open_, status=CaseStatus.RESOLVED)
    await town.db.write(lambda session: session.add(Restriction(case_id=restricted, why="danger")))
    await town.act(flags.flag_citizen, receipts[2], "ann", "keep")
    [out, *_] = [row for row in await town.rows(Message, case_id=sending) if row.automatic]
    await town.change(Message, out.id, status="queued")
    await town.db.write(to_be_fetched, fetching)
    await town.db.write(to_be_called, called)
    await forget_by_night(town.hub, NIGHT)
    for kept in (open_, restricted, flagged, sending, fetching, called):
        assert not await is_forgotten(town, kept)
    assert await is_forgotten(town, gone)
    await town.act(flags.unflag_citizen, receipts[2], "ann", "keep")
    await forget_by_night(town.hub, NIGHT)
    assert await is_forgotten(town, flagged)


async def test_cases_that_can_not_be_forgotten_keep_no_other_from_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.worker.retention.MOST", 1)

    def in_the_way(session: Session, case_id: int) -> None:
        """Its call can't be renamed to what another one is named."""
        inbox_id = session.get_one(Case, case_id).inbox_id
        session.add(Call(id=93, inbox_id=inbox_id, sid="1", case_id=case_id))
        session.add(Call(id=94, inbox_id=inbox_id, sid="forgotten-93"))

    first = await closed(town, await town.say("missed bin", "+447700900101"), days=63)
    second = await closed(town, await town.say("missed bin", "+447700900102"), days=62)
    await town.db.write(in_the_way, first)
    await forget_by_night(town.hub, NIGHT)
    assert [await is_forgotten(town, each) for each in (first, second)] == [False, True]


async def test_a_citizen_is_known_while_one_case_tells_of_them(town: Town) -> None:
    old = await closed(town, await town.say("missed bin"))
    new = await town.say("danger on the road")
    assert (await town.case(new)).id != old
    await forget_by_night(town.hub, NIGHT)
    assert await is_forgotten(town, old)
    case = await town.case(new)
    assert [row.contact_id for row in await town.rows(AddressRow)] == [case.contact_id]
    assert (await town.one(Case, id=old)).contact_id != case.contact_id


async def test_no_other_case_leads_to_it(town: Town) -> None:
    first = await closed(town, await town.say("missed bin"))
    second = await town.say("danger on the road")
    later = (await town.case(second)).id
    assert (await town.case(second)).follow_up_of == first
    await forget_by_night(town.hub, NIGHT)
    assert (await town.one(Case, id=later)).follow_up_of is None


async def test_who_said_stop_is_not_written_to_again(town: Town) -> None:
    await town.say("missed bin", NUMBER)
    await town.say("STOP", NUMBER, keyword="stop")
    await town.send_all()
    waste = (await town.one(Queue, slug="waste")).id
    for case in await town.rows(Case):
        old = NIGHT - timedelta(days=99)
        await town.change(Case, case.id, status=CaseStatus.CLOSED, closed_at=old, queue_id=waste)
    await forget_by_night(town.hub, NIGHT)
    assert await town.rows(Case, forgotten_at=None) == []
    row = await town.one(AddressRow, uri=f"tel:{NUMBER}")
    assert row.opted_out_at is not None
    assert {(each.said, each.message_id) for each in await town.rows(Consent)} == {("", None)}
    assert (await town.one(Contact, id=row.contact_id)).name == ""


async def test_who_writes_again_is_somebody_new(town: Town) -> None:
    old = await closed(town, await town.mail("missed bin", "jo@example.org", message_id="first@example.org"))
    token = await town.one(Case, id=old)
    await forget_by_night(town.hub, NIGHT)
    again = await town.mail("missed bin again", "jo@example.org", references=("first@example.org",))
    case = await town.case(again)
    assert (case.id != old, case.follow_up_of) == (True, None)
    assert again.reference != token.reference


async def test_a_forgotten_case_takes_nothing_more(town: Town) -> None:
    receipt = await town.say("missed bin")
    case_id = await closed(town, receipt)
    await forget_by_night(town.hub, NIGHT)
    for verb, arguments in ((cases.reopen, ()), (cases.note, ("x",)), (flags.flag_citizen, ("x",))):
        with pytest.raises(Conflict, match="forgotten"):
            await town.act(verb, receipt, "ann", *arguments)
    assert (await town.kinds(case_id))[-1] == "forgotten"


async def test_what_is_part_of_another_case_is_forgotten_after_it(town: Town) -> None:
    one, other = await town.say("missed bin"), await town.mail(f"missed bin {WORDS}")
    await town.act(merge, one, "ann", other.reference)
    part, whole = (await town.case(one)).id, (await town.case(other)).id
    await town.change(Case, part, closed_at=NIGHT - timedelta(days=61))
    await forget_by_night(town.hub, NIGHT)
    assert not await is_forgotten(town, part)
    await closed(town, other)
    await forget_by_night(town.hub, NIGHT)
    assert await is_forgotten(town, whole)
    assert await is_forgotten(town, part)


async def test_a_content_that_somebody_else_sent_too_stays(town: Town) -> None:
    await closed(town, await town.mail("missed bin", "a@example.org", files=(PHOTO,)))
    await town.mail("missed bin", "b@example.org", files=(PHOTO,))
    for hours in (0, 2):
        await forget_by_night(town.hub, NIGHT + timedelta(hours=hours))
    assert len(files(town)) == 1
    assert await town.rows(DroppedContent) == []


async def test_a_content_that_is_stored_again_meanwhile_stays(town: Town) -> None:
    await closed(town, await town.mail("missed bin", "a@example.org", files=(PHOTO,)))
    await forget_by_night(town.hub, NIGHT)
    [path] = files(town)
    later = (NIGHT + timedelta(hours=2)).timestamp()
    os.utime(path, (later, later))  # as storing does; its row isn't written yet
    await forget_by_night(town.hub, NIGHT + timedelta(hours=2))
    assert files(town) == [path]


async def test_files_that_nobody_sent_are_deleted_too(town: Town) -> None:
    content = b"never sent"
    sha256 = town.hub.files.store(content)
    file = StoredFile(filename="x", media_type="text/plain", size=len(content), sha256=sha256)
    await town.db.write(keep_upload, town.agents["ann"], None, file)
    await town.db.write(drop_old_uploads, utcnow() + timedelta(days=1))
    assert await town.rows(Upload) == []
    await forget_by_night(town.hub, NIGHT + timedelta(hours=2))
    assert files(town) == []


async def test_what_became_part_of_no_case_goes_as_well(town: Town) -> None:
    def fill(session: Session, inbox_id: int) -> None:
        old = NIGHT - timedelta(days=61)
        session.add(Unreadable(id=91, inbox_id=inbox_id, raw=WORDS.encode(), at=old, settled_at=old))
        session.add(Unreadable(id=92, inbox_id=inbox_id, raw=b"not looked at", at=old))
        session.add(Call(id=93, inbox_id=inbox_id, sid=WORDS, uri=f"tel:{NUMBER}", ended_at=old))

    inbox = next(entry for entry in town.hub.directory.inboxes.values() if entry.port.name == "waste")
    await town.db.write(fill, inbox.id)
    await forget_by_night(town.hub, NIGHT)
    assert [row.id for row in await town.rows(Unreadable)] == [92]
    call = await town.one(Call, id=93)
    assert (call.uri, call.sid) == ("", "forgotten-93")


async def test_at_a_citizens_wish_at_once(town: Town) -> None:
    receipt = await town.say("danger on the road")
    now = datetime.now(UTC)
    with pytest.raises(Conflict, match="is open"):
        await town.db.write(forget_now, [receipt.reference], now)
    case_id = await closed(town, receipt, 0)
    await town.act(flags.flag_citizen, receipt, "ann", "keep")
    await town.send_all()
    with pytest.raises(Conflict, match="bears the flag keep"):
        await town.db.write(forget_now, [receipt.reference], now)
    await town.act(flags.unflag_citizen, receipt, "ann", "keep")
    await town.db.write(forget_now, [receipt.reference], now)
    assert await is_forgotten(town, case_id)
    assert await town.rows(Contact, name="", id=(await town.one(Case, id=case_id)).contact_id) != []
    assert str(Address("tel", NUMBER)) not in await town.db.read(everything)


async def test_the_page_of_a_forgotten_case_says_so_and_offers_nothing(town: Town) -> None:
    receipt = await town.say("missed bin")
    await closed(town, receipt)
    await forget_by_night(town.hub, NIGHT)

    def read(session: Session) -> list[str]:
        page = case_page(session, case_id_of(receipt.reference) or 0)
        return [sentence_of(event, {"waste": "Waste"}, "GB") for event in page.events]

    assert (await town.db.read(read))[-1].endswith("deleted 60 days after it was closed, as the council file says")
