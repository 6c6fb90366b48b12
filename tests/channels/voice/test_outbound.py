"""What the hub asks of the provider about calls."""

import httpx
import pytest

from channels.calling import OutboundRing, Steering
from channels.contract import Address, SendError
from channels.voice.adapter import channel
from tests.channels.phone_desk import ACCOUNT, PUBLIC_URL, TOKEN, phone_inbox
from tests.channels.phone_provider import FakeProvider, refused

SID = "CA" + "1" * 32
RECORDING = "RE" + "2" * 32
CALL = httpx.Response(201, json={"sid": SID, "status": "queued", "account_sid": ACCOUNT})
PAUSED = httpx.Response(200, json={"sid": RECORDING, "status": "paused"})
RING = OutboundRing(id=17, to=Address("tel", "+441632960555"))


async def test_an_agents_phone_is_rung_with_the_councils_number() -> None:
    provider = FakeProvider([CALL])
    result = await channel.ring(RING, phone_inbox("voice", {"ring_seconds": 20}), provider.http())
    [request] = provider.requests
    assert result.external_id == SID
    assert request.url.path == f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    assert httpx.BasicAuth(ACCOUNT, TOKEN)._auth_header == request.headers["authorization"]
    assert provider.form() == {
        "To": ["+441632960555"],
        "From": ["+441632960100"],
        "Url": [f"{PUBLIC_URL}/in/voice/main/agent?ring=17"],
        "Method": ["POST"],
        "StatusCallback": [f"{PUBLIC_URL}/in/voice/main/ring?ring=17"],
        "StatusCallbackEvent": ["ringing", "answered", "completed"],
        "StatusCallbackMethod": ["POST"],
        "Timeout": ["20"],
    }


@pytest.mark.parametrize(
    ("what", "path", "form"),
    [
        ("hold", f"Calls/{SID}.json", {"Url": [f"{PUBLIC_URL}/in/voice/main/hold?ring=17"], "Method": ["POST"]}),
        (
            "retrieve",
            f"Calls/{SID}.json",
            {"Url": [f"{PUBLIC_URL}/in/voice/main/back?ring=17&take=1"], "Method": ["POST"]},
        ),
        ("send", f"Calls/{SID}.json", {"Url": [f"{PUBLIC_URL}/in/voice/main/send?ring=17"], "Method": ["POST"]}),
        ("hang_up", f"Calls/{SID}.json", {"Status": ["completed"]}),
        ("pause", f"Calls/{SID}/Recordings/Twilio.CURRENT.json", {"Status": ["paused"], "PauseBehavior": ["skip"]}),
        ("resume", f"Calls/{SID}/Recordings/Twilio.CURRENT.json", {"Status": ["in-progress"]}),
    ],
)
async def test_a_call_is_steered(what: str, path: str, form: dict[str, list[str]]) -> None:
    provider = FakeProvider([PAUSED if "Recordings" in path else CALL])
    await channel.steer(Steering(what=what, sid=SID, ring=17), phone_inbox("voice"), provider.http())  # type: ignore[arg-type]  # a row of the table
    assert provider.requests[0].url.path == f"/2010-04-01/Accounts/{ACCOUNT}/{path}"
    assert provider.form() == form


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (refused(429, 20429), "retry"),
        (refused(400, 21211), "failed"),
        (refused(500), "unknown"),
        (httpx.ConnectError("no"), "retry"),
        (httpx.ReadTimeout("late"), "unknown"),
        (httpx.Response(201, json=[]), "unknown"),
    ],
)
async def test_a_refused_ring_says_whether_it_may_be_tried_again(
    answer: httpx.Response | Exception, outcome: str
) -> None:
    with pytest.raises(SendError) as error:
        await channel.ring(RING, phone_inbox("voice"), FakeProvider([answer]).http())
    assert error.value.outcome == outcome
    assert "text" not in str(error.value)
    assert "+44" not in str(error.value)


async def test_a_recording_is_deleted_once_and_again_without_harm() -> None:
    inbox = phone_inbox("voice", {"delete_recordings": True})
    ref = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/{RECORDING}.wav"
    provider = FakeProvider([httpx.Response(204), refused(404, 20404)])
    for _ in range(2):
        await channel.forget(ref, inbox, provider.http())
    assert {(request.method, request.url.path) for request in provider.requests} == {
        ("DELETE", f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/{RECORDING}.json")
    }
    assert channel.is_forgetful(inbox)
    assert not channel.is_forgetful(phone_inbox("voice"))
    with pytest.raises(SendError):
        await channel.forget("https://elsewhere.example/RE1.wav", inbox, provider.http())
