"""Fetching from a mailbox, over a real socket: nothing twice, nothing lost, whatever happens to mail or connection."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from channels.contract import DeliveryUpdate, Event, InboundMessage, Receipt, Unreadable
from channels.email.imap import client as imap_client
from channels.email.imap.mailbox import now
from tests.channels.desk import FakeDesk, inbox_of
from tests.channels.email.certificates import made_for
from tests.channels.email.imap_server import FakeFolder, FakeImap
from tests.channels.email.looking import AROUND, inbox_for, looked, looking, mail, subjects, until

pytestmark = pytest.mark.usefixtures("hurried")


async def test_new_mail_is_fetched_as_soon_as_it_comes_and_stays_unread() -> None:
    async with FakeImap().running() as server:
        server.inbox.add(mail(1))
        desk = FakeDesk([inbox_for(server)])
        async with looking(desk):
            await until(lambda: "IDLE" in server.heard)
            server.deliver(mail(2))
            server.deliver(mail(3))
            await until(lambda: len(desk.events) == 2)

    assert subjects(desk) == ["No 2", "No 3"]
    assert server.inbox.mails[2].flags == set()
    assert any(command.startswith("EXAMINE") for command in server.heard)


async def test_what_counts_is_the_uid_and_neither_flags_nor_deletions() -> None:
    async with FakeImap().running() as server:
        desk = FakeDesk([inbox_for(server, imap_since="all")])
        server.inbox.add(mail(1))
        server.inbox.add(mail(2))
        await looked(desk)
        server.inbox.mails[server.inbox.add(mail(3))].flags.add("\\Seen")  # somebody read it elsewhere
        del server.inbox.mails[1]
        await looked(desk)
        await looked(desk)

    assert subjects(desk) == ["No 1", "No 2", "No 3"]


@pytest.mark.parametrize(
    ("since", "expected", "belated"), [("now", [], []), ("7d", [2, 3], [True] * 2), ("all", [1, 2, 3], [True] * 3)]
)
async def test_the_first_look_takes_what_was_asked_for(since: str, expected: list[int], belated: list[bool]) -> None:
    async with FakeImap().running() as server:
        for number, days in ((1, 30), (2, 6), (3, 0)):
            server.inbox.add(mail(number), now() - timedelta(days=days))
        desk = FakeDesk([inbox_for(server, imap_since=since)])
        await looked(desk)
        server.inbox.add(mail(4))
        await looked(desk)

    assert subjects(desk) == [f"No {number}" for number in [*expected, 4]]
    assert [event.is_belated for event in desk.events if isinstance(event, InboundMessage)] == [*belated, False]


async def test_after_days_away_it_catches_up_in_batches() -> None:
    async with FakeImap().running() as server:
        desk = FakeDesk([inbox_for(server)])
        await looked(desk)
        for number in range(1, 131):
            server.inbox.add(mail(number))
        await looked(desk)

    assert subjects(desk) == [f"No {number}" for number in range(1, 131)]
    assert desk.batches == 3


async def test_when_the_folder_numbers_anew_nothing_is_missed() -> None:
    """What comes twice is dropped by the hub, by Message-ID and body; the tests of the soak show that."""
    async with FakeImap().running() as server:
        desk = FakeDesk([inbox_for(server)])
        await looked(desk)
        server.inbox.add(mail(1), now())
        await looked(desk)
        server.folders["INBOX"] = FakeFolder(validity=8)
        for number, days in ((9, 100), (1, 0), (2, 0)):
            server.inbox.add(mail(number), now() - timedelta(days=days))
        await looked(desk)

    assert subjects(desk) == ["No 1", "No 1", "No 2"]


async def test_what_was_to_be_left_alone_is_left_alone_when_the_folder_numbers_anew() -> None:
    old, new = now() - timedelta(minutes=5), now() + timedelta(minutes=5)
    async with FakeImap().running() as server:
        desk = FakeDesk([inbox_for(server, imap_since="now")])
        server.inbox.add(mail(1), old)
        await looked(desk)
        server.folders["INBOX"] = FakeFolder(validity=8)
        server.inbox.add(mail(1), old)
        server.inbox.add(mail(2), new)
        await looked(desk)
        server.inbox.add(mail(3), old)  # moved here by hand
        await looked(desk)

    assert subjects(desk) == ["No 2", "No 3"]


async def test_news_that_comes_with_the_consent_to_idle_is_heard() -> None:
    """Between the last look and IDLE: the server tells both in one packet."""
    async with FakeImap().running() as server:
        desk = FakeDesk([inbox_for(server)])
        heard = server.heard

        class Heard(list[str]):
            def append(self, command: str) -> None:
                if command == "IDLE" and not server.inbox.mails:
                    server.inbox.add(mail(1))
                heard.append(command)

        server.heard = Heard()
        async with looking(desk):
            await until(lambda: desk.events)
    assert subjects(desk) == ["No 1"]


@pytest.mark.parametrize("fault", ["break_off", "away"])
async def test_a_broken_connection_or_database_costs_nothing(fault: str) -> None:
    async with FakeImap().running() as server:
        desk = FakeDesk([inbox_for(server)])
        async with looking(desk):
            await until(lambda: "IDLE" in server.heard)
            desk.away = fault == "away"
            server.deliver(mail(1))
            if fault == "break_off":
                server.break_off()
            await until(lambda: server.sign_ins > 1)
            desk.away = False
            await until(lambda: desk.events)
            server.deliver(mail(2))
            await until(lambda: len(desk.events) == 2)

    assert subjects(desk) == ["No 1", "No 2"]


async def test_a_mail_that_cant_be_stored_is_kept_raw_and_stops_no_other() -> None:
    class Picky(FakeDesk):
        async def receive(self, events: Sequence[Event]) -> list[Receipt]:
            if any(isinstance(event, InboundMessage) and event.text == "poison" for event in events):
                raise RuntimeError("jane2@citizen.example wrote poison")
            return await super().receive(events)

    async with FakeImap().running() as server:
        desk = Picky([inbox_for(server, imap_since="all")])
        for number, text in ((1, "hello"), (2, "poison"), (3, "hello")):
            server.inbox.add(mail(number, text))
        with structlog.testing.capture_logs() as logged:
            await looked(desk)

    assert subjects(desk) == ["No 1", "No 3"]
    (kept,) = [event for event in desk.events if isinstance(event, Unreadable)]
    assert kept.raw == mail(2, "poison")
    assert "citizen" not in str(logged)


async def test_a_report_that_cant_be_stored_is_kept_as_it_came() -> None:
    class Picky(FakeDesk):
        async def receive(self, events: Sequence[Event]) -> list[Receipt]:
            if any(isinstance(event, DeliveryUpdate) for event in events):
                raise RuntimeError("something about the report")
            return await super().receive(events)

    report = (
        b"From: MAILER-DAEMON@mx.example\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        b"Final-Recipient: rfc822; jane@citizen.example\r\nAction: failed\r\nStatus: 5.1.1\r\n--b\r\n"
        b"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <1@anytown.example>\r\n--b--\r\n"
    )
    async with FakeImap().running() as server:
        desk = Picky([inbox_for(server, imap_since="all")])
        server.inbox.add(report)
        await looked(desk)

    (kept,) = desk.events
    assert isinstance(kept, Unreadable)
    assert kept.raw == report


async def test_a_mail_just_as_large_as_may_be_is_whole() -> None:
    async with FakeImap().running() as server:
        desk = FakeDesk([inbox_for(server, imap_since="all")], max_mail_bytes=len(mail(1)))
        server.inbox.add(mail(1))
        await looked(desk)

    (message,) = desk.events
    assert isinstance(message, InboundMessage)
    assert (message.raw, message.problems) == (mail(1), ())


async def test_of_a_mail_that_is_too_large_the_beginning_is_taken_and_the_rest_stays() -> None:
    async with FakeImap().running() as server:
        server.folders["Done"] = FakeFolder()
        config = {"imap_since": "all", "imap_after": "move", "imap_move_to": "Done"}
        desk = FakeDesk([inbox_for(server, **config)], max_mail_bytes=20_000)
        server.inbox.add(mail(1, "x" * 30_000))
        server.inbox.add(mail(2))
        await looked(desk)

    assert subjects(desk) == ["No 1", "No 2"]
    (large, _) = desk.events
    assert isinstance(large, InboundMessage)
    assert large.problems[-1] == "Only the first 20,000 bytes were taken; the mail is still in the mailbox."
    assert list(server.inbox.mails) == [1]


@pytest.mark.parametrize("capabilities", ["IMAP4rev1 IDLE MOVE UIDPLUS", "IMAP4rev1 UIDPLUS"])
async def test_fetched_mail_is_moved_when_that_is_wanted(capabilities: str) -> None:
    async with FakeImap(capabilities=capabilities).running() as server:
        desk = FakeDesk([inbox_for(server, imap_since="all", imap_after="move", imap_move_to="Done", imap_poll=5)])
        server.inbox.add(mail(1))
        server.inbox.add(mail(2))
        await looked(desk)

    assert (list(server.inbox.mails), len(server.folders["Done"].mails)) == ([], 2)


async def test_fetched_mail_is_marked_as_read_when_that_is_wanted() -> None:
    async with FakeImap().running() as server:
        desk = FakeDesk([inbox_for(server, imap_since="all", imap_after="seen")])
        server.inbox.add(mail(1))
        await looked(desk)

    assert server.inbox.mails[1].flags == {"\\Seen"}


async def test_mail_that_cant_be_tidied_up_is_taken_once_and_the_trouble_is_shown() -> None:
    async with FakeImap(fails_on="UID MOVE").running() as server:
        desk = FakeDesk([inbox_for(server, imap_since="all", imap_after="move", imap_move_to="Done")])
        server.inbox.add(mail(1))
        async with looking(desk):
            await until(lambda: any("tidied" in trouble for trouble in desk.troubles))

    assert subjects(desk) == ["No 1"]
    assert "not today" in desk.troubles[-1]


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"imap_password": "wrong"}, "doesn't let help sign in: [AUTHENTICATIONFAILED] Invalid credentials"),
        ({"imap_folder": "Nowhere"}, "a folder can't be opened"),
        ({"imap_port": 1}, "127.0.0.1:1 can't be reached"),
        ({"imap_host": "no.such.host.invalid"}, "there is no host no.such.host.invalid"),
        ({"imap_tls": "tls"}, "doesn't speak TLS there"),
        ({"imap_password": "env:NO_SUCH_VARIABLE"}, "the variable NO_SUCH_VARIABLE isn't set"),
    ],
)
async def test_trouble_is_told_in_a_sentence(config: dict[str, Any], why: str) -> None:
    async with FakeImap().running() as server:
        desk = FakeDesk([inbox_for(server, **config)])
        with structlog.testing.capture_logs() as logged:
            async with looking(desk):
                await until(lambda: desk.troubles)

    assert why in desk.troubles[0]
    assert "wrong" not in f"{desk.troubles}{logged}"


async def test_a_server_that_falls_silent_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_client, "CONNECT_SECONDS", 0.05)
    monkeypatch.setattr(imap_client, "READ_SECONDS", 0.05)
    async with FakeImap(mute=True).running() as server:
        desk = FakeDesk([inbox_for(server)])
        async with looking(desk):
            await until(lambda: desk.troubles)
            server.mute = False
            await until(lambda: "" in desk.troubles)

    assert 'says nothing, as a port for TLS does: try imap_tls = "tls"' in desk.troubles[0]


async def test_a_port_for_something_else_is_told_apart() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx.anytown.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        desk = FakeDesk([inbox_of("email", "help", "help@anytown.example", **AROUND, imap_port=port)])
        async with looking(desk):
            await until(lambda: desk.troubles)

    assert f":{port} speaks no IMAP there: try another imap_port" in desk.troubles[0]


async def test_one_mailbox_in_trouble_keeps_no_other_from_its_mail() -> None:
    async with FakeImap().running() as server:
        waste = replace(inbox_for(server, imap_since="all"), id=2, name="waste")
        desk = FakeDesk([inbox_for(server, imap_password="wrong"), waste])
        server.inbox.add(mail(1))
        async with looking(desk):
            await until(lambda: len(desk.troubles) > 2 and desk.events)

    assert [event.inbox for event in desk.events] == ["waste"]


async def test_another_process_that_watches_the_mailbox_is_left_alone() -> None:
    async with FakeImap().running() as server:
        desk = FakeDesk([inbox_for(server, imap_since="all")], watched_elsewhere=True)
        server.inbox.add(mail(1))
        async with looking(desk):
            for _ in range(50):
                await asyncio.sleep(0)
            assert server.sign_ins == 0
            desk.watched_elsewhere = False
            await until(lambda: desk.events)
            desk.watched_elsewhere = True  # another one has taken over
            await until(lambda: not server._writers)
            desk.watched_elsewhere = False
            server.inbox.add(mail(2))
            await until(lambda: len(desk.events) == 2)


async def test_a_changed_council_file_is_followed() -> None:
    async with FakeImap().running() as server:
        desk = FakeDesk([])
        server.inbox.add(mail(1))
        async with looking(desk):
            for _ in range(50):
                await asyncio.sleep(0)
            assert server.sign_ins == 0
            desk.all_inboxes = [inbox_for(server, imap_since="all")]
            await until(lambda: desk.events)
            desk.all_inboxes = []
            await until(lambda: not server._writers)
    assert subjects(desk) == ["No 1"]


async def test_encrypted_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = made_for(tmp_path, "127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.chain, made.key)
    async with FakeImap(tls=context).running() as server:
        desk = FakeDesk([inbox_for(server, imap_since="all", imap_tls="tls")])
        server.inbox.add(mail(1))
        async with looking(desk):
            await until(lambda: desk.troubles)
            authority = tmp_path / "authority.pem"
            made.authority.cert_pem.write_to_path(str(authority))
            monkeypatch.setenv("SSL_CERT_FILE", str(authority))
            await until(lambda: desk.events)

    assert "the certificate of 127.0.0.1 isn't valid" in desk.troubles[0]
