"""A citizen texts: what the hub is told, and what the provider is answered."""

import pytest

from channels.contract import Address, InboundMessage, RemoteFile, Unreadable
from channels.sms.adapter import channel
from channels.sms.inbound import ELSEWHERE, FEWER
from tests.channels.phone_desk import ACCOUNT, FakeDesk, Provider, phone_inbox

TEXT = {
    "ToCountry": "GB",
    "SmsMessageSid": "SM0123",
    "NumMedia": "0",
    "SmsSid": "SM0123",
    "SmsStatus": "received",
    "Body": "My missed bin again, Elm Road",
    "FromCountry": "GB",
    "To": "+441632960100",
    "NumSegments": "1",
    "MessageSid": "SM0123",
    "AccountSid": ACCOUNT,
    "From": "+447700900123",
    "ApiVersion": "2010-04-01",
    "SomethingNew": "unannounced",
}


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk([phone_inbox("sms")])


@pytest.fixture
def provider(desk: FakeDesk) -> Provider:
    return Provider(channel, desk)


async def texted(desk: FakeDesk, provider: Provider, **changed: str) -> InboundMessage:
    answer = await provider.post("/in/sms/main", {**TEXT, **changed})
    assert answer.status_code == 200
    [event] = desk.events
    assert isinstance(event, InboundMessage)
    return event


async def test_a_text_becomes_a_message_of_its_inbox(desk: FakeDesk, provider: Provider) -> None:
    assert await texted(desk, provider) == InboundMessage(
        channel="sms",
        inbox="main",
        external_id="SM0123",
        sender=Address("tel", "+447700900123"),
        text="My missed bin again, Elm Road",
    )


async def test_the_answer_is_an_empty_twiml_response(provider: Provider) -> None:
    answer = await provider.post("/in/sms/main", TEXT)
    assert answer.headers["content-type"].startswith("text/xml")
    assert answer.text.endswith("<Response/>")


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("07700 900123", "+447700900123"),
        ("60006", "60006"),
        ("AnytownNHS", "AnytownNHS"),
    ],
)
async def test_a_sender_is_written_as_the_country_dials(
    desk: FakeDesk, provider: Provider, sender: str, address: str
) -> None:
    assert (await texted(desk, provider, From=sender)).sender == Address("tel", address)


async def test_pictures_stay_with_the_provider_until_they_are_fetched(desk: FakeDesk, provider: Provider) -> None:
    base = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media"
    message = await texted(
        desk,
        provider,
        NumMedia="3",
        MediaUrl0=f"{base}/ME1",
        MediaContentType0="image/jpeg",
        MediaUrl1=f"{base}/ME2",
        MediaContentType1="application/x-never-seen",
    )
    assert message.remote_files == (
        RemoteFile(ref=f"{base}/ME1", filename="ME1.jpg", media_type="image/jpeg"),
        RemoteFile(ref=f"{base}/ME2", filename="ME2", media_type="application/x-never-seen"),
    )
    assert FEWER in message.problems  # three were announced


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/a.png", "http://169.254.169.254/latest", "https://[broken/%00\x01", "file:///etc/passwd"],
)
async def test_a_picture_from_elsewhere_is_kept_as_text_and_never_fetched(
    desk: FakeDesk, provider: Provider, url: str
) -> None:
    message = await texted(desk, provider, NumMedia="0", MediaUrl0=url, Body="look")
    assert (message.remote_files, message.text) == ((), f"look\n{url}")
    assert message.problems == (ELSEWHERE,)


async def test_whatsapp_is_an_address_of_its_own_with_a_name_and_a_place(desk: FakeDesk, provider: Provider) -> None:
    message = await texted(
        desk,
        provider,
        From="whatsapp:+447700900123",
        To="whatsapp:+441632960100",
        ProfileName="Jo Bloggs",
        WaId="447700900123",
        MessageType="text",
        Body="A hole in the road",
        Latitude="51.5",
        Longitude="-0.12",
        Label="Elm Road",
    )
    assert message.sender == Address("whatsapp", "+447700900123")
    assert (message.sender_name, message.shared_sender) == ("Jo Bloggs", False)
    assert message.text == "A hole in the road\nLocation: 51.5, -0.12 (Elm Road)"


COUNCILS_WORDS = {
    "keyword": [
        {"words": ["BINS", "Biniau"], "answer": {"en": "Tuesdays.", "cy": "Dydd Mawrth."}},
        {"words": ["no news"], "answer": "No more news.", "consent": "stop"},
    ],
    "answers": {"help": "Ask us."},
}


