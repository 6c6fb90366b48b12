"""A caseworker at a browser: signs in, and finds the conversation."""

from playwright.async_api import Locator, Page, expect

from tests.console.people import Council


async def enter(page: Page, council: Council, name: str = "ann", path: str = "/desk", scripts: bool = True) -> Page:
    """Signed in, goes to the page."""
    cookie, value = await council.session(name)
    await page.context.add_cookies([{"name": cookie, "value": value, "url": council.settings.base_url}])
    await page.goto(council.settings.base_url + path)
    await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    if scripts:
        await keys_work(page)
    return page


async def keys_work(page: Page) -> None:
    """The page's scripts have begun: this button is theirs."""
    await expect(page.get_by_role("button", name="Keys")).to_be_visible()


def talk(page: Page) -> Locator:
    return page.get_by_role("region", name="Conversation")
