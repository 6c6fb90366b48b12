"""Mails as they come: every kind of charset, header, structure and damage is still understood."""

import base64
import json
import struct
from datetime import UTC, datetime

import pytest

from channels.email.understanding.mail import Mail, Mailbox
from channels.email.understanding.parsing import inspect_json, understand


def mail_of(body: str | bytes = "hello", **headers: str | bytes) -> Mail:
    lines = b""
    for name, value in {"from_": "jane@citizen.example", **headers}.items():
        octets = value if isinstance(value, bytes) else value.encode()
        lines += name.strip("_").replace("_", "-").encode() + b": " + octets + b"\r\n"
    return understand(lines + b"\r\n" + (body if isinstance(body, bytes) else body.encode()))


def parts(*each: str, kind: str = "mixed", boundary: str = "b") -> str:
    """A multipart's body; the Content-Type header goes to mail_of as content_type=f"multipart/{kind}; boundary=b"."""
    return "".join(f"--{boundary}\r\n{part}\r\n" for part in each) + f"--{boundary}--\r\n"


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
        ("<@a.example,@b.example:jane@citizen.example>", "", "jane@citizen.example"),
        ("Residents: Jane <jane@citizen.example>, bob@citizen.example;", "Jane", "jane@citizen.example"),
        ('Jane "the builder <jane@citizen.example>', "Jane the builder", "jane@citizen.example"),
        ("mailto:jane@citizen.example", "", "jane@citizen.example"),
        ("用户@例子.example", "", "用户@例子.example"),
        ("postmaster <root>", "postmaster", "root"),
        ("Jane Doe jane@citizen.example", "Jane Doe", "jane@citizen.example"),
        ("MAILER-DAEMON (Mail Delivery System)", "Mail Delivery System", "MAILER-DAEMON"),
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


def test_a_part_below_a_header_of_twenty_kilobytes_keeps_its_bytes() -> None:
    long = "".join(f"X-Organization-{'Long-' * 250}{number}: yes\r\n" for number in range(16))
    part = f"Content-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n{long}\r\nAAAA"

    mail = mail_of(parts("\r\nhi", part), content_type="multipart/mixed; boundary=b")

    assert [(each.filename, each.content) for each in mail.attachments] == [("a.png", b"\0\0\0")]
    assert mail.problems == ()


def test_a_file_of_a_kind_that_is_none_is_a_file() -> None:
    (attachment,) = mail_of("octets", content_type='application-x-gzip; name="a.gz"').attachments

    assert (attachment.filename, attachment.media_type, attachment.content) == (
        "a.gz", "application/octet-stream", b"octets",
    )  # fmt: skip


def test_a_field_whose_name_has_signs_that_none_may_have_does_not_end_the_header() -> None:
    head = "From: jane@citizen.example\r\nX-Scan (mx 1)/result: clean,\r\n by \u2606\r\nX-Scan 2/result: clean\r\n"

    mail = understand(f"{head}Subject: Bin\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=".encode())

    assert (mail.subject, mail.text) == ("Bin", "hello")
    assert understand(f"{head}\r\nhello".encode()).text == "hello"


def test_several_parts_of_no_named_kind_are_parts() -> None:
    assert mail_of(parts("\r\nhello"), content_type="multipart/*; boundary=b").text == "hello"


def test_a_mail_without_words_that_holds_another_mail_says_what_that_one_says() -> None:
    enclosed = "Content-Type: message/rfc822\r\n\r\nFrom: bob@citizen.example\r\nSubject: Bin\r\n\r\nIt is full."

    mail = mail_of(parts("\r\n", enclosed), content_type="multipart/mixed; boundary=b")

    assert (mail.text, mail.passed_on, [each.filename for each in mail.attachments]) == (
        "It is full.", True, [""],
    )  # fmt: skip


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


@pytest.mark.parametrize(
    ("encoded", "text"),
    [
        ("?garbage", "?garbage"),
        ("Grüße!", "Grüße!"),
        ("R3LDvMOfZQ==", "Grüße"),
        ("*R3LDvMOfZQ==", "Grüße"),
        ("R3L832U!", "Grüße"),
        ("stuff", "stuff"),
    ],
)
def test_a_word_that_only_claims_to_be_base64_stays_as_it_was_written(encoded: str, text: str) -> None:
    head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    assert understand(head + encoded.encode()).text == text


