"""Pretend citizens and real providers never meet."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from channels.contract import Inbox
from hub.directory import Directory, InboxEntry
from hub.errors import Invalid
from hub.settings import Settings
from hub.simulating import check_simulator, simulator_settings
from routing.rules import RuleSet

HERE = "http://127.0.0.1:8000/simulator"
TWILIO = {"provider": "twilio", "account_sid": "AC1", "auth_token": "t", "api_url": HERE}
NOTIFY = {"provider": "notify", "api_key": "k", "token": "t", "template_id": "x", "api_url": HERE}
RULES = RuleSet.parse([], None)


def council(*inboxes: tuple[str, dict[str, Any]]) -> Directory:
    entries = {
        place: InboxEntry(
            port=Inbox(
                id=place, channel=channel, name="main", address="+441632960100", queue="triage",
                public_url="http://127.0.0.1:8000", council="Anytown", country="GB", config=config,
            ),
            id=place, channel=channel, queue_id=1, acknowledgements={}, acknowledge_daily=1, continuity_days=1,
            rate=1.0, active=True,
        )
        for place, (channel, config) in enumerate(inboxes)
    }  # fmt: skip
    return Directory(
        council="Anytown", country="GB", zone=ZoneInfo("Europe/London"), languages=("en",), queues={}, inboxes=entries,
        rules=RULES,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("channel", "config", "host"),
    [
        ("sms", {**TWILIO, "api_url": "https://api.twilio.com"}, "api.twilio.com"),
        ("voice", {key: TWILIO[key] for key in TWILIO if key != "api_url"}, "api.twilio.com"),
        ("sms", {key: NOTIFY[key] for key in NOTIFY if key != "api_url"}, "api.notifications.service.gov.uk"),
        ("email", {"smtp_host": "mail.anytown.example"}, "mail.anytown.example"),
    ],
)
def test_an_inbox_that_reaches_a_real_provider_keeps_the_simulator_away(
    channel: str, config: dict[str, Any], host: str
) -> None:
    with pytest.raises(Invalid, match=f"would reach {host}"):
        check_simulator(Settings(), council((channel, config)))


def test_it_plays_the_phones_of_the_provider_that_it_speaks_for() -> None:
    [phone] = simulator_settings(Settings(), council(("sms", NOTIFY), ("voice", TWILIO))).phones
    assert phone.channel == "voice"
