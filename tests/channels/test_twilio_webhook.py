"""Who may call us: signed over the hub's public URL with the inbox's token, and nobody else."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from channels.contract import InboundMessage, NotConfigured, Unreadable
from channels.sms.adapter import channel
from channels.twilio_webhook import MAX_FIELDS, OTHER_ACCOUNT, fields_of, is_signed, port_variants
from tests.channels.phone_desk import ACCOUNT, TOKEN, FakeDesk, Provider, phone_inbox

TEXT = {"MessageSid": "SM1", "From": "+447700900123", "Body": "My bin – été ☂", "AccountSid": ACCOUNT}


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk([phone_inbox("sms")])


@pytest.fixture
def provider(desk: FakeDesk) -> Provider:
    return Provider(channel, desk)


def test_the_providers_published_example_is_signed() -> None:
    pairs = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("From", "+14158675309"),
        ("Digits", "1234"),
        ("To", "+18005551212"),
    ]
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert is_signed(port_variants(url), pairs, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "12345")
    assert not is_signed(port_variants(url), pairs, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "12346")


class Form(dict[str, list[str]]):
    """Repeated values, in the shape that twilio's library reads."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


HOSTS = st.from_regex(r"[a-z]{1,8}(\.[a-z]{2,5}){1,2}", fullmatch=True)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
URLS = st.builds(
    "{}://{}{}{}{}".format,
    st.sampled_from(["http", "https"]),
    HOSTS,
    st.sampled_from(["", ":80", ":443", ":8000"]),
    st.sampled_from(["/in/sms/main", "/hub/in/voice/a-b/menu"]),
    st.sampled_from(["", "?try=2", "?a=b:80&c=%20"]),
)


@given(
    url=URLS,
    signed_url=URLS,
    form=st.dictionaries(WORDS, st.lists(WORDS, min_size=1, max_size=3), max_size=5),
    same_url=st.booleans(),
    forged=st.booleans(),
)
def test_our_signature_check_agrees_with_the_providers_library(
    url: str, signed_url: str, form: dict[str, list[str]], same_url: bool, forged: bool
) -> None:
    validator = RequestValidator(TOKEN)
    signer = RequestValidator("another" if forged else TOKEN)
    signature = signer.compute_signature(url if same_url else signed_url, Form(form))
    pairs = [(name, value) for name, values in form.items() for value in values]
    assert is_signed(port_variants(url), pairs, signature, TOKEN) == validator.validate(url, Form(form), signature)


@given(st.text("ab=&+%2Bé\0\xff ", max_size=30).map(str.encode) | st.binary(max_size=20))
def test_a_form_is_read_as_the_standard_library_reads_it(raw: bytes) -> None:
    assert fields_of(raw) == parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)


@pytest.mark.parametrize(
    ("public_url", "signed_url"),
    [
        ("https://hub.anytown.example", "https://hub.anytown.example/in/sms/main"),
        ("https://hub.anytown.example", "https://hub.anytown.example:443/in/sms/main"),
        ("https://hub.anytown.example:8443", "https://hub.anytown.example:8443/in/sms/main"),
        ("https://hub.anytown.example:8443", "https://hub.anytown.example/in/sms/main"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/in/sms/main"),
    ],
)
async def test_a_signature_over_the_public_url_is_accepted_with_or_without_its_port(
    public_url: str, signed_url: str
) -> None:
    desk = FakeDesk([phone_inbox("sms")], public_url=public_url)
    answer = await Provider(channel, desk).post("/in/sms/main", TEXT, signed_url=signed_url)
    assert answer.status_code == 200
    assert len(desk.events) == 1


async def test_a_query_is_part_of_what_is_signed(desk: FakeDesk, provider: Provider) -> None:
    assert (await provider.post("/in/sms/main?from=carrier%20a", TEXT)).status_code == 200
    unsigned_query = await provider.post("/in/sms/main?x=1", TEXT, signed_url=f"{desk.public_url}/in/sms/main")
    assert unsigned_query.status_code == 403


async def test_a_bare_trailing_question_mark_is_left_out(desk: FakeDesk, provider: Provider) -> None:
    answer = await provider.post("/in/sms/main?", TEXT, signed_url=f"{desk.public_url}/in/sms/main")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "signed_url",
    [
        "http://10.0.0.7:8000/in/sms/main",  # what Host says
        "http://hub.anytown.example/in/sms/main",
        "https://hub.anytown.example/in/sms/other",
        "https://hub.anytown.example/in/sms/main#rc=2",
    ],
)
async def test_a_signature_over_anything_but_the_public_url_is_refused(
    desk: FakeDesk, provider: Provider, signed_url: str
) -> None:
    assert (await provider.post("/in/sms/main", TEXT, signed_url=signed_url)).status_code == 403
    assert desk.events == []