@pytest.mark.parametrize(
    ("octets", "charset", "text"),
    [
        ("Grüße".encode(), "utf-8", "Grüße"),
        ("Grüße".encode(), "us-ascii", "Grüße"),  # a lie
        ("Grüße".encode("latin-1"), "utf-8", "Grüße"),  # another
        ("Grüße".encode("latin-1"), "no-such-charset", "Grüße"),
        ("Grüße".encode("latin-1"), "", "Grüße"),
        ("Dijo “Šu".encode("cp1252"), "iso-2022-jp", "Dijo “Šu"),  # neither that nor Shift_JIS
        ("“quoted”".encode("cp1252"), "iso-8859-1", "“quoted”"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        ("你好".encode("gb18030"), "gb2312", "你好"),
        ("您好，垃圾桶三周没有清空了。".encode("gb18030"), "", "您好，垃圾桶三周没有清空了。"),
        ("垃圾桶没有清空".encode("gb18030"), "utf-8", "垃圾桶没有清空"),  # a lie
        (
            "您好，".encode("gb18030") * 30 + b"\x84\xc0 " + "您".encode("gb18030"),
            "",
            "您好，" * 30 + "劺 您",
        ),  # damaged
        ("ÄÖÜÄÖÜäöüäöü".encode("latin-1"), "iso-8859-1", "ÄÖÜÄÖÜäöüäöü"),
        ("Мой бак не вывезли".encode("koi8-r"), "", "Мой бак не вывезли"),
        ("Мой бак не вывезли".encode("cp1251"), "us-ascii", "Мой бак не вывезли"),  # a lie
        ("МОЙ ДОМ Ä".encode("cp1251", "replace"), "windows-1251", "МОЙ ДОМ ?"),
        ("Déjà répété, à côté des fossés".encode("cp1252"), "", "Déjà répété, à côté des fossés"),
        ("hello".encode("utf-16"), "utf-8", "hello"),
        (b"\x1b$B-!$3$s\x1b(B x", "iso-2022-jp", "①こん x"),  # a sign that Windows adds
        ("ごみ".encode("cp932"), "iso-2022-jp", "ごみ"),  # a lie
        (b"hel\x00lo", "utf-8", "hello"),
        (b"hello", "punycode", "hello"),
        (b"hello", "base64", "hello"),
    ],
)
def test_a_text_is_readable_whatever_charset_it_names(octets: bytes, charset: str, text: str) -> None:
    kind = f'text/plain; charset="{charset}"' if charset else "text/plain"

    assert mail_of(octets, content_type=kind).text == text


def test_a_text_that_names_no_charset_is_in_one_that_the_mail_names() -> None:
    korean = "쓰레기통이 비워지지 않았습니다".encode("euc-kr")
    body = b"--b\r\nContent-Type: text/plain\r\n\r\n" + korean + b"\r\n--b--\r\n"

    mail = mail_of(body, content_type="multipart/mixed; charset=euc-kr; boundary=b")

    assert mail.text == "쓰레기통이 비워지지 않았습니다"


@pytest.mark.parametrize(
    ("meta", "kind", "text"),
    [
        ('<meta charset="windows-1250">', "text/html", "Előfordult"),
        ('<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=iso-8859-2">', "text/html", "Előfordult"),
        ('<meta charset="utf-16">', "text/html", "Elõfordult"),  # that can't be, since it could be read
        ('<meta charset="iso-8859-2">', "text/html; charset=iso-8859-1", "Elõfordult"),
    ],
)
def test_a_page_that_names_no_charset_outside_is_in_the_one_that_it_names_inside(
    meta: str, kind: str, text: str
) -> None:
    page = f"<html><head>{meta}</head><body><p>Előfordult</p></body></html>".encode("iso-8859-2")

    assert mail_of(page, content_type=kind).text == text


def test_a_lying_charset_is_told_to_the_caseworker() -> None:
    assert "charset" in mail_of("Grüße".encode("latin-1"), content_type="text/plain; charset=utf-8").problems[0]


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="plan.pdf"', "plan.pdf"),
        ("attachment; filename=my plan.pdf", "my plan.pdf"),
        ("attachment; filename*=utf-8''M%C3%BCll.pdf", "Müll.pdf"),
        ("attachment; filename*0*=utf-8''M%C3; filename*1*=%BCll; filename*2=.pdf", "Müll.pdf"),
        ('attachment; filename="=?utf-8?Q?M=C3=BCll=2Epdf?="', "Müll.pdf"),
        ('attachment; filename="say \\"hi\\".pdf"', 'say "hi".pdf'),
        (b'attachment; filename="M\xfcll.pdf"', "Müll.pdf"),
        ("attachment", "from the type.pdf"),
        ('; filename="odd.pdf"', "odd.pdf"),
        ('attachment; filename="two  spaces\r\n folded.pdf"', "two  spaces folded.pdf"),
    ],
)
def test_a_file_name_is_understood(disposition: str | bytes, name: str) -> None:
    octets = disposition if isinstance(disposition, bytes) else disposition.encode()
    part = b'Content-Type: application/pdf; name="from the type.pdf"\r\nContent-Disposition: ' + octets + b"\r\n\r\nx"

    mail = mail_of(b"--b\r\n" + part + b"\r\n--b--\r\n", content_type="multipart/mixed; boundary=b")

    assert [attachment.filename for attachment in mail.attachments] == [name]


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ("Content-Disposition: attachment; name=plan.pdf", "plan.pdf"),
        ('Content-Type: image/png; file="plan.png"', "plan.png"),
        ("Content-Type: image/png\r\nContent-Location: https://a.example/b/plan.png", "plan.png"),
        ("Content-Type: image/png\r\nContent-Location: https://a.example/plan?size=2", ""),
        ("Content-Type: image/png; name=plan.png\r\nContent-Location: other.png", "plan.png"),
    ],
)
def test_a_file_is_named_by_what_names_it(headers: str, name: str) -> None:
    (attachment,) = mail_of(
        parts("\r\nhi", f"{headers}\r\n\r\nx"), content_type="multipart/mixed; boundary=b"
    ).attachments

    assert attachment.filename == name


