"""The LMTP port, spoken to by smtplib and by a bare socket (RFC 2033)."""

import asyncio
import smtplib
from collections.abc import Sequence

from channels.contract import Event, Receipt, Unavailable
from channels.waiting import MailDoors
from tests.channels.desk import FakeDesk
from tests.channels.email.mail_server import HELP, RAW, WASTE, codes, listening, say

DOORS = MailDoors(lmtp=("127.0.0.1", 0))
BOTH = (b"RCPT TO:<help@anytown.example>", b"RCPT TO:<waste@anytown.example>")


class HalfADesk(FakeDesk):
    """Nothing can be stored for one of the inboxes."""

    async def receive(self, events: Sequence[Event]) -> list[Receipt]:
        if any(event.inbox == "waste" for event in events):
            raise Unavailable("its queue is locked")
        return await super().receive(events)


async def test_a_mail_server_delivers_by_lmtp() -> None:
    desk = FakeDesk([HELP], mail_doors=DOORS)

    def conversation() -> object:
        with smtplib.LMTP("127.0.0.1", port, local_hostname="c.example") as client:
            return client.sendmail("j@x.example", ["help@anytown.example"], RAW)

    async with listening(desk) as port:
        assert await asyncio.to_thread(conversation) == {}

    assert [event.inbox for event in desk.events] == ["help"]


async def test_each_recipient_gets_an_answer_of_their_own() -> None:
    desk = HalfADesk([HELP, WASTE], mail_doors=DOORS)
    begin = b"\r\n".join([b"LHLO c.example", b"MAIL FROM:<j@x.example>", *BOTH, b"RCPT TO:<nobody@anytown.example>"])
    async with listening(desk) as port:
        answers = await say(port, b"NOOP", begin, b"NOOP", b"NOOP", b"NOOP", b"NOOP")
        answers += await say(
            port, b"LHLO c.example", b"MAIL FROM:<j@x.example>", *reversed(BOTH), b"DATA", RAW + b".", b""
        )

    assert codes(answers)[:7] == ["220", "250", "250", "250", "250", "250", "550"]
    assert codes(answers)[7:] == ["220", "250", "250", "250", "250", "354", "451", "250"]
    assert [event.inbox for event in desk.events] == ["help"]


async def test_a_refused_mail_is_refused_for_each_recipient() -> None:
    desk = FakeDesk([HELP, WASTE], mail_doors=DOORS, max_mail_bytes=20_000)
    large = RAW + b"x" * 30_000 + b"\r\n."
    async with listening(desk) as port:
        answers = await say(port, b"LHLO c.example", b"MAIL FROM:<j@x.example>", *BOTH, b"DATA", large, b"")

    assert codes(answers)[-2:] == ["552", "552"]
    assert desk.events == []


async def test_it_is_no_smtp() -> None:
    async with listening(FakeDesk([HELP], mail_doors=DOORS)) as port:
        answers = await say(port, b"EHLO c.example", b"HELO c.example", b"MAIL FROM:<j@x.example>")

    assert codes(answers) == ["220", "500", "500", "503"]
