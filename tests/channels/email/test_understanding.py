"""A mail's structure: its text and HTML are found in whatever way it was put together."""

import json

import pytest

from channels.email.understanding.parsing import inspect_json, understand
from tests.channels.email.mails import mail_of, parts


def test_several_parts_of_no_named_kind_are_parts() -> None:
    assert mail_of(parts("\r\nhello"), content_type="multipart/*; boundary=b").text == "hello"


def test_a_mail_without_words_that_holds_another_mail_says_what_that_one_says() -> None:
    enclosed = "Content-Type: message/rfc822\r\n\r\nFrom: bob@citizen.example\r\nSubject: Bin\r\n\r\nIt is full."

    mail = mail_of(parts("\r\n", enclosed), content_type="multipart/mixed; boundary=b")

    assert (mail.text, mail.passed_on, [each.filename for each in mail.attachments]) == (
        "It is full.", True, [""],
    )  # fmt: skip


def test_an_alternative_gives_text_and_html_once_each() -> None:
    body = parts("Content-Type: text/plain\r\n\r\nplain", "Content-Type: text/html\r\n\r\n<p>rich</p>")

    mail = mail_of(body, content_type="multipart/alternative; boundary=b")

    assert (mail.text, mail.html, mail.attachments) == ("plain", "<p>rich</p>", ())


def test_a_mail_of_html_alone_has_a_text_too() -> None:
    mail = mail_of("<table><tr><td>Bin</td><td>missed</td></tr></table>", content_type="text/html")

    assert mail.text.split() == ["Bin", "missed"]


def test_a_mail_without_html_has_none() -> None:
    assert mail_of("hello").html == ""


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
        ("multipart/mixed; boundary=b", "--b and words\r\n\r\none\r\n--bc\r\n--b-- the end\r\nthis isn't", "one\n--bc"),
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


def test_inspection_is_one_line_of_json_with_every_field() -> None:
    told = inspect_json("a.eml", b"From: Jane <jane@citizen.example>\r\nSubject: =?utf-8?Q?=E2=80=A8?=\r\n\r\nhi")

    assert list(told) == [
        *("file", "message_id", "from", "from_name", "to", "cc", "subject", "date", "text", "html", "reply_text"),
        *("attachments", "in_reply_to", "references", "automatic", "bounce", "problems"),
    ]
    assert "\n" not in json.dumps(told, ensure_ascii=True)


def test_an_empty_mail_says_that_it_has_no_sender() -> None:
    assert understand(b"").problems == ("the mail has no sender's address",)
