"""Files in mails: their names and bytes, and what wraps them."""

import base64
import struct

import pytest

from tests.channels.email.mails import mail_of, parts


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


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="plan.pdf"', "plan.pdf"),
        ("attachment; filename=my plan.pdf", "my plan.pdf"),
        ("attachment; filename*=utf-8''M%C3%BCll.pdf", "Müll.pdf"),
        ("attachment; filename*=utf-8''M%C3%BCll.pdf; filename=M_ll.pdf", "Müll.pdf"),
        ("attachment; filename=M_ll.pdf; filename*0*=utf-8''M%C3; filename*1*=%BCll.pdf", "Müll.pdf"),
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


def test_a_text_that_has_a_file_name_is_shown_and_is_a_file_too() -> None:
    letter = 'Content-Type: text/plain\r\nContent-Disposition: inline; filename="letter.txt"\r\n\r\nDear council'

    mail = mail_of(parts(letter), content_type="multipart/mixed; boundary=b")

    assert mail.text == "Dear council"
    assert [(each.filename, each.content) for each in mail.attachments] == [("letter.txt", b"Dear council")]


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
