"""Pictures and recordings are fetched from the provider, and from nowhere else."""

from collections.abc import AsyncIterator

import httpx
import pytest

from channels.contract import SendError
from channels.sms.adapter import Sms
from channels.sms.adapter import channel as sms
from channels.twilio_media import MAX_BYTES, named
from channels.voice.adapter import Voice
from channels.voice.adapter import channel as voice
from tests.channels.phone_desk import phone_inbox
from tests.channels.phone_provider import Answer, FakeProvider

PICTURE = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"
STORAGE = "https://storage.example/ME1?token=x"
JPEG = httpx.Response(200, content=b"\xff\xd8", headers={"content-type": "image/jpeg; q=1"})


def moved(location: str) -> httpx.Response:
    return httpx.Response(307, headers={"location": location})


@pytest.mark.parametrize("channel", [sms, voice], ids=["sms", "voice"])
async def test_a_picture_is_fetched_with_the_inboxs_credentials(channel: Sms | Voice) -> None:
    provider = FakeProvider([JPEG])
    file = await channel.fetch(PICTURE, phone_inbox(channel.name), provider.http())
    assert (file.filename, file.media_type, file.content) == ("ME1.jpg", "image/jpeg", b"\xff\xd8")
    assert provider.requests[0].headers["authorization"].startswith("Basic ")


async def test_redirects_are_followed_without_credentials() -> None:
    provider = FakeProvider([moved(STORAGE), moved("/again"), JPEG])
    file = await sms.fetch(PICTURE, phone_inbox("sms"), provider.http())
    assert file.filename == "ME1.jpg"
    assert [str(request.url) for request in provider.requests[1:]] == [STORAGE, "https://storage.example/again"]
    assert all("authorization" not in request.headers for request in provider.requests[1:])


@pytest.mark.parametrize(
    ("ref", "api_url", "allowed"),
    [
        (PICTURE, "https://api.twilio.com", True),
        ("https://media.ie1.twilio.com/ME1", "https://api.twilio.com", True),
        ("http://127.0.0.1:8000/simulator/ME1.wav", "http://127.0.0.1:8000/simulator", True),
        ("http://api.twilio.com/ME1", "https://api.twilio.com", False),
        ("https://api.twilio.com:8443/ME1", "https://api.twilio.com", False),
        ("https://eviltwilio.com/ME1", "https://api.twilio.com", False),
        ("https://api.twilio.com.evil.example/ME1", "https://api.twilio.com", False),
        ("https://api.twilio.com@evil.example/ME1", "https://api.twilio.com", False),
        ("https://user:word@api.twilio.com/ME1", "https://api.twilio.com", False),
        ("http://127.0.0.1:9000/ME1", "http://127.0.0.1:8000", False),
        ("http://169.254.169.254/latest", "https://api.twilio.com", False),
        ("https://media.twiliocdn.com/ME1", "http://127.0.0.1:8000", False),
        ("https://media.twilio.com/ME1", "http://127.0.0.1:8000", False),
        ("https://user:word@api.twilio.com/ME1", "http://127.0.0.1:8000", False),
        ("file:///etc/passwd", "https://api.twilio.com", False),
        ("https://[broken", "https://api.twilio.com", False),
        ("", "https://api.twilio.com", False),
    ],
)
async def test_only_the_providers_own_addresses_are_called(ref: str, api_url: str, allowed: bool) -> None:
    provider = FakeProvider([JPEG])
    inbox = phone_inbox("sms", {"api_url": api_url})
    if allowed:
        await sms.fetch(ref, inbox, provider.http())
        return
    with pytest.raises(SendError, match="never fetched") as raised:
        await sms.fetch(ref, inbox, provider.http())
    assert raised.value.outcome == "failed"
    assert provider.requests == []


