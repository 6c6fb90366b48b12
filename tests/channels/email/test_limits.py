"""Whatever arrives: no exception, no long wait, no unbounded memory."""

import struct
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.email.understanding.parsing import inspect_json, understand

LARGE = 25_000_000
LESS = 8_000_000  # of what takes seconds when it is large: that is for the long tests
FROM = b"From: jane@citizen.example\r\n"
MIXED = FROM + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
OUTLOOK = FROM + b"Content-Type: application/ms-tnef\r\n\r\n"
PROPERTIES = struct.pack("<BIII", 1, 0x69003, 20_000_000, 0xFFFFFF)
NESTED = b"".join(b"Content-Type: multipart/mixed; boundary=x%d\r\n\r\n--x%d\r\n" % (n, n) for n in range(200))

SEED = (
    FROM + b'To: "A, B" <a@b.example>, c@d.example\r\nSubject: =?utf-8?B?Q2Fmw6k=?=\r\nDate: 1 Jan 2026 00:00 +0000\r\n'
    b'Message-ID: <a@b>\r\nReferences: <c@d> <e@f>\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
    b"Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nContent-Type: text/plain; charset=utf8\r\n\r\nh\r\n"
    b"On 1 Jan 2026, x@y.example wrote:\r\n> a\r\n--c\r\nContent-Type: text/html\r\n\r\n<p>h<b></p>\r\n--c--\r\n--b\r\n"
    b"Content-Type: message/delivery-status\r\n\r\nA: b\r\n\r\nFinal-Recipient: rfc822; a@b\r\nStatus: 5.1.1\r\n--b\r\n"
    b"Content-Type: image/png; name*0*=utf-8''a%20; name*1=b\r\nContent-Transfer-Encoding: base64\r\n\r\naG=\r\n--b\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A9\r\nbegin 644 x\r\n#0V%T\r\n`\r\nend\r\n--b--\r\n"
)
MUTATION = st.tuples(st.integers(0, len(SEED)), st.integers(0, 80), st.binary(max_size=12))
REPORT = (
    b"From: MAILER-DAEMON@a.example\nReturn-Path: <>\nSubject: Undelivered Mail Returned to Sender\n"
    b"Content-Type: multipart/report; boundary=b\n\n"
)


def mutated(mutations: list[tuple[int, int, bytes]]) -> bytes:
    raw = bytearray(SEED)
    for position, length, inserted in mutations:
        raw[position : position + length] = inserted
    return bytes(raw)


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(MUTATION, min_size=1, max_size=12).map(mutated) | st.binary(max_size=400))
def test_no_mail_raises_and_each_can_be_stored(raw: bytes) -> None:
    told = inspect_json("x", raw)

    assert not [problem for problem in told["problems"] if "couldn't be understood" in problem]
    for key in ("subject", "text", "html", "reply_text", "from_name"):
        assert "\0" not in told[key]
        told[key].encode()


