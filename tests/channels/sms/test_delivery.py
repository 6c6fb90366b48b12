"""The provider reports on a text that we sent."""

import pytest

from channels.contract import DeliveryStatus, DeliveryUpdate, Unreadable
from channels.sms.adapter import channel
from channels.twilio_errors import VERDICTS
from tests.channels.phone_desk import ACCOUNT, FakeDesk, Provider, phone_inbox

SENT, FAILED, DELIVERED = DeliveryStatus.SENT, DeliveryStatus.FAILED, DeliveryStatus.DELIVERED


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk([phone_inbox("sms")])


async def reported(desk: FakeDesk, **form: str) -> DeliveryUpdate | Unreadable:
    answer = await Provider(channel, desk).post("/in/sms/main/status", {"AccountSid": ACCOUNT, **form})
    assert (answer.status_code, answer.text) == (204, "")
    [event] = desk.events
    assert isinstance(event, DeliveryUpdate | Unreadable)
    return event


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("queued", SENT),
        ("accepted", SENT),
        ("scheduled", SENT),
        ("sending", SENT),
        ("sent", SENT),
        ("Delivered", DELIVERED),
        ("read", DELIVERED),
        ("undelivered", FAILED),
        ("failed", FAILED),
        ("canceled", FAILED),
    ],
)
async def test_the_providers_words_become_ours(desk: FakeDesk, word: str, status: DeliveryStatus) -> None:
    update = await reported(desk, MessageSid="SM1", MessageStatus=word)
    assert isinstance(update, DeliveryUpdate)
    assert (update.external_id, update.status, bool(update.error)) == ("SM1", status, status is FAILED)


@pytest.mark.parametrize(
    ("code", "words", "flag"),
    [
        ("30003", "out of reach", None),
        ("30004", "blocks", None),
        ("30005", "no longer in use", "unreachable"),
        ("30006", "Call instead", "no_texts"),
        ("30007", "spam", None),
        ("30008", "once more", None),
        ("21610", "opted out", "opted_out"),
        ("99999", "99999", None),
        ("", "Answer another way", None),
    ],
)
async def test_a_failure_says_what_to_do(desk: FakeDesk, code: str, words: str, flag: str | None) -> None:
    update = await reported(desk, MessageSid="SM1", MessageStatus="undelivered", ErrorCode=code)
    assert isinstance(update, DeliveryUpdate)
    assert words in update.error
    assert (update.error_code, update.flag) == (code, flag)


@pytest.mark.parametrize(
    ("code", "tries", "alert"),
    [
        ("30003", 4, False),
        ("30008", 2, False),
        ("30005", 0, False),
        ("30006", 0, False),
        ("30007", 0, True),
        ("", 0, False),
    ],
)
async def test_a_failure_says_whether_to_try_again_and_whom_to_alert(
    desk: FakeDesk, code: str, tries: int, alert: bool
) -> None:
    update = await reported(desk, MessageSid="SM1", MessageStatus="undelivered", ErrorCode=code)
    assert isinstance(update, DeliveryUpdate)
    assert (update.tries, bool(update.again_after), update.alert) == (tries, bool(tries), alert)


async def test_an_error_code_on_a_delivered_text_is_no_failure(desk: FakeDesk) -> None:
    update = await reported(desk, MessageSid="SM1", MessageStatus="delivered", ErrorCode="30003")
    assert update == DeliveryUpdate(channel="sms", inbox="main", external_id="SM1", status=DELIVERED)


@pytest.mark.parametrize(
    "form",
    [
        {"MessageSid": "SM1", "MessageStatus": "receiving"},
        {"MessageSid": "SM1", "MessageStatus": "received"},
        {"MessageSid": "SM1", "MessageStatus": "teleported"},
        {"MessageSid": "SM1"},
        {"MessageStatus": "sent"},
    ],
)
async def test_a_report_that_says_nothing_to_us_is_kept_raw(desk: FakeDesk, form: dict[str, str]) -> None:
    event = await reported(desk, **form)
    assert isinstance(event, Unreadable)
    assert not event.from_citizen


def test_every_code_has_words_for_a_caseworker() -> None:
    for code, verdict in VERDICTS.items():
        assert verdict.words.endswith("."), code
        assert code not in verdict.words
