"""What mail systems and machines write back: it lands where it belongs, or is kept aside, and opens no case."""

from sqlmodel import Session

from channels.contract import Receipt
from channels.email.intake import Delivery, event_of
from channels.email.understanding.parsing import understand
from hub.actions.sending.outbox import claim_due
from hub.actions.sending.reply import reply
from hub.models import Address, Case, EarlyUpdate, Envelope, Message, MessageStatus, Unreadable
from hub.models.base import utcnow
from hub.signed.reply_token import bounce_token, reply_token
from tests.cases.anytown import MAIL_DOMAIN, Town

SECRET = "a secret"


async def arrives(town: Town, raw: str, token: str | None = None) -> Receipt:
    inbox = town.desk.inbox("email", "help")
    assert inbox is not None
    octets = raw.replace("\n", "\r\n").encode()
    event = event_of(understand(octets), octets, Delivery(inbox, token, lambda address: False))
    return (await town.receive(event))[0]


async def answered(town: Town) -> Message:
    """Ann's answer to a citizen's mail, sent; the acknowledgement went before it."""
    receipt = await town.mail("My benefits", message_id="a@example.org")
    await town.act(reply, receipt, "ann", "Which ones?", mail_domain=MAIL_DOMAIN)
    await town.send_all()
    return (await town.rows(Message, direction="out"))[-1]


def report(about: str, status: str = "5.1.1", action: str = "failed", to: str = "jo@example.org") -> str:
    return (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nSubject: Undelivered\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n"
        f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {to}\nAction: {action}\nStatus: {status}\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{about}\n--b--"
    )


async def test_a_bounce_that_names_our_mail_lands_on_its_case(town: Town) -> None:
    sent = await answered(town)

    receipt = await arrives(town, report(f"Message-ID: <{sent.message_id}>"))

    failed = await town.one(Message, id=sent.id)
    assert (failed.status, failed.error_code) == (MessageStatus.FAILED, "5.1.1")
    assert receipt.reference == (await town.one(Case)).reference
    assert (await town.one(Address, uri="mailto:jo@example.org")).unreachable_at is not None
    assert await town.rows(Unreadable) == []


async def test_a_bounce_without_an_id_is_found_by_the_address_that_it_came_to(town: Town) -> None:
    sent = await answered(town)
    reference = (await town.one(Case)).reference

    await arrives(town, report("Subject: no id"), bounce_token(SECRET, reference, sent.id))

    assert (await town.one(Message, id=sent.id)).status is MessageStatus.FAILED


async def test_words_of_an_old_mail_system_are_found_by_the_reply_address(town: Town) -> None:
    sent = await answered(town)
    token = reply_token(SECRET, (await town.one(Case)).reference)

    await arrives(town, "Return-Path: <>\nFrom: postmaster@x.example\nSubject: Failure\n\nNo such user here.", token)

    assert (await town.one(Message, id=sent.id)).status is MessageStatus.FAILED


async def test_a_soft_bounce_is_shown_and_neither_fails_the_message_nor_flags_the_address(town: Town) -> None:
    sent = await answered(town)

    for _ in range(2):
        await arrives(town, report(f"Message-ID: <{sent.message_id}>", "4.2.2", "delayed"))

    still = await town.one(Message, id=sent.id)
    assert (still.status, still.error_code) == (MessageStatus.SENT, "4.2.2")
    assert "still trying" in still.error
    assert (await town.one(Address, uri="mailto:jo@example.org")).unreachable_at is None
    assert (await town.kinds(sent.case_id)).count("delayed") == 1


async def test_a_mail_that_was_given_up_after_a_while_fails_and_its_address_stays_good(town: Town) -> None:
    sent = await answered(town)

    await arrives(town, report(f"Message-ID: <{sent.message_id}>", "4.4.1", "delayed"))
    await arrives(town, report(f"Message-ID: <{sent.message_id}>", "4.4.1"))

    failed = await town.one(Message, id=sent.id)
    assert failed.status is MessageStatus.FAILED
    assert "came back undelivered (4.4.1)" in failed.error
    assert (await town.one(Address, uri="mailto:jo@example.org")).unreachable_at is None


