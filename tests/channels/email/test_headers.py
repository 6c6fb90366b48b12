"""Header fields as they come: subjects, senders, recipients and dates, in any charset and any damage."""

import base64
from datetime import UTC, datetime

import pytest

from channels.email.understanding.mail import Mailbox
from channels.email.understanding.parsing import understand
from tests.channels.email.mails import mail_of, parts


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("Plain words", "Plain words"),
        ("=?utf-8?Q?Caf=C3=A9_closed?=", "Café closed"),
        ("=?utf-8?B?Q2Fmw6k=?=", "Café"),
        ("=?utf-8?B?Q2Fmw6k?=", "Café"),  # padding missing
        ("=?utf-8?q?Caf=C3?= =?utf-8?q?=A9?=", "Café"),  # split inside a character
        ("=?iso-8859-1?Q?M=FCll?= und =?utf-8?Q?mehr?=", "Müll und mehr"),
        ("=?utf-8*en?Q?tagged?=", "tagged"),  # RFC 2231 language
        ("=?utf-8?Q?never closed", "never closed"),
        ("=?nonsense?Q?what=3F?=", "what?"),
        ("=?utf-8?Q?with spaces inside?=", "with spaces inside"),
        (b"raw \xc3\xa9", "raw é"),
        (b"raw \xe9 in Latin-1", "raw é in Latin-1"),
        (b"\x1b$B$3$s\x1b(B", "こん"),
        ("ごみ箱、収集".encode("cp932"), "ごみ箱、収集"),  # as nobody says
        ("=?iso-2022-jp?B?" + base64.b64encode("ごみ箱".encode("cp932")).decode() + "?=", "ごみ箱"),  # a lie
        ("folded\r\n over two\r\n\tlines", "folded over two lines"),
        ("NUL\0and\x07bell", "NULandbell"),
        ("=?utf-8?Q?a=0D=0ABcc:_x@y.example?=", "a Bcc: x@y.example"),
    ],
)
def test_a_subject_is_understood(written: str | bytes, understood: str) -> None:
    assert mail_of(subject=written).subject == understood


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ("jane@citizen.example", "", "jane@citizen.example"),
        ("Jane Doe <jane@citizen.example>", "Jane Doe", "jane@citizen.example"),
        ('"Doe, Jane" <jane@citizen.example>', "Doe, Jane", "jane@citizen.example"),
        ("Doe, Jane <jane@citizen.example>", "Doe, Jane", "jane@citizen.example"),
        ("jane@citizen.example (Jane Doe)", "Jane Doe", "jane@citizen.example"),
        ("=?utf-8?Q?Doe=2C_Jan=C3=A9?= <jane@citizen.example>", "Doe, Jané", "jane@citizen.example"),
        ('"=?utf-8?Q?Jan=C3=A9?=" <jane@citizen.example>', "Jané", "jane@citizen.example"),
        ('"jane@other.example" <jane@citizen.example>', "jane@other.example", "jane@citizen.example"),
        ("Jane <jane@citizen.example", "Jane", "jane@citizen.example"),
        ('"jane doe"@citizen.example', "", '"jane doe"@citizen.example'),  # and not doe@citizen.example
        ('"jane.doe"@citizen.example', "", "jane.doe@citizen.example"),
        ("<@a.example,@b.example:jane@citizen.example>", "", "jane@citizen.example"),
        ("Residents: Jane <jane@citizen.example>, bob@citizen.example;", "Jane", "jane@citizen.example"),
        ('Jane "the builder <jane@citizen.example>', "Jane the builder", "jane@citizen.example"),
        ("mailto:jane@citizen.example", "", "jane@citizen.example"),
        ("用户@例子.example", "", "用户@例子.example"),
        ("postmaster <root>", "postmaster", "root"),
        ("Jane Doe jane@citizen.example", "Jane Doe", "jane@citizen.example"),
        ("MAILER-DAEMON (Mail Delivery System)", "Mail Delivery System", "MAILER-DAEMON"),
        ("scanner2", "", "scanner2"),  # a machine in the house
        ("Jane <jane@citizen.example> Bob <bob@citizen.example>", "Jane", "jane@citizen.example"),
        ('"Jane" <jane@citizen.example>:<mallory@other.example>', "Jane", "jane@citizen.example"),
        ("jane@citizen.example bob@citizen.example", "", "jane@citizen.example"),
        ('Jane <"jane doe"@citizen.example>', "Jane", '"jane doe"@citizen.example'),
        ('Jane <"jane#1"@citizen.example>', "Jane", "jane#1@citizen.example"),
        ("Jane <Citizen post jane@citizen.example>", "Jane", "jane@citizen.example"),
        ("Jane <jane . doe @ citizen.example>", "Jane", "jane.doe@citizen.example"),
        (r"Jane(with a \) comment) <jane(hers)@citizen.example(home)>", "Jane", "jane@citizen.example"),
    ],
)
def test_a_sender_is_understood(written: str, name: str, address: str) -> None:
    sender = mail_of(from_=written).sender

    assert sender == (name, address)


