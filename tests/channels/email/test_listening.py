"""The SMTP port, spoken to by smtplib and by a bare socket."""

import asyncio
import smtplib
import socket

import pytest
import structlog

from channels.contract import DeliveryUpdate, InboundMessage
from channels.email.listening.listeners import listen_for_mail
from channels.waiting import MailDoors
from tests.channels.desk import FakeDesk, inbox_of
from tests.channels.email.mail_server import HELP, RAW, deliver, desk_of, listening, talk


async def test_a_mail_is_accepted_once_it_is_stored() -> None:
    desk = desk_of()
    async with listening(desk) as port:
        assert await deliver(port) == "250"

    (event,) = desk.events
    assert isinstance(event, InboundMessage)
    assert (event.inbox, event.subject, event.text) == ("help", "Bin", "hello\n.hidden dot")
    assert event.raw == RAW


async def test_nothing_is_accepted_before_the_commit() -> None:
    committed = asyncio.Event()

    class SlowDesk(FakeDesk):
        async def receive(self, events):  # type: ignore[no-untyped-def]
            await committed.wait()
            return await super().receive(events)

    async with listening(SlowDesk([HELP])) as port:
        answer = asyncio.create_task(deliver(port))
        await asyncio.wait([answer], timeout=0.3)
        assert not answer.done()
        committed.set()
        assert await answer == "250"


@pytest.mark.parametrize("address", ["nobody@anytown.example", "help@elsewhere.example", "help+forged@anytown.example"])
async def test_an_unknown_recipient_is_refused(address: str) -> None:
    desk = desk_of()
    async with listening(desk) as port:
        assert (await deliver(port, RAW, "jane@citizen.example", address)).startswith("550 5.1.1")

    assert desk.events == []


async def test_the_postmaster_is_reached_without_naming_a_domain() -> None:
    """RFC 5321 §4.5.1; where the council has such an inbox."""
    desk = FakeDesk([HELP, inbox_of("email", "it", "postmaster@anytown.example", id=3)])
    async with listening(desk) as port:
        assert await deliver(port, RAW, "j@x.example", "Postmaster") == "250"
    async with listening(desk_of()) as port:
        assert (await deliver(port, RAW, "j@x.example", "postmaster")).startswith("550 5.1.1")

    (event,) = desk.events
    assert isinstance(event, InboundMessage)
    assert event.inbox == "it"


async def test_a_signed_reply_address_carries_its_token() -> None:
    desk = desk_of()
    async with listening(desk) as port:
        await deliver(port, RAW, "jane@citizen.example", "help+good@anytown.example")

    (event,) = desk.events
    assert isinstance(event, InboundMessage)
    assert event.reply_token == "good"


async def test_a_mail_to_two_inboxes_is_stored_for_both_at_once() -> None:
    desk = desk_of()
    async with listening(desk) as port:
        await deliver(
            port, RAW, "j@citizen.example", "help+good@anytown.example", "help@anytown.example", "waste@anytown.example"
        )

    assert [(event.inbox, event.reply_token) for event in desk.events if isinstance(event, InboundMessage)] == [
        ("help", "good"),
        ("waste", None),
    ]
    assert desk.batches == 1


async def test_a_mail_for_an_inbox_that_goes_away_meanwhile_stays_with_its_sender() -> None:
    desk = desk_of()

    def without_waste(client: smtplib.SMTP) -> tuple[int, bytes]:
        client.ehlo()
        client.mail("jane@citizen.example")
        client.rcpt("help@anytown.example")
        client.rcpt("waste@anytown.example")
        desk.all_inboxes.pop()
        return client.data(RAW)

    async with listening(desk) as port:
        answer = await talk(port, without_waste)

    assert (answer[0], desk.events) == (451, [])


async def test_a_mail_that_is_too_large_is_refused_and_the_limit_announced() -> None:
    desk = desk_of(max_mail_bytes=20_000)
    async with listening(desk) as port:
        announced = await talk(port, lambda client: (client.ehlo(), client.esmtp_features["size"])[1])
        by_announcement = await deliver(port, RAW + b"x" * 20_000)
        by_content = await talk(port, lambda client: oversize(client, b"x" * 30_000))
        after = await deliver(port)

    assert announced == "20000"
    assert by_announcement == "552 5.3.4 the mail is larger than 20000 bytes"
    assert by_content == (552, b"5.3.4 the mail is larger than 20000 bytes")
    assert (after, len(desk.events)) == ("250", 1)


