"""Mail from machines is told apart, and reports about our own mail are read."""

import json

import pytest

from channels.email.understanding.mail import Bounce
from channels.email.understanding.parsing import understand


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
        (
            "Subject: Report domain: anytown.example Submitter: mx.example Report-ID: 1",
            "a report on mail that bears our name (DMARC)",
        ),
        ("Subject: Report domain names that copy yours", None),
        ("Auto-Submitted: no", None),
        ("Precedence: normal", None),
        ("X-Autoreply: no", None),
        ("Return-Path: <jane@citizen.example>", None),
        ("Subject: Your automatic reply made no sense", None),
        ("Subject: Out of office hours noise from the depot", None),
        ("X-MLServer: fml 4.0.3", "X-Mlserver header: a mailing list"),
    ],
)
def test_an_automatic_mail_is_told_by_its_headers(headers: str, why: str | None) -> None:
    assert understand(read(f"From: jane@citizen.example\n{headers}")).automatic == why


@pytest.mark.parametrize(
    ("headers", "is_answer"),
    [
        ("Auto-Submitted: auto-replied (vacation)", True),
        ("Auto-Submitted: auto-generated", False),  # a web form may say so
        ("Return-Path: <>", True),
        ("X-Autoreply: yes\nList-Id: <news.example>", True),
        ("List-Id: <news.example>", False),
        ("From: news-owner@lists.example\nList-Id: <news.example>", True),
        ("Content-Type: multipart/report; report-type=disposition-notification", True),
        ("Precedence: auto_reply", True),
        ("Precedence: bulk", False),
        ("Subject: Out of office", True),
        ("Subject: Automatic reply: Missed bin [1234 5678]", True),
        ("Subject: Abwesenheitsnotiz: Tonne", True),
        ("Subject: Arpus biroja atrasanas automatiska atbilde: atkritumi", True),
        ("Subject: Réponse automatique : Poubelle", True),
        ("Subject: =?utf-8?B?6Ieq5YuV5b+c562U?=", True),
        ("Subject: Odpowiedź automatyczna: Kosz", True),
        ("Subject: Automatiskt svar: Soptunna\nAuto-Submitted: auto-generated", True),  # as Exchange says of its notes
        ("Subject: Out of the office until Monday", True),
        ("Subject: Jane Doe/DEPOT is out of the office\nAuto-Submitted: auto-generated", True),
        *(
            (f"Subject: {said}: Bin\nX-Auto-Response-Suppress: All", True)
            for said in ("自动答复", "자동 회신", "תשובה אוטומטית", "स्वचालित उत्तर", "Trả lời tự động")
        ),
        ("Subject: [Automatyczna odpowiedź] Kosz", True),
        ("Subject: AUTO: Doe, Jane is out of the office. (returning 05/01/2027)", True),
    ],
)
def test_only_what_answers_a_mail_is_an_answer(headers: str, is_answer: bool) -> None:
    mail = understand(read(f"{headers}\nFrom: jane@citizen.example"))

    assert (mail.is_answer, mail.automatic is not None) == (is_answer, True)


@pytest.mark.parametrize(
    "part",
    [
        "Content-Type: message/feedback-report\n\nFeedback-Type: abuse",
        "Content-Type: message/rfc822\n\nX-HmXmrOriginalRecipient: jane@citizen.example\nSubject: Yours\n\nhi",
    ],
)
def test_a_complaint_is_an_answer_of_a_mail_provider(part: str) -> None:
    mail = understand(read("From: staff@mx.example\nContent-Type: multipart/mixed; boundary=b", f"--b\n{part}\n--b--"))

    assert mail.automatic == "a complaint report by a mail provider"
    assert mail.is_answer


def test_a_mail_of_ours_that_hotmail_sends_back_as_it_was_is_a_complaint() -> None:
    raw = read(
        "Return-Path: staff@hotmail.com\nX-HmXmrOriginalRecipient: jane@hotmail.example\n"
        "From: help@anytown.example\nTo: jane@hotmail.example\nMessage-ID: <ours-1@anytown.example>"
    )
    read_elsewhere = raw.replace(b"staff@hotmail.com", b"jane@citizen.example")

    mail = understand(raw)

    assert mail.complaint is not None
    assert (mail.is_answer, mail.complaint.message_id) == (True, "ours-1@anytown.example")
    assert (mail.complaint.recipient, mail.complaint.by) == ("jane@hotmail.example", "hotmail.com")
    assert understand(read_elsewhere).complaint is None


