"""The console in a real chromium: what a caseworker sees, presses and hears."""

import asyncio

from playwright.async_api import Page, Route, expect

from channels.simulator.media import picture
from hub.actions.intake.arrivals import StoredFile
from hub.files.store import FolderFiles
from tests.console.browsing import enter, talk
from tests.console.people import PASSWORD, Council
from tests.support.browser import Visitors


async def test_sign_in_open_a_case_take_it_and_reply(page: Page, served: Council) -> None:
    await served.case("missed bin in Elm Road")
    await page.goto(f"{served.settings.base_url}/queues/waste")
    await page.get_by_label("E-mail address").fill("ann@anytown.example")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("link", name="missed bin in Elm Road").click()
    await page.get_by_role("button", name="Claim").click()
    await expect(page.get_by_text("You hold this case now.")).to_be_visible()
    await page.get_by_label("Your answer to the citizen").fill("A crew comes tomorrow.")
    await expect(page.locator("#parts")).to_have_text("1 part · 138 left")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_text("Your answer is on its way.")).to_be_visible()
    await expect(talk(page)).to_contain_text("A crew comes tomorrow.")
    await expect(page.get_by_label("Your answer to the citizen")).to_have_value("")


async def test_what_each_rule_compared_reads_as_lines(page: Page, served: Council) -> None:
    await served.case("whom do I ask?")
    await enter(page, served, path="/queues/triage")
    await page.get_by_role("link", name="whom do I ask?").click()
    await page.get_by_text("rules tried").click()
    part = page.locator(".comparisons li").filter(has_text="it does not say “gas” or “fire”")
    await expect(part).to_have_css(
        "display", "list-item"
    )  # the grid is the rules' alone: within it letters stood in a column


async def test_a_new_message_shows_without_reloading_and_the_draft_and_focus_stay(page: Page, served: Council) -> None:
    case = await served.case("missed bin in Elm Road")
    await enter(page, served, path=case)
    await page.evaluate("window.sameDocument = true")
    answer = page.get_by_label("Your answer to the citizen")
    await answer.fill("We are look")
    await served.case("Hurry, foxes!")
    await expect(talk(page)).to_contain_text("Hurry, foxes!")
    await expect(page.locator("#announcer")).to_have_text("There is a new message.")
    await expect(answer).to_have_value("We are look")
    await expect(answer).to_be_focused()
    assert await page.evaluate("window.sameDocument")
    await answer.press_sequentially("ing into it")
    await answer.press("Control+Enter")
    await expect(talk(page)).to_contain_text("We are looking into it")
    await expect(page.get_by_text("Your answer is on its way.")).to_be_visible()


async def test_whoever_reads_further_up_is_not_moved_but_told(page: Page, served: Council) -> None:
    for number in range(12):
        case = await served.case(f"missed bin, message {number}")
    await enter(page, served, path=case)
    assert await talk(page).evaluate("e => e.scrollHeight - e.scrollTop - e.clientHeight") < 48
    await talk(page).evaluate("e => { e.scrollTop = 40 }")
    await served.case("the latest words")
    below = page.get_by_role("button", name="New message below")
    await expect(below).to_be_visible()
    assert await talk(page).evaluate("e => e.scrollTop") == 40
    await below.click()
    await expect(page.get_by_text("the latest words").last).to_be_in_viewport()
    await expect(below).to_be_hidden()


async def test_who_reads_the_latest_words_stays_there_when_a_picture_comes(page: Page, served: Council) -> None:
    for number in range(12):
        case = await served.case(f"missed bin, message {number}")
    await enter(page, served, path=case)
    content = picture().content
    sha256 = FolderFiles(served.settings.files_dir).store(content)
    file = StoredFile(filename="road.png", media_type="image/png", size=len(content), sha256=sha256)
    await served.case("a hole as well", files=(file,))
    shown = talk(page).get_by_role("img", name="Picture from the citizen")
    await expect(shown).to_be_visible()
    assert await shown.evaluate("e => e.decode().then(() => e.naturalWidth)") == 240
    await expect(shown).to_be_in_viewport(ratio=1)
    await expect(page.get_by_role("button", name="New message below")).to_be_hidden()
    await page.get_by_label("Your answer to the citizen").fill("a long answer\n" * 40)
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_in_viewport(ratio=1)
    assert await talk(page).evaluate("e => e.scrollHeight - e.scrollTop - e.clientHeight") < 48


