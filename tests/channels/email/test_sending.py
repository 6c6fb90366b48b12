"""Answers leave through a real SMTP server, and each way to fail is told apart."""

import asyncio
import email.policy
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from channels.contract import Address, DeliveryStatus, File, Inbox, OutboundMessage, SendError, SendResult
from channels.email.adapter import channel
from channels.email.sending import connections
from channels.email.sending.composing import compose, subject_of
from channels.email.sending.connections import Connections
from channels.email.sending.delivering import send_mail
from channels.email.understanding.parsing import understand
from tests.channels.desk import inbox_of
from tests.channels.email.certificates import Certificate, made_for
from tests.support.serving import client

MESSAGE = OutboundMessage(
    id=7,
    to=Address("mailto", "jane@citizen.example"),
    text="Dear Jane,\n\nwe come on <Monday> & Tuesday.\n\nGrüße",
    reference="48210937",
    subject="Missed bin",
    message_id="7.abc@anytown.example",
    references=("first@citizen.example", "second@citizen.example"),
    reply_token="t0ken",
    created_at=datetime(2026, 11, 23, 10, 15, tzinfo=UTC),
)


@dataclass
class Sink:
    """A mail provider: keeps what it gets; `answers` overrides its answer to a command."""

    answers: Mapping[str, str] = field(default_factory=dict)
    envelopes: list[Envelope] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return self.answers.get("DATA", "250 OK")


def inbox_at(port: int, **config: Any) -> Inbox:
    return inbox_of("email", "help", "help@anytown.example", smtp_host="127.0.0.1", smtp_port=port, **config)


@asynccontextmanager
async def provider(
    sink: Sink, *, utf8: bool = True, tls: ssl.SSLContext | None = None, **more: Any
) -> AsyncIterator[int]:
    """`tls`: encrypted from the first byte."""
    loop = asyncio.get_running_loop()
    sessions: list[SMTP] = []

    def session() -> SMTP:
        sessions.append(SMTP(sink, enable_SMTPUTF8=utf8, hostname="mx.example", loop=loop, **more))
        return sessions[-1]

    async with await loop.create_server(session, "127.0.0.1", 0, ssl=tls) as server:
        yield server.sockets[0].getsockname()[1]
        for each in sessions:
            if each.transport:
                each.transport.abort()
        await asyncio.sleep(0)


async def send(message: OutboundMessage, inbox: Inbox) -> SendResult:
    async with client() as http:
        try:
            return await channel.send(message, inbox, http)
        finally:
            await channel.close()


