"""What the hub is told about a mail."""

import pytest

from channels.contract import Address, DeliveryStatus, DeliveryUpdate, Event, InboundMessage, Unreadable
from channels.email.intake import Delivery, event_of, tag_of
from channels.email.understanding.parsing import understand
from tests.channels.desk import inbox_of

INBOX = inbox_of("email", "help", "help@anytown.example")
RAW = (
    b"From: Jane Doe <Jane.Doe@Citizen.Example>\r\nTo: help@anytown.example\r\nSubject: Bin\r\n"
    b"Message-ID: <1@citizen.example>\r\n"
    b"Date: Mon, 23 Nov 2026 10:15:00 +0100\r\nIn-Reply-To: <c@x>\r\nReferences: <a@x> <b@x> <c@x>\r\n\r\n"
    b"The green one.\r\n\r\nOn 22 Nov 2026, help@anytown.example wrote:\r\n> Which bin?\r\n"
)


def arrived(raw: bytes, token: str | None = None) -> Event:
    return event_of(understand(raw), raw, Delivery(INBOX, token, lambda address: address == INBOX.address))


def message_of(raw: bytes, token: str | None = None) -> InboundMessage:
    event = arrived(raw, token)
    assert isinstance(event, InboundMessage)
    return event


def test_a_citizens_mail_becomes_a_message() -> None:
    message = message_of(RAW, "t0ken")

    assert message.sender == Address("mailto", "jane.doe@citizen.example")
    assert (message.sender_name, message.subject, message.text) == ("Jane Doe", "Bin", "The green one.")
    assert message.at is not None
    assert message.at.isoformat() == "2026-11-23T09:15:00+00:00"
    assert message.references == ("c@x", "b@x", "a@x")
    assert (message.message_id, message.reply_token, message.automatic) == ("1@citizen.example", "t0ken", None)
    assert message.raw == RAW


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        (RAW.replace(b"\r\n", b"\n"), True),
        (b"Received: by mx.example\r\n" + RAW, True),
        (RAW + b"\r\n", True),
        (RAW.replace(b"green", b"brown"), False),
        (RAW.replace(b"<1@", b"<2@"), False),
    ],
)
def test_a_mail_is_the_same_by_its_id_and_body(changed: bytes, same: bool) -> None:
    assert (understand(changed).identity == understand(RAW).identity) is same


def test_two_people_who_write_the_same_without_a_message_id_are_two() -> None:
    jane, bob = (b"From: %s@citizen.example\r\n\r\nyes" % name for name in (b"jane", b"bob"))

    assert message_of(jane).external_id != message_of(bob).external_id


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("JANE@CITIZEN.EXAMPLE", "jane@citizen.example"),
        ("jane@bücher.example", "jane@xn--bcher-kva.example"),
        ("jané@citizen.example", "jané@citizen.example"),
        ("weiß@citizen.example", "weiß@citizen.example"),  # somebody else is weiss@citizen.example
        ("jane@faß.example", "jane@xn--fa-hia.example"),  # and fass.example is another domain (RFC 5894 §7.2)
    ],
)
def test_one_address_is_written_one_way(written: str, value: str) -> None:
    assert message_of(f"From: {written}\r\n\r\nhi".encode()).sender == Address("mailto", value)


@pytest.mark.parametrize("sender", ["", "Whomever", "root", "<>", "undisclosed-recipients:;"])
def test_a_mail_that_nobody_can_answer_is_kept_for_people(sender: str) -> None:
    event = arrived(f"From: {sender}\r\n\r\nhi".encode())

    assert isinstance(event, Unreadable)
    assert (event.from_citizen, event.media_type) == (True, "message/rfc822")
    assert "sender" in event.why


def test_a_forwarded_mail_is_shown_whole_and_an_answer_is_not() -> None:
    raw = b"From: a@b.example\r\nSubject: Fwd: Bin\r\n\r\nFYI\r\n\r\n-- Forwarded message --\r\nMy bin"

    assert message_of(raw).text.endswith("My bin")
    assert message_of(raw, "t0ken").text == "FYI"


def test_our_own_mail_is_automatic() -> None:
    assert message_of(b"From: Help@anytown.example\r\n\r\nhi").automatic == "our own address"


@pytest.mark.parametrize(
    ("written", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("C:\\Users\\jane\\plan.pdf", "plan.pdf"),
        (".htaccess", "htaccess"),
        ("..", "attachment.png"),
        ("", "attachment.png"),
    ],
)
def test_a_file_name_is_no_path(written: str, safe: str) -> None:
    disposition = f'Content-Disposition: attachment; filename="{written}"'.replace("\\", "\\\\")
    raw = f"From: a@b.example\r\nContent-Type: image/png\r\n{disposition}\r\n\r\nx".encode()

    assert [file.filename for file in message_of(raw).files] == [safe]


