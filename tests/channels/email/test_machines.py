"""Mail from machines is told apart, and reports about our own mail are read."""

import pytest

from channels.email.mail import Bounce
from channels.email.parsing import understand


def read(headers: str, body: str = "hello") -> bytes:
    return f"{headers}\r\n\r\n{body}".replace("\r\n", "\n").replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ("Auto-Submitted: auto-replied", "Auto-Submitted: auto-replied"),
        ("Auto-Submitted: auto-generated; owner-email=x", "Auto-Submitted: auto-generated"),
        ("Return-Path: <>", "null Return-Path"),
        ("List-Id: <news.example>", "List-Id header: a mailing list"),
        ("List-Unsubscribe: <https://x.example>", "List-Unsubscribe header: a mailing list"),
        ("Precedence: bulk", "Precedence: bulk"),
        ("Precedence: Junk", "Precedence: junk"),
        ("X-Autoreply: yes", "X-Autoreply header"),
        ("X-Auto-Response-Suppress: All", "X-Auto-Response-Suppress: all"),
        ("Subject: Automatic reply: Out until Monday", "the subject says it is an automatic answer"),
        ("Auto-Submitted: no", None),
        ("Precedence: normal", None),
        ("X-Autoreply: no", None),
        ("Return-Path: <jane@citizen.example>", None),
        ("Subject: Your automatic reply made no sense", None),
    ],
)
def test_an_automatic_mail_is_told_by_its_headers(headers: str, why: str | None) -> None:
    assert understand(read(f"From: jane@citizen.example\n{headers}")).automatic == why


def test_a_mail_system_is_a_machine() -> None:
    assert understand(read("From: MAILER-DAEMON@mx.example")).automatic == "sent by a mail system"


def report(action: str, status: str, original: str = "Message-ID: <ours-1@anytown.example>") -> bytes:
    return read(
        "From: MAILER-DAEMON@mx.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b",
        "--b\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; jane@citizen.example\nAction: {action}\nStatus: {status}\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{original}\n--b--",
    )


@pytest.mark.parametrize(
    ("action", "status", "permanent"),
    [
        ("failed", "5.1.1", True),
        ("failed", "5.0.0 (unknown)", True),
        ("delayed", "4.4.1", False),
        ("delayed", "5.4.1", False),
        ("failed", "4.4.7", False),
        ("delivered", "2.0.0", False),
        ("relayed", "2.1.5", False),
    ],
)
def test_a_standard_report_is_read(action: str, status: str, permanent: bool) -> None:
    assert understand(report(action, status)).bounce == Bounce(
        message_id="ours-1@anytown.example",
        recipient="jane@citizen.example",
        status=status.split()[0],
        permanent=permanent,
    )


def test_a_report_that_returns_the_whole_mail_names_it() -> None:
    raw = report("failed", "5.1.1").replace(b"text/rfc822-headers", b"message/rfc822")

    bounce = understand(raw).bounce

    assert bounce is not None
    assert bounce.message_id == "ours-1@anytown.example"


@pytest.mark.parametrize(
    ("headers", "body", "bounce"),
    [
        (
            "Return-Path: <>\nFrom: MAILER-DAEMON@qmail.example\nSubject: failure notice",
            "<jane@citizen.example>:\n550 5.1.1 no such user\n\n--- A copy\n\nMessage-ID: <ours-2@anytown.example>\n",
            Bounce(
                message_id="ours-2@anytown.example", recipient="jane@citizen.example", status="5.1.1", permanent=True
            ),
        ),
        (
            "From: Mail Delivery System <Mailer-Daemon@exim.example>\nX-Failed-Recipients: jane@citizen.example\n"
            "Subject: Mail delivery failed: returning message to sender",
            "A message that you sent could not be delivered.\n\n  Message-Id: <ours-3@anytown.example>",
            Bounce(message_id="ours-3@anytown.example", recipient="jane@citizen.example", status="", permanent=True),
        ),
        (
            "From: Mailer-Daemon@exim.example\nSubject: Warning: message delayed 24 hours",
            "The address jane@citizen.example has not yet been reached; we will keep trying.",
            Bounce(message_id="", recipient="jane@citizen.example", status="", permanent=False),
        ),
    ],
)
def test_a_report_in_plain_words_is_read(headers: str, body: str, bounce: Bounce) -> None:
    assert understand(read(headers, body)).bounce == bounce


def test_a_citizen_who_writes_about_undelivered_mail_is_no_bounce() -> None:
    raw = read("From: jane@citizen.example\nSubject: Mail delivery failed again at Elm Road", "550 letters, 5.1.1 lost")

    assert understand(raw).bounce is None
