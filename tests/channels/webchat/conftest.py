"""A desk and the chat on a real port."""

from collections.abc import AsyncIterator

import pytest

from tests.channels.webchat.chat_desk import ChatDesk, application
from tests.support.serving import address, free_socket, serving


@pytest.fixture
async def desk() -> AsyncIterator[ChatDesk]:
    """Behind `desk.public_url`, with https://www.anytown.example as the council's website."""
    listening = free_socket()
    chat_desk = ChatDesk(
        address(listening), origins=["https://www.anytown.example"], title="Ask us", greeting="Good morning."
    )
    async with serving(application(chat_desk), [listening]):
        yield chat_desk
