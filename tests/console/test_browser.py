"""The console in a real chromium: what a caseworker sees, presses and hears."""

import asyncio
from pathlib import Path

from playwright.async_api import Locator, Page, Route, expect
from sqlmodel import Session

from channels.simulator.media import picture
from channels.sms.segments import segments
from hub.actions.intake.arrivals import StoredFile
from hub.actions.intake.updates import keep_unreadable
from hub.files.store import FolderFiles
from hub.models import TopicGuess
from hub.reference import reference_of
from tests.console.people import PASSWORD, Council
from tests.queries.town import add_dangers
from tests.support.browser import Visitors, axe_violations

SCRIPTS = Path(__file__).resolve().parents[2] / "hub/web/static/js"


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


# --- for everybody -----------------------------------------------------------------------------------------


async def test_axe_finds_nothing_and_nothing_sticks_out_on_any_page(page: Page, served: Council) -> None:
    found: dict[str, object] = {}
    await page.goto(f"{served.settings.base_url}/sign-in")
    found["/sign-in"] = await faults(page)
    await page.get_by_label("E-mail address").fill("x@y.example")
    await page.get_by_label("Password").fill("wrong")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    found["a failed sign-in"] = await faults(page)
    await enter(page, served, "lea", "/desk")
    for path in await pages_of(served):
        await page.goto(served.settings.base_url + path)
        found[path] = await faults(page)
    await page.get_by_text("rules tried").click()
    await page.locator("#action-transfer summary").click()
    await page.locator("#flag-add summary").click()
    await page.locator("#bulk-wish summary").click()
    found["a case, opened up"] = await faults(page)
    await served.db.write(add_dangers)
    await served.hub.desk.reload()
    await page.reload()
    await page.locator("#action-raise-alarm summary").click()
    found["an alarm raised by hand"] = await faults(page)
    await page.get_by_label("Which danger?").select_option("Fire")
    await page.get_by_role("button", name="Raise the alarm").click()
    await expect(page.get_by_text("The alarm is raised.")).to_be_visible()
    await page.goto(f"{served.settings.base_url}/alarms?state=by-hand")
    found["alarms raised by hand"] = await faults(page)
    supposed = await a_supposed_case(served)
    await page.goto(served.settings.base_url + supposed)
    found["a case that may belong elsewhere"] = await faults(page)
    await page.get_by_role("button", name="Highways 40%").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Lea Lime transferred it from Triage to Highways: Sorted by hand")).to_be_visible()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


async def test_a_long_list_scrolls_by_keyboard_at_once_and_the_queues_stay_beside_it(
    page: Page, served: Council
) -> None:
    for number in range(12):
        await served.case("missed bin", f"+4477009000{number:02}")
    await enter(page, served, path="/queues/waste")
    await page.keyboard.press("PageDown")
    await expect(page.get_by_role("heading", name="Waste")).not_to_be_in_viewport()
    await expect(page.get_by_role("link", name="My desk")).to_be_in_viewport()
    await expect(page.get_by_role("link", name="All cases")).to_be_in_viewport()


async def test_on_a_phone_who_the_citizen_is_folds_below_the_heading(page: Page, served: Council) -> None:
    case = await served.case("missed bin")
    await page.set_viewport_size({"width": 320, "height": 640})
    await enter(page, served, path=case)
    first_case = page.get_by_text("None: this is their first.")
    await expect(first_case).to_be_hidden()
    assert await page.evaluate(
        """() => ["#why", "#citizen", "#conversation", "#composer"]
            .map(part => document.querySelector(part).getBoundingClientRect().top)
            .every((top, place, tops) => !place || top > tops[place - 1])"""
    )
    await page.locator("#citizen-fold summary").first.click()
    await expect(first_case).to_be_visible()
    await page.set_viewport_size({"width": 1280, "height": 800})
    await expect(first_case).to_be_visible()


