"""Several cases of a list, ticked and dealt with at once: by forms alone, and in a browser."""

from typing import Any

from playwright.async_api import Page, expect
from sqlmodel import Session

from hub.models import Restriction
from hub.queries.cases import case_id_for
from tests.console.browsing import enter, keys_work
from tests.console.forms import actions, words
from tests.console.people import Council, Person
from tests.console.test_for_everybody import faults

SEVERAL = "/cases/several"


async def three(council: Council) -> list[str]:
    return [await council.case(f"missed bin {word}", f"+4477009000{word}") for word in ("01", "02", "03")]


def ticked(html: str, *paths: str) -> dict[str, Any]:
    """The boxes of these cases, as the page's form sends them."""
    boxes = {}
    for path in paths:
        name = f"case-{case_id_for(path.removeprefix('/cases/'))}"
        boxes[name] = html.split(f'name="{name}" value="')[1].split('"')[0]
    return boxes


async def test_ticked_cases_are_claimed_and_the_list_comes_back(council: Council, ann: Person) -> None:
    one, two, three_ = await three(council)
    html = await ann.see("/queues/waste?show=unassigned&sort=urgent")
    read = words(await ann.send(SEVERAL, verb="claim", **ticked(html, one, two)))
    assert "You hold these cases now." in read
    assert ann.page is not None
    assert str(ann.page.url).endswith("/queues/waste?show=unassigned&sort=urgent")
    assert "missed bin 03" in read
    assert "missed bin 01" not in read
    held = words(await ann.see("/desk")).split("Unassigned in your queues")[0]
    assert "missed bin 01" in held
    assert "missed bin 02" in held
    assert three_.removeprefix("/cases/") not in held


async def test_they_go_to_another_queue_with_one_reason(council: Council, ann: Person) -> None:
    one, two, _ = await three(council)
    html = await ann.see("/queues/waste")
    await ann.send(SEVERAL, verb="transfer", queue="highways", reason="The whole road", **ticked(html, one, two))
    assert ann.status == 200
    there = words(await ann.see("/queues/highways"))
    assert "2 open" in there
    assert "The whole road" in words(await ann.see(one))


async def test_they_are_assigned_put_off_and_resolved(council: Council, ann: Person) -> None:
    one, two, _ = await three(council)
    html = await ann.see("/cases")
    await ann.send(SEVERAL, verb="assign", agent="ann@anytown.example", **ticked(html, one, two))
    assert "2 cases with you" in words(await ann.see("/desk"))
    html = await ann.see("/queues/waste")
    await ann.send(SEVERAL, verb="snooze", **ticked(html, one))
    assert "Put off" in words(await ann.see(one))
    html = await ann.see("/queues/waste")
    await ann.send(SEVERAL, verb="resolve", outcome="Collected", **ticked(html, two))
    assert "Resolved" in words(await ann.see(two))


async def test_what_cant_be_done_with_one_keeps_no_other_from_it(council: Council, ann: Person, bob: Person) -> None:
    one, two, _ = await three(council)
    html = await ann.see("/queues/waste")
    form = ann.form(SEVERAL)
    await bob.see(two)
    await bob.send(f"{two}/claim")
    ann.page = await ann.post(form, SEVERAL, verb="claim", **ticked(html, one, two))
    read = words(ann.page.text)
    assert ann.status == 409
    assert "1 case was not claimed" in read
    assert "Bob Birch took this case first." in read
    assert "With 1 other case it is done." in read
    assert "missed bin 02" in read
    assert "missed bin 01" not in read
    again = ticked(ann.page.text, two)
    read = await ann.send(SEVERAL, verb="transfer", queue="highways", reason="Bob has it", **again)
    assert "These cases stand in their new queue." in read


async def test_a_case_that_changed_since_it_was_ticked_stays_as_it_is(council: Council, ann: Person) -> None:
    one, *_ = await three(council)
    html = await ann.see("/queues/waste")
    form = ann.form(SEVERAL)
    await council.town.say("and now the fence, too", "+447700900001")
    ann.page = await ann.post(form, SEVERAL, verb="resolve", **ticked(html, one))
    assert "1 case was not resolved" in words(ann.page.text)
    assert "Resolved" not in words(await ann.see(one)).split("Conversation")[0]


async def test_what_is_missing_is_asked_for_and_what_was_typed_stays(council: Council, ann: Person) -> None:
    one, two, _ = await three(council)
    html = await ann.see("/queues/waste")
    read = await ann.send(SEVERAL, verb="transfer", reason="A typed reason", **ticked(html, one, two))
    assert "Choose a queue." in read
    assert 'value="A typed reason"' in read
    assert read.count('form="several" autocomplete="off" checked') == 2


async def test_nothing_is_done_without_a_tick(council: Council, ann: Person) -> None:
    await three(council)
    await ann.see("/queues/waste")
    assert "No case was ticked" in await ann.send(SEVERAL, verb="resolve")


async def test_a_restricted_case_is_out_of_reach_however_it_is_named(
    council: Council, ann: Person, bob: Person
) -> None:
    one, two, _ = await three(council)
    html = await ann.see("/queues/waste")

    def hide(session: Session) -> None:
        session.add(Restriction(case_id=case_id_for(one.removeprefix("/cases/")), why="test"))

    await council.db.write(hide)
    await bob.see("/cases")
    read = words(await bob.send(SEVERAL, verb="resolve", **ticked(html, one, two)))
    assert "missed bin 01" not in read
    assert "Resolved" not in words(await ann.see(one)).split("Conversation")[0]
    assert "Resolved" in words(await ann.see(two))


async def test_who_changes_nothing_has_nothing_to_tick(council: Council) -> None:
    await three(council)
    aud = await council.person("aud")
    html = await aud.see("/queues/waste")
    assert "case-tick" not in html
    assert SEVERAL not in actions(html)


async def test_in_a_browser_cases_are_ticked_by_keyboard_and_transferred(page: Page, served: Council) -> None:
    await three(served)
    await enter(page, served, path="/queues/waste")
    bar = page.get_by_role("form", name="With the ticked cases")
    await expect(bar).to_be_hidden()
    for key in ("j", "x", "j", "x"):
        await page.keyboard.press(key)
    await expect(bar).to_contain_text("2 ticked")
    assert await faults(page) == []
    await bar.get_by_text("Transfer", exact=True).click()
    await bar.get_by_label("To which queue?").select_option("Highways")
    await bar.get_by_label("Why?").fill("The whole road")
    assert await faults(page) == []
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("These cases stand in their new queue.")).to_be_visible()
    await keys_work(page)
    await expect(page.get_by_role("listitem").filter(has_text="missed bin")).to_have_count(1)


async def test_in_a_browser_a_tick_outlives_what_others_do_meanwhile(page: Page, served: Council) -> None:
    one, *_ = await three(served)
    await enter(page, served, path="/queues/waste")
    boxes = page.get_by_role("checkbox")
    await boxes.nth(0).check()
    await boxes.nth(2).click(modifiers=["Shift"])
    await expect(page.get_by_text("3 ticked")).to_be_visible()
    bob = await served.person("bob")
    await bob.see(one)
    await bob.send(f"{one}/claim")
    await expect(page.get_by_text("Bob Birch")).to_be_visible()
    await expect(page.get_by_text("3 ticked")).to_be_visible()
    await page.get_by_role("button", name="Untick").click()
    await expect(page.get_by_role("form", name="With the ticked cases")).to_be_hidden()
