"""Must show 5: citizen and caseworker chat in two browsers, live both ways; a reload loses and doubles nothing."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.async_api import Page, expect

from tests.acceptance.carrier import AUTH_TOKEN, Carrier
from tests.acceptance.hub_process import Place, started
from tests.acceptance.mail_sink import MailSink
from tests.acceptance.town import AGENT, Town, said, settle
from tests.support.browser import Visitors

PASSWORD = "a long enough password"
PAGE = '<!doctype html><html lang="en"><title>Wexcombe</title><h1>Wexcombe</h1><script src="{}"></script>'


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it
        """Says nothing."""


@pytest.fixture
def website(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A council's website on an origin of its own: its URL, and the folder of its pages."""
    folder = tmp_path / "website"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    server.server_close()


@pytest.fixture
def chatting(tmp_path: Path, website: tuple[str, Path], carrier: Carrier, sink: MailSink) -> Iterator[tuple[Town, str]]:
    """A running hub whose chat stands on the website; the caseworker has a password."""
    url, folder = website
    (tmp_path / "hub").mkdir()
    place = Place(folder=tmp_path / "hub", more={"WEXCOMBE_TOKEN": AUTH_TOKEN})
    town = settle(place, carrier.url, sink.port, website=url)
    place.command("password", AGENT, stdin=PASSWORD + "\n")
    (folder / "index.html").write_text(PAGE.format(f"{place.url}/chat/site.js"), encoding="utf-8")
    with started(place, "serve") as process:
        process.until_ready()
        yield town, url


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Your message").fill(text)
    await page.get_by_label("Your message").press("Enter")


async def answer(page: Page, text: str) -> None:
    await page.get_by_label("Your answer to the citizen").fill(text)
    await page.get_by_role("button", name="Send", exact=True).click()


async def test_citizen_and_caseworker_chat_live_and_a_reload_loses_nothing(
    visitors: Visitors, chatting: tuple[Town, str]
) -> None:
    town, website = chatting
    citizen, caseworker = await visitors.arrive(), await visitors.arrive()
    await citizen.goto(website)
    await citizen.get_by_role("button", name="Chat with us").click()
    await say(citizen, "The street light in Pond Row is out")
    await expect(citizen.get_by_role("dialog").get_by_text("Sent", exact=True)).to_be_visible()
    [case] = town.cases(channel="webchat")

    await caseworker.goto(f"{town.place.url}/cases/{case['reference']}")
    await caseworker.get_by_label("E-mail address").fill(AGENT)
    await caseworker.get_by_label("Password").fill(PASSWORD)
    await caseworker.get_by_role("button", name="Sign in").click()
    talk = caseworker.get_by_role("region", name="Conversation")
    await expect(talk).to_contain_text("The street light in Pond Row is out")
    await answer(caseworker, "Which house is it near?")
    await expect(citizen.get_by_text("Which house is it near?")).to_be_visible()

    await citizen.reload()
    await answer(caseworker, "Take your time.")
    await citizen.get_by_role("button", name="Chat with us").click()
    await expect(citizen.get_by_text("Take your time.")).to_be_visible()
    await say(citizen, "Number nine")
    await expect(talk).to_contain_text("Number nine")

    assert await citizen.locator(".text").all_text_contents() == [
        "The street light in Pond Row is out",
        "Which house is it near?",
        "Take your time.",
        "Number nine",
    ]
    whole = town.case(case["reference"])
    assert whole["queue"] == "lights"
    assert said(whole) == ["The street light in Pond Row is out", "Number nine"]
    assert said(whole, "out") == ["Which house is it near?", "Take your time."]
