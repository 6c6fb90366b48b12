"""The widget in a real chromium, on a council's page with a strict content security policy."""

import socket

import pytest
from playwright.async_api import Locator, Page, WebSocketRoute, expect

from tests.channels.webchat.chat_desk import ChatDesk, application
from tests.support.browser import Visitors, axe_violations
from tests.support.serving import address, serving

BLOCKED = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked') } })"
SPARE = """() => {
    const panel = document.querySelector("[id^=council-chat]").shadowRoot.querySelector(".panel");
    const { left, right, top, bottom } = panel.getBoundingClientRect();
    const sideways = panel.clientWidth - panel.scrollWidth;
    return Math.min(left, innerWidth - right, top, innerHeight - bottom, sideways);
}"""


@pytest.fixture
async def visitor(page: Page, desk: ChatDesk) -> Page:
    """A citizen on the council's page."""
    await page.goto(desk.public_url)
    return page


async def open_chat(page: Page) -> Locator:
    await page.get_by_role("button", name="Chat with us").click()
    return page.get_by_role("dialog")


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Your message").fill(text)
    await page.get_by_label("Your message").press("Enter")


def _bound(port: int = 0) -> socket.socket:
    """A port that the next server of this test can have again."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


async def conversation(page: Page) -> list[str]:
    return await page.locator(".text").all_text_contents()


async def test_citizen_and_caseworker_talk_and_a_reload_loses_nothing(visitor: Page, desk: ChatDesk) -> None:
    dialog = await open_chat(visitor)
    await expect(dialog.get_by_role("heading", name="Ask us")).to_be_visible()
    await expect(dialog.get_by_text("Good morning.")).to_be_visible()
    await say(visitor, "My bin was missed <b>again</b>")
    await expect(dialog.get_by_text("Your reference is 4821 0937.")).to_be_visible()
    await expect(dialog.get_by_text("Sent", exact=True)).to_be_visible()
    first = await desk.answer("Which road?")
    await expect(dialog.get_by_text("Which road?")).to_be_visible()

    await visitor.reload()
    second = await desk.answer("Are you there?")
    await expect(visitor.get_by_role("button", name="Chat with us, 1 new message")).to_be_visible()
    dialog = await open_chat(visitor)
    await say(visitor, "Elm Road")
    await expect(dialog.get_by_text("Sent", exact=True)).to_have_count(2)
    assert await conversation(visitor) == [
        "My bin was missed <b>again</b>",
        "Which road?",
        "Are you there?",
        "Elm Road",
    ]
    assert desk.texts == await conversation(visitor)
    assert desk.delivered == {first.external_id, second.external_id}
    await expect(dialog.get_by_text("Your reference is 4821 0937.")).to_be_visible()


async def test_words_typed_while_the_hub_is_away_go_out_once_when_it_is_back(page: Page) -> None:
    listening = _bound()
    port = listening.getsockname()[1]
    desk = ChatDesk(address(listening))
    async with serving(application(desk), [listening]):
        await page.goto(desk.public_url)
        dialog = await open_chat(page)
        await say(page, "Before")
        await expect(dialog.get_by_text("Sent", exact=True)).to_be_visible()
    await expect(dialog.get_by_text("Connection lost. Reconnecting…")).to_be_visible()
    await say(page, "During")
    await expect(dialog.get_by_text("Sending…")).to_be_visible()
    await desk.answer("Meanwhile")
    async with serving(application(desk), [_bound(port)]):
        await expect(dialog.get_by_text("Sending…")).to_have_count(0)
        await expect(dialog.get_by_text("Connection lost.")).to_have_count(0)
        await expect(page.locator(".text")).to_have_text(["Before", "Meanwhile", "During"])
    assert desk.texts == ["Before", "Meanwhile", "During"]


async def test_unsent_words_survive_leaving_the_page(visitor: Page, desk: ChatDesk) -> None:
    desk.away = True
    dialog = await open_chat(visitor)
    await say(visitor, "Please keep this")
    await expect(dialog.get_by_text("Sending…")).to_be_visible()
    desk.away = False
    await visitor.reload()
    dialog = await open_chat(visitor)
    await expect(dialog.get_by_text("Sent", exact=True)).to_be_visible()
    assert desk.texts == ["Please keep this"]


async def test_the_keyboard_alone_is_enough(visitor: Page, desk: ChatDesk) -> None:
    await visitor.keyboard.press("Tab")
    await visitor.keyboard.press("Enter")
    words = visitor.get_by_label("Your message")
    await expect(words).to_be_focused()
    await visitor.keyboard.type("One")
    await visitor.keyboard.press("Shift+Enter")
    await visitor.keyboard.type("Two")
    await visitor.keyboard.press("Enter")
    await expect(visitor.get_by_text("Sent", exact=True)).to_be_visible()
    await expect(words).to_be_focused()
    assert desk.texts == ["One\nTwo"]
    await visitor.keyboard.press("Escape")
    await expect(visitor.get_by_role("dialog")).to_be_hidden()
    await expect(visitor.get_by_role("button", name="Chat with us")).to_be_focused()


async def test_the_name_is_asked_once_and_kept(visitor: Page, desk: ChatDesk) -> None:
    await open_chat(visitor)
    await visitor.get_by_label("Your name (optional)").fill("Asha Patel")
    await say(visitor, "Hello")
    await expect(visitor.get_by_text("Sent", exact=True)).to_be_visible()
    await expect(visitor.get_by_label("Your name (optional)")).to_be_hidden()
    await visitor.reload()
    await open_chat(visitor)
    await say(visitor, "Hello again")
    await expect(visitor.get_by_text("Sent", exact=True)).to_have_count(2)
    assert [message.sender_name for message in desk.messages] == ["Asha Patel", "Asha Patel"]


async def test_forgetting_leaves_nothing_on_the_device(visitor: Page, desk: ChatDesk) -> None:
    dialog = await open_chat(visitor)
    await say(visitor, "Private words")
    await expect(dialog.get_by_text("Your reference is")).to_be_visible()
    await dialog.get_by_role("button", name="Forget this chat on this device").click()
    await expect(visitor.locator(".text")).to_have_count(0)
    await expect(dialog.get_by_text("Your reference is")).to_have_count(0)
    await say(visitor, "Somebody else")
    await expect(dialog.get_by_text("Sent", exact=True)).to_be_visible()
    assert await conversation(visitor) == ["Somebody else"]
    assert len({message.sender for message in desk.messages}) == 2


async def test_without_storage_the_chat_works_in_memory(visitors: Visitors, desk: ChatDesk) -> None:
    page = await visitors.arrive()
    await page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked') } })"
    )
    await page.goto(desk.public_url)
    dialog = await open_chat(page)
    await say(page, "Hello")
    await expect(dialog.get_by_text("Sent", exact=True)).to_be_visible()
    await desk.answer("Good morning")
    await expect(dialog.get_by_text("Good morning", exact=True)).to_be_visible()


@pytest.mark.parametrize("waits", [16_000, 46_000], ids=["with words to send", "with nothing to send"])
async def test_a_network_that_went_away_silently_is_noticed(page: Page, desk: ChatDesk, waits: int) -> None:
    silent = False

    def carry(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda frame: None if silent else server.send(frame))
        server.on_message(lambda frame: None if silent else socket.send(frame))

    await page.route_web_socket("**/in/webchat/site", carry)
    await page.clock.install()
    await page.goto(desk.public_url)
    dialog = await open_chat(page)
    await say(page, "Before")
    await expect(dialog.get_by_text("Sent", exact=True)).to_be_visible()
    silent = True
    answer = await desk.answer("Are you there?")
    if waits < 30_000:
        await say(page, "During")
    await page.clock.run_for(waits)
    silent = False
    await page.clock.run_for(2_000)
    await expect(dialog.get_by_text("Are you there?")).to_be_visible()
    await expect(dialog.get_by_text("Sending…")).to_have_count(0)
    assert desk.texts == ["Before", answer.text, *(["During"] if waits < 30_000 else [])]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (320, 256)], ids=["wide", "400 % zoom"])
async def test_the_open_chat_is_accessible_and_fits(
    visitors: Visitors, desk: ChatDesk, width: int, height: int, scheme: str
) -> None:
    page = await visitors.arrive(width=width, height=height)
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.goto(desk.public_url)
    await open_chat(page)
    await say(page, "My bin was missed, and this-is-a-very-long-word-without-any-space-" + "x" * 80)
    await expect(page.get_by_text("Sent", exact=True)).to_be_visible()
    await desk.answer("Which road?")
    await expect(page.get_by_text("Which road?")).to_be_visible()
    assert await axe_violations(page) == []
    assert await page.evaluate(SPARE) >= 0
    button = page.get_by_role("button", name="Send")
    await button.scroll_into_view_if_needed()
    await expect(button).to_be_in_viewport()


async def test_nothing_is_asked_of_any_other_host(page: Page, desk: ChatDesk) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(desk.public_url)
    dialog = await open_chat(page)
    await expect(dialog.get_by_role("heading", name="Ask us")).to_be_visible()
    assert [url for url in asked if not url.startswith((desk.public_url, "data:"))] == []