@pytest.mark.parametrize(
    ("body", "keyword", "answers", "purpose"),
    [
        ("bins", "own", (("en", "Tuesdays."), ("cy", "Dydd Mawrth.")), "all"),
        (" BINIAU ", "own", (("en", "Tuesdays."), ("cy", "Dydd Mawrth.")), "all"),
        ("my bins", None, (), "all"),
        ("No  News", "stop", (("", "No more news."),), "bulk"),
        ("help", "help", (("", "Ask us."),), "all"),
        ("stop", "stop", (), "all"),
        ("status", "status", (), "all"),
        ("Status: 4821 0937", "status", (), "all"),
        ("statws 48210937", "status", (), "all"),
        ("STATUS of my case please", None, (), "all"),
    ],
)
async def test_the_councils_own_words_are_known_too(
    body: str, keyword: str | None, answers: tuple[tuple[str, str], ...], purpose: str
) -> None:
    desk = FakeDesk([phone_inbox("sms", COUNCILS_WORDS)])
    message = await texted(desk, Provider(channel, desk), Body=body)
    assert (message.keyword, message.keyword_answers, message.purpose) == (keyword, answers, purpose)


@pytest.mark.parametrize(
    ("config", "opt_out_type", "settled"),
    [({}, "", False), ({}, "STOP", True), ({"opt_out_answers": "provider"}, "", True)],
)
async def test_what_the_provider_has_confirmed_is_not_confirmed_again(
    config: dict[str, str], opt_out_type: str, settled: bool
) -> None:
    desk = FakeDesk([phone_inbox("sms", config)])
    message = await texted(desk, Provider(channel, desk), Body="STOP", OptOutType=opt_out_type)
    assert (message.keyword, message.keyword_settled) == ("stop", settled)


@pytest.mark.parametrize(("sender", "shared"), [("60006", True), ("AnytownNHS", True), ("07700 900123", False)])
async def test_who_cannot_be_answered_is_marked(desk: FakeDesk, provider: Provider, sender: str, shared: bool) -> None:
    assert (await texted(desk, provider, From=sender)).shared_sender == shared


@pytest.mark.parametrize(
    ("body", "opt_out_type", "keyword"),
    [
        ("STOP", "", "stop"),
        (" stop \n", "", "stop"),
        ("Opt  out", "", "stop"),
        ("optout", "", "stop"),
        ("StopAll", "", "stop"),
        ("UNSUBSCRIBE", "", "stop"),
        ("end", "", "stop"),
        ("quit", "", "stop"),
        ("cancel", "", "stop"),
        ("revoke", "", "stop"),
        ("start", "", "start"),
        ("YES", "", "start"),
        ("unstop", "", "start"),
        ("help", "", "help"),
        ("INFO", "", "help"),
        ("stop the noise next door", "", None),
        ("please help", "", None),
        ("", "", None),
        ("ATAL", "STOP", "stop"),
        ("dechrau", "start", "start"),
        ("beth", "HELP", "help"),
        ("stop", "NEW", "stop"),
    ],
)
async def test_a_keyword_is_the_whole_text_or_what_the_provider_made_of_it(
    desk: FakeDesk, provider: Provider, body: str, opt_out_type: str, keyword: str | None
) -> None:
    assert (await texted(desk, provider, Body=body, OptOutType=opt_out_type)).keyword == keyword


async def test_nul_characters_are_shown_and_the_original_is_kept(desk: FakeDesk, provider: Provider) -> None:
    message = await texted(desk, provider, Body="a\0b", MessageSid="SM\0")
    assert (message.text, message.external_id) == ("a␀b", "SM␀")
    assert "NUL" in message.problems[0]
    assert message.raw is not None
    assert b"a%00b" in message.raw


async def test_characters_that_could_not_be_read_are_a_problem(desk: FakeDesk, provider: Provider) -> None:
    message = await texted(desk, provider, Body="caf\ufffd")
    assert "UTF-8" in message.problems[0]
    assert message.raw is not None


async def test_a_long_text_is_kept_whole(desk: FakeDesk, provider: Provider) -> None:
    body = "Bins! " * 20_000
    assert (await texted(desk, provider, Body=body)).text == body


@pytest.mark.parametrize(
    ("missing", "from_citizen"),
    [(("MessageSid",), True), (("From",), True), (("MessageSid", "From", "Body"), False)],
)
async def test_a_signed_but_odd_request_is_kept_raw_and_answered_200(
    desk: FakeDesk, provider: Provider, missing: tuple[str, ...], from_citizen: bool
) -> None:
    form = {name: value for name, value in TEXT.items() if name not in missing}
    assert (await provider.post("/in/sms/main", form)).status_code == 200
    [event] = desk.events
    assert isinstance(event, Unreadable)
    assert b"ApiVersion=2010-04-01" in event.raw
    assert event.from_citizen == from_citizen
    assert "900123" not in event.why


async def test_nothing_is_acknowledged_while_nothing_can_be_stored(desk: FakeDesk, provider: Provider) -> None:
    desk.away = True
    assert (await provider.post("/in/sms/main", TEXT)).status_code == 503
    report = {"MessageSid": "SM1", "MessageStatus": "sent"}
    assert (await provider.post("/in/sms/main/status", report)).status_code == 503


async def test_no_representation_of_a_message_shows_the_citizen(desk: FakeDesk, provider: Provider) -> None:
    message = await texted(desk, provider)
    assert "Elm Road" not in repr(message)
    assert "900123" not in repr(message)