def test_an_alternative_gives_text_and_html_once_each() -> None:
    body = parts("Content-Type: text/plain\r\n\r\nplain", "Content-Type: text/html\r\n\r\n<p>rich</p>")

    mail = mail_of(body, content_type="multipart/alternative; boundary=b")

    assert (mail.text, mail.html, mail.attachments) == ("plain", "<p>rich</p>", ())


def test_a_mail_of_html_alone_has_a_text_too() -> None:
    mail = mail_of("<table><tr><td>Bin</td><td>missed</td></tr></table>", content_type="text/html")

    assert mail.text.split() == ["Bin", "missed"]


def test_a_mail_without_html_has_none() -> None:
    assert mail_of("hello").html == ""


def test_twenty_attachments_are_twenty_attachments() -> None:
    files = [f"Content-Type: image/png; name={n}.png\r\nContent-Disposition: attachment\r\n\r\n{n}" for n in range(20)]

    mail = mail_of(parts("\r\nsee the pictures", *files), content_type="multipart/mixed; boundary=b")

    assert [attachment.filename for attachment in mail.attachments] == [f"{n}.png" for n in range(20)]


def test_an_inline_image_keeps_the_id_that_the_html_names() -> None:
    image = "Content-Type: image/png\r\nContent-ID: <i@x>\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8="
    body = parts('Content-Type: text/html\r\n\r\n<img src="cid:i@x">', image)

    mail = mail_of(body, content_type="multipart/related; boundary=b")

    (attachment,) = mail.attachments
    assert (attachment.content_id, attachment.disposition, attachment.content) == ("i@x", "inline", b"hello")
    assert 'src="cid:i@x"' in mail.html


def test_a_page_that_stands_behind_its_picture_is_the_text() -> None:
    body = parts(
        "Content-Type: image/png\r\nContent-ID: <i@x>\r\n\r\ndots",
        'Content-Type: text/html\r\n\r\n<p>See</p><img src="cid:i@x">',
        "Content-Type: text/html\r\n\r\n<p>a frame of it</p>",
    )

    mail = mail_of(body, content_type="multipart/related; boundary=b")

    assert (mail.text, [each.media_type for each in mail.attachments]) == ("See", ["image/png", "text/html"])


def test_the_part_that_a_page_names_as_its_start_is_the_text() -> None:
    body = parts("Content-ID: <o@x>\r\n\r\nnot this", "Content-ID: <s@x>\r\n\r\nbut this")

    mail = mail_of(body, content_type='multipart/related; boundary=b; start="<s@x>"')

    assert (mail.text, [each.content for each in mail.attachments]) == ("but this", [b"not this"])


