"""The chat's socket from outside: a real server, a real WebSocket client, the frames of the README."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from channels.contract import Verification
from tests.channels.webchat.chat_desk import REFERENCE, ChatDesk, application, patience
from tests.support.serving import address, free_socket, serving

SITE = "https://www.anytown.example"


class Client:
    """Speaks frames; `session` is the token of the welcome."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.session = ""

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            frame: dict[str, Any] = json.loads(await self.socket.recv())
        return frame

    async def hear_until(self, kind: str) -> list[dict[str, Any]]:
        frames = [await self.hear()]
        while frames[-1]["type"] != kind:
            frames.append(await self.hear())
        return frames

    async def closed(self) -> int:
        """The close code."""
        async with asyncio.timeout(5):
            with suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()
        assert self.socket.close_code is not None
        return self.socket.close_code

    @property
    def address(self) -> str:
        return "chat:" + hashlib.sha256(self.session.encode()).hexdigest()[:32]


@asynccontextmanager
async def connected(desk: ChatDesk, origin: str | None = SITE, inbox: str = "site") -> AsyncIterator[Client]:
    url = desk.public_url.replace("http", "ws", 1) + f"/in/webchat/{inbox}"
    async with connect(url, additional_headers={"Origin": origin} if origin else {}) as socket:
        yield Client(socket)


@asynccontextmanager
async def chatting(desk: ChatDesk, session: str = "", after: int = 0, seen: int = 0) -> AsyncIterator[Client]:
    async with connected(desk) as client:
        await client.send(type="hello", session=session, after=after, seen=seen)
        welcome = await client.hear()
        assert welcome["type"] == "welcome"
        client.session = welcome["session"]
        yield client


async def test_the_welcome_names_the_council_and_gives_a_secret_of_128_bits_or_more(desk: ChatDesk) -> None:
    async with connected(desk) as client:
        await client.send(type="hello", session="", after=0)
        welcome = await client.hear()
    session = welcome.pop("session")
    assert len(session) * 6 >= 128
    assert welcome == {
        "type": "welcome", "council": "Anytown Council", "title": "Ask us", "greeting": "Good morning."
    }  # fmt: skip


async def test_words_become_a_message_under_an_address_that_hides_the_secret(desk: ChatDesk) -> None:
    async with chatting(desk) as client:
        await client.send(type="name", name=" Asha Patel ")
        await client.send(type="say", id="a1", text="My bin was missed")
        frames = await client.hear_until("said")
    [message] = desk.messages
    assert (message.channel, message.inbox, message.text, message.sender_name) == (
        "webchat", "site", "My bin was missed", "Asha Patel"
    )  # fmt: skip
    assert (str(message.sender), message.external_id) == (client.address, f"{client.address}:a1")
    assert message.verification is Verification.DELIVERED
    assert client.session not in message.external_id
    assert frames[-1] == {"type": "said", "id": "a1", "reference": REFERENCE}


async def test_the_same_id_again_is_the_same_message(desk: ChatDesk) -> None:
    async with chatting(desk) as client:
        for _ in range(2):
            await client.send(type="say", id="a1", text="My bin was missed")
            await client.hear_until("said")
        session = client.session
    async with chatting(desk, session) as client:
        await client.send(type="say", id="a1", text="My bin was missed")
        assert (await client.hear_until("said"))[-1]["reference"] == REFERENCE
    assert desk.texts == ["My bin was missed"]


async def test_two_sessions_with_the_same_client_id_are_two_messages(desk: ChatDesk) -> None:
    for text in ("from one", "from the other"):
        async with chatting(desk) as client:
            await client.send(type="say", id="1", text=text)
            await client.hear_until("said")
    assert desk.texts == ["from one", "from the other"]


async def test_an_answer_arrives_and_is_delivered_when_the_client_has_seen_it(desk: ChatDesk) -> None:
    async with chatting(desk) as client:
        await client.send(type="say", id="a1", text="Hello")
        await client.hear_until("said")
        answer = await desk.answer("Good morning")
        frame = (await client.hear_until("message"))[-1]
        while frame["direction"] == "in":
            frame = (await client.hear_until("message"))[-1]
        assert frame == {
            "type": "message", "id": answer.id, "direction": "out", "text": "Good morning",
            "author": "Waste desk 1", "at": "2026-03-02T12:58:00+00:00", "client_id": "",
        }  # fmt: skip
        assert desk.delivered == set()
        await client.send(type="seen", id=answer.id)
        assert await client.hear() == {"type": "noted", "id": answer.id}
    assert desk.delivered == {answer.external_id}


async def test_a_reloaded_page_gets_the_whole_conversation_with_its_own_ids(desk: ChatDesk) -> None:
    async with chatting(desk) as client:
        await client.send(type="say", id="a1", text="Hello")
        await client.hear_until("said")
        session = client.session
    await desk.answer("Good morning")
    async with chatting(desk, session) as client:
        told = [await client.hear(), await client.hear()]
    assert [(frame["text"], frame["client_id"]) for frame in told] == [("Hello", "a1"), ("Good morning", "")]


