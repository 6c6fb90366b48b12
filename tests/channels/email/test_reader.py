"""The second process that helps while many mails come at once; what kills it ends as a mail that is kept."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from channels.email.understanding.aside import CROWD, Aside
from channels.email.understanding.mail import Mail
from channels.email.understanding.parsing import understand
from channels.email.understanding.reader import Reader

MORTAL = "tests.channels.email.mortal_reader"
PHOTO = (
    b'\r\nContent-Type: image/png; name="a.png"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + b"iVBORw0KGgo=" * 5000
)


def mail(words: bytes, number: int = 0) -> bytes:
    return b"From: Jane <jane@citizen.example>\r\nMessage-ID: <%d@x>\r\nSubject: Bin\r\n\r\n%s" % (number, words)


@asynccontextmanager
async def up(**changed: float) -> AsyncIterator[Reader]:
    """A reader whose process is ready."""
    reader = Reader(MORTAL, **changed)
    try:
        async with asyncio.timeout(30):
            while not reader.has_time():
                await asyncio.sleep(0.01)
        yield reader
    finally:
        await reader.close()


async def test_the_reader_says_what_is_said_without_it_and_in_order() -> None:
    raws = [mail(b"word", number) for number in range(8)]
    raws[4] = b"From: a@b.example\r\nMIME-Version: 1.0\r\n" + PHOTO

    async with up() as reader:
        read = await asyncio.gather(*map(reader.understood, raws))

    assert read == [understand(raw) for raw in raws]


async def test_a_mail_that_kills_the_reader_is_one_that_could_not_be_understood(tmp_path: Path) -> None:
    once = b"killed once: " + os.fsencode(tmp_path / "seen")

    async with up() as reader:
        bomb, slain, harmless = await asyncio.gather(*map(reader.understood, map(mail, (b"bomb", once, b"word"))))

    assert bomb is not None
    assert bomb.sender is None
    assert "the original is kept" in bomb.problems[0]
    assert [each and each.subject for each in (slain, harmless)] == ["Bin", "Bin"]


async def test_a_mail_that_takes_for_ever_is_given_up() -> None:
    async with up(mail_seconds=0.1) as reader:
        endless, next_one = await asyncio.gather(*map(reader.understood, (mail(b"endless"), mail(b"word"))))

    assert endless is not None
    assert endless.problems
    assert next_one is not None
    assert next_one.subject == "Bin"


async def test_a_reader_with_nothing_to_do_ends_and_another_begins_when_it_is_needed() -> None:
    async with up(idle_seconds=0.0) as reader:
        ended = reader._process.ended if reader._process else None
        assert ended is not None
        await asyncio.wait_for(asyncio.shield(ended), 10)

        assert not reader.has_time()  # it begins anew


async def test_without_a_reader_mails_are_understood_all_the_same() -> None:
    """It can't be started: that is tried once."""
    reader = Reader("tests.channels.email.no_such_module")
    aside = Aside(reader)
    assert not reader.has_time()
    while reader._process is not None:
        await asyncio.sleep(0.01)

    read = await _crowd(aside, [mail(b"word", number) for number in range(2 * CROWD)])

    assert [each.subject for each in read] == ["Bin"] * 2 * CROWD
    assert reader._process is None


@pytest.mark.parametrize(("together", "apart"), [(CROWD - 1, 0), (CROWD, CROWD)])
async def test_only_a_crowd_goes_to_the_reader(together: int, apart: int) -> None:
    taken: list[bytes] = []

    class Counting(Reader):
        def has_time(self) -> bool:
            return True

        async def understood(self, raw: bytes) -> Mail | None:
            taken.append(raw)
            return understand(raw)

    await _crowd(Aside(Counting()), [mail(b"word")] * together)

    assert len(taken) == apart


async def _crowd(aside: Aside, raws: list[bytes]) -> list[Mail]:
    """All of them on their way before the first is understood."""
    here = asyncio.Barrier(len(raws))

    async def one(raw: bytes) -> Mail:
        with aside.on_its_way():
            await here.wait()
            read = await aside.understood(raw)
            await here.wait()
            return read

    return list(await asyncio.gather(*map(one, raws)))
