"""Duplicates, poison, what no database takes: nothing is stored twice, nothing is lost, nobody hurts a neighbour."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from channels import contract
from channels.contract import File, MessageUpdate, Refused, RemoteFile, Unreadable
from hub.actions.intake.early_words import show_unclaimed
from hub.arriving import SMALL_ORIGINAL
from hub.files.contents import content_of
from hub.models import Address, Attachment, Case, Message
from hub.models import Unreadable as UnreadableRow
from hub.models.base import utcnow
from tests.cases.anytown import Town, mailed, said


def noise(length: int) -> str:
    """Letters that no database can compress."""
    return Random(7).randbytes(length // 2).hex()


def many_words(length: int) -> str:
    """A text without a word twice."""
    return " ".join(f"{number:x}" for number in range(length // 6))[:length]


# --- duplicates ------------------------------------------------------------------------------------------------


async def test_a_second_one_changes_nothing_and_is_answered_with_the_first(town: Town) -> None:
    first = await town.say("My missed bin", external_id="SM1")
    second = await town.say("My missed bin", external_id="SM1")
    assert (first.duplicate, second.duplicate) == (False, True)
    assert (second.reference, second.message_id) == (first.reference, first.message_id)
    assert await town.kinds((await town.case(first)).id) == ["opened", "acknowledged"]


async def test_twice_in_one_batch_is_stored_once(town: Town) -> None:
    message = said("My missed bin")
    first, second = await town.receive(message, message)
    assert (first.duplicate, second.duplicate) == (False, True)
    assert first.message_id == second.message_id
    assert len(await town.rows(Message, direction="in")) == 1


async def test_of_two_with_one_id_the_first_is_the_message(town: Town) -> None:
    await town.receive(said("first", external_id="SM1"), said("second", external_id="SM1"))
    assert (await town.one(Message, direction="in")).text == "first"


async def test_twice_at_the_same_time_is_stored_once(town: Town) -> None:
    message = said("My missed bin")
    receipts = await asyncio.gather(*(town.desk.receive([message]) for _ in range(10)))
    assert sorted(receipt.duplicate for [receipt] in receipts) == [False] + [True] * 9
    assert len(await town.rows(Message, direction="in")) == 1


async def test_the_same_id_in_two_inboxes_is_two_messages(town: Town) -> None:
    await town.receive(said("one", external_id="SM1"), said("two", external_id="SM1", inbox="brief"))
    assert len(await town.rows(Message, direction="in")) == 2


async def test_an_unknown_inbox_is_refused_and_stores_nothing(town: Town) -> None:
    with pytest.raises(Refused) as refused:
        await town.receive(said("good"), said("bad", inbox="elsewhere"))
    assert refused.value.status == 404
    assert await town.rows(Message) == []


# --- odd characters --------------------------------------------------------------------------------------------


async def test_what_no_database_takes_is_marked_and_noted(town: Town) -> None:
    for odd in ("NUL \x00 here", "half \ud83d a smile", "\udcff"):
        for name in ("text", "subject", "html", "sender_name", "language", "automatic", "external_id"):
            [receipt] = await town.receive(said(**{"text": "Hello", name: odd}))
            message = await town.one(Message, id=receipt.message_id)
            assert any("characters" in problem for problem in message.problems), (name, odd)
            originals = await town.rows(Attachment, message_id=message.id)
            size = len(odd.encode("utf-8", "surrogatepass"))
            assert [file.size for file in originals] == [size] * (name == "text"), (name, odd)
    assert await town.rows(UnreadableRow) == []


async def test_odd_characters_in_lists_and_files_are_marked(town: Town) -> None:
    for odd in ("NUL \x00 here", "half \ud83d a smile"):
        remote = RemoteFile(ref=f"https://provider.example/{odd}", filename=odd, media_type=odd)
        file = File(filename=odd, media_type=odd, content=b"x", content_id=odd)
        [receipt] = await town.receive(
            said("Hello", menu=(odd,), problems=(odd,), references=(odd,), remote_files=(remote,), files=(file,))
        )
        assert receipt.reference, odd
        assert len(await town.rows(Attachment, message_id=receipt.message_id)) == 2, odd


async def test_odd_characters_in_an_update_are_marked(town: Town) -> None:
    first = await town.say("", channel="voice", external_id="CA1")
    update = MessageUpdate(channel="voice", inbox="main", external_id="CA1", transcript="my \x00 bin \ud83d")
    await town.receive(update)
    assert "bin" in (await town.one(Message, id=first.message_id)).transcript


# --- too much --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [noise(1_000_000), many_words(1_000_000)], ids=["one word", "many words"])
async def test_a_text_of_a_million_letters_becomes_a_case(town: Town, text: str) -> None:
    receipt = await town.mail(text)
    assert (await town.one(Message, id=receipt.message_id)).text == text


async def test_a_mail_with_an_endless_message_id_becomes_a_case_and_is_threaded(town: Town) -> None:
    endless = noise(5_000)
    first = await town.mail("Hello", message_id=endless)
    again = await town.mail("More", references=(endless,))
    assert first.reference
    assert again.reference == first.reference


async def test_a_sender_that_can_be_nobody_still_becomes_a_case(town: Town) -> None:
    for value in ("", noise(5_000) + "@example.org"):
        receipt = await town.mail("Hello", sender=value)
        assert receipt.reference
        assert await town.rows(Address) == []
        assert (await town.one(Message, id=receipt.message_id)).problems


async def test_a_clock_gone_wild_is_not_believed(town: Town) -> None:
    for year in (1, 200, 9999):
        receipt = await town.mail("Hello", at=datetime(year, 1, 1, tzinfo=UTC))
        assert (await town.one(Message, id=receipt.message_id)).at.year == datetime.now(UTC).year, year


# --- poison ----------------------------------------------------------------------------------------------------


def poison() -> contract.InboundMessage:
    """A message that nobody can store: its time has no zone, which is a programming error of its channel."""
    return said("Poison of Jo", "+447700900666", at=datetime(2026, 1, 1))


async def test_poison_in_a_batch_hurts_no_other_and_is_kept_raw(town: Town) -> None:
    good, bad, fine = await town.receive(said("good"), poison(), said("fine", "+447700900124"))
    assert good.reference
    assert fine.reference
    assert bad.reference == ""
    kept = await town.one(UnreadableRow)
    assert b"Poison of Jo" in kept.raw
    assert b"+447700900666" in kept.raw


async def test_poison_that_waits_with_others_hurts_none_of_them(town: Town) -> None:
    batches = await asyncio.gather(
        *(town.desk.receive([said(f"good {n}", f"+4477009001{n:02}")]) for n in range(20)),
        town.desk.receive([poison()]),
        *(town.desk.receive([said(f"fine {n}", f"+4477009002{n:02}")]) for n in range(20)),
    )
    assert sum(bool(receipt.reference) for [receipt] in batches) == 40
    assert len(await town.rows(UnreadableRow)) == 1


async def test_a_poisonous_mail_keeps_its_original_as_it_came(town: Town) -> None:
    await town.receive(mailed("Hello", at=datetime(2026, 1, 1), raw=b"From: jo@example.org\r\n\r\nHello"))
    kept = await town.one(UnreadableRow)
    assert (kept.raw, kept.media_type) == (b"From: jo@example.org\r\n\r\nHello", "message/rfc822")


# --- what nobody could read ------------------------------------------------------------------------------------


async def test_what_a_citizen_wrote_and_nobody_can_read_becomes_a_case_that_says_so(town: Town) -> None:
    raw = b"\xff\xfe broken"
    event = Unreadable(channel="email", inbox="help", raw=raw, why="it has no headers", from_citizen=True)
    [receipt] = await town.receive(event)
    case = await town.case(receipt)
    told = (await town.one(Message)).text
    assert told == "Something arrived that couldn't be read: it has no headers. The original is attached."
    assert "couldn't be read" in case.subject
    assert await town.kinds(case.id) == ["opened"]  # nobody to acknowledge to
    assert (await town.one(Attachment)).disposition == "raw"


async def test_other_unreadable_things_are_kept_raw_and_make_no_case(town: Town) -> None:
    [receipt] = await town.receive(Unreadable(channel="sms", inbox="main", raw=b"a=b", why="No MessageSid."))
    assert receipt.reference == ""
    assert (await town.one(UnreadableRow)).raw == b"a=b"
    assert await town.rows(Case) == []


async def test_an_unreadable_thing_that_comes_again_is_kept_once(town: Town) -> None:
    """As when the answer didn't reach the mail server, or a mailbox's bookmark was lost."""
    event = Unreadable(channel="email", inbox="help", raw=b"no mail", why="No sender.")
    again = [(await town.receive(event))[0].duplicate for _ in range(2)]
    at_once = await asyncio.gather(*(town.receive(event) for _ in range(5)))
    assert again == [False, True]
    assert all(receipt.duplicate for [receipt] in at_once)
    assert len(await town.rows(UnreadableRow)) == 1


async def test_an_update_whose_message_never_came_is_kept_with_all_its_words(town: Town) -> None:
    update = MessageUpdate(channel="voice", inbox="main", external_id="CA9", transcript="my bin", text="hello")
    await town.receive(update)
    assert await town.rows(UnreadableRow) == []  # its message may still come
    await town.db.write(show_unclaimed, utcnow() + timedelta(hours=2))
    kept = (await town.one(UnreadableRow)).raw
    assert b"my bin" in kept
    assert b"CA9" in kept


# --- files -----------------------------------------------------------------------------------------------------


async def test_files_that_cannot_be_written_make_the_sender_try_again(town: Town, tmp_path: Path) -> None:
    (tmp_path / "files").write_bytes(b"in the way")
    message = mailed("Hello", files=(File(filename="a.txt", media_type="text/plain", content=b"a"),))
    with pytest.raises(contract.Unavailable):
        await town.receive(message)
    assert await town.rows(Message) == []
    (tmp_path / "files").unlink()
    assert (await town.receive(message))[0].reference


async def test_the_same_content_is_stored_once(town: Town, tmp_path: Path) -> None:
    file = File(filename="a.txt", media_type="text/plain", content=b"the same")
    await town.mail("one", files=(file, file))
    await town.mail("two", files=(file,))
    assert len({row.sha256 for row in await town.rows(Attachment)}) == 1
    [stored] = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert stored.read_bytes() == b"the same"


async def test_a_small_original_is_kept_in_the_database_and_a_large_one_as_a_file(town: Town, tmp_path: Path) -> None:
    originals = [bytes(range(256)), b"\x00" * SMALL_ORIGINAL, b"x" * (SMALL_ORIGINAL + 1)]
    for raw in originals:
        await town.receive(mailed("Hello", raw=raw))
    kept = await town.rows(Attachment)
    assert [await content_of(town.hub, file.id, file.sha256) for file in kept] == originals
    assert [file.sha256 for file in kept] == [hashlib.sha256(raw).hexdigest() for raw in originals]
    [stored] = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert stored.read_bytes() == originals[-1]