async def test_a_reconnected_page_goes_on_after_its_last_id(desk: ChatDesk) -> None:
    async with chatting(desk) as client:
        await client.send(type="say", id="a1", text="Hello")
        last = (await client.hear_until("message"))[-1]["id"]
        session = client.session
    await desk.answer("While you were away")
    async with chatting(desk, session, after=last) as client:
        assert (await client.hear())["text"] == "While you were away"


async def test_what_was_acknowledged_before_is_not_acknowledged_again(desk: ChatDesk) -> None:
    async with chatting(desk) as client:
        await client.send(type="say", id="a1", text="Hello")
        await client.hear_until("said")
        session = client.session
    old = await desk.answer("Old")
    new = await desk.answer("New")
    async with chatting(desk, session, seen=old.id) as client:
        for _ in range(3):
            await client.hear_until("message")
        await client.send(type="seen", id=new.id)
        await client.hear_until("noted")
    assert desk.delivered == {new.external_id}


@pytest.mark.parametrize("token", ["short", "x" * 44, "x" * 42 + "!", "../../etc/passwd", "é" * 43])
async def test_a_token_that_is_none_of_ours_gets_a_fresh_session(desk: ChatDesk, token: str) -> None:
    async with chatting(desk, token) as client:
        assert client.session != token
        assert len(client.session) == 43


async def test_away_means_retry_and_the_words_are_stored_when_they_come_again(desk: ChatDesk) -> None:
    async with chatting(desk) as client:
        desk.away = True
        await client.send(type="say", id="a1", text="Hello")
        retry = await client.hear()
        assert (retry["type"], retry["id"]) == ("retry", "a1")
        assert retry["after"] > 0
        desk.away = False
        await client.send(type="say", id="a1", text="Hello")
        await client.hear_until("said")
    assert desk.texts == ["Hello"]


async def test_an_acknowledgement_that_could_not_be_stored_is_taken_again(desk: ChatDesk) -> None:
    async with chatting(desk) as client:
        await client.send(type="say", id="a1", text="Hello")
        await client.hear_until("said")
        answer = await desk.answer("Good morning")
        while (await client.hear())["direction"] == "in":
            pass
        desk.away = True
        await client.send(type="seen", id=answer.id)
        assert (await client.hear_until("retry"))[-1]["id"] == answer.id
        desk.away = False
        await client.send(type="seen", id=answer.id)
        await client.hear_until("noted")
    assert desk.delivered == {answer.external_id}


async def test_a_desk_that_stops_telling_sends_the_client_away_to_come_back(desk: ChatDesk) -> None:
    async with chatting(desk) as client:
        desk.away = True
        await desk.ring()
        assert await client.closed() == 1013


BAD = {
    "not JSON": ("{", "json"),
    "not an object": ('["say"]', "json"),
    "deep": ("[" * 20_000, "json"),
    "no type": ("{}", "type"),
    "an unknown type": ('{"type": "shout"}', "type"),
    "a second hello": ('{"type": "hello", "session": ""}', "type"),
    "no id": ('{"type": "say", "text": "Hello"}', "id"),
    "an id with a colon": ('{"type": "say", "id": "a:b", "text": "Hello"}', "id"),
    "a long id": ('{"type": "say", "id": "' + "a" * 65 + '", "text": "Hello"}', "id"),
    "text that is a number": ('{"type": "say", "id": "a", "text": 7}', "field"),
    "only spaces": ('{"type": "say", "id": "a", "text": " \\n "}', "empty"),
    "too long": (json.dumps({"type": "say", "id": "a", "text": "x" * 5001}), "too_long"),
    "a number beyond the database's": ('{"type": "seen", "id": 9223372036854775808}', "field"),
    "a number below 0": ('{"type": "seen", "id": -1}', "field"),
    "a truth as a number": ('{"type": "seen", "id": true}', "field"),
}


@pytest.mark.parametrize(("sent", "code"), BAD.values(), ids=BAD.keys())
async def test_a_bad_frame_is_answered_and_the_conversation_goes_on(desk: ChatDesk, sent: str, code: str) -> None:
    async with chatting(desk) as client:
        await client.socket.send(sent)
        error = await client.hear()
        assert (error["type"], error["code"]) == ("error", code)
        await client.send(type="say", id="a1", text="Still here")
        await client.hear_until("said")
    assert desk.texts == ["Still here"]


async def test_a_long_text_is_told_the_limit_and_which_words_are_meant(desk: ChatDesk) -> None:
    async with chatting(desk) as client:
        await client.send(type="say", id="a1", text="x" * 5001)
        error = await client.hear()
        assert (error["id"], error["limit"]) == ("a1", 5000)
        await client.send(type="say", id="a2", text="😀" * 5000)
        await client.hear_until("said")
    assert desk.texts == ["😀" * 5000]


async def test_bytes_are_answered_as_a_bad_frame(desk: ChatDesk) -> None:
    async with chatting(desk) as client:
        await client.socket.send(b"{}")
        assert (await client.hear())["code"] == "json"


async def test_a_frame_over_64_kilobytes_closes_the_socket(desk: ChatDesk) -> None:
    async with chatting(desk) as client:
        await client.socket.send("x" * 65_537)
        assert await client.closed() == 1009


