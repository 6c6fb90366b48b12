"""A real chromium for the tests: found, else installed, else a sentence that says what to install.

The tests of a session share one browser, and so one event loop: to launch one takes a second. Each person in front of
it has a context of their own, with nothing of another's.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

SHELL = "chromium-headless-shell"  # the same engine without a browser around it: half the work
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = "the browser tests need chromium: install it (on Debian and Ubuntu: apt-get install chromium)"

Find = Callable[[str], str | None]
Run = Callable[[list[str]], bool]


class MissingBrowserError(Exception):
    """There is no chromium, and it could not be installed; the text says what to do."""


def _runs(command: list[str]) -> bool:
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False).returncode == 0


def chromium(find: Find, run: Run, *, root: bool) -> str | None:
    """The path of the system's chromium; None for playwright's own. Raises MissingBrowserError.

    In this order: what is on the PATH; the distribution's package, when root may install it; playwright's download.
    """
    if path := _on_path(find):
        return path
    apt = find("apt-get")
    if root and apt and run([apt, "update", "-q"]):
        for package in (SHELL, "chromium"):
            if run([apt, "install", "-q", "-y", package]):
                return _on_path(find)
    if run([sys.executable, "-m", "playwright", "install", "chromium"]):
        return None
    raise MissingBrowserError(MISSING)


def _on_path(find: Find) -> str | None:
    return next((path for name in NAMES if (path := find(name))), None)


@cache
def installed_chromium() -> str | None:
    """`chromium` on this machine, looked for once a session. Raises MissingBrowserError."""
    with one_at_a_time(Path(tempfile.gettempdir(), f"hub-tests-chromium-{os.getuid()}.lock")):
        return chromium(shutil.which, _runs, root=os.geteuid() == 0)


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """The suite runs as several processes; apt refuses to install for one what it is installing for another."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@asynccontextmanager
async def launched(executable: str | None) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable, args=list(FLAGS), headless=True, chromium_sandbox=False
        )
        try:
            yield browser
        finally:
            await browser.close()


class Visitors:
    """People in front of the same browser, each with cookies of their own; keeps what their pages complain about."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    async def arrive(self, *, width: int = 1280, height: int = 800) -> Page:
        """A new person's first page: British, in London, with a window of that many pixels."""
        context: BrowserContext = await self._browser.new_context(
            locale="en-GB", timezone_id="Europe/London", viewport={"width": width, "height": height}
        )
        self._contexts.append(context)
        context.set_default_timeout(10_000)
        context.on("weberror", lambda error: self.complaints.append(f"script error: {error.error}"))
        context.on("console", self._listen)
        return await context.new_page()

    async def leave(self) -> None:
        """Everybody goes, and takes their pages along."""
        for context in self._contexts:
            await context.close()

    def _listen(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.complaints.append(message.text)


async def axe_violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA: "rule: what is wrong (where)", [] = nothing."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(_axe())
    found = await page.evaluate(
        """async () => {
            const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];
            const { violations } = await axe.run(document, {
                runOnly: { type: "tag", values: tags }, resultTypes: ["violations"],
            });
            return violations.map(({ id, help, nodes }) => [id, help, nodes.map(node => node.target.join(" "))]);
        }"""
    )
    return [f"{rule}: {wrong} ({', '.join(where)})" for rule, wrong, where in found]


@cache
def _axe() -> str:
    return Path(__file__).with_name("axe.min.js").read_text(encoding="utf-8")