def test_a_name_alone_is_no_address() -> None:
    assert mail_of(from_="Jane").sender is None


def test_a_mail_of_two_senders_says_so_even_when_no_comma_stands_between_them() -> None:
    mail = mail_of(from_="Jane <jane@citizen.example>:<mallory@other.example>")

    assert mail.problems == ("the mail names several senders; the first is taken",)


def test_a_mail_without_a_senders_address_is_from_where_its_answers_go() -> None:
    assert mail_of(from_='"Jane" <>', reply_to="Jane <jane@citizen.example>").sender == ("Jane", "jane@citizen.example")


def test_a_raw_header_is_read_in_the_charset_that_the_mail_names() -> None:
    mail = mail_of(
        "你好".encode("gb18030"), subject="垃圾箱".encode("gb18030"), content_type="text/plain; charset=gb2312"
    )

    assert mail.subject == "垃圾箱"


@pytest.mark.parametrize("stray", ["---- Original message ----", "X-Scanned: yes\r\nscore=1, tests: none,\r\nlearn=no"])
def test_lines_that_are_no_header_fields_do_not_end_a_header_whose_sender_comes_later(stray: str) -> None:
    raw = f"{stray}\r\nReceived: by mx.example\r\nFrom: jane@citizen.example\r\nSubject: Bin\r\n\r\nhello"

    mail = understand(raw.encode())

    assert (mail.subject, mail.text) == ("Bin", "hello")
    assert "the header has lines that are no header fields" in mail.problems


def test_a_header_whose_folded_lines_have_lost_their_indent_goes_on_to_what_the_body_is() -> None:
    head = (
        b"From: jane@citizen.example\r\nReferences: <1@a.example>\r\n<2@a.example>\r\n<3@a.example>\r\nX-Seen: yes\r\n"
    )

    mail = understand(head + b"Content-Type: text/html\r\n\r\n<p>hello</p>")

    assert mail.text == "hello"


def test_a_parameter_that_has_lost_its_indent_belongs_to_the_field_above() -> None:
    head = b'From: jane@citizen.example\r\nContent-Type: multipart/mixed;\r\nboundary="b"\r\nSubject: Bin\r\n\r\n'

    mail = understand(head + parts("\r\nhello").encode())

    assert (mail.subject, mail.text) == ("Bin", "hello")


@pytest.mark.parametrize(
    ("head", "subject"),
    [
        ("Subject: Bin\r\n \r\n\t=?utf-8?Q?b=C3=BCn?=\r\n", "Bin bün"),
        ("Subject: Bin\r\n \r\n by the lamp\r\nDate  : Mon, 23 Nov 2026 10:15:00 +0000\r\n", "Bin by the lamp"),
        ("To: a@x.example,\r\n\t\r\n\tb@x.example\r\nSubject: Bin\r\n", "Bin"),
        ("Subject: Bin\r\n \t\r\nContent-Type: text/plain\r\n", "Bin"),
    ],
)
def test_a_line_of_white_space_amid_the_header_does_not_end_it(head: str, subject: str) -> None:
    mail = understand(f"From: jane@citizen.example\r\n{head}MIME-Version: 1.0\r\n\r\nhello".encode())

    assert (mail.subject, mail.text) == (subject, "hello")


