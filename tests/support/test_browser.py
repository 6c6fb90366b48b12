"""The tests' browser is itself tested: it runs, it complains, and without one there is a clear sentence."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tests.support.browser import MissingBrowserError, Visitors, axe_violations, chromium, one_at_a_time
from tests.support.serving import serving

PAGE = """<!doctype html><html lang="en"><head><title>Elm Road</title></head><body><main><h1>Missed bin</h1>
<button onclick="document.querySelector('h1').textContent = 'Collected'">Collect</button></main></body></html>"""


def application(*, policy: str = "default-src 'self' 'unsafe-inline'") -> Starlette:
    async def show(request: Request) -> Response:
        return HTMLResponse(PAGE, headers={"Content-Security-Policy": policy})

    return Starlette(routes=[Route("/", show)])


async def test_a_person_presses_a_button_on_a_served_page(page: Page) -> None:
    async with serving(application()) as url:
        await page.goto(url)
        await page.get_by_role("button", name="Collect").click()
        assert await page.get_by_role("heading").text_content() == "Collected"


async def test_two_people_share_no_cookies(visitors: Visitors) -> None:
    async with serving(application()) as url:
        citizen, agent = await visitors.arrive(), await visitors.arrive()
        for someone in (citizen, agent):
            await someone.goto(url)
        await citizen.evaluate("document.cookie = 'name=citizen'")
        assert await agent.evaluate("document.cookie") == ""


async def test_a_breach_of_the_content_security_policy_is_a_complaint(browser: Browser) -> None:
    people = Visitors(browser)
    async with serving(application(policy="default-src 'self'")) as url:
        page = await people.arrive()
        await page.goto(url)
        await page.get_by_role("button").click()
        await page.wait_for_function("() => true")
    assert any("Content Security Policy" in complaint for complaint in people.complaints)


async def test_a_script_error_is_a_complaint(browser: Browser) -> None:
    people = Visitors(browser)
    page = await people.arrive()
    async with page.context.expect_event("weberror"):
        await page.evaluate("() => { setTimeout(() => { throw new Error('no such case'); }) }")
    assert people.complaints == ["script error: no such case"]


async def test_axe_names_the_rule_and_the_place_under_a_strict_policy(page: Page) -> None:
    async with serving(application(policy="default-src 'self'; script-src-attr 'unsafe-inline'")) as url:
        await page.goto(url)
        assert await axe_violations(page) == []
        await page.evaluate("document.querySelector('button').textContent = ''")
        assert await axe_violations(page) == ["button-name: Buttons must have discernible text (button)"]


Answers = dict[str, bool]


def _runner(works: Answers) -> tuple[list[str], Callable[[list[str]], bool]]:
    """The programs that were run, and a machine on which they work or not, by the last word of the command."""
    ran: list[str] = []

    def run(command: list[str]) -> bool:
        ran.append(command[1])
        return works.get(command[1], False)

    return ran, run


def test_the_systems_chromium_is_taken_without_installing_anything() -> None:
    ran, run = _runner({})
    assert chromium({"google-chrome": "/opt/chrome"}.get, run, root=True) == "/opt/chrome"
    assert ran == []


@pytest.mark.parametrize("package", ["chromium-headless-shell", "chromium"])
def test_root_installs_the_distributions_package(package: str) -> None:
    programs = {"apt-get": "/usr/bin/apt-get"}

    def run(command: list[str]) -> bool:
        if command[-1] == package:
            programs[package] = f"/usr/bin/{package}"
        return command[1] == "update" or command[-1] == package

    assert chromium(programs.get, run, root=True) == f"/usr/bin/{package}"


@pytest.mark.parametrize(
    ("root", "expected"),
    [(True, ["update", "-m"]), (False, ["-m"])],
    ids=["root, but no package source answers", "not root"],
)
def test_otherwise_playwright_downloads_its_own(root: bool, expected: list[str]) -> None:
    ran, run = _runner({"-m": True})
    assert chromium({"apt-get": "/usr/bin/apt-get"}.get, run, root=root) is None
    assert ran == expected


def test_two_processes_of_one_suite_install_one_after_the_other(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    waits = (
        "import pathlib, sys; from tests.support.browser import one_at_a_time\n"
        "print('here', flush=True)\n"
        "with one_at_a_time(pathlib.Path(sys.argv[1])): print('alone', flush=True)"
    )
    with one_at_a_time(lock):
        other = subprocess.Popen([sys.executable, "-c", waits, lock], stdout=subprocess.PIPE)
        assert other.stdout is not None
        assert other.stdout.readline() == b"here\n"
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(0.1)
    assert other.communicate(timeout=30)[0] == b"alone\n"


def test_when_nothing_helps_a_sentence_says_what_to_install() -> None:
    with pytest.raises(MissingBrowserError, match="apt-get install chromium"):
        chromium(lambda _: None, _runner({})[1], root=True)