async def a_supposed_case(council: Council) -> str:
    """A case in triage of which the classifier supposes something."""

    def suppose(session: Session, case_id: int) -> None:
        session.add(
            TopicGuess(case_id=case_id, version=1, guesses=[["waste", 0.55], ["highways", 0.4], ["gone", 0.05]])
        )

    case_id = await council.town.case("something lies before our house", "+447700900009")
    await council.db.write(suppose, case_id)
    return f"/cases/{reference_of(case_id)}"


async def pages_of(council: Council) -> list[str]:
    """Every kind of page, with something on it and with nothing; the last is a case."""
    await council.case("smell of gas", "+447700900002")
    await council.case("missed bin", "joe@example.org", channel="email", html="<p>missed bin</p>", subject="Bin")
    for _ in range(2):
        case = await council.case("missed bin in Elm Road, a-very-long-word-without-any-break-in-it-at-all-really-not")
    await council.case("missed bin, voicemail", channel="voice", problems=("The recording is silent.",))
    entry = council.town.directory.inbox_by_name["sms", "main"]
    await council.db.write(keep_unreadable, entry.id, b"\xff odd", "text/plain", "It has no MessageSid.")
    lists = ["/desk", "/queues", "/queues/waste", "/queues/highways", "/queues/waste?show=resolved", "/queues/triage"]
    return [*lists, "/cases", "/cases?q=nothing", "/cases/1", "/unreadable", case]


async def faults(page: Page) -> list[str]:
    """On a phone by day, and on a desk by night."""
    found = []
    for width, scheme in ((320, "light"), (1280, "dark")):
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its words
        found += [f"{width}, {scheme}: {fault}" for fault in await faults_as_it_is(page)]
    return found


async def faults_as_it_is(page: Page) -> list[str]:
    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    small = await page.evaluate(SMALL_TARGETS)
    return [
        *await axe_violations(page),
        *([f"{wide} pixels too wide"] if wide > 0 else []),
        *[f"a target under 24 pixels: {target}" for target in small],
    ]


SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, select, input:not([type=hidden]), summary")]
    .filter(e => e.checkVisibility() && !e.matches(".govuk-skip-link") && !e.closest("p, li p, [aria-hidden=true]"))
    .filter(e => !e.matches("input[type=radio], input[type=checkbox]"))
    .map(e => [e.getBoundingClientRect(), e])
    .filter(([box]) => box.width && (box.height < 24 || box.width < 24))
    .map(([box, e]) => `${e.outerHTML.slice(0, 80)} ${box.width}×${box.height}`)"""


async def test_the_whole_way_by_keyboard_alone(page: Page, served: Council) -> None:
    await served.case("missed bin one", "+447700900001")
    case = await served.case("missed bin two", "+447700900002")
    await page.goto(f"{served.settings.base_url}/queues/waste")
    keyboard = page.keyboard
    await keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the main part")).to_be_focused()
    await keyboard.press("Tab")
    await keyboard.type("ann@anytown.example")
    await keyboard.press("Tab")
    await keyboard.type(PASSWORD)
    await keyboard.press("Enter")
    await keys_work(page)
    await keyboard.press("j")
    await keyboard.press("j")
    await keyboard.press("j")  # stays on the last
    await keyboard.press("k")
    await keyboard.press("j")
    await expect(page.get_by_role("link", name="missed bin two")).to_be_focused()
    await keyboard.press("Enter")
    await page.wait_for_url(f"**{case}")
    await keys_work(page)
    await keyboard.press("c")
    await expect(page.get_by_text("You hold this case now.")).to_be_visible()
    await keys_work(page)
    await keyboard.press("m")
    await keyboard.type("crew rang")  # r, c and n are letters here
    await keyboard.press("Control+Enter")
    await expect(page.get_by_text("Your note is kept.")).to_be_visible()
    await keys_work(page)
    await keyboard.press("t")
    await expect(page.get_by_label("To which queue?")).to_be_focused()
    await keyboard.press("Escape")
    await expect(page.get_by_label("To which queue?")).to_be_hidden()
    await keyboard.press("r")
    await keyboard.type("Done.")
    await keyboard.press("Control+Enter")
    await expect(page.get_by_text("Your answer is on its way.")).to_be_visible()
    await keys_work(page)
    await keyboard.press("e")
    await keyboard.type("emptied")
    await keyboard.press("Enter")
    await expect(page.get_by_text("The case is resolved.")).to_be_visible()
    await keys_work(page)
    await keyboard.press("n")
    await expect(page.get_by_role("heading", name="missed bin one")).to_be_visible()
    await keys_work(page)
    await keyboard.press("/")
    await keyboard.type("two")
    await keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Found for “two”")).to_be_visible()
    await keys_work(page)
    await keyboard.type("gx")  # no such place
    await keyboard.type("gq")
    await expect(page.get_by_role("heading", name="Triage")).to_be_visible()
    await keys_work(page)
    await keyboard.type("gd")
    await expect(page.get_by_role("heading", name="My desk")).to_be_visible()


async def test_the_focus_is_always_seen_and_never_covered(page: Page, served: Council) -> None:
    case = await served.case("missed bin")
    await enter(page, served, path=case)
    await page.locator("body").press("Home")
    for _ in range(40):
        await page.keyboard.press("Tab")
        covered = await page.evaluate(
            """() => {
                const e = document.activeElement, box = e.getBoundingClientRect();
                if (e === document.body || e.id === "conversation" || e.id === "citizen") return "";
                const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                const style = getComputedStyle(e);
                const seen = parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none";
                const open = top && (e.contains(top) || top.contains(e) || top.closest("a, label") === e);
                return seen && open ? "" : e.outerHTML.slice(0, 120);
            }"""
        )
        assert covered == ""


async def test_single_keys_can_be_switched_off_for_good(page: Page, served: Council) -> None:
    case = await served.case("missed bin")
    await enter(page, served, path=case)
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    await page.get_by_label("Use single keys on this computer").uncheck()
    await page.get_by_role("button", name="Close").click()
    await page.reload()
    await keys_work(page)
    await page.keyboard.press("c")
    await expect(page.get_by_text("Nobody holds it")).to_be_visible()
    await expect(page.locator(".case-actions .key").first).to_be_hidden()


async def test_everything_works_without_scripts(visitors: Visitors, served: Council) -> None:
    case = await served.case("missed bin")
    page = await visitors.arrive()
    await page.route("**/*.js", lambda route: route.abort())
    await enter(page, served, path=case, scripts=False)
    await page.get_by_label("Note for colleagues").check()
    await page.get_by_label("A note stays inside the council").fill("no scripts here")
    await page.get_by_role("button", name="Keep note").click()
    await expect(talk(page)).to_contain_text("no scripts here")
    await page.locator("#action-transfer summary").click()
    await page.get_by_label("To which queue?").select_option("Highways")
    await page.locator("#transfer-reason").fill("lies on the road")
    await page.get_by_role("button", name="Transfer it").click()
    await expect(page.get_by_text("The case stands in its new queue.")).to_be_visible()


async def test_the_browser_counts_parts_as_the_channel_does(page: Page) -> None:
    texts = [
        "", "a" * 160, "a" * 161, "^" * 80, "^" * 81, "ÿ" * 70, "ÿ" * 71, "ÿ" * 135, "à" * 70 + "ÿ", "🌳" * 35,
        "🌳" * 36, "x" * 66 + "🌳" * 3, "€" * 153, "line\nline", "a" * 152 + "€" + "b" * 20,
    ]  # fmt: skip
    module = (SCRIPTS / "segments.js").read_text(encoding="utf-8").replace("export function", "function")
    counted = await page.evaluate(f"(texts) => {{ {module}; return texts.map(text => segments(text)); }}", texts)
    expected = [segments(text) for text in texts]
    assert [(each["encoding"], each["units"], each["parts"]) for each in counted] == [
        (each.encoding, each.units, each.parts) for each in expected
    ]
