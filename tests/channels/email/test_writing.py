"""What an answer has beside its words: formatting, signature, quotes, copies; and how connections are kept."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from channels.contract import Address, Quoted, SendError
from channels.email.adapter import EmailChannel
from channels.email.sending.composing import compose
from channels.email.sending.history import below
from channels.email.settings import problems_of
from channels.email.understanding.parsing import understand
from channels.formatting import html_of
from tests.channels.email.test_sending import MESSAGE, Sink, inbox_at, provider, sent

COPIES = (Address("mailto", "son@citizen.example"), Address("mailto", "tochter@bücher.example"))


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("Come on *Monday*.", "<p>Come on <em>Monday</em>.</p>"),
        ("one\ntwo", "<p>one<br />\ntwo</p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("<script>alert(1)</script> & co", "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; co</p>"),
        ("[here](javascript:alert(1))", "<p>[here](javascript:alert(1))</p>"),
        ("[here](data:text/html,x)", "<p>[here](data:text/html,x)</p>"),
        ("Regards\n---\nAnn", "<p>Regards</p>\n<hr />\n<p>Ann</p>"),
        ("    four spaces", "<p>four spaces</p>"),
        ("&copy; stays", "<p>&amp;copy; stays</p>"),
        (
            "see www.gov.uk.",
            '<p>see <a href="http://www.gov.uk" rel="noopener noreferrer" target="_blank">www.gov.uk</a>.</p>',
        ),
    ],
)
def test_an_agents_words_become_harmless_html(written: str, html: str) -> None:
    assert html_of(written) == html


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("مرحبا Ann.\n\nAnn", '<p dir="auto">مرحبا Ann.</p>\n<p dir="auto">Ann</p>'),
        ("- أولاً", '<ul dir="auto">\n<li>أولاً</li>\n</ul>'),
        ("שלום", '<p dir="auto">שלום</p>'),
    ],
)
def test_words_from_right_to_left_begin_at_the_right(written: str, html: str) -> None:
    """Without it a street's name in the middle, and the full stop, stand on the wrong side (UAX #9)."""
    assert html_of(written) == html
    quoted = replace(BEFORE[1], text=written)
    assert '<blockquote dir="auto">' in below([quoted], inbox_at(25)).html


def test_no_picture_is_loaded_by_what_an_agent_pastes() -> None:
    assert "<img" not in html_of("![x](https://tracker.example/x.png)")


async def test_a_signature_stands_below_in_the_citizens_language() -> None:
    signature = {"en": "{agent}\n{council}, case {reference}", "cy": "Cofion, {agent}"}
    welsh = replace(MESSAGE, author="Ann Ash", language="cy-GB")
    mail, envelope = await sent(welsh, signature=signature)
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().replace("\r\n", "\n").strip().endswith("Grüße\n\n-- \nCofion, Ann Ash")
    other = replace(MESSAGE, author="Ann Ash", language="fr")
    for turned in (signature, dict(reversed(signature.items()))):  # JSON of PostgreSQL knows no order
        for languages, own in ((("en", "cy"), "Anytown Council, case 48210937"), (("cy", "en"), "Cofion, Ann Ash")):
            letter = compose(other, replace(inbox_at(25, signature=turned), languages=languages))
            assert own in letter.content.decode().replace("=\r\n", "")
    assert "Cofion" not in compose(replace(welsh, automatic=True), inbox_at(25, signature=signature)).content.decode()
    assert understand(bytes(envelope.content or b"")).text


BEFORE = (
    Quoted(author="", at=datetime(2026, 11, 23, 10, tzinfo=UTC), text="*Which* street?"),
    Quoted(author="Jane <Doe>", at=datetime(2026, 11, 23, 9, tzinfo=UTC), text="My bin\nwas <b>missed</b>."),
)