@pytest.mark.parametrize("api_url", ["http://127.0.0.1:8000/simulator/", "https://proxy.anytown.example"])
async def test_what_the_provider_names_is_fetched_where_api_url_leads(api_url: str) -> None:
    provider = FakeProvider([JPEG])
    file = await sms.fetch(f"{PICTURE}?x=%20", phone_inbox("sms", {"api_url": api_url}), provider.http())
    called = api_url.rstrip("/") + PICTURE.removeprefix("https://api.twilio.com") + "?x=%20"
    assert ([str(request.url) for request in provider.requests], file.filename) == ([called], "ME1.jpg")


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 1_000_000


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (moved(STORAGE), "failed"),  # for ever
        (httpx.Response(200, content=endless()), "failed"),
        (httpx.Response(401), "failed"),
        (httpx.Response(403), "failed"),
        (httpx.Response(410), "failed"),
        (httpx.Response(404), "retry"),  # a recording can be announced before it can be read
        (httpx.Response(429), "retry"),
        (httpx.Response(503), "retry"),
        (httpx.ConnectError("refused"), "retry"),
        (httpx.ReadTimeout("silence"), "retry"),
        (httpx.RemoteProtocolError("cut off"), "retry"),
    ],
)
async def test_what_cannot_be_fetched_is_tried_again_or_never(answer: Answer, outcome: str) -> None:
    with pytest.raises(SendError) as raised:
        await sms.fetch(PICTURE, phone_inbox("sms"), FakeProvider([answer]).http())
    assert raised.value.outcome == outcome
    assert ("never fetched" in str(raised.value)) == (outcome == "failed")


@pytest.mark.parametrize(
    ("media_type", "taken"),
    [
        ("image/heic", True),
        ("audio/ogg; codecs=opus", True),
        ("text/x-vcard", True),
        ("application/pdf", True),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", True),
        ("TEXT/HTML", False),
        ("application/javascript", False),
        ("application/x-msdownload", False),
        ("application/zip", False),
        ("image", False),
    ],
)
async def test_only_what_phones_send_is_taken(media_type: str, taken: bool) -> None:
    answer = httpx.Response(200, content=b"x", headers={"content-type": media_type})
    fetching = sms.fetch(PICTURE, phone_inbox("sms"), FakeProvider([answer]).http())
    if taken:
        assert (await fetching).content == b"x"
        return
    with pytest.raises(SendError, match="of a kind that phones don't send") as raised:
        await fetching
    assert raised.value.outcome == "failed"


async def test_a_redirect_to_an_unprotected_address_is_not_followed() -> None:
    provider = FakeProvider([moved("http://storage.example/ME1"), JPEG])
    with pytest.raises(SendError, match="unprotected"):
        await sms.fetch(PICTURE, phone_inbox("sms"), provider.http())
    assert len(provider.requests) == 1


async def test_a_file_announced_as_too_large_is_not_read_at_all() -> None:
    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError
        yield b""

    headers = {"content-length": str(MAX_BYTES + 1)}
    provider = FakeProvider([httpx.Response(200, headers=headers, content=unread())])
    with pytest.raises(SendError, match="25 MB"):
        await sms.fetch(PICTURE, phone_inbox("sms"), provider.http())


async def test_a_file_of_the_largest_size_is_still_taken() -> None:
    provider = FakeProvider([httpx.Response(200, content=b"x" * MAX_BYTES)])
    file = await sms.fetch(PICTURE, phone_inbox("sms"), provider.http())
    assert (len(file.content), file.media_type) == (MAX_BYTES, "application/octet-stream")


@pytest.mark.parametrize(
    ("ref", "media_type", "name"),
    [
        (PICTURE, "image/png", "ME1.png"),
        ("https://api.twilio.com/RE1.wav", "audio/x-wav", "RE1.wav"),
        ("https://api.twilio.com/Media/ME1/?a=b/c", "image/gif", "ME1.gif"),
        ("https://api.twilio.com/..%2f..%2fetc", "text/plain", "2f..2fetc"),
        ("https://api.twilio.com/", "application/x-nothing", "api.twilio.com"),
        ("", "application/x-nothing", "file"),
    ],
)
def test_a_file_is_named_after_its_address_and_type(ref: str, media_type: str, name: str) -> None:
    assert named(ref, media_type) == name