async def test_a_signed_body_that_is_no_form_is_kept_as_it_came(desk: FakeDesk, provider: Provider) -> None:
    body = '{"Body": "été"}'
    path = f"/in/sms/main?bodySHA256={RequestValidator(TOKEN).compute_hash(body)}"
    signature = RequestValidator(TOKEN).compute_signature(desk.public_url + path, {})
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/json; charset=utf-8"}
    assert RequestValidator(TOKEN).validate(desk.public_url + path, body, signature)

    assert (await provider.send(path, body.replace("Body", "body"), headers)).status_code == 403
    assert desk.events == []
    assert (await provider.send(path, body, headers)).status_code == 200
    [event] = desk.events
    assert isinstance(event, Unreadable)
    assert (event.raw.decode(), event.media_type) == (body, "application/json")


@pytest.mark.parametrize("headers", [{}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "RSOYDt4T"}])
async def test_an_unsigned_request_is_refused_and_stores_nothing(
    desk: FakeDesk, provider: Provider, headers: dict[str, str]
) -> None:
    assert (await provider.send("/in/sms/main", TEXT, headers)).status_code == 403
    assert desk.events == []


async def test_a_request_signed_with_another_token_is_refused(desk: FakeDesk) -> None:
    stranger = Provider(channel, desk, token="54321")
    assert (await stranger.post("/in/sms/main", TEXT)).status_code == 403
    assert desk.events == []


async def test_a_changed_word_breaks_the_signature(desk: FakeDesk, provider: Provider) -> None:
    signature = RequestValidator(TOKEN).compute_signature(f"{desk.public_url}/in/sms/main", TEXT)
    changed = {**TEXT, "Body": "something else"}
    answer = await provider.send("/in/sms/main", changed, {"X-Twilio-Signature": signature})
    assert answer.status_code == 403


async def test_a_signed_request_of_another_account_is_taken_and_says_so(desk: FakeDesk, provider: Provider) -> None:
    """Our token signed it: a wrong account_sid must not cost a citizen's words."""
    assert (await provider.post("/in/sms/main", {**TEXT, "AccountSid": "AC2"})).status_code == 200
    [event] = desk.events
    assert isinstance(event, InboundMessage)
    assert event.problems == (OTHER_ACCOUNT,)
    assert b"AC2" in (event.raw or b"")


async def test_texts_come_in_while_the_accounts_own_name_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUB_TEST_ACCOUNT", raising=False)
    desk = FakeDesk([phone_inbox("sms", {"account_sid": "env:HUB_TEST_ACCOUNT"})])
    assert (await Provider(channel, desk).post("/in/sms/main", TEXT)).status_code == 200
    [event] = desk.events
    assert isinstance(event, InboundMessage)
    assert event.problems == ()


async def test_an_unknown_inbox_is_not_found(desk: FakeDesk, provider: Provider) -> None:
    assert (await provider.post("/in/sms/nobody", TEXT)).status_code == 404
    assert (await provider.send("/in/sms/nobody", TEXT, {})).status_code == 404


async def test_a_form_without_end_is_refused_before_it_costs_anything(desk: FakeDesk, provider: Provider) -> None:
    form = {f"P{number}": "" for number in range(MAX_FIELDS + 1)}
    assert (await provider.post("/in/sms/main", form)).status_code == 403


async def test_bytes_that_are_no_utf_8_are_replaced_and_the_signature_still_fits(
    desk: FakeDesk, provider: Provider
) -> None:
    body = urlencode({"MessageSid": "SM1", "From": "+447700900123"}) + "&Body=caf%E9"
    fields = {"MessageSid": "SM1", "From": "+447700900123", "Body": "caf\ufffd"}
    signature = RequestValidator(TOKEN).compute_signature(f"{desk.public_url}/in/sms/main", fields)
    answer = await provider.send("/in/sms/main", body, {"X-Twilio-Signature": signature})
    assert answer.status_code == 200


async def test_a_missing_secret_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUB_TEST_TOKEN", raising=False)
    desk = FakeDesk([phone_inbox("sms", {"auth_token": "env:HUB_TEST_TOKEN"})])
    with pytest.raises(NotConfigured, match="HUB_TEST_TOKEN"):
        await Provider(channel, desk).post("/in/sms/main", TEXT)
    monkeypatch.setenv("HUB_TEST_TOKEN", TOKEN)
    assert (await Provider(channel, desk).post("/in/sms/main", TEXT)).status_code == 200
