"""Answers of the API and the pages' files come as gzip to who takes it; pages and citizens' files never."""

from hub.web.console.assets import asset
from tests.api.conftest import Api
from tests.api.test_attachments import attached


async def test_what_holds_no_secret_of_a_browser_is_compressed(api: Api) -> None:
    await api.town.say("My missed bin. " * 200)
    for address in ("/api/v1/cases", "/api/v1/openapi.json", asset("css/console.css")):
        answered = await api.ann.get(address)
        plain = await api.ann.get(address, headers={"Accept-Encoding": "identity"})

        assert answered.headers["content-encoding"] == "gzip", address
        assert "content-encoding" not in plain.headers, address
        assert "Accept-Encoding" in answered.headers["vary"]
        assert "Accept-Encoding" in plain.headers["vary"]
        assert answered.content == plain.content


async def test_pages_and_files_are_sent_as_they_are(api: Api) -> None:
    """A page holds a secret beside others' words, and its length would tell (BREACH)."""
    recording = await attached(api, "call.wav", "audio/x-wav")
    text = await attached(api, "all.csv", "text/csv")
    for address in ("/sign-in", f"/api/v1/attachments/{recording}", f"/api/v1/attachments/{text}"):
        answered = await api.ann.get(address)

        assert answered.status_code == 200
        assert len(answered.content) > 1_000
        assert "content-encoding" not in answered.headers, address


async def test_a_short_answer_is_sent_as_it_is(api: Api) -> None:
    answered = await api.ann.get("/api/v1/notices")

    assert answered.status_code == 200
    assert "content-encoding" not in answered.headers