def test_a_forwarded_mail_is_one_attachment_whatever_is_inside() -> None:
    inner = "Subject: the old one\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n" + parts("\r\nold", boundary="c")

    mail = mail_of(
        parts("\r\nsee below", f"Content-Type: message/rfc822\r\n\r\n{inner}"),
        content_type="multipart/mixed; boundary=b",
    )

    assert (mail.text, [each.filename for each in mail.attachments]) == ("see below", [""])


def test_a_uuencoded_file_is_taken_out_of_the_text() -> None:
    mail = mail_of("before\nbegin 644 note.txt\n%:&5L;&\\ \n`\nend\nafter\n")

    assert mail.text == "before\nafter"
    assert [(each.filename, each.content) for each in mail.attachments] == [("note.txt", b"hello")]


def test_a_sentence_that_begins_like_a_uuencoded_file_stays() -> None:
    assert mail_of("begin 644 works\nwhen will they\nend?\nend\n").text == "begin 644 works\nwhen will they\nend?\nend"


def tnef(*attributes: tuple[int, int, bytes]) -> bytes:
    """Outlook's format (MS-OXTNEF 2.1): signature, key, then level, id and value of each attribute."""
    packed = struct.pack("<IH", 0x223E9F78, 1)
    for level, name, value in attributes:
        packed += struct.pack("<BII", level, name, len(value)) + value + struct.pack("<H", sum(value) % 65_536)
    return packed


def test_the_files_in_an_outlook_file_are_taken_out() -> None:
    rendering, title, octets = 0x00069002, 0x00018010, 0x0006800F
    packed = tnef(
        (2, rendering, b"\1" + b"\0" * 13), (2, title, b"plan.pdf\0"), (2, octets, b"%PDF"),
        (2, rendering, b"\1" + b"\0" * 13), (2, title, b"photo.jpg\0"), (2, octets, b"dots"),
    )  # fmt: skip
    part = "Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"

    mail = mail_of(
        parts("\r\nhi", part + base64.b64encode(packed).decode()), content_type="multipart/mixed; boundary=b"
    )

    assert [(each.filename, each.media_type) for each in mail.attachments] == [
        ("winmail.dat", "application/ms-tnef"), ("plan.pdf", "application/pdf"), ("photo.jpg", "image/jpeg"),
    ]  # fmt: skip
    assert [each.content for each in mail.attachments[1:]] == [b"%PDF", b"dots"]


