"""The simulator's page: who may act on it, and a person in front of it."""

from email.message import EmailMessage

import pytest
from playwright.async_api import Page, expect

from tests.channels.simulator.hub_double import ASHA, NUMBER, World
from tests.support.browser import Visitors, axe_violations


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "{own}"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "{own}"}, False),
    ],
)
async def test_no_other_website_may_act_for_the_citizens(world: World, headers: dict[str, str], allowed: bool) -> None:
    sent = {key: value.format(own=world.hub.url) for key, value in headers.items()}
    order = {"from": ASHA, "text": "Hello"}
    answer = await world.http.post("/simulator/api/text", json=order, headers=sent)
    assert answer.status_code == (200 if allowed else 403)
    assert len(world.hub.webhooks) == allowed


@pytest.mark.parametrize("path", ["", "/website/site", "/parts/texts", "/parts/call", "/parts/mails"])
async def test_every_page_is_served_under_a_strict_policy(world: World, path: str) -> None:
    answer = await world.http.get(f"/simulator{path or '/'}")
    assert answer.status_code == 200
    assert "script-src 'self';" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/website/elsewhere", "/parts/secrets"])
async def test_what_is_not_there_is_404(world: World, path: str) -> None:
    assert (await world.http.get(f"/simulator{path}")).status_code == 404


async def test_a_part_shows_one_citizens_belongings_only(world: World) -> None:
    await world.act("text", **{"from": ASHA, "text": "Asha's <b>words</b>"})
    assert "Asha&#39;s &lt;b&gt;words&lt;/b&gt;" in (await world.http.get("/simulator/parts/texts?citizen=asha")).text
    assert "words" not in (await world.http.get("/simulator/parts/texts?citizen=tom")).text.replace('class="words"', "")


async def test_the_credentials_are_on_no_page(world: World) -> None:
    for path in ("/simulator/", "/simulator/api/state"):
        assert "carrier-token" not in (await world.http.get(path)).text


# --- in a browser ---


@pytest.fixture
async def visitor(page: Page, world: World) -> Page:
    await page.goto(f"{world.hub.url}/simulator/")
    return page


async def test_texts_go_out_and_answers_appear_without_reloading(visitor: Page, world: World) -> None:
    await expect(visitor.get_by_role("heading", name="Simulator: pretend citizens")).to_be_visible()
    await visitor.get_by_label("Your text").fill("My bin was missed")
    await visitor.get_by_role("button", name="Send text").click()
    texts = visitor.get_by_role("log", name="Texts")
    await expect(texts.get_by_text("My bin was missed")).to_be_visible()
    await expect(visitor.get_by_label("Your text")).to_have_value("")
    assert [form["Body"] for form in world.hub.forms("/in/sms/main")] == ["My bin was missed"]
    await world.carrier("POST", "Messages.json", data={"To": ASHA, "From": NUMBER, "Body": "We come tomorrow"})
    await expect(texts.get_by_text("We come tomorrow")).to_be_visible()
    await expect(texts.get_by_text("Delivered")).to_be_visible()


async def test_a_texts_picture_is_seen_on_the_phone(visitor: Page) -> None:
    await visitor.get_by_label("Your text").fill("A hole in Elm Road")
    await visitor.get_by_label("With a picture").check()
    await visitor.get_by_role("button", name="Send text").click()
    picture = visitor.get_by_role("log", name="Texts").get_by_role("img", name="A road with a hole in it")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("e => e.decode().then(() => e.naturalWidth)") == 240


@pytest.mark.parametrize(("width", "columns"), [(1500, 5), (1280, 3), (900, 2), (320, 1)])
async def test_the_channels_stand_side_by_side_where_there_is_room(visitor: Page, width: int, columns: int) -> None:
    await visitor.set_viewport_size({"width": width, "height": 800})
    lefts = await visitor.evaluate("[...document.querySelectorAll('.panel')].map(e => e.getBoundingClientRect().x)")
    assert (len(lefts), len(set(lefts))) == (5, columns)


async def test_a_refused_text_says_so_and_keeps_the_words(visitor: Page, world: World) -> None:
    world.hub.token = "another"
    await visitor.get_by_label("Your text").fill("My bin was missed")
    await visitor.get_by_role("button", name="Send text").click()
    await expect(visitor.get_by_text("the hub answered 403")).to_be_visible()
    await expect(visitor.get_by_label("Your text")).to_have_value("My bin was missed")