@pytest.mark.parametrize(
    ("subject", "named"),
    [("The old one", "The old one.eml"), ("7/8 Mill Road...", "7-8 Mill Road.eml"), ("", "attachment.eml")],
)
def test_a_mail_inside_that_has_no_name_goes_by_its_subject(subject: str, named: str) -> None:
    raw = f"From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\nSubject: {subject}\r\n\r\nold"

    assert [file.filename for file in message_of(raw.encode()).files] == [named]


def bounce(action: str, status: str, original: str) -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; jane@citizen.example\r\nAction: {action}\r\nStatus: {status}\r\n--b\r\n"
        f"Content-Type: text/rfc822-headers\r\n\r\n{original}\r\n--b--"
    ).encode()


def test_a_bounce_fails_our_message_and_flags_the_address() -> None:
    event = arrived(bounce("failed", "5.1.1", "Message-ID: <ours@anytown.example>"))

    assert isinstance(event, DeliveryUpdate)
    assert (event.external_id, event.status) == ("ours@anytown.example", DeliveryStatus.FAILED)
    assert (event.error_code, event.flag) == ("5.1.1", "unreachable")
    assert "jane" not in event.error


@pytest.mark.parametrize(
    ("action", "status", "failed", "flag", "words"),
    [
        ("failed", "5.1.1", True, "unreachable", "check the address"),
        ("failed", "5.2.2", True, None, "their mailbox is full"),
        ("failed", "5.7.26", True, None, "refuses it as forbidden"),
        ("failed", "4.4.7", True, None, "(4.4.7): their mail server didn't take it in time"),
        ("failed", "4.2.2", True, None, "their mailbox is full"),
        ("delayed", "4.4.1", False, None, "still trying"),
        ("delivered", "2.0.0", False, None, ""),
    ],
)
def test_a_report_says_what_became_of_our_mail(
    action: str, status: str, failed: bool, flag: str | None, words: str
) -> None:
    event = arrived(bounce(action, status, "Message-ID: <ours@anytown.example>"))

    assert isinstance(event, DeliveryUpdate)
    assert (event.status is DeliveryStatus.FAILED, event.flag) == (failed, flag)
    assert words in event.error
    assert event.about == Address("mailto", "jane@citizen.example")
    assert event.raw


def test_a_report_on_no_mail_in_particular_is_kept() -> None:
    event = arrived(bounce("failed", "5.1.1", "Subject: no id"))

    assert isinstance(event, Unreadable)
    assert event.why == "A report on a mail that doesn't say which one it is about."
    assert not event.from_citizen


def test_a_machines_answer_opens_no_case_and_a_machines_mail_may() -> None:
    note = message_of(b"From: a@b.example\r\nAuto-Submitted: auto-replied\r\n\r\nI am away")
    form = message_of(b"From: a@b.example\r\nAuto-Submitted: auto-generated\r\n\r\nPothole, Elm Road")

    assert (note.opens_case, form.opens_case) == (False, True)


def test_a_machines_answer_without_a_sender_is_kept_and_opens_no_case() -> None:
    event = arrived(b"From: Jetmail <>\r\nAuto-Submitted: auto-replied\r\n\r\nhi")

    assert isinstance(event, Unreadable)
    assert not event.from_citizen


def test_a_bounce_to_our_envelope_sender_is_about_the_message_that_the_address_names() -> None:
    event = arrived(bounce("failed", "5.1.1", "Subject: no id"), "t0ken")

    assert isinstance(event, DeliveryUpdate)
    assert (event.external_id, event.bounce_token) == ("", "t0ken")


@pytest.mark.parametrize(
    ("address", "tag"),
    [
        ("help+abc@anytown.example", "abc"),
        ("HELP+abc@Anytown.Example", "abc"),
        ("help@anytown.example", None),
        ("help+@anytown.example", None),
        ("other+abc@anytown.example", None),
        ("help+abc@elsewhere.example", None),
    ],
)
def test_the_tag_of_an_address_is_found(address: str, tag: str | None) -> None:
    assert tag_of(address, INBOX) == tag


def test_an_inbox_whose_own_address_has_a_tag_knows_its_reply_addresses() -> None:
    waste = inbox_of("email", "waste", "help+waste@anytown.example")

    assert tag_of("help+waste+abc@anytown.example", waste) == "abc"
    assert tag_of("help+waste@anytown.example", waste) is None