async def sent(message: OutboundMessage = MESSAGE, **config: object) -> tuple[EmailMessage, Envelope]:
    sink = Sink()
    async with provider(sink) as port:
        result = await send(message, inbox_at(port, **config))
    assert result == SendResult(external_id=message.message_id, status=DeliveryStatus.SENT)
    (envelope,) = sink.envelopes
    assert isinstance(envelope.content, bytes)
    parsed = message_from_bytes(envelope.content, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed, envelope


async def test_an_answer_is_threaded_and_comes_back_to_its_case() -> None:
    mail, envelope = await sent()

    assert mail["From"] == "Anytown Council <help@anytown.example>"
    assert mail["To"] == "jane@citizen.example"
    assert mail["Reply-To"].addresses[0].addr_spec == "help+t0ken@anytown.example"
    assert mail["Subject"] == "Re: Missed bin [48210937]"
    assert mail["Message-ID"] == "<7.abc@anytown.example>"
    assert mail["In-Reply-To"] == "<second@citizen.example>"
    assert mail["References"].split() == ["<first@citizen.example>", "<second@citizen.example>"]
    assert mail["Date"].datetime == MESSAGE.created_at
    assert mail["Auto-Submitted"] is None
    assert (envelope.mail_from, envelope.rcpt_tos) == ("help+t0ken@anytown.example", ["jane@citizen.example"])


async def test_it_is_text_and_html_in_seven_bits() -> None:
    mail, envelope = await sent()

    plain, rich = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert rich is not None
    assert mail.get_content_type() == "multipart/alternative"
    assert plain.get_content().replace("\r\n", "\n").strip() == MESSAGE.text
    assert "<p>we come on &lt;Monday&gt; &amp; Tuesday.</p>" in rich.get_content()
    assert isinstance(envelope.content, bytes)
    assert envelope.content.isascii()
    assert not re.search(rb"(?<!\r)\n", envelope.content)


async def test_automatic_mail_says_so_and_can_start_no_loop() -> None:
    mail, envelope = await sent(replace(MESSAGE, automatic=True))

    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    assert envelope.mail_from == "<>"
    assert envelope.content is not None
    assert understand(bytes(envelope.content)).automatic is not None


async def test_files_go_along() -> None:
    files = (
        File(filename="Müll plan.pdf", media_type="application/pdf", content=b"%PDF"),
        File(filename="old.eml", media_type="message/rfc822", content=b"From: x\r\n\r\nhi"),
    )

    mail, _ = await sent(replace(MESSAGE, files=files))

    attachments = [(part.get_filename(), part.get_content()) for part in mail.iter_attachments()]
    assert attachments == [("Müll plan.pdf", b"%PDF"), ("old.eml", b"From: x\r\n\r\nhi")]


async def test_the_senders_name_is_a_setting() -> None:
    mail, _ = await sent(MESSAGE, from_name="Bins, Anytown")

    assert mail["From"].addresses[0].display_name == "Bins, Anytown"


@pytest.mark.parametrize(
    ("subject", "references", "written"),
    [
        ("Missed bin", ("a@x",), "Re: Missed bin [48210937]"),
        ("RE: Re: Missed bin", ("a@x",), "Re: Missed bin [48210937]"),
        ("AW: Tonne", ("a@x",), "Re: Tonne [48210937]"),
        ("Re: Missed bin [48210937]", ("a@x",), "Re: Missed bin [48210937]"),
        ("Missed bin 4821 0937", ("a@x",), "Re: Missed bin 4821 0937"),
        ("Missed bin", (), "Missed bin [48210937]"),
        ("", (), "Your message to Anytown Council [48210937]"),
        ("Bin\r\nBcc: x@evil.example", (), "Bin Bcc: x@evil.example [48210937]"),
    ],
)
def test_the_subject_has_one_re_and_the_reference(subject: str, references: tuple[str, ...], written: str) -> None:
    assert subject_of(replace(MESSAGE, subject=subject, references=references), inbox_at(25)) == written


@pytest.mark.parametrize(
    "message",
    [
        replace(MESSAGE, subject="x\r\nBcc: evil@x.example\r\n\r\nbody"),
        replace(MESSAGE, subject="x\nBcc: evil@x.example"),
        replace(MESSAGE, message_id="a@b>\r\nBcc: <evil@x.example"),
        replace(MESSAGE, references=("a@b\r\nBcc: evil@x.example",)),
        replace(MESSAGE, reply_token="t\r\nBcc: evil@x.example"),
        replace(MESSAGE, text="hi\r\n.\r\nMAIL FROM:<evil@x.example>"),
        replace(
            MESSAGE, files=(File(filename='a"\r\nBcc: evil@x.example', media_type="x\r\nBcc: evil/y", content=b"x"),)
        ),
    ],
)
async def test_no_value_can_add_a_header_or_a_recipient(message: OutboundMessage) -> None:
    mail, envelope = await sent(message)

    assert mail["Bcc"] is None
    assert not mail.defects
    assert envelope.rcpt_tos == ["jane@citizen.example"]


async def test_long_ids_stay_whole() -> None:
    long = "x" * 120 + "@mail.example"

    mail, envelope = await sent(replace(MESSAGE, references=(*(f"{n}@a.example" for n in range(50)), long)))

    assert f"<{long}>".encode() in bytes(envelope.content or b"")
    assert (mail["References"].split()[0], mail["References"].split()[-1]) == ("<0@a.example>", f"<{long}>")
    assert len(mail["References"].split()) == 20


@pytest.mark.parametrize(
    "to", ["", "jane", "jane@x.example\r\nRCPT TO:<evil@x.example>", "a@b.example,c@d.example", "a b@c.example"]
)
def test_what_is_no_address_is_never_written_to(to: str) -> None:
    with pytest.raises(SendError) as failure:
        compose(replace(MESSAGE, to=Address("mailto", to)), inbox_at(25))

    assert (failure.value.outcome, failure.value.flag) == ("failed", "unreachable")


async def test_an_international_address_is_written_to() -> None:
    _, envelope = await sent(replace(MESSAGE, to=Address("mailto", "jané@bücher.example")))

    assert envelope.rcpt_tos == ["jané@xn--bcher-kva.example"]
    assert "SMTPUTF8" in envelope.mail_options


async def test_a_server_that_knows_no_such_letters_is_told_apart() -> None:
    async with provider(Sink(), utf8=False) as port:
        with pytest.raises(SendError) as failure:
            await send(replace(MESSAGE, to=Address("mailto", "jané@citizen.example")), inbox_at(port))

    assert failure.value.outcome == "failed"


@pytest.mark.parametrize(
    ("command", "answer", "outcome", "flag"),
    [
        ("MAIL", "451 4.7.1 greylisted", "retry", None),
        ("MAIL", "550 5.7.1 jane@citizen.example not allowed", "failed", None),
        ("RCPT", "450 4.2.1 busy", "retry", None),
        ("RCPT", "550 5.1.1 <jane@citizen.example> unknown", "failed", "unreachable"),
        ("RCPT", "550 no", "failed", None),
        ("RCPT", "552 5.2.2 full", "failed", None),
        ("DATA", "452 4.3.1 no room", "retry", None),
        ("DATA", "554 5.6.0 spam", "failed", None),
    ],
)
async def test_a_refusal_is_final_only_when_it_says_so(
    command: str, answer: str, outcome: str, flag: str | None
) -> None:
    async with provider(Sink({command: answer})) as port:
        with pytest.raises(SendError) as failure:
            await send(MESSAGE, inbox_at(port))

    assert (failure.value.outcome, failure.value.flag) == (outcome, flag)
    assert failure.value.code.startswith(answer[:3])
    assert "jane" not in str(failure.value)


@asynccontextmanager
async def scripted(*answers: str | None) -> AsyncIterator[int]:
    """A server that answers each line (or the whole content) in turn; None hangs, "" hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for answer in answers:
                if answer is None:
                    await asyncio.Event().wait()
                if not answer:
                    break
                writer.write(answer.encode() + b"\r\n")
                await reader.readuntil(b"\r\n.\r\n" if answer.startswith("354") else b"\r\n")
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    running: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        running.add(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


READY = ("220 mx.example", "250 mx.example", "250 OK", "250 OK")  # greeting, EHLO, MAIL, RCPT


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (("",), "retry"),
        (("421 busy", ""), "retry"),
        ((*READY[:2], ""), "retry"),
        ((*READY[:2], None), "retry"),
        ((*READY[:3], ""), "retry"),
        ((*READY, "354 go on", ""), "unknown"),
        ((*READY, "354 go on", None), "unknown"),
        ((*READY, "421 going down"), "retry"),
    ],
)
async def test_silence_is_unknown_only_after_the_content(answers: tuple[str | None, ...], outcome: str) -> None:
    async with scripted(*answers) as port:
        with pytest.raises(SendError) as failure:
            await send_mail(MESSAGE, inbox_at(port), Connections(), seconds=0.5)

    assert failure.value.outcome == outcome


async def test_a_server_that_hangs_after_taking_the_mail_has_it() -> None:
    async with scripted(*READY, "354 go on", "250 stored", "") as port:
        connections = Connections()
        assert (await send_mail(MESSAGE, inbox_at(port), connections, seconds=2)).external_id == MESSAGE.message_id
        await connections.close()


async def test_a_large_mail_may_take_longer() -> None:
    class Slow(Sink):
        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
            await asyncio.sleep(0.8)
            return await super().handle_DATA(server, session, envelope)

    photo = File(filename="bin.jpg", media_type="image/jpeg", content=bytes(400_000))
    async with provider(sink := Slow()) as port:
        connections = Connections()
        await send_mail(replace(MESSAGE, files=(photo,)), inbox_at(port), connections, seconds=0.5)
        await connections.close()

    assert len(sink.envelopes) == 1


async def test_nobody_there_is_tried_again() -> None:
    async with scripted("220 x") as port:
        pass

    with pytest.raises(SendError) as failure:
        await send(MESSAGE, inbox_at(port))

    assert failure.value.outcome == "retry"


@pytest.mark.parametrize(
    ("config", "word"),
    [
        ({"smtp_tls": "starttls"}, "encryption"),
        ({"smtp_tls": "tls"}, "doesn't speak TLS there"),
        ({"smtp_username": "env:NO_SUCH_VARIABLE", "smtp_password": "x"}, "NO_SUCH_VARIABLE"),
        ({"smtp_username": "u", "smtp_password": "p4ss"}, "smtp_username"),
    ],
)
async def test_a_wrong_setting_waits_for_an_administrator(config: dict[str, str], word: str) -> None:
    async with provider(Sink()) as port:
        with pytest.raises(SendError, match=word) as failure:
            await send(MESSAGE, inbox_at(port, **config))

    assert failure.value.outcome == "retry"
    assert "p4ss" not in str(failure.value)


SIGN_IN = {"smtp_username": "u", "smtp_password": "p4ss"}


@pytest.mark.parametrize(
    ("answers", "config", "words"),
    [
        ((None,), {"smtp_tls": "starttls"}, "says nothing, as a port for TLS does"),
        (("* OK IMAP4rev1 ready", ""), {}, "What answers there is no mail server"),
        (("421 4.3.2 busy", ""), {}, r"takes nobody at present \(421\)"),
        (READY, SIGN_IN, "offers no sign-in there"),
        (("220 x", "250-x\r\n250 AUTH PLAIN", "454 4.7.0 later"), SIGN_IN, r"can't check .* at present \(454\)"),
    ],
)
async def test_what_keeps_us_out_is_told_in_words_that_lead_on(
    monkeypatch: pytest.MonkeyPatch, answers: tuple[str | None, ...], config: dict[str, str], words: str
) -> None:
    monkeypatch.setattr(connections, "CONNECT_SECONDS", 0.2)
    async with scripted(*answers) as port:
        with pytest.raises(SendError, match=words) as failure:
            await send(MESSAGE, inbox_at(port, **config))

    assert failure.value.outcome == "retry"


# --- encryption --------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """Signed by an authority that this process trusts."""
    made = made_for(tmp_path, "127.0.0.1")
    made.authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return made


def encrypted(kind: str, certificate: Certificate) -> dict[str, Any]:
    """What a provider needs for that smtp_tls."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.chain, certificate.key)
    return {"tls": context} if kind == "tls" else {"tls_context": context}


@pytest.mark.parametrize("kind", ["starttls", "tls"])
async def test_mail_leaves_encrypted_and_signed_in(kind: str, certificate: Certificate) -> None:
    told: list[LoginPassword] = []

    def known(server: SMTP, session: Session, envelope: Envelope, mechanism: str, who: LoginPassword) -> AuthResult:
        told.append(who)
        return AuthResult(success=who.password == b"p4ss", handled=False)

    sink = Sink()
    signing_in: dict[str, Any] = {"authenticator": known, "auth_require_tls": kind == "starttls"}
    async with provider(sink, **encrypted(kind, certificate), **signing_in) as port:
        await send(MESSAGE, inbox_at(port, smtp_tls=kind, smtp_username="u", smtp_password="p4ss"))
        with pytest.raises(SendError, match="smtp_password"):
            await send(MESSAGE, inbox_at(port, smtp_tls=kind, smtp_username="u", smtp_password="wrong"))

    assert len(sink.envelopes) == 1
    assert told[0] == LoginPassword(b"u", b"p4ss")


@pytest.mark.parametrize("kind", ["starttls", "tls"])
async def test_nothing_is_told_to_a_server_that_proves_nothing(
    kind: str, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    sink = Sink()
    async with provider(sink, **encrypted(kind, certificate)) as port:
        with pytest.raises(SendError, match="certificate isn't valid: unable to get local issuer") as failure:
            await send(MESSAGE, inbox_at(port, smtp_tls=kind))

    assert (failure.value.outcome, sink.envelopes) == ("retry", [])


async def test_without_a_mail_server_nothing_is_sent() -> None:
    with pytest.raises(SendError, match="smtp_host") as failure:
        await send(MESSAGE, inbox_of("email", "help", "help@anytown.example"))

    assert failure.value.outcome == "retry"