async def test_a_call_is_walked_by_keypad_and_voice(visitor: Page, world: World) -> None:
    menu = '<Gather numDigits="1" action="/in/voice/line/menu"><Say>For bins press 1.</Say></Gather>'
    world.hub.answers["/in/voice/line"] = f"<Response>{menu}</Response>"
    world.hub.answers["/in/voice/line/menu"] = '<Response><Record action="/in/voice/line/recorded"/></Response>'
    world.hub.answers["/in/voice/line/recorded"] = "<Response><Say>Thank you. Goodbye.</Say></Response>"
    call = visitor.get_by_role("log", name="Call")
    await expect(visitor.get_by_role("group", name="Keypad")).to_be_hidden()  # until there is a call
    await visitor.get_by_role("button", name="Call", exact=True).click()
    await expect(call.get_by_text("For bins press 1.")).to_be_visible()
    await expect(call.get_by_text("Waiting for a key.")).to_be_visible()
    await visitor.get_by_role("group", name="Keypad").get_by_role("button", name="1").click()
    await expect(call.get_by_text("Recording: say something below")).to_be_visible()
    await visitor.get_by_label("Say after the beep").fill("Elm Road")
    await visitor.get_by_role("button", name="Leave message").click()
    await expect(call.get_by_text("Thank you. Goodbye.")).to_be_visible()
    await expect(call.get_by_text("The call is over.")).to_be_visible()
    await expect(visitor.get_by_role("button", name="Hang up")).to_have_count(0)
    await expect(visitor.get_by_role("button", name="Call", exact=True)).to_be_visible()


async def test_a_mail_is_written_and_an_answer_replied_to(visitor: Page, world: World) -> None:
    await visitor.get_by_label("Subject").fill("Missed bin")
    await visitor.get_by_label("Your mail").fill("Elm Road")
    await visitor.get_by_role("button", name="Send mail").click()
    mails = visitor.get_by_role("log", name="Mails")
    await expect(mails.get_by_text("Elm Road")).to_be_visible()
    answer = EmailMessage()
    answer["From"], answer["Reply-To"] = "help@anytown.example", "help+a1@anytown.example"
    answer["Subject"], answer["Message-ID"] = "Re: Missed bin", "<answer@anytown.example>"
    answer.set_content("We come tomorrow")
    await world.arrive(answer, "asha.patel@example.org")
    await mails.get_by_role("button", name="Reply").click()
    await expect(visitor.get_by_label("Your mail")).to_be_focused()
    await visitor.get_by_label("Your mail").fill("Thank you")
    await visitor.get_by_role("button", name="Send mail").click()
    await expect(mails.get_by_text("Thank you")).to_be_visible()
    assert [recipients for _, recipients, _ in world.hub.mails] == [
        ["help@anytown.example"], ["help+a1@anytown.example"]
    ]  # fmt: skip


async def test_the_website_embeds_the_chats_script(visitor: Page) -> None:
    website = visitor.frame_locator("iframe")
    await expect(website.get_by_role("heading", name="Bins and recycling")).to_be_visible()
    frame = visitor.frames[1]
    await frame.wait_for_function("document.title.endsWith('(chat)')")


async def test_another_citizen_is_chosen_by_keyboard(visitor: Page) -> None:
    await visitor.get_by_label("You are").focus()
    await visitor.keyboard.press("ArrowDown")
    await visitor.keyboard.press("Tab")
    await visitor.keyboard.press("Enter")
    await expect(visitor.get_by_text("07700 900102 · tom.evans@example.org")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
async def test_the_page_is_accessible_and_fits(visitors: Visitors, world: World, width: int, scheme: str) -> None:
    page = await visitors.arrive(width=width)
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    world.hub.answers["/in/voice/line"] = "<Response><Say>Hello</Say><Record/></Response>"
    await world.act("text", **{"from": ASHA, "text": "a-word-without-any-space-" * 8})
    await world.act("call", **{"from": ASHA})
    await page.goto(f"{world.hub.url}/simulator/")
    assert await axe_violations(page) == []
    assert await page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
