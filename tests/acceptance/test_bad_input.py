"""What bad input gets, and what happens while the database is away."""

import smtplib

import httpx
import pytest

from tests.acceptance import stored
from tests.acceptance.test_mail import mail, send
from tests.acceptance.town import NUMBER, Town, new_number, new_sid


def test_an_unsigned_text_is_refused_and_not_stored(town: Town) -> None:
    number = new_number()
    form = {"MessageSid": new_sid(), "From": number, "To": NUMBER, "Body": "Hello"}
    assert httpx.post(f"{town.place.url}/in/sms/city", data=form).status_code == 403
    assert town.cases_of(number) == []


def test_a_signed_but_odd_request_is_answered_200_and_kept(town: Town) -> None:
    before = stored.unreadables(town.place)
    assert town.post("/in/sms/city", {"Unheard": "of"}).status_code == 200
    assert stored.unreadables(town.place) == before + 1


def test_an_oversize_text_is_answered_413_naming_the_limit(town: Town) -> None:
    answer = town.text(new_number(), "x" * 1_100_000)
    assert answer.status_code == 413
    assert "1,048,576" in answer.text


def test_an_oversize_mail_is_answered_552(town: Town) -> None:
    written = mail("big@citizens.example", "Plans", "x" * 70 + "\n")
    written.add_attachment(b"0" * 30_000_000, maintype="application", subtype="pdf", filename="plans.pdf")
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:  # its size is announced with the sender
        send(town, written)
    assert refused.value.smtp_code == 552