def test_a_mail_system_is_a_machine() -> None:
    assert understand(read("From: MAILER-DAEMON@mx.example")).automatic == "sent by a mail system"


def report(action: str, status: str, original: str = "Message-ID: <ours-1@anytown.example>") -> bytes:
    return read(
        "From: MAILER-DAEMON@mx.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b",
        "--b\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; jane@citizen.example\nAction: {action}\nStatus: {status}\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{original}\n--b--",
    )


def test_a_code_that_says_nothing_is_read_beside_the_words_for_people() -> None:
    vague = report("failed", "5.0.0")
    told = vague.replace(b"Sorry.", b"** Address not found **")

    found = [bounce for raw in (told, vague) if (bounce := understand(raw).bounce)]

    assert [bounce.unreachable for bounce in found] == [True, False]


@pytest.mark.parametrize(
    ("action", "status", "permanent"),
    [
        ("failed", "5.1.1", True),
        ("failed", "5.0.0 (unknown)", True),
        ("delayed", "4.4.1", False),
        ("delayed", "5.4.1", False),
        ("failed", "4.4.7", False),
        ("", "5.1.1", True),
        ("", "4.4.1", False),
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
        unreachable=status == "5.1.1",
        final=action == "failed" or permanent,
    )


def test_the_kind_of_a_diagnosis_is_no_reason() -> None:
    fields = "Final-Recipient: rfc822; jane@citizen.example\nAction: failed\nStatus: 5.4.4\n"
    body = f"Reporting-MTA: dns; mx.example\n\n{fields}Diagnostic-Code: X-Mail-Relay; no answer by name servers"
    bounce = understand(read("Return-Path: <>\nContent-Type: message/delivery-status", body)).bounce

    assert bounce is not None
    assert (bounce.permanent, bounce.unreachable) == (True, True)


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
                message_id="ours-2@anytown.example",
                recipient="jane@citizen.example",
                status="5.1.1",
                permanent=True,
                unreachable=True,
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
            Bounce(message_id="", recipient="jane@citizen.example", status="", permanent=False, final=False),
        ),
    ],
)
def test_a_report_in_plain_words_is_read(headers: str, body: str, bounce: Bounce) -> None:
    assert understand(read(headers, body)).bounce == bounce


@pytest.mark.parametrize(
    ("headers", "body", "permanent", "unreachable"),
    [
        ("From: MAILER-DAEMON <>\nSubject: Mail delivery failed", "did not like our RCPT:\n550 no such user", 1, 1),
        ("From: MAILER-DAEMON <>\nSubject: Mail delivery failed", "mx said:\n552 5.2.2 Mailbox full", 1, 0),
        ("From: MAILER-DAEMON <>\nSubject: Mail delivery failed", "451 4.7.1 Greylisted, come back", 0, 0),
        ("Return-Path: <>\nSubject: Mail", "The recipient's mailbox is full: mail could not be delivered", 1, 0),
        ("Return-Path: <>\nSubject: Re: bins", "Your message was rejected: 550 5.7.1 DMARC policy", 1, 0),
        ("Return-Path: <>\nSubject: Sorry", "553 5.1.8 Sender address rejected: Domain not found", 1, 0),
        ("From: post_master@x.example\nSubject: Re: bins", "Error: Invalid user address\n550 - no such user", 1, 1),
        ("From: MAILER-DAEMON <>\nSubject: Mail failed", "550 5.4.1 Recipient address rejected: Access denied", 1, 1),
        ("From: MAILER-DAEMON <>\nSubject: Mail failed", "5.4.1 Recipient\n  address rejected: Access\n\tdenied", 1, 1),
        ("From: MAILER-DAEMON <>\nSubject: Mail failed", "550 5.7.1 Access denied", 1, 0),
        ("From: MAILER-DAEMON <>\nSubject: Mail failed", "550 5.2.1 The account you tried is disabled.", 1, 0),
        ("From: MAILER-DAEMON <>\nSubject: Mail failed", "550 The account is disabled: no such user", 1, 1),
        ("From: MAILER-DAEMON <>\nSubject: Mail failed", "No name server: Host not\n found, try again", 1, 0),
        ("From: MAILER-DAEMON <>\nSubject: Mail failed", "5.1.0 Unknown address error: '552 5.2.2 Mailbox full'", 1, 0),
        ("From: MAILER-DAEMON <>\nSubject: Mail failed", "550 5.1.10 not found\nSender address: a@b.example", 1, 1),
        ("From: MAILER-DAEMON <>\nSubject: Mail failed", "connect to mx.example: Connection refused", 0, 0),
        ("From: MAILER-DAEMON <>\nSubject: Mail failed", "No MX record found for domain=citizen.example", 1, 1),
        (
            "From: MAILER-DAEMON <>\nSubject: Mail failed",
            "Connected but my name was rejected: 501 Invalid domain",
            1,
            0,
        ),
        (
            "From: MAILER-DAEMON <>\nSubject: Mail failed\nContent-Type: multipart/report; boundary=b",
            "--b\n\nunknown user: jane\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
            "Final-Recipient: rfc822; jane@citizen.example\nAction: failed\nStatus: 5.5.0\n--b--",
            1,
            1,
        ),
        ("From: postmaster@x.example\nSubject: Unzustellbar: Tonne", "konnte nicht zugestellt werden", 1, 0),
        ("From: MDaemon@x.example\nSubject: Warning", "could not be delivered; will keep trying for 4 days", 0, 0),
    ],
)
def test_failures_are_told_apart_by_codes_and_words(
    headers: str, body: str, permanent: bool, unreachable: bool
) -> None:
    bounce = understand(read(headers, body)).bounce

    assert bounce is not None
    assert (bounce.permanent, bounce.unreachable) == (bool(permanent), bool(unreachable))


