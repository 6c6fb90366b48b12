"""The phone in the browser, as the line has it: its settings, the pass, ringing by the provider's REST API."""

import jwt
import pytest

from channels.calling import OutboundRing, browser_of
from channels.contract import NotConfigured
from channels.voice.adapter import channel
from tests.channels.phone_desk import ACCOUNT, phone_inbox
from tests.channels.phone_provider import FakeProvider
from tests.channels.voice.test_outbound import CALL, SID

KEY = {"softphone_key": "SK1", "softphone_secret": "softly, softly: nobody else may sign"}


def test_a_pass_lets_one_agent_be_rung_for_ten_minutes_and_call_nobody() -> None:
    given = channel.browser_pass(7, phone_inbox("voice", KEY))
    claims = jwt.decode(given.token, KEY["softphone_secret"], algorithms=["HS256"])
    assert jwt.get_unverified_header(given.token)["cty"] == "twilio-fpa;v=1"
    assert (claims["iss"], claims["sub"], claims["exp"] - claims["nbf"]) == ("SK1", ACCOUNT, 600)
    assert claims["grants"] == {"identity": "agent_7", "voice": {"incoming": {"allow": True}}}
    assert given.token not in repr(given)


def test_a_line_whose_key_is_not_there_gives_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(NotConfigured, match="NO_SUCH_KEY isn't set"):
        channel.browser_pass(7, phone_inbox("voice", {**KEY, "softphone_key": "env:NO_SUCH_KEY"}))


async def test_a_browser_is_rung_by_its_name() -> None:
    provider = FakeProvider([CALL])
    ring = OutboundRing(id=17, to=browser_of(7))
    assert (await channel.ring(ring, phone_inbox("voice", KEY), provider.http())).external_id == SID
    assert (provider.form()["To"], provider.form()["From"]) == (["client:agent_7"], ["+441632960100"])


@pytest.mark.parametrize(
    ("config", "wrong"),
    [
        (KEY, []),
        ({**KEY, "softphone_key": "env:KEY", "softphone_edge": "london-ix"}, []),
        ({"softphone_key": "SK1"}, ["softphone_secret: is missing"]),
        ({"softphone_secret": "s"}, ["softphone_key: is missing"]),
        ({"softphone_edge": "dublin"}, ["softphone_key: is missing", "softphone_secret: is missing"]),
        ({**KEY, "softphone_key": "AC1"}, ["softphone_key: must be the SID of an API key"]),
        ({**KEY, "softphone_edge": "Dublin; script-src *"}, ["softphone_edge: must be the name of an edge"]),
    ],
)
def test_what_is_wrong_with_its_settings_is_said(config: dict[str, str], wrong: list[str]) -> None:
    found = channel.check({"provider": "twilio", "account_sid": "AC1", "auth_token": "t", **config})
    assert [sentence[: len(begins)] for sentence, begins in zip(found, wrong, strict=True)] == wrong
