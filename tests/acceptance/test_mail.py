"""Must show 4: mail comes in by plain SMTP, the answer arrives as one, and only who belongs to a case joins it."""

import smtplib
from email.message import EmailMessage, Message
from email.utils import make_msgid
from typing import Any

from tests.acceptance.mail_sink import MailSink
from tests.acceptance.town import Town, eventually, said

POST = "post@wexcombe.example"


def mail(sender: str, subject: str, text: str, to: str = POST, in_reply_to: str = "") -> EmailMessage:
    written = EmailMessage()
    written["From"], written["To"], written["Subject"] = sender, to, subject
    written["Message-ID"] = make_msgid(domain="citizens.example")
    if in_reply_to:
        written["In-Reply-To"] = written["References"] = in_reply_to
    written.set_content(text)
    return written


def send(town: Town, written: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", town.place.smtp_port, timeout=10) as smtp:
        smtp.send_message(written)


def only_case(town: Town, sender: str) -> dict[str, Any]:
    [case] = town.cases_of(sender)
    return case


def answered(town: Town, sink: MailSink, citizen: str, subject: str) -> Message:
    """The caseworker's answer to a new mail of this citizen's, as it arrived."""
    send(town, mail(f"Alex <{citizen}>", subject, "The hedge hides the sign at Mill Corner.\n"))
    town.reply(only_case(town, citizen)["reference"], "The crew cuts it on Friday.")

    def answers() -> list[Message]:
        return [one for one in sink.sent_to(citizen) if "on Friday" in one.as_string()]

    [answer] = eventually(answers, 5)
    return answer


def test_a_mail_becomes_a_case_and_the_answer_refers_to_it(town: Town, sink: MailSink) -> None:
    citizen = "alex.first@citizens.example"
    written = mail(f"Alex <{citizen}>", "Overgrown hedge", "The hedge hides the sign at Mill Corner.\n")
    send(town, written)
    case = only_case(town, citizen)
    assert case["subject"] == "Overgrown hedge"
    assert case["channel"] == "email"
    town.reply(case["reference"], "The crew cuts it on Friday.")
    [answer] = eventually(lambda: [one for one in sink.sent_to(citizen) if "on Friday" in one.as_string()], 5)
    assert answer["In-Reply-To"] == written["Message-ID"]
    assert written["Message-ID"] in answer["References"]
    assert answer["Subject"].startswith("Re: ")


def test_the_acknowledgement_is_marked_as_automatic(town: Town, sink: MailSink) -> None:
    citizen = "alex.second@citizens.example"
    send(town, mail(citizen, "Bins", "Which day is it?\n"))
    [acknowledgement] = eventually(lambda: sink.sent_to(citizen), 5)
    assert acknowledgement["Auto-Submitted"] == "auto-replied"
    assert acknowledgement["X-Mail-From"] == "<>"
    assert only_case(town, citizen)["reference"] in acknowledgement.as_string().replace(" ", "")


def test_answering_the_answer_joins_the_case(town: Town, sink: MailSink) -> None:
    citizen = "alex.third@citizens.example"
    answer = answered(town, sink, citizen, "Hedge three")
    by_header = mail(citizen, "Re: Hedge three", "Thank you, by header.\n", in_reply_to=answer["Message-ID"])
    by_address = mail(citizen, "Something else", "Thank you, by address.\n", to=answer["Reply-To"] or answer["From"])
    for written in (by_header, by_address):
        send(town, written)
    texts = said(only_case(town, citizen))
    assert [text.strip() for text in texts[1:]] == ["Thank you, by header.", "Thank you, by address."]


def test_a_stranger_who_quotes_subject_or_reference_gets_a_case_of_their_own(town: Town, sink: MailSink) -> None:
    citizen, stranger = "alex.fourth@citizens.example", "mallory@elsewhere.example"
    answer = answered(town, sink, citizen, "Hedge four")
    reference = only_case(town, citizen)["reference"]
    send(town, mail(stranger, "Re: Hedge four", "Tell me more.\n"))
    send(town, mail(stranger, f"Case {reference}", f"About {reference}: tell me more.\n"))
    send(town, mail(stranger, "Re: Hedge four", "And this?\n", in_reply_to=answer["Message-ID"]))
    assert len(said(town.case(reference))) == 1
    assert reference not in {case["reference"] for case in town.cases_of(stranger)}
    assert len(town.cases_of(stranger)) == 3


def test_an_unknown_recipient_is_refused_while_the_sender_is_there(town: Town) -> None:
    with smtplib.SMTP("127.0.0.1", town.place.smtp_port, timeout=10) as smtp:
        smtp.ehlo()
        smtp.mail("someone@citizens.example")
        code, _ = smtp.rcpt("nobody@wexcombe.example")
    assert code == 550
