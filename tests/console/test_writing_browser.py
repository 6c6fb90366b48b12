"""Writing mails in a real chromium: files without a reload, a template by keyboard, a reply taken back by one key."""

import io
import re
from dataclasses import replace
from urllib.parse import urlsplit

from PIL import Image
from playwright.async_api import FilePayload, Page, Request, expect
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import Response
from starlette.routing import Route

from hub.files.pictures import RemotePictures
from hub.models import Template
from tests.console.browsing import enter, keys_work, talk
from tests.console.people import Council
from tests.support.browser import axe_violations
from tests.support.serving import serving


def _picture() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (2, 2), "green").save(content, "png")
    return content.getvalue()


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
    quote = page.get_by_label("Quote below: “missed bin”")
    await quote.check()
    assert await page.evaluate("window.sameDocument")
    assert await axe_violations(page) == []
    await answer.press("Control+Enter")
    await expect(talk(page)).to_contain_text(re.compile(r"Sending in \d+ s"))
    await keys_work(page)
    await expect(page.get_by_label("Copy to", exact=True)).to_have_value("son@example.org")  # takes part from now on
    await expect(quote).not_to_be_checked()  # each answer is asked anew
    await page.keyboard.press("u")
    await expect(answer).to_have_value("Dear Joe Jones, a crew comes.")
    await expect(quote).to_be_checked()
    await expect(files).to_contain_text("plan.txt")
    await expect(talk(page)).to_contain_text("took a reply back before it left")


async def test_pictures_from_the_internet_load_only_when_asked_and_links_say_where_they_lead(
    page: Page, served: Council
) -> None:
    by_browser: list[Request] = []
    by_hub: list[str] = []
    page.on("request", lambda request: by_browser.append(request))

    async def picture(asked: Asked) -> Response:
        by_hub.append(str(asked.headers.get("cookie")))
        return Response(_picture(), media_type="image/png")

    async with serving(Starlette(routes=[Route("/1.png", picture)])) as sender:
        may_ask = RemotePictures(may_ask=lambda address, port: sender.endswith(f":{port}"))
        served.app.state.hub = replace(served.hub, pictures=may_ask)
        html = '<p>See <a href="https://evil.example/x">www.bank.example</a></p>'
        html += f'<img data-remote="{sender}/1.png?a=1&amp;b=2" alt="logo">'
        case = await mail_case(served, html=html)
        await enter(page, served, path=case)
        await page.get_by_text("As the citizen formatted it").click()
        frame = page.frame_locator("iframe.message-frame")
        await expect(frame.get_by_text("(evil.example)")).to_be_visible()
        assert by_hub == []
        await page.get_by_role("link", name="Load them").click()
        shown = frame.get_by_role("img", name="logo")
        await expect(shown).to_have_js_property("naturalWidth", 2)
        url = str(await shown.get_attribute("src"))
    ours = served.settings.base_url
    assert by_hub == ["None"]  # no cookie
    assert url.startswith(f"{ours}/pictures/")
    assert {urlsplit(request.url).netloc for request in by_browser} == {urlsplit(ours).netloc}
    visitor = await served.visitor()
    place, _, _ = url.removeprefix(ours).rpartition("/")
    others = (url.replace("/0/", "/1/"), url.replace("/pictures/", "/pictures/9"))
    for wrong in (f"{place}/{'0' * 64}", *others):
        assert (await visitor.http.get(wrong)).status_code == 404
    off = served.settings.model_copy(update={"remote_pictures": False})
    served.app.state.hub = replace(served.hub, settings=off)
    assert (await visitor.http.get(url)).status_code == 404
    ann = await served.person("ann")
    assert "Load them" not in await ann.see(case)


async def test_the_composer_and_the_head_fit_on_a_phone(page: Page, served: Council) -> None:
    await served.db.write(_add_template)
    case = await mail_case(served)
    await enter(page, served, path=case)
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.get_by_text("Copies and quote").click()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert await axe_violations(page) == []
