"""The widget's script over HTTP, what an inbox's config may hold, and how origins compare."""

from typing import Any

import pytest

from channels.abilities import Sends
from channels.contract import Channel
from channels.webchat.adapter import channel
from channels.webchat.origins import normalise, own_origins
from channels.webchat.pace import Pace
from tests.channels.webchat.chat_desk import ChatDesk
from tests.support.serving import client


async def test_the_script_is_cached_briefly_and_checked_by_its_etag(desk: ChatDesk) -> None:
    async with client(base_url=desk.public_url) as http:
        first = await http.get("/chat/site.js")
        assert first.status_code == 200
        assert first.headers["content-type"] == "text/javascript; charset=utf-8"
        assert "max-age=300" in first.headers["cache-control"]
        etag = first.headers["etag"].removeprefix("W/")
        for tag in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            again = await http.get("/chat/site.js", headers={"If-None-Match": tag})
            assert (again.status_code, again.content) == (304, b"")
        assert (await http.get("/chat/site.js", headers={"If-None-Match": '"other"'})).status_code == 200


async def test_the_script_comes_as_gzip_to_who_takes_it(desk: ChatDesk) -> None:
    async with client(base_url=desk.public_url) as http:
        small = await http.get("/chat/site.js", headers={"Accept-Encoding": "gzip"})
        whole = await http.get("/chat/site.js", headers={"Accept-Encoding": "identity"})
    assert small.content == whole.content
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < len(whole.content) / 2
    assert small.headers["vary"] == whole.headers["vary"] == "Accept-Encoding"


async def test_there_is_no_script_for_an_inbox_that_does_not_exist(desk: ChatDesk) -> None:
    async with client(base_url=desk.public_url) as http:
        assert (await http.get("/chat/elsewhere.js")).status_code == 404


async def test_the_script_evaluates_no_text_and_asks_nobody_else(desk: ChatDesk) -> None:
    async with client(base_url=desk.public_url) as http:
        source = (await http.get("/chat/site.js")).text
    for banned in ("eval(", "new Function", "innerHTML", "insertAdjacentHTML", "document.write", "https://", "http://"):
        assert banned not in source


def test_the_channel_stores_its_answers_and_sends_none() -> None:
    assert isinstance(channel, Channel)
    assert not isinstance(channel, Sends)
    assert (channel.name, channel.scheme) == ("webchat", "chat")


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"origins": []},
        {"origins": ["https://www.anytown.example", "http://localhost:8080"], "title": "Ask us", "greeting": "Hello"},
    ],
)
def test_a_good_config_is_taken(config: dict[str, Any]) -> None:
    assert channel.check(config) == []


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({"colour": "red"}, "colour"),
        ({"origins": "https://www.anytown.example"}, "origins"),
        ({"origins": ["https://www.anytown.example/"]}, "origins"),
        ({"origins": ["www.anytown.example"]}, "origins"),
        ({"origins": ["https://*.anytown.example"]}, "origins"),
        ({"origins": ["https://a:b@anytown.example"]}, "origins"),
        ({"origins": ["https://anytown.example:port"]}, "origins"),
        ({"origins": ["ftp://anytown.example"]}, "origins"),
        ({"origins": [7]}, "origins"),
        ({"title": 7}, "title"),
        ({"hourly": 0}, "hourly"),
        ({"hourly": True}, "hourly"),
        ({"greeting": ["Hello"]}, "greeting"),
    ],
)
def test_a_bad_config_is_refused_with_its_key_first(config: dict[str, Any], key: str) -> None:
    [problem] = channel.check(config)
    assert problem.startswith(f"{key}: ")


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("https://Www.Anytown.Example", "https://www.anytown.example"),
        ("https://anytown.example:443", "https://anytown.example"),
        ("http://anytown.example:80", "http://anytown.example"),
        ("http://anytown.example:443", "http://anytown.example:443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_origins_compare_in_one_spelling(written: str, compared: str) -> None:
    assert normalise(written) == compared


def test_only_a_loopback_hub_has_more_than_one_origin() -> None:
    assert own_origins("https://hub.anytown.example") == {"https://hub.anytown.example"}
    assert own_origins("http://127.0.0.1:8000") == {
        "http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"
    }  # fmt: skip


def test_a_pace_gives_room_again_when_the_oldest_is_long_enough_ago() -> None:
    now = [0.0]
    pace = Pace(2, 10.0, lambda: now[0])
    assert [pace.wait(), pace.wait(), pace.wait()] == [0, 0, 10.0]
    now[0] = 10.0
    assert [pace.wait(), pace.wait(), pace.wait()] == [0, 0, 10.0]
