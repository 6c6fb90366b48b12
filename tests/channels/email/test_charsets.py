"""Words in the charset that was meant, whatever charset was named."""

import pytest

from channels.email.understanding.parsing import understand
from tests.channels.email.mails import mail_of


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
        ("·´¯°·¸`·´¯°·¸`".encode("latin-1"), "", "·´¯°·¸`·´¯°·¸`"),  # a rule, and no Chinese
        (b"\x93quoted\x94\x81", "iso-8859-1", "“quoted”"),  # the last means nothing there
        ("Мой бак не вывезли".encode("koi8-r"), "", "Мой бак не вывезли"),
        ("Мой бак не вывезли".encode("cp1251"), "us-ascii", "Мой бак не вывезли"),  # a lie
        ("МОЙ ДОМ Ä".encode("cp1251", "replace"), "windows-1251", "МОЙ ДОМ ?"),
        ("Déjà répété, à côté des fossés".encode("cp1252"), "", "Déjà répété, à côté des fossés"),
        ("hello".encode("utf-16"), "utf-8", "hello"),
        ("Привет, это бак".encode(), "windows-1251", "Привет, это бак"),  # a lie: nobody means Привет by it
        ("ごみ箱がいっぱいです。".encode("euc_jp"), "", "ごみ箱がいっぱいです。"),
        ("ごみ箱がいっぱいです。".encode("euc_jp"), "iso-2022-jp", "ごみ箱がいっぱいです。"),  # a lie
        ("Déjà… ".encode() + "confidentialité".encode("cp1252"), "", "Déjà… confidentialité"),  # a server's disclaimer
        ("Déjà répété ".encode() + "là, ça".encode("cp1252"), "utf-8", "Déjà répété là, ça"),
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


def test_words_without_a_charset_are_in_the_one_that_the_subject_names() -> None:
    subject = "=?iso-8859-9?Q?=C7=F6p_toplanmad=FD?="

    mail = mail_of("Sokağımızın ışığı".encode("iso-8859-9"), subject=subject, content_type="text/plain")

    assert (mail.subject, mail.text) == ("Çöp toplanmadı", "Sokağımızın ışığı")