def like_boundaries(size: int) -> bytes:
    return MIXED + b"--c\r\n" * (size // 5)


def html_parts(size: int) -> bytes:
    return MIXED + (b"--b\r\nContent-Type: text/html\r\n\r\n" + b"&" * 12_000) * (size // 12_500)


def signatures(size: int) -> bytes:
    packed = b"\x30\x80" + b"\4\0" * 12_000
    return MIXED + (b"--b\r\nContent-Type: application/pkcs7-mime\r\n\r\n" + packed + b"\r\n") * (size // 24_100)


def endless_files(size: int) -> bytes:
    return FROM + b"\r\nbegin 644 x\n" * (size // 14) + b"\nend\n"


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda: FROM + b"\r\n" + b"\r\n" * (LARGE // 2), id="empty lines"),
        pytest.param(lambda: MIXED + b"--b\r\n" * (LARGE // 5), id="empty parts"),
        pytest.param(lambda: like_boundaries(LESS), id="lines like boundaries"),
        pytest.param(lambda: like_boundaries(LARGE), id="more lines like boundaries", marks=pytest.mark.soak),
        pytest.param(lambda: FROM + NESTED + b"x\r\n" * (LARGE // 3), id="nested parts"),
        pytest.param(lambda: b"A: b\r\n" * (LARGE // 6), id="header fields"),
        pytest.param(lambda: b"To: " + b"a@b.example, " * (LARGE // 13), id="recipients"),
        pytest.param(lambda: FROM + b"Content-Type: text/html\r\n\r\n" + b"<div>" * (LARGE // 5), id="nested html"),
        pytest.param(lambda: html_parts(LESS), id="many html parts"),
        pytest.param(lambda: html_parts(LARGE), id="more html parts", marks=pytest.mark.soak),
        pytest.param(lambda: signatures(LARGE), id="signatures"),
        pytest.param(lambda: endless_files(LESS), id="files that never end"),
        pytest.param(lambda: endless_files(LARGE), id="more files that never end", marks=pytest.mark.soak),
        pytest.param(lambda: FROM + b"\r\n" + b"On 1 Jan 2026 a@b.c wrote:\n> x\ny\n" * (LARGE // 34), id="quotes"),
        pytest.param(lambda: FROM + b"\r\n" + b"-- " + b" " * LARGE + b"x", id="white space"),
        pytest.param(lambda: b"\0" * LARGE, id="nothing"),
        pytest.param(lambda: OUTLOOK + b"\x78\x9f\x3e\x22" + b"\0" * LARGE, id="an Outlook file of nothing"),
        pytest.param(
            lambda: OUTLOOK + b"\x78\x9f\x3e\x22\0\0" + PROPERTIES + b"\3\0\1\x10" * 5_000_000,
            id="an Outlook file of properties",
        ),
        pytest.param(lambda: b"Received: x\r\n" + b"no field\r\nTo: a@b.example\r\n" * (LARGE // 27), id="stray lines"),
        pytest.param(
            lambda: b"Return-Path: <>\r\nSubject: failure\r\n\r\n" + b"550 unknown a@b\n" * 250_000, id="a report"
        ),
        pytest.param(lambda: REPORT + b"--b\n\n" + b"," * 1_000_000, id="a report of one line"),
        pytest.param(
            lambda: FROM + b"\r\n" + (b"x On a 2012 wrote " * 15 + b"\n> y\n") * 4_900, id="answers beside quotes"
        ),
    ],
)
def test_megabytes_of_malice_take_no_time(made: Callable[[], bytes]) -> None:
    raw = made()  # all at once they would be half a gigabyte, kept as long as the tests run
    start = time.process_time()

    understand(raw)

    assert time.process_time() - start < 4  # 2 s alone on a machine; tests share theirs


def test_an_honest_25_megabyte_attachment_is_whole() -> None:
    encoded = (b"QUJD" * 19 + b"\r\n") * (LARGE // 78)

    mail = understand(
        MIXED
        + b"--b\r\n\r\nsee\r\n--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + encoded
        + b"--b--\r\n"
    )

    assert [each.size for each in mail.attachments] == [LARGE // 78 * 57]


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (MIXED + b"--b\r\n\r\nx\r\n" * 1001, "more than 1000 parts"),
        (FROM + NESTED + b"deep", "nested deeper than 150"),
        (MIXED + b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 400, "nested deeper than 150"),
        (FROM + b"\r\n" + b"word " * 300_000, "longer than 1000000 characters"),
        (FROM + b"X: y\r\n" * 60_000 + b"\r\nhi", "header is too long"),
    ],
)
def test_a_limit_that_was_reached_is_named_once(raw: bytes, problem: str) -> None:
    assert len([each for each in understand(raw).problems if problem in each]) == 1


def test_a_header_that_is_too_long_does_not_hide_the_body() -> None:
    assert understand(FROM + b"X: y\r\n" * 60_000 + b"\r\nhi").text == "hi"