async def test_the_draft_outlives_another_action(page: Page, served: Council) -> None:
    case = await served.case("missed bin in Elm Road")
    await enter(page, served, path=case)
    await page.get_by_label("Your answer to the citizen").fill("half a sent")
    await page.get_by_role("button", name="Claim").click()
    await expect(page.get_by_text("You hold this case now.")).to_be_visible()
    await expect(page.get_by_label("Your answer to the citizen")).to_have_value("half a sent")


async def test_no_draft_is_left_for_whoever_signs_in_next(page: Page, served: Council) -> None:
    case = await served.case("missed bin in Elm Road")
    await enter(page, served, path=case)
    await page.get_by_label("Your answer to the citizen").fill("private words")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert await page.evaluate("Object.keys(sessionStorage).length") == 0
    await enter(page, served, path=case)
    await expect(page.get_by_label("Your answer to the citizen")).to_have_value("")


async def test_a_colleague_taking_the_case_shows_at_once(visitors: Visitors, served: Council) -> None:
    case = await served.case("missed bin in Elm Road")
    ann = await enter(await visitors.arrive(), served, path=case)
    bob = await enter(await visitors.arrive(), served, "bob", case)
    await bob.get_by_role("button", name="Claim").click()
    await expect(ann.get_by_text("Bob Birch holds it")).to_be_visible()
    await expect(ann.get_by_role("button", name="Claim")).to_have_count(0)


async def test_new_cases_are_announced_and_wait_until_asked_for(page: Page, served: Council) -> None:
    await served.case("missed bin one", "+447700900001")
    await enter(page, served, path="/queues/waste")
    await served.case("missed bin two", "+447700900002")
    await served.case("missed bin three", "+447700900003")
    offer = page.get_by_role("button", name="Show 2 new")
    await expect(offer).to_be_visible()
    await expect(page.get_by_role("link", name="missed bin")).to_have_count(1)
    await expect(page.get_by_text("3 open ·")).to_be_visible()
    await offer.click()
    await expect(page.get_by_role("link", name="missed bin")).to_have_count(3)
    await expect(page.get_by_role("link", name="missed bin one")).to_be_focused()


async def test_the_first_case_of_an_empty_queue_comes_when_asked_for(page: Page, served: Council) -> None:
    await enter(page, served, path="/queues/waste")
    await expect(page.get_by_text("Nothing is open in this queue.")).to_be_visible()
    await served.case("missed bin one")
    await page.get_by_role("button", name="Show 1 new").click()
    await expect(page.get_by_role("link", name="missed bin one")).to_be_visible()
    await expect(page.get_by_text("Nothing is open in this queue.")).to_have_count(0)


async def test_a_lost_connection_is_told_quietly_and_made_good(page: Page, served: Council) -> None:
    case = await served.case("missed bin in Elm Road")
    away = True
    await page.route_web_socket("**/live", lambda s: s.close() if away else s.connect_to_server() and None)
    await enter(page, served, path=case)
    paused = page.get_by_text("Live updates paused, reconnecting…")
    await expect(paused).to_be_visible()
    await served.case("said while away")
    away = False
    await expect(talk(page)).to_contain_text("said while away")
    await expect(paused).to_be_hidden()


async def test_offline_nothing_is_sent_and_what_is_written_stays(page: Page, served: Council) -> None:
    case = await served.case("missed bin in Elm Road")
    await enter(page, served, path=case)
    answer = page.get_by_label("Your answer to the citizen")
    await answer.fill("A crew comes.")
    await page.context.set_offline(True)
    offline = page.get_by_text("You are offline. What you write stays here")
    await expect(offline).to_be_visible()
    await answer.press("Control+Enter")
    await expect(answer).to_have_value("A crew comes.")
    await page.context.set_offline(False)
    await expect(offline).to_be_hidden()
    await answer.press("Control+Enter")
    await expect(talk(page)).to_contain_text("A crew comes.")


async def test_a_page_that_takes_long_says_so_until_it_comes(page: Page, served: Council) -> None:
    said: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def once_said(route: Route) -> None:
        await said
        await route.continue_()

    await page.expose_function("tell", lambda words: said.set_result(words))
    await enter(page, served)
    await page.route("**/notices", once_said)
    await page.evaluate(
        """() => new MutationObserver(([change]) => tell(change.target.textContent))
            .observe(document.querySelector("#announcer"), { childList: true })"""
    )
    await page.get_by_role("link", name="Notices").click()
    await expect(page.get_by_role("heading", name="Notices")).to_be_visible()
    assert said.result() == "Loading…"
    await expect(page.locator("body.is-loading")).to_have_count(0)