def oversize(client: smtplib.SMTP, raw: bytes) -> tuple[int, bytes]:
    client.ehlo()
    client.mail("jane@citizen.example")
    client.rcpt("help@anytown.example")
    try:
        return client.data(raw)
    except smtplib.SMTPDataError as error:
        return error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b""


@pytest.mark.parametrize("fault", ["away", "broken"])
async def test_what_cant_be_stored_is_asked_for_again_without_a_word_in_the_log(fault: str) -> None:
    desk = desk_of(**{fault: True})
    with structlog.testing.capture_logs() as logged:
        async with listening(desk) as port:
            assert (await deliver(port)).startswith("451 4.3.0")
            desk.away = desk.broken = False
            assert await deliver(port) == "250"

    assert "citizen" not in str(logged)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"\0" * 1000,
        b"From: \xff\xfe\r\n\r\n\xff",
        b"Content-Type: multipart/mixed\r\n\r\n--",
        b"x" * 200_000,
    ],
)
async def test_a_poisonous_mail_is_kept_and_the_next_one_arrives(raw: bytes) -> None:
    desk = desk_of()
    async with listening(desk) as port:
        assert await deliver(port, raw) == "250"
        assert await deliver(port) == "250"

    assert len(desk.events) == 2


async def test_a_mail_of_empty_lines_is_read_quickly() -> None:
    desk = desk_of(max_mail_bytes=30_000_000)
    async with listening(desk) as port:
        assert await asyncio.wait_for(deliver(port, RAW + b"\r\n" * 5_000_000), 20) == "250"


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r"])
async def test_a_second_mail_cant_be_smuggled_in(end: bytes) -> None:
    desk = desk_of()
    hidden = (
        RAW
        + b"x"
        + end
        + b"MAIL FROM:<evil@x.example>\r\nRCPT TO:<waste@anytown.example>\r\nDATA\r\nFrom: evil@x.example"
    )

    def words() -> bytes:
        with socket.create_connection(("127.0.0.1", port), 10) as raw, raw.makefile("rwb", 0) as line:
            line.readline()
            for command in (b"HELO c", b"MAIL FROM:<j@x.example>", b"RCPT TO:<help@anytown.example>", b"DATA"):
                line.write(command + b"\r\n")
                line.readline()
            line.write(hidden + b"\r\n.\r\nQUIT\r\n")
            return line.readline() + line.readline()

    async with listening(desk) as port:
        answers = await asyncio.to_thread(words)

    assert answers.split()[0] == b"250"
    assert b"\r\n221" in answers
    assert [event.inbox for event in desk.events] == ["help"]


async def test_an_empty_envelope_sender_makes_it_automatic() -> None:
    desk = desk_of()
    async with listening(desk) as port:
        await deliver(port, RAW, "")

    (event,) = desk.events
    assert isinstance(event, InboundMessage)
    assert event.automatic == "null Return-Path"


async def test_a_bounce_is_a_word_on_our_message() -> None:
    raw = (
        b"From: Mail <mailer-daemon@mx.example>\r\nSubject: Undeliverable\r\nX-Failed-Recipients: j@x.example\r\n\r\n"
        b"Message-ID: <ours@x>\r\n"
    )
    desk = desk_of()
    async with listening(desk) as port:
        await deliver(port, raw, "")

    (event,) = desk.events
    assert isinstance(event, DeliveryUpdate)
    assert event.external_id == "ours@x"


async def test_an_international_sender_is_taken() -> None:
    desk = desk_of()
    async with listening(desk) as port:
        raw = RAW.replace(b"jane@", "jané@".encode())
        assert await deliver(port, raw, "jané@citizen.example", options=("SMTPUTF8",)) == "250"

    (event,) = desk.events
    assert isinstance(event, InboundMessage)
    assert event.sender is not None
    assert event.sender.value == "jané@citizen.example"


async def test_without_an_address_to_listen_on_it_returns() -> None:
    await asyncio.wait_for(listen_for_mail(desk_of(mail_doors=MailDoors())), 1)
