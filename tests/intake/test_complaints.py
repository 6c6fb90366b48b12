"""Somebody pressed "spam" on a mail of ours: it is said on the case, opens none, and bulk mail goes there no more."""

from typing import Any

import pytest

from channels.contract import Complaint
from channels.email.intake import Delivery, event_of
from channels.email.understanding.parsing import understand
from hub.actions.sending.begin import Beginning, begin
from hub.actions.sending.reply import Enclosed, reply
from hub.errors import OptedOut
from hub.models import Case, Consent, Message, Unreadable
from hub.signed.reply_token import bounce_token
from tests.cases.anytown import MAIL_DOMAIN, Town
from tests.channels.email.mail_server import HELP

SECRET = "a secret"
REPORT = (
    "From: <feedback@provider.example>\nTo: help@anytown.example\nSubject: FW: Earn money\n"
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
    "--b\nContent-Type: text/plain\n\nThis is an email abuse report.\n\n"
    "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\nUser-Agent: SomeGenerator/1.0\nVersion: 1\n"
    "{fields}\n"
    "--b\nContent-Type: {returned}\n\n{header}\nSubject: Re: benefits\n\nWhich ones?\n--b--\n"
)
OUTLOOK = (
    "From: staff@hotmail.example\nSubject: complaint about message\nContent-Type: multipart/mixed; boundary=b\n\n"
    "--b\nContent-Type: message/rfc822\n\nX-HmXmrOriginalRecipient: jo@example.org\n{header}\n\nhello\n--b--\n"
)


def report(header: str, fields: str = "", kind: str = "abuse", returned: str = "message/rfc822") -> str:
    return REPORT.format(header=header, fields=fields, kind=kind, returned=returned)


def read(raw: str) -> object:
    octets = raw.replace("\n", "\r\n").encode()
    return event_of(understand(octets), octets, Delivery(HELP, None, lambda address: False))


@pytest.mark.parametrize(
    ("raw", "message_id", "about", "token"),
    [
        (report("Message-ID: <1@x>", "Original-Rcpt-To: <jo@example.org>"), "1@x", "jo@example.org", ""),
        (report("Message-ID: <1@x>", "Original-Rcpt-To: rfc822; jo@example.org"), "1@x", "jo@example.org", ""),
        (report("Message-ID: <1@x>", "Original-Rcpt-To: redacted"), "1@x", None, ""),
        (report("To: x@y.example", "Original-Mail-From: <help+abc@anytown.example>"), "", None, "abc"),
        (report("Return-Path: <help+abc@anytown.example>", returned="text/rfc822-headers"), "", None, "abc"),
        (OUTLOOK.format(header="Message-ID: <1@x>"), "1@x", "jo@example.org", ""),
    ],
)
def test_what_a_complaint_says(raw: str, message_id: str, about: str | None, token: str) -> None:
    event = read(raw)

    assert isinstance(event, Complaint)
    assert (event.message_id, event.about and event.about.value, event.bounce_token) == (message_id, about, token)


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_what_says_that_all_is_well_is_no_complaint(kind: str) -> None:
    assert not isinstance(read(report("Message-ID: <1@x>", kind=kind)), Complaint)


async def answered(town: Town, **enclosed: Any) -> Message:
    receipt = await town.mail("My benefits", message_id="a@example.org")
    more: dict[str, Any] = {"mail_domain": MAIL_DOMAIN, "enclosed": Enclosed(**enclosed)}
    await town.act(reply, receipt, "ann", "Which ones?", **more)
    await town.send_all()
    return (await town.rows(Message, direction="out"))[-1]


async def test_it_stands_on_the_case_once_and_bulk_mail_goes_there_no_more(town: Town) -> None:
    sent = await answered(town)
    case = await town.one(Case)

    for _ in range(2):
        receipt = (await town.receive(read(report(f"Message-ID: <{sent.message_id}>"))))[0]  # type: ignore[arg-type]

    assert (receipt.reference, receipt.duplicate) == (case.reference, True)
    kept = await town.one(Message, id=sent.id)
    assert kept.status == "sent"  # it did arrive
    [told] = kept.problems
    assert told.startswith("Whoever got this mail marked it as unwanted, says provider.example.")
    assert (await town.kinds(case.id)).count("complained") == 1
    consent = await town.one(Consent)
    assert (consent.uri, consent.given, consent.purpose, consent.source, consent.said) == (
        "mailto:jo@example.org", False, "bulk", "provider", "abuse",
    )  # fmt: skip
    bulk = Beginning(channel="email", to="jo@example.org", text="News for all", purpose="bulk")
    with pytest.raises(OptedOut):
        await town.db.write(begin, town.agents["ann"], bulk, mail_domain=MAIL_DOMAIN)
    await town.mail("And now?", references=(sent.message_id,))
    await town.db.write(reply, case.id, town.agents["ann"], "We answer you.", mail_domain=MAIL_DOMAIN)
    assert len(await town.send_all()) == 1  # what is about something of theirs leaves


async def test_it_finds_its_message_by_the_address_that_it_came_from_and_blames_who_complained(town: Town) -> None:
    sent = await answered(town, cc="son@example.org")
    token = bounce_token(SECRET, (await town.one(Case)).reference, sent.id)
    fields = f"Original-Mail-From: <help+{token}@anytown.example>\nOriginal-Rcpt-To: son@example.org"

    await town.receive(read(report("Received: from x", fields)))  # type: ignore[arg-type]

    assert (await town.one(Consent)).uri == "mailto:son@example.org"


async def test_one_about_nothing_of_ours_is_kept_where_people_see_it(town: Town) -> None:
    await town.receive(read(report("Message-ID: <stranger@x>", "Original-Mail-From: <help+forged@anytown.example>")))  # type: ignore[arg-type]

    kept = await town.one(Unreadable)
    assert kept.why == "A complaint about a mail that isn't ours, or is no longer here."
    assert await town.rows(Case) == []
    assert await town.rows(Consent) == []