def test_a_report_names_who_was_not_reached_and_not_who_is_told() -> None:
    bounce = understand(
        read(
            "From: MAILER-DAEMON@mx.example\nTo: help@anytown.example\nSubject: Undeliverable mail",
            "To help@anytown.example: your mail to jane@citizen.example could not be delivered.",
        )
    ).bounce

    assert bounce is not None
    assert bounce.recipient == "jane@citizen.example"


def test_a_report_without_a_sender_is_read_and_leaves_no_trace_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    body = "Hi. This is the qmail-send program at mx.example.\n\n<jane@citizen.example>:\n550 no such user\n\n--- Below"
    bounce = understand(read("Return-Path: <>\nSubject: failure notice", body)).bounce

    assert bounce is not None
    assert bounce.recipient == "jane@citizen.example"
    assert caplog.records == []


def test_a_notification_in_json_is_a_bounce() -> None:
    told = {
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bouncedRecipients": [{"emailAddress": "j@x.example", "status": "5.1.1"}],
        },
        "mail": {"commonHeaders": {"messageId": "<ours-4@anytown.example>"}},
    }
    wrapped = json.dumps({"Type": "Notification", "Message": json.dumps(told)}, indent=1)

    for text in (json.dumps(told), wrapped):
        assert understand(read("From: no-reply@sns.amazonaws.com\nSubject: Notification", text)).bounce == Bounce(
            message_id="ours-4@anytown.example",
            recipient="j@x.example",
            status="5.1.1",
            permanent=True,
            unreachable=True,
        )


def test_a_mail_that_somebody_hands_on_without_a_word_or_an_address_is_no_bounce() -> None:
    raw = read("From: jane\nSubject: Fwd: bins\nContent-Type: message/rfc822", "From: bob@b.example\n\nmy bin")

    assert understand(raw).bounce is None


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Mail delivery failed again at Elm Road", "550 letters, 5.1.1 lost"),
        ("Fwd: Undeliverable: my complaint", "Your old address is dead:\n> could not be delivered\n> 550 no such user"),
        ("Undeliverable", "My mail to waste@anytown.example could not be delivered. Which address should I use?"),
        ("Delivery problem", "The parcel could not be delivered, the driver says the address is unknown."),
    ],
)
def test_a_citizen_who_writes_about_undelivered_mail_is_no_bounce(subject: str, text: str) -> None:
    mail = understand(read(f"From: jane@citizen.example\nSubject: {subject}", text))

    assert (mail.bounce, mail.is_answer) == (None, False)
