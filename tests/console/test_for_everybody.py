"""The console for everybody: axe-core, small screens, the keyboard alone, and a browser without scripts."""

from pathlib import Path

from playwright.async_api import Page, expect
from sqlmodel import Session, select

from channels.sms.segments import segments
from hub.actions.casework.notices import tell_agents
from hub.actions.intake.updates import keep_unreadable
from hub.models import Agent, Case, TopicGuess
from hub.reference import reference_of
from tests.console.browsing import enter, keys_work, talk
from tests.console.people import PASSWORD, Council
from tests.queries.town import add_dangers
from tests.support.browser import Visitors, axe_violations

SCRIPTS = Path(__file__).resolve().parents[2] / "hub/web/static/js"


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


async def test_a_notice_is_read_to_its_end_on_a_phone_and_on_a_desk(page: Page, served: Council) -> None:
    case_id = await served.town.case("missed bin")
    words = "An answer didn't arrive. The mail came back undelivered: check the address, or use another channel. " * 2
    await served.db.write(tell, case_id, words)
    await enter(page, served, path="/notices")
    for width in (320, 1280):
        await page.set_viewport_size({"width": width, "height": 800})
        cut = "notice => notice.scrollHeight - notice.clientHeight"
        assert await page.locator(".notice .case-link").evaluate(cut) == 0


def tell(session: Session, case_id: int, text: str) -> None:
    ann = session.exec(select(Agent.id).where(Agent.email == "ann@anytown.example")).one()
    tell_agents(session, session.get_one(Case, case_id), [ann or 0], text)


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
