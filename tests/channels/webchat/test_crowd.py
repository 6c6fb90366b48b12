"""What one network address may say and hold at once, whatever sessions it makes up."""

import pytest

from channels.webchat.crowd import (
    HOURLY,
    LONGEST_WAIT,
    MESSAGES_EACH,
    MOST_SOCKETS,
    OF_A_PROXY,
    Crowd,
    Crowded,
    network_of,
)
from tests.channels.webchat.chat_desk import ChatDesk, application
from tests.channels.webchat.test_socket import SITE, chatting, connected
from tests.support.serving import address, free_socket, serving

FAR = "203.0.113.7"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def crowd(clock: Clock) -> Crowd:
    return Crowd(clock)


def test_an_address_begins_so_many_conversations_and_those_go_on(crowd: Crowd, clock: Clock) -> None:
    assert [crowd.wait(FAR, f"chat:{number}", HOURLY) for number in range(HOURLY)] == [0.0] * HOURLY
    assert crowd.wait(FAR, "chat:another", HOURLY) == LONGEST_WAIT
    assert crowd.wait(FAR, "chat:7", HOURLY) == 0.0
    assert crowd.wait("203.0.113.8", "chat:another", HOURLY) == 0.0
    clock.now += 3600 / HOURLY
    assert [crowd.wait(FAR, f"chat:new{number}", HOURLY) > 0 for number in range(2)] == [False, True]


def test_all_conversations_of_an_address_share_its_messages(crowd: Crowd, clock: Clock) -> None:
    said = [crowd.wait(FAR, f"chat:{number % 2}", 10) for number in range(10 * MESSAGES_EACH)]
    assert set(said) == {0.0}
    assert crowd.wait(FAR, "chat:0", 10) == 18.0
    clock.now += 18.0
    assert crowd.wait(FAR, "chat:0", 10) == 0.0


def test_a_proxy_that_does_not_tell_who_comes_is_a_crowd(crowd: Crowd) -> None:
    begun = [crowd.wait("127.0.0.1", f"chat:{number}", 10) for number in range(10 * OF_A_PROXY + 1)]
    assert [wait > 0 for wait in begun] == [False] * (10 * OF_A_PROXY) + [True]


def test_an_address_holds_so_many_sockets_at_once(crowd: Crowd) -> None:
    held = [crowd.within(FAR) for _ in range(MOST_SOCKETS)]
    for each in held:
        each.__enter__()
    with pytest.raises(Crowded), crowd.within(FAR):
        pass
    held[0].__exit__(None, None, None)
    with crowd.within(FAR):
        pass


@pytest.mark.parametrize(
    ("host", "network"),
    [
        (FAR, FAR),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("::ffff:203.0.113.7", FAR),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_one_network_is_one_address(host: str, network: str) -> None:
    assert network_of(host) == network


async def test_a_flood_of_sessions_from_one_address_waits_and_loses_nothing() -> None:
    clock = Clock()
    listening = free_socket()
    desk = ChatDesk(address(listening), origins=[SITE], hourly=1)
    async with serving(application(desk, crowd=Crowd(clock)), [listening]):
        for number in range(OF_A_PROXY):
            async with chatting(desk) as client:
                await client.send(type="say", id=f"a{number}", text="Buy this")
                await client.hear_until("said")
        async with chatting(desk) as client:
            await client.send(type="say", id="late", text="My bin")
            assert (await client.hear_until("retry"))[-1] == {"type": "retry", "id": "late", "after": LONGEST_WAIT}
            clock.now += 3600 / OF_A_PROXY
            await client.send(type="say", id="late", text="My bin")
            await client.hear_until("said")
    assert desk.texts == ["Buy this"] * OF_A_PROXY + ["My bin"]


async def test_more_sockets_than_one_address_may_hold_are_asked_to_come_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.webchat.crowd.MOST_SOCKETS", 0)
    listening = free_socket()
    desk = ChatDesk(address(listening), origins=[SITE])
    async with serving(application(desk), [listening]), connected(desk) as client:
        assert await client.closed() == 1013