async def test_what_it_answers_is_quoted_below_and_told_apart_again() -> None:
    _, envelope = await sent(replace(MESSAGE, quoted=BEFORE))
    read = understand(bytes(envelope.content or b""))
    assert "On Mon, 23 Nov 2026 at 09:00 UTC, Jane <Doe> wrote:\n> My bin\n> was <b>missed</b>." in read.text
    assert "missed" not in read.reply_text
    assert "<b>missed" not in read.html
    assert "street" not in read.text


def test_an_inbox_says_how_much_is_quoted() -> None:
    letters = {how: compose(replace(MESSAGE, quoted=BEFORE), inbox_at(25, quote=how)) for how in ("none", "whole")}
    nothing, whole = (understand(letters[how].content) for how in ("none", "whole"))
    assert nothing.text == nothing.reply_text == MESSAGE.text
    assert whole.text.removeprefix(MESSAGE.text).split("\n") == [
        "", "",
        "On Mon, 23 Nov 2026 at 10:00 UTC, Anytown Council wrote:", "> *Which* street?", "",
        "On Mon, 23 Nov 2026 at 09:00 UTC, Jane <Doe> wrote:", "> My bin", "> was <b>missed</b>.",
    ]  # fmt: skip
    assert whole.reply_text == MESSAGE.text
    assert "<blockquote><p><em>Which</em> street?</p></blockquote>" in whole.html
    assert [problems_of({"quote": wrong}) for wrong in ("all", True, ["last"])] == [
        ["quote: must be none, last or whole"]
    ] * 3


def test_a_long_history_ends_with_a_whole_message() -> None:
    inbox, first = inbox_at(25, quote="whole"), BEFORE[1]
    many, long = below([first] * 99, inbox), below([replace(first, text="x" * 60_000), first], inbox)
    assert (many.text.count("wrote:"), long.text.count("wrote:")) == (30, 1)
    assert "x" * 60_000 in long.html
    assert below([BEFORE[0]], inbox_at(25)).text == ""


async def test_copies_are_seen_and_blind_copies_are_not() -> None:
    mail, envelope = await sent(replace(MESSAGE, cc=COPIES[:1], bcc=(Address("mailto", "boss@anytown.example"),)))
    assert mail["Cc"] == "son@citizen.example"
    assert mail["Bcc"] is None
    assert b"boss@" not in bytes(envelope.content or b"")
    assert envelope.rcpt_tos == ["jane@citizen.example", "son@citizen.example", "boss@anytown.example"]


async def test_a_copys_domain_is_written_as_servers_know_it() -> None:
    _, envelope = await sent(replace(MESSAGE, cc=COPIES))
    assert envelope.rcpt_tos[2] == "tochter@xn--bcher-kva.example"


async def test_a_refused_copy_is_told_and_the_rest_gets_it() -> None:
    class Choosy(Sink):
        async def handle_RCPT(self, server, session, envelope, address, options):  # type: ignore[no-untyped-def]  # noqa: N802
            if address.startswith("son@"):
                return "550 5.1.1 unknown"
            return await super().handle_RCPT(server, session, envelope, address, options)

    sink, channel = Choosy(), EmailChannel()
    async with provider(sink) as port:
        result = await channel.send(replace(MESSAGE, cc=COPIES), inbox_at(port), None)  # type: ignore[arg-type]
        await channel.close()
    assert [envelope.rcpt_tos for envelope in sink.envelopes] == [
        ["jane@citizen.example", "tochter@xn--bcher-kva.example"]
    ]
    assert result.problems == (
        "The copy to son@citizen.example was refused by the mail server (550): check the address.",
    )


async def test_a_bounce_comes_back_to_an_address_of_the_very_message() -> None:
    mail, envelope = await sent(replace(MESSAGE, bounce_token="10000007b7xabcdefghijkl"))
    assert envelope.mail_from == "help+10000007b7xabcdefghijkl@anytown.example"
    assert mail["Reply-To"].addresses[0].addr_spec == "help+t0ken@anytown.example"


