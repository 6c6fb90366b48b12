"""What the SMTP port bears: robots, slow clients, floods. Over a real socket; times are given."""

import asyncio
import select
import smtplib
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
import uvloop

from channels.email.listening import listeners as listening_module
from channels.email.listening import lobby, smtp_session
from channels.email.understanding.aside import Aside
from channels.waiting import ListeningDesk, MailDoors
from tests.channels.email.certificates import Certificate, made_for
from tests.channels.email.mail_server import RAW, codes, deliver, desk_of, listening, say, talk

HELLO = (b"EHLO c.example", b"MAIL FROM:<j@x.example>", b"RCPT TO:<help@anytown.example>")


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience of a moment."""
    for name in ("COMMAND_SECONDS", "DATA_SECONDS"):
        monkeypatch.setattr(smtp_session, name, 0.15)


async def test_who_speaks_before_the_greeting_is_refused() -> None:
    desk = desk_of()
    async with listening(desk) as port:
        answers = await say(port, *HELLO, b"DATA", RAW + b".", b"QUIT", wait=False)

    assert codes(answers) == ["554"]
    assert desk.events == []


async def test_commands_may_be_pipelined_after_the_greeting() -> None:
    desk = desk_of()
    async with listening(desk) as port:
        answers = await say(port, HELLO[0], b"\r\n".join([*HELLO[1:], b"DATA"]), RAW + b".")

    assert codes(answers)[:3] == ["220", "250", "250"]
    async with listening(desk) as port:
        features = await talk(port, lambda client: (client.ehlo(), set(client.esmtp_features))[1])
    assert features == {"size", "8bitmime", "smtputf8", "pipelining", "enhancedstatuscodes"}


async def test_every_answer_says_more_exactly_what_it_means() -> None:
    """RFC 2034 §3, announced as ENHANCEDSTATUSCODES."""
    said: dict[bytes, bytes] = {
        b"MAIL FROM:<j@x.example>": b"503 5.5.1 ",
        b"HELP": b"214 2.0.0 ",
        b"EHLO c.example": b"250 ENHANCEDSTATUSCODES",
        b"AUTH PLAIN AGoAcA==": b"502 5.5.1 ",
        b"BDAT 1 LAST": b"500 5.5.2 ",
        b"MAIL FROM:<j@x.example> BODY=BINARYMIME": b"501 5.5.4 ",
        b"MAIL FROM:<j@x.example> RET=HDRS": b"555 5.5.4 ",
        b"MAIL FROM:<j@x.example> SIZE=99999999999999999999999999": b"552 5.3.4 ",
        b"MAIL FROM:<j@y.example>": b"250 2.0.0 ",
        b"RCPT TO:<help@anytown.example> NOTIFY=NEVER": b"555 5.5.4 ",
        b"RCPT TO:<help@anytown.example>": b"250 2.1.5 ",
        b"RCPT TO:<help@anytown.example.>": b"553 5.1.3 ",
        b"STARTTLS": b"454 4.7.0 ",
        b"RSET": b"250 2.0.0 ",
        b"DATA": b"503 5.5.1 ",
        b"QUIT": b"221 2.0.0 ",
    }
    async with listening(desk_of()) as port:
        answers = await say(port, *said)

    assert answers[0].endswith(b"ESMTP hub")
    for line, begins, answer in zip(said, said.values(), answers[1:], strict=True):
        assert answer.startswith(begins), (line, answer)


async def test_endless_recipients_end() -> None:
    async with listening(desk_of()) as port:
        unknown = await say(port, *HELLO[:2], *[b"RCPT TO:<x%d@anytown.example>" % n for n in range(40)])
        known = await say(port, *HELLO[:2], *[HELLO[2]] * 130)

    assert codes(unknown)[3:24] == ["550"] * 21
    assert codes(unknown)[24] == "421"
    assert set(codes(unknown)[25:]) == {""}
    assert codes(known).count("250") == 2 + lobby.MAX_RECIPIENTS
    assert codes(known).count("452") == 21


@pytest.mark.parametrize("command", [b"NOOP", b"RSET", b"EHLO c.example", b"VRFY help@anytown.example", b"HELP"])
async def test_commands_without_a_mail_end(command: bytes) -> None:
    async with listening(desk_of()) as port:
        answers = await say(port, *[command] * (smtp_session.MAX_ANSWERS + 5))

    assert b"421 4.7.0 too many commands without a mail, goodbye" in answers


@pytest.mark.parametrize("command", [b"FETCH 1", b"GET / HTTP/1.1", b"\xff\xfe", b"X" * 3000, b"AUTH PLAIN AAAA", b""])
async def test_nonsense_is_refused_and_soon_ends(command: bytes) -> None:
    async with listening(desk_of()) as port:
        answers = await say(port, b"EHLO c.example", *[command] * 30)

    assert codes(answers)[2].startswith("5")
    assert answers[-1] == b""


async def test_an_endless_line_is_no_command_and_takes_no_memory() -> None:
    desk = desk_of()
    async with listening(desk) as port:
        answers = await say(port, b"EHLO " + b"x" * 5_000_000, *HELLO)

    assert codes(answers) == ["220", "500", "250", "250", "250"]


async def test_a_line_of_any_length_in_a_mail_is_taken() -> None:
    desk = desk_of()
    async with listening(desk) as port:
        assert await deliver(port, RAW + b"y" * 500_000) == "250"

    assert len(desk.events) == 1


async def test_a_mail_that_is_broken_off_is_not_taken() -> None:
    desk = desk_of()
    async with listening(desk) as port:
        await say(port, *HELLO, b"DATA", wait=True)
        assert await deliver(port) == "250"

    assert len(desk.events) == 1


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("said", [(), HELLO[:1], HELLO[:2], (*HELLO, b"DATA")])
async def test_a_client_that_stops_speaking_is_let_go(said: tuple[bytes, ...]) -> None:
    def conversation() -> bytes:
        with socket.create_connection(("127.0.0.1", port), 10) as bare, bare.makefile("rb") as heard:
            heard.readline()
            for line in said:
                bare.sendall(line + b"\r\n")
            return heard.read()

    async with listening(desk_of()) as port:
        answers = await asyncio.to_thread(conversation)

    assert answers.endswith(b"421 4.4.2 that took too long, goodbye\r\n")


@pytest.mark.usefixtures("hurried")
async def test_a_mail_that_drips_in_is_given_up() -> None:
    def conversation() -> bytes:
        with socket.create_connection(("127.0.0.1", port), 10) as bare, bare.makefile("rb") as heard:
            heard.readline()
            bare.sendall(b"\r\n".join([*HELLO, b"DATA", b""]))
            while not heard.readline().startswith(b"354"):
                pass
            while not select.select([bare], [], [], 0.01)[0]:  # a letter each time that nothing is heard
                bare.sendall(b"x")
            return bare.recv(1000)

    async with listening(desk_of()) as port:
        assert b"421 4.4.2" in await asyncio.wait_for(asyncio.to_thread(conversation), 10)


def test_a_session_may_not_last_for_ever_by_noop() -> None:
    assert smtp_session.COMMAND_SECONDS < smtp_session.SESSION_SECONDS <= 3600


async def test_more_connections_than_allowed_are_asked_to_come_back() -> None:
    doors = MailDoors(smtp=("127.0.0.1", 0), connections=3, connections_per_peer=2)
    async with listening(desk_of(mail_doors=doors)) as port:
        greetings = await asyncio.to_thread(_greetings, port, ["127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.2"])
        crowded = await asyncio.to_thread(_greetings, port, [f"127.0.0.{n}" for n in range(2, 7)])
        assert await deliver(port) == "250"

    assert codes(greetings) == ["220", "220", "421", "220"]
    assert b"from your address" in greetings[2]
    assert codes(crowded) == ["220"] * 3 + ["421"] * 2


def _greetings(port: int, sources: list[str]) -> list[bytes]:
    """What connections that stay open at the same time are told."""
    with ExitStack() as opened:
        told = []
        for source in sources:
            bare = opened.enter_context(socket.create_connection(("127.0.0.1", port), 10, (source, 0)))
            told.append(opened.enter_context(bare.makefile("rb")).readline())
        return told


async def test_too_much_mail_at_once_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    lobbies: list[lobby.Lobby] = []

    def remembered(desk: ListeningDesk, aside: Aside) -> lobby.Lobby:
        lobbies.append(lobby.Lobby(desk, aside))
        return lobbies[0]

    monkeypatch.setattr(lobby, "MAX_HELD", 0)
    monkeypatch.setattr(listening_module, "Lobby", remembered)
    desk = desk_of(max_mail_bytes=300_000)

    async def begun(held: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A mail but for its end, as soon as the hub holds so many bytes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.readline()
        writer.write(b"\r\n".join([b"HELO c.example", *HELLO[1:], b"DATA", RAW + b"x" * 290_000]))
        for _ in range(4):
            await reader.readline()
        while lobbies[0].held < held:
            await asyncio.sleep(0)
        return reader, writer

    async def ended(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(b"\r\n.\r\n")
        answer = await reader.readline()
        writer.close()
        return answer

    async with listening(desk) as port, asyncio.timeout(10):
        two = [await begun(290_000), await begun(580_000)]
        answers = [await ended(*await begun(580_000)), *[await ended(*each) for each in two]]
        assert await deliver(port) == "250"

    assert codes(answers) == ["452", "250", "250"]
    assert len(desk.events) == 3
    assert lobbies[0].held == 0


# --- encryption --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return made_for(tmp_path_factory.mktemp("tls"), "127.0.0.1")


async def test_mail_comes_encrypted_when_there_is_a_certificate(certificate: Certificate) -> None:
    desk = desk_of(mail_doors=MailDoors(smtp=("127.0.0.1", 0), certificate=certificate.chain, key=certificate.key))

    def words(client: smtplib.SMTP) -> str:
        client.starttls(context=certificate.trusting())
        client.ehlo()
        assert not client.has_extn("auth")
        assert not client.has_extn("starttls")
        client.sendmail("j@x.example", ["help@anytown.example"], RAW)
        return client.sock.version() or ""  # type: ignore[union-attr]

    async with listening(desk) as port:
        version = await talk(port, words)

    assert version in ("TLSv1.2", "TLSv1.3")
    assert len(desk.events) == 1


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_it_works_on_the_loop_that_serves_too(
    certificate: Certificate, new_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """The hub runs on uvloop, whose transports are of another family."""
    desk = desk_of(mail_doors=MailDoors(smtp=("127.0.0.1", 0), certificate=certificate.chain, key=certificate.key))

    def encrypted(client: smtplib.SMTP) -> None:
        client.starttls(context=certificate.trusting())
        client.sendmail("j@x.example", ["help@anytown.example"], RAW)

    async def conversations() -> None:
        async with listening(desk) as port:
            assert await deliver(port) == "250"
            await talk(port, encrypted)
            await say(port, HELLO[0])

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(conversations())
    assert len(desk.events) == 2


async def test_what_was_said_before_encryption_doesnt_count_after_it(certificate: Certificate) -> None:
    """CVE-2011-0411 and its kin: commands injected in the clear before the handshake."""
    desk = desk_of(mail_doors=MailDoors(smtp=("127.0.0.1", 0), certificate=certificate.chain, key=certificate.key))

    def conversation() -> list[str]:
        with socket.create_connection(("127.0.0.1", port), 10) as bare:
            heard = bare.makefile("rb")
            heard.readline()
            bare.sendall(HELLO[0] + b"\r\n")
            while heard.readline()[3:4] == b"-":
                pass
            bare.sendall(b"STARTTLS\r\n" + b"\r\n".join(HELLO) + b"\r\n")
            heard.readline()
            try:
                with certificate.trusting().wrap_socket(bare, server_hostname="127.0.0.1") as tls:
                    tls.sendall(b"DATA\r\n")
                    return [tls.recv(100)[:3].decode()]
            except OSError:
                return ["closed"]

    async with listening(desk) as port:
        answers = await asyncio.to_thread(conversation)

    assert answers in (["503"], ["closed"])
    assert desk.events == []


async def test_a_renewed_certificate_is_taken_and_a_broken_one_is_not(tmp_path: Path) -> None:
    one = made_for(tmp_path, "127.0.0.1")
    taken = lobby.Certificate(one.chain, one.key)
    first = taken.context()
    assert first is not None
    assert taken.context() is first

    renewed = made_for(tmp_path, "127.0.0.1", later=5)
    second = taken.context()
    assert second not in (None, first)
    renewed.chain.write_text("nonsense")
    assert taken.context() is second