async def test_a_refused_mail_fails_and_its_address_stays_good(town: Town) -> None:
    sent = await answered(town)

    await arrives(town, report(f"Message-ID: <{sent.message_id}>", "5.7.1"))

    assert (await town.one(Message, id=sent.id)).status is MessageStatus.FAILED
    assert (await town.one(Address, uri="mailto:jo@example.org")).unreachable_at is None


async def test_a_copy_that_came_back_says_so_and_the_citizens_mail_stays_sent(town: Town) -> None:
    sent = await answered(town)
    await town.mail("hello", "aunt@example.org")
    await town.db.write(_copied_to, sent.id, "mailto:aunt@example.org")

    await arrives(town, report(f"Message-ID: <{sent.message_id}>", to="aunt@example.org"))

    message = await town.one(Message, id=sent.id)
    assert message.status is MessageStatus.SENT
    assert message.error.startswith("A copy wasn't delivered.")
    assert (await town.one(Address, uri="mailto:jo@example.org")).unreachable_at is None
    assert (await town.one(Address, uri="mailto:aunt@example.org")).unreachable_at is not None


async def test_a_bounce_before_the_sending_is_recorded_counts(town: Town) -> None:
    receipt = await town.mail("My benefits")
    await town.act(reply, receipt, "ann", "Which ones?", mail_domain=MAIL_DOMAIN)
    free = dict.fromkeys(town.hub.directory.inboxes, 9)
    await town.db.write(claim_due, utcnow(), free, SECRET)
    sent = (await town.rows(Message, direction="out"))[-1]

    await arrives(town, report(f"Message-ID: <{sent.message_id}>"))

    assert (await town.one(Message, id=sent.id)).status is MessageStatus.FAILED
    assert await town.rows(EarlyUpdate) == []


async def test_a_bounce_of_somebody_elses_mail_is_kept_where_people_see_it(town: Town) -> None:
    raw = report("Message-ID: <stranger@elsewhere.example>")

    assert (await arrives(town, raw)).reference == ""

    kept = await town.one(Unreadable)
    assert kept.why == "A report on a mail that isn't ours, or is no longer here."
    assert kept.raw == raw.replace("\n", "\r\n").encode()
    assert await town.rows(Case) == []


def _copied_to(session: Session, message_id: int, uri: str) -> None:
    session.add(Envelope(message_id=message_id, cc=[uri]))


AWAY = "From: jo@example.org\nMessage-ID: <away@example.org>\nAuto-Submitted: auto-replied\n{}\n\nI am away until May."


async def test_an_automatic_answer_stands_in_the_case_it_answers(town: Town) -> None:
    sent = await answered(town)

    await arrives(town, AWAY.format(f"In-Reply-To: <{sent.message_id}>"))

    case = await town.one(Case)
    assert case.status == "waiting"  # nobody has answered
    assert (await town.one(Message, message_id="away@example.org")).case_id == case.id


async def test_an_automatic_answer_to_nothing_of_ours_is_kept_aside_once(town: Town) -> None:
    first = await arrives(town, AWAY.format("Subject: Out of office"))
    second = await arrives(town, AWAY.format("Subject: Out of office"))

    assert (first.reference, first.message_id, second.duplicate) == ("", None, True)
    kept = await town.one(Unreadable)
    assert kept.why == "A machine's answer that belongs to no case (Auto-Submitted: auto-replied)."
    assert (await town.rows(Case), await town.rows(Message)) == ([], [])


async def test_an_answer_that_is_kept_aside_takes_nothing_along(town: Town) -> None:
    inbox = town.desk.inbox("email", "help")
    assert inbox is not None
    events = []
    for sender, extra in (("jo", ""), ("al", "Auto-Submitted: auto-replied\r\n"), ("mo", "")):
        raw = f"From: {sender}@example.org\r\n{extra}\r\nmissed bin".encode()
        events.append(event_of(understand(raw), raw, Delivery(inbox, None, lambda address: False)))

    receipts = await town.receive(*events)

    assert [bool(receipt.reference) for receipt in receipts] == [True, False, True]
    assert len(await town.rows(Case)) == 2