@pytest.mark.parametrize(
    ("sent", "stored"),
    [("a\\u0000b", "a␀b"), ("half \\ud83d!", "half \ufffd!"), ("<b>\\u2028", "<b>\u2028"), ("😀", "😀")],
)
async def test_odd_characters_are_marked_and_kept_as_they_came(desk: ChatDesk, sent: str, stored: str) -> None:
    async with chatting(desk) as client:
        await client.socket.send('{"type": "say", "id": "a", "text": "' + sent + '"}')
        await client.hear_until("said")
    assert desk.texts == [stored]
    [said] = desk.messages
    given = json.loads(f'"{sent}"')
    kept = None if given == stored else given.encode("utf-8", "surrogatepass")
    assert (said.raw, bool(said.problems)) == (kept, kept is not None)


@pytest.mark.parametrize(
    "first", ['{"type": "say", "id": "a", "text": "Hello"}', "{", '{"type": "hello", "session": 7}']
)
async def test_without_a_hello_first_the_socket_closes(desk: ChatDesk, first: str) -> None:
    async with connected(desk) as client:
        await client.socket.send(first)
        assert await client.closed() == 1008
    assert desk.events == []


async def test_a_client_that_says_nothing_is_let_go() -> None:
    listening = free_socket()
    desk = ChatDesk(address(listening), origins=[SITE])
    async with serving(application(desk, patience=0.01), [listening]), connected(desk) as client:
        assert await client.closed() == 1008


async def test_the_twenty_first_message_within_ten_seconds_waits_until_there_is_room() -> None:
    now = [100.0]
    listening = free_socket()
    desk = ChatDesk(address(listening), origins=[SITE])
    async with serving(application(desk, clock=lambda: now[0]), [listening]), chatting(desk) as client:
        for number in range(20):
            await client.send(type="say", id=f"a{number}", text="Hello")
            await client.hear_until("said")
        now[0] += 4.0
        await client.send(type="say", id="a20", text="Once more")
        assert (await client.hear_until("retry"))[-1] == {"type": "retry", "id": "a20", "after": 6.0}
        now[0] += 6.0
        await client.send(type="say", id="a20", text="Once more")
        await client.hear_until("said")
    assert len(desk.texts) == 21


async def test_a_flood_of_frames_closes_the_socket() -> None:
    listening = free_socket()
    desk = ChatDesk(address(listening), origins=[SITE])
    async with serving(application(desk, clock=lambda: 100.0), [listening]), chatting(desk) as client:
        for _ in range(201):
            await client.send(type="seen", id=0)
        assert await client.closed() == 1008


@pytest.mark.parametrize(
    "origin", [None, "", "null", "https://evil.example", "http://www.anytown.example", "https://www.anytown.example.evil.example"]
)  # fmt: skip
async def test_other_websites_may_not_open_the_socket(desk: ChatDesk, origin: str | None) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        async with connected(desk, origin):
            pass


async def test_the_hubs_own_pages_may_open_the_socket_without_being_listed(desk: ChatDesk) -> None:
    desk.config = {}
    for own in (desk.public_url, desk.public_url.replace("127.0.0.1", "localhost")):
        async with connected(desk, own) as client:
            await client.send(type="hello")
            assert (await client.hear())["type"] == "welcome"
    with pytest.raises(InvalidStatus, match="403"):
        async with connected(desk, SITE):
            pass


async def test_there_is_no_socket_for_an_inbox_that_does_not_exist(desk: ChatDesk) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        async with connected(desk, inbox="elsewhere"):
            pass


async def test_a_citizen_who_leaves_is_no_longer_followed(desk: ChatDesk) -> None:
    async with chatting(desk) as client:
        await client.send(type="say", id="a1", text="Hello")
        await client.hear_until("message")
        assert desk.followers == 1
    async with patience():
        await desk.deserted()


async def test_nobody_hears_another_sessions_words(desk: ChatDesk) -> None:
    async with chatting(desk) as one, chatting(desk) as other:
        for client, words in ((one, "from one"), (other, "from the other")):
            await client.send(type="say", id="a1", text=words)
        for client, words in ((one, "from one"), (other, "from the other")):
            frames = [await client.hear(), await client.hear()]
            assert [frame["text"] for frame in frames if frame["type"] == "message"] == [words]


async def test_a_server_that_stops_says_so_and_the_next_one_resumes() -> None:
    listening = free_socket()
    desk = ChatDesk(address(listening), origins=[SITE])
    async with serving(application(desk), [listening]):
        socket = chatting(desk)
        client = await socket.__aenter__()
        await client.send(type="say", id="a1", text="Hello")
        last = (await client.hear_until("message"))[-1]["id"]
    assert await client.closed() == 1012
    assert desk.followers == 0
    await socket.__aexit__(None, None, None)
    listening = free_socket()
    desk.public_url = address(listening)
    await desk.answer("Meanwhile")
    async with serving(application(desk), [listening]), chatting(desk, client.session, after=last) as again:
        assert (await again.hear())["text"] == "Meanwhile"
