"""Writing mails in a real chromium: files without a reload, a template by keyboard, a reply taken back by one key."""

import re

from playwright.async_api import FilePayload, Page, Request, Route, expect
from sqlmodel import Session

from hub.models import Template
from tests.console.people import Council
from tests.console.test_browser import enter, keys_work, talk
from tests.support.browser import axe_violations


def _add_template(session: Session) -> None:
    session.add(Template(slug="bin", name="Bin comes", texts={"en": "Dear {name}, a crew comes."}))


async def mail_case(served: Council, **more: str) -> str:
    given = {"subject": "Missed bin", "message_id": "1@example.org", "sender_name": "Joe Jones", **more}
    return await served.case("missed bin", "joe@example.org", channel="email", **given)


async def test_a_mail_is_written_with_files_and_a_template_and_taken_back_by_a_key(page: Page, served: Council) -> None:
    await served.db.write(_add_template)
    case = await mail_case(served)
    await enter(page, served, path=case)
    await page.evaluate("window.sameDocument = true")
    answer = page.get_by_label("Your answer to the citizen")
    await page.keyboard.press("p")
    await page.keyboard.press("B")
    await page.keyboard.press("Enter")
    await expect(answer).to_have_value("Dear Joe Jones, a crew comes.")
    chosen = [FilePayload(name=name, mimeType="text/plain", buffer=b"hello") for name in ("plan.txt", "list.txt")]
    await page.get_by_label("Attach files").set_input_files(chosen)
    files = page.get_by_role("list", name="Files that go along")
    await expect(files).to_contain_text("plan.txt")
    await page.get_by_role("button", name="Remove list.txt").click()
    await expect(files).not_to_contain_text("list.txt")
    await page.get_by_text("Copies and quote").click()
    await page.get_by_label("Copy to", exact=True).fill("son@example.org")
    assert await page.evaluate("window.sameDocument")
    assert await axe_violations(page) == []
    await answer.press("Control+Enter")
    await expect(talk(page)).to_contain_text(re.compile(r"Sending in \d+ s"))
    await keys_work(page)
    await expect(page.get_by_label("Copy to", exact=True)).to_have_value("son@example.org")  # takes part from now on
    await page.keyboard.press("u")
    await expect(answer).to_have_value("Dear Joe Jones, a crew comes.")
    await expect(files).to_contain_text("plan.txt")
    await expect(talk(page)).to_contain_text("took a reply back before it left")


async def test_pictures_from_the_internet_load_only_when_asked_and_links_say_where_they_lead(
    page: Page, served: Council
) -> None:
    asked: list[Request] = []

    async def picture(route: Route) -> None:
        asked.append(route.request)
        await route.fulfill(content_type="image/svg+xml", body='<svg xmlns="http://www.w3.org/2000/svg"/>')

    await page.context.route("https://tracker.example/**", picture)
    html = '<p>See <a href="https://evil.example/x">www.bank.example</a></p><img data-remote="https://tracker.example/1.png">'
    await enter(page, served, path=await mail_case(served, html=html))
    await page.get_by_text("As the citizen formatted it").click()
    frame = page.frame_locator("iframe.message-frame")
    await expect(frame.get_by_text("(evil.example)")).to_be_visible()
    assert asked == []
    await page.get_by_role("link", name="Load them").click()
    await expect(frame.locator("img[src^='https://tracker.example']")).to_have_count(1)
    await page.wait_for_timeout(0)
    while not asked:
        await page.wait_for_event("requestfinished")
    assert "referer" not in asked[0].headers
    assert "cookie" not in asked[0].headers


async def test_the_composer_and_the_head_fit_on_a_phone(page: Page, served: Council) -> None:
    await served.db.write(_add_template)
    case = await mail_case(served)
    await enter(page, served, path=case)
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.get_by_text("Copies and quote").click()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert await axe_violations(page) == []