def test_a_line_of_white_space_ends_a_header_above_a_text_that_quotes_one() -> None:
    mail = understand(b"From: jane@citizen.example\r\nSubject: Bin\r\n \r\nSubject: yours\r\nwas good")

    assert (mail.subject, mail.text) == ("Bin", "Subject: yours\nwas good")


@pytest.mark.parametrize("end", [b"", b"\r", b"\n", b"\r\n"])
def test_a_mail_whose_lines_end_as_on_an_old_macintosh_is_read(end: bytes) -> None:
    mail = understand(b"From: jane@citizen.example\rSubject: Bin\r\rIt is\rfull." + end)

    assert (mail.subject, mail.text) == ("Bin", "It is\nfull.")


def test_a_header_whose_first_line_is_indented_is_still_one() -> None:
    assert understand(b" From: jane@citizen.example\nSubject: Bin\n\nhello").sender == ("", "jane@citizen.example")


@pytest.mark.parametrize("servers_line", [b"", b"Return-Path: <jane@citizen.example>\r\n"])
@pytest.mark.parametrize("end", [b"", b"\r\n"])
def test_lines_that_end_in_a_return_alone_are_lines(servers_line: bytes, end: bytes) -> None:
    """Programs of an old Macintosh write them; mail servers on the way add lines of both."""
    mail = understand(servers_line + b"From: jane@citizen.example\rSubject: Bin\rTo: a@x.example\r\rIt is\rfull." + end)

    assert (mail.sender, mail.subject, mail.text.strip()) == (
        Mailbox("", "jane@citizen.example"),
        "Bin",
        "It is\nfull.",
    )
    assert mail.problems == ()


def test_a_saved_copy_that_begins_with_empty_lines_is_read_and_words_below_them_stay_words() -> None:
    saved = understand(b"      \r\n\r\nReceived: by mx.example\r\nFrom: jane@citizen.example\r\n\r\nhello")

    assert (saved.sender, saved.text) == (("", "jane@citizen.example"), "hello")
    assert understand(b"\nTo: be or not to be\nFrom: me").text == "To: be or not to be\nFrom: me"


def test_a_field_whose_name_has_signs_that_none_may_have_does_not_end_the_header() -> None:
    head = "From: jane@citizen.example\r\nX-Scan (mx 1)/result: clean,\r\n by \u2606\r\nX-Scan 2/result: clean\r\n"

    mail = understand(f"{head}Subject: Bin\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=".encode())

    assert (mail.subject, mail.text) == ("Bin", "hello")
    assert understand(f"{head}\r\nhello".encode()).text == "hello"


def test_a_header_without_an_empty_line_ends_where_words_begin() -> None:
    mail = understand(b"From: jane@citizen.example\r\nMy bin. See below.\r\nThe green one.\r\nSubject: no\r\n\r\nMore")

    assert mail.text.startswith("My bin. See below.")


def test_recipients_are_listed_in_order_and_an_empty_member_is_no_recipient() -> None:
    mail = mail_of(to="a@x.example, , B <b@x.example>;", cc="c@x.example,")

    assert [mailbox.address for mailbox in (*mail.to, *mail.cc)] == ["a@x.example", "b@x.example", "c@x.example"]


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Mon, 23 Nov 2026 10:15:00 +0100", datetime(2026, 11, 23, 9, 15, tzinfo=UTC)),
        ("23 Nov 2026 09:15 GMT", datetime(2026, 11, 23, 9, 15, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 09:15:00 -0000", datetime(2026, 11, 23, 9, 15, tzinfo=UTC)),
        ("2026-11-23T09:15:00Z", datetime(2026, 11, 23, 9, 15, tzinfo=UTC)),
        ("Whenever", None),
        ("Mon, 99 Nov 2026 99:15:00 +0100", None),
        ("", None),
    ],
)
def test_a_date_is_understood_or_left_out(written: str, moment: datetime | None) -> None:
    assert mail_of(date=written).date == moment


def test_ids_come_without_angle_brackets() -> None:
    mail = mail_of(message_id="<a@x>", in_reply_to="<b@x> (yours)", references="<c@x>\r\n <b@x>")

    assert (mail.message_id, mail.in_reply_to, mail.references) == ("a@x", ("b@x",), ("c@x", "b@x"))