@pytest.mark.parametrize(
    ("kind", "body", "remark"),
    [
        ("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "x", "encrypted (S/MIME)"),
        ("application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", "x", "open the attached smime.p7m"),
        (
            "multipart/encrypted; boundary=b",
            "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nx\r\n--b--",
            "(PGP)",
        ),
        ("text/plain", "-----BEGIN PGP MESSAGE-----\r\n\r\nhQ", "(PGP)"),
        (
            "multipart/mixed; boundary=b",
            "--b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nx\r\n--b--",
            "invitation",
        ),
    ],
)
def test_what_wraps_a_mail_is_told_and_kept(kind: str, body: str, remark: str) -> None:
    mail = mail_of(body, content_type=kind)

    assert any(remark in problem for problem in mail.problems)
    assert mail.attachments or mail.text


def test_an_outlook_file_is_kept_as_it_is() -> None:
    tnef = base64.b64encode(b"\x78\x9f\x3e\x22rest").decode()
    part = f"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n{tnef}"

    (attachment,) = mail_of(parts("\r\nhi", part), content_type="multipart/mixed; boundary=b").attachments

    assert (attachment.filename, attachment.size) == ("winmail.dat", 8)


@pytest.mark.parametrize(
    ("encoded", "content"),
    [
        ("aGVs\r\nbG8=", b"hello"),
        ("aGVsbG8", b"hello"),
        ("aGVs!!bG8=", b"hello"),
        ("aGVsbG8=\r\nignored?", b"hello"),
        ("this is not base64 at all, but words.", b"this is not base64 at all, but words."),
    ],
)
def test_damaged_base64_gives_what_can_be_had(encoded: str, content: bytes) -> None:
    part = f"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}"

    (attachment,) = mail_of(parts("\r\nhi", part), content_type="multipart/mixed; boundary=b").attachments

    assert attachment.content.startswith(content)


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("multipart/mixed; boundary=b", "--b\r\n\r\nnever closed", "never closed"),
        (
            "multipart/mixed; boundary=wrong",
            "--right\r\nContent-Type: text/plain\r\n\r\nguessed\r\n--right--",
            "guessed",
        ),
        ("multipart/mixed", "--b\r\nContent-Type: text/plain\r\n\r\nguessed\r\n--b--", "guessed"),
        ("multipart/mixed", "just words", "just words"),
        ("multipart/mixed; boundary=b", "just words", "just words"),
        ("multipart/mixed; boundary=b", "--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\ntwo\r\n--b--", "one\n\ntwo"),
        (f"multipart/mixed; boundary={'b' * 700}", f"--{'b' * 700}\r\n\r\nhi\r\n--{'b' * 700}--", "hi"),
        ("multipart/mixed\tboundary=b", "--b\r\n\r\nno semicolon\r\n--b--", "no semicolon"),
        ("nonsense", "just words", "just words"),
        ("text/plain; format=flowed", "one \r\nline\r\n> quoted \r\n> line", "one line\n> quoted \n> line"),
        ("text/enriched", "<bold>old</bold> words", "old words"),
        (
            "multipart/related; boundary=b",
            "--b\r\n\r\none\r\n--b\r\nContent-Type: image/png\r\n\r\ndots\r\n--b\r\n\r\ntwo\r\n--b--",
            "one\n\ntwo",
        ),
        (
            "multipart/mixed; boundary=b",
            "--b\r\n\r\n\r\n--b\r\nContent-Type: text/plain; name=words.txt\r\n\r\nall there is\r\n--b--",
            "all there is",
        ),
        (
            "multipart/report; boundary=b",
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nNo room.\r\n--b--",
            "No room.",
        ),
    ],
)
def test_a_strange_structure_still_gives_its_words(kind: str, body: str, text: str) -> None:
    assert mail_of(body, content_type=kind).text == text


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (
            "SUMMARY:Site visit\\, Elm Road\r\nDTSTART;TZID=Europe/London:20270105T140000\r\nDTEND:20270105T150000Z\r\n"
            "LOCATION:The dep\r\n ot\r\nDESCRIPTION:Bring boots.\\nBe early.\r\n"
            "BEGIN:VALARM\r\nDESCRIPTION:Reminder\r\nEND:VALARM\r\n",
            "Site visit, Elm Road\nWhen: 5 January 2027, 14:00 Europe/London – 5 January 2027, 15:00 UTC\n"
            "Where: The depot\n\nBring boots.\nBe early.",
        ),
        ("SUMMARY:Fair\r\nDTSTART;VALUE=DATE:20270105\r\n", "Fair\nWhen: 5 January 2027"),
        ("DTSTART:soon\r\n", "When: soon"),
        ("UID:1\r\n", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nEND:VCALENDAR"),
    ],
)
def test_an_invitation_alone_is_told_in_words(event: str, text: str) -> None:
    calendar = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{event}END:VEVENT\r\nEND:VCALENDAR"

    mail = mail_of(calendar, content_type="text/calendar; method=REQUEST")

    assert (mail.text, len(mail.attachments)) == (text, 1)


def test_what_was_odd_is_said_in_words() -> None:
    assert mail_of("--b\r\n\r\nx", content_type="multipart/mixed; boundary=b").problems == (
        "the mail ends in the middle of a part",
    )


def test_ids_come_without_angle_brackets() -> None:
    mail = mail_of(message_id="<a@x>", in_reply_to="<b@x> (yours)", references="<c@x>\r\n <b@x>")

    assert (mail.message_id, mail.in_reply_to, mail.references) == ("a@x", ("b@x",), ("c@x", "b@x"))


def test_inspection_is_one_line_of_json_with_every_field() -> None:
    told = inspect_json("a.eml", b"From: Jane <jane@citizen.example>\r\nSubject: =?utf-8?Q?=E2=80=A8?=\r\n\r\nhi")

    assert list(told) == [
        *("file", "message_id", "from", "from_name", "to", "cc", "subject", "date", "text", "html", "reply_text"),
        *("attachments", "in_reply_to", "references", "automatic", "bounce", "problems"),
    ]
    assert "\n" not in json.dumps(told, ensure_ascii=True)


def test_an_empty_mail_says_that_it_has_no_sender() -> None:
    assert understand(b"").problems == ("the mail has no sender's address",)