async def test_a_mail_to_many_says_how_to_get_no_more_and_reports_of_it_come_back() -> None:
    link = "https://hub.anytown.example/unsubscribe/7-abc"
    bulk = replace(MESSAGE, automatic=True, unsubscribe=link, bounce_token="1b7x", references=(), language="cy-GB")
    mail, envelope = await sent(bulk, unsubscribe={"en": "No more: {link}", "cy": "Dim mwy, {council}: {link}"})
    assert (mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"]) == (f"<{link}>", "List-Unsubscribe=One-Click")
    assert (mail["Auto-Submitted"], mail["Precedence"]) == ("auto-generated", "bulk")
    assert envelope.mail_from == "help+1b7x@anytown.example"
    for kind, shown in (("plain", f"Grüße\n\nDim mwy, Anytown Council: {link}"), ("html", f'href="{link}"')):
        body = mail.get_body((kind,))
        assert body is not None
        assert shown in body.get_content().replace("\r\n", "\n")
    plain, _ = await sent(replace(bulk, unsubscribe=f"{link}def" * 9))
    assert plain["List-Unsubscribe"] == f"<{link}def{f'{link}def' * 8}>"  # whole, however long
    answer, _ = await sent(MESSAGE)
    assert answer["List-Unsubscribe"] is None


# --- connections -------------------------------------------------------------------------------------------


class Counting(Sink):
    """Counts who says hello, and hangs up on request."""

    hellos = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # type: ignore[no-untyped-def]  # noqa: N802
        self.hellos += 1
        session.host_name = hostname
        self.servers = [*getattr(self, "servers", []), server]
        return responses


async def test_one_connection_carries_many_mails_and_a_refusal_does_not_end_it() -> None:
    sink, channel = Counting(), EmailChannel()
    async with provider(sink) as port:
        for answers in ({}, {"RCPT": "550 5.1.1 unknown"}, {"DATA": "554 5.6.0 spam"}, {}):
            sink.answers = answers
            try:
                await channel.send(MESSAGE, inbox_at(port), None)  # type: ignore[arg-type]
            except SendError as error:
                assert error.outcome == "failed"  # noqa: PT017
        await channel.close()
    assert (sink.hellos, len(sink.envelopes)) == (1, 3)


async def test_a_connection_that_the_server_closed_meanwhile_is_opened_anew() -> None:
    sink, channel = Counting(), EmailChannel()
    async with provider(sink) as port:
        await channel.send(MESSAGE, inbox_at(port), None)  # type: ignore[arg-type]
        sink.servers[0].transport.close()
        await channel.send(MESSAGE, inbox_at(port), None)  # type: ignore[arg-type]
        await channel.close()
    assert (sink.hellos, len(sink.envelopes)) == (2, 2)


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        ({"signature": "Yours, {agent}\n{council} {reference}"}, ""),
        ({"signature": {"en": "Yours", "cy": "Cofion"}}, ""),
        ({"signature": "{nam}"}, "signature: there is no {nam}"),
        ({"signature": {"en": 1}}, "signature.en: must be a text"),
        ({"signature": {"English": "x"}}, "signature.English: must be a language tag"),
        ({"signature": "x" * 2001}, "signature: longer than"),
        ({"unsubscribe": "No more: {link}"}, ""),
        ({"unsubscribe": {"en": "No more: {link}", "cy": "Dim mwy"}}, "unsubscribe.cy: must hold {link}"),
        ({"unsubscribe": "{link} {agent}"}, "unsubscribe: there is no {agent}"),
        ({"attachment_megabytes": 25}, ""),
        ({"attachment_megabytes": "25"}, "attachment_megabytes: must be"),
        ({"attachment_megabytes": True}, "attachment_megabytes: must be"),
    ],
)
def test_settings_of_what_is_written_are_checked(config: dict[str, object], fault: str) -> None:
    faults = problems_of({"smtp_host": "x", **config})
    assert len(faults) == bool(fault)
    assert all(each.startswith(fault) for each in faults)
