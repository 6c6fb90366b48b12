"""Rules in the console: written, tried, replayed, published and rolled back, by keyboard alone."""

import tomllib
from html import unescape
from typing import Any

import pytest
from playwright.async_api import Page, expect
from sqlmodel import Session, select

from hub.actions.council.replay_runs import begin_replay, note_progress
from hub.models import Agent, RuleDraft, RuleSet, TrainingExample
from hub.models.base import utcnow
from tests.console.browsing import enter, keys_work
from tests.console.forms import words
from tests.console.people import Council, Person
from tests.support.browser import axe_violations

_FOCUSED = """() => { const here = document.activeElement;
  const label = here.labels && here.labels.length ? here.labels[0].innerText : "";
  const name = label || here.getAttribute("aria-label") || here.innerText || "";
  return name.trim().replace(/\\s+/g, " ").replace(" :", ":"); }"""


async def tab_to(page: Page, name: str) -> None:
    """Presses Tab until what bears this name is focused."""
    for _ in range(400):
        await page.keyboard.press("Tab")
        if (await page.evaluate(_FOCUSED)).startswith(name):
            return
    raise AssertionError(f"nothing called {name} can be reached by keyboard")


async def press(page: Page, name: str) -> None:
    await tab_to(page, name)
    await page.keyboard.press("Enter")


@pytest.mark.browser
async def test_a_rule_is_written_tried_replayed_published_and_rolled_back_by_keyboard_alone(
    page: Page, served: Council
) -> None:
    await served.case("the swing in Castle Park is broken", sender="+447700900777")
    await enter(page, served, "lea", path="/rules")
    assert await axe_violations(page) == []
    await press(page, "Change the rules")
    await expect(page.get_by_role("heading", name="Draft of the rules")).to_be_visible()
    assert await axe_violations(page) == []
    await press(page, "Add a rule")
    await expect(page.get_by_role("heading", name="A new rule")).to_be_visible()
    assert await axe_violations(page) == []
    await tab_to(page, "Name")
    await page.keyboard.type("Playgrounds")
    await tab_to(page, "Words or phrases")
    await page.keyboard.type("swing\nslide")
    await tab_to(page, "What it looks at")
    await page.keyboard.type("The channel")
    await press(page, "Add it")
    await expect(page.get_by_role("group", name="The channel").get_by_role("checkbox").first).to_be_focused()
    await tab_to(page, "Text")
    await page.keyboard.press("Space")
    await tab_to(page, "Queue")
    await page.keyboard.type("Waste")
    await tab_to(page, "What a citizen might write")
    await page.keyboard.type("the slide is wet")
    verdict = page.get_by_role("region", name="Try a message").get_by_role("status")
    await expect(verdict).to_contain_text("This rule doesn’t match.")
    await tab_to(page, "It comes to")
    await page.keyboard.type("main: +441632960100")
    await expect(verdict).to_have_text("This rule matches. The message would go to Waste, by this rule.")
    assert await axe_violations(page) == []
    await page.set_viewport_size({"width": 320, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert await axe_violations(page) == []
    await page.set_viewport_size({"width": 1280, "height": 720})
    await press(page, "Keep it in the draft")
    await expect(page.get_by_text("The draft is kept.")).to_be_visible()

    await tab_to(page, "What a citizen might write")
    await page.keyboard.type("the slide is wet")
    await tab_to(page, "It comes to")
    await page.keyboard.type("main: +441632960100")
    await press(page, "Try it on the draft")
    await expect(page.get_by_role("heading", name="What would happen")).to_be_visible()
    await expect(page.get_by_role("main").get_by_role("status").first).to_contain_text("Playgrounds: queue Waste")
    assert await axe_violations(page) == []

    await tab_to(page, "Minutes of work that a case takes")
    await page.keyboard.type("30")
    await press(page, "Replay")
    await expect(page.get_by_role("heading", name="Replay of the draft")).to_be_visible()
    await expect(page.get_by_text("1 case would move")).to_be_visible()
    await press(page, "Hour by hour, of the 2 queues that change")
    await expect(page.get_by_role("table", name="Cases in each hour of the day")).to_be_visible()
    await expect(page.get_by_role("row", name="Waste 0 1 +3.5 hours")).to_be_visible()
    assert await axe_violations(page) == []

    await press(page, "← Draft")
    await expect(page.get_by_role("heading", name="Draft of the rules")).to_be_visible()
    await keys_work(page)
    await _arrange(page)

    await press(page, "Review and publish")
    await expect(page.get_by_role("heading", name="Review the draft")).to_be_visible()
    await expect(page.get_by_role("list", name="What changes").locator(".rule-name")).to_have_text(["Playgrounds"])
    await expect(page.get_by_role("cell", name="added “Playgrounds”")).to_be_visible()
    assert await axe_violations(page) == []
    await tab_to(page, "What changes, and why?")
    await page.keyboard.type("Swings are the parks team's")
    await press(page, "Publish the draft")
    await expect(page.get_by_text("The rules are in force from the next message on.")).to_be_visible()
    await expect(page.get_by_role("cell", name="Swings are the parks team's")).to_be_visible()

    await tab_to(page, "Why go back?")
    await page.keyboard.type("Not yet")
    await press(page, "Roll back to 1")
    await expect(page.get_by_role("cell", name="Not yet")).to_be_visible()
    assert [version.note for version in await _versions(served)] == ["", "Swings are the parks team's", "Not yet"]
    await press(page, "Version 3")
    await expect(page.get_by_role("heading", name="Version 3 of the rules")).to_be_visible()
    await expect(page.get_by_text("Removed Playgrounds")).to_be_visible()
    await page.set_viewport_size({"width": 320, "height": 800})
    assert await axe_violations(page) == []


async def _arrange(page: Page) -> None:
    """By keyboard, the focus staying on the button; then by pointer. Back where it was at the end."""
    names = page.locator("#turns .rule-name")
    first, last = (await names.all_inner_texts())[0], (await names.all_inner_texts())[-1]
    name = last.partition(". ")[2]
    await tab_to(page, f"Up: {name}")
    await page.keyboard.press("Enter")
    await expect(page.locator("#announcer")).to_contain_text(f"“{name}” is number")
    assert (await page.evaluate(_FOCUSED)).startswith(f"Up: {name}") or await names.count() == 2
    await page.wait_for_timeout(400)  # longer than anybody waits before it is said that a page loads
    await expect(page.locator("#announcer")).to_contain_text(f"“{name}” is number")
    handles = page.locator("#turns [data-handle]")
    moving = page.locator("#turns .rule").filter(has_text=name)
    await moving.locator("[data-handle]").scroll_into_view_if_needed()
    await moving.locator("[data-handle]").hover()
    await page.mouse.down()
    below = await page.locator("#turns .rule").last.bounding_box()
    assert below is not None
    await page.mouse.move(below["x"] + 20, below["y"] + below["height"] - 2, steps=3)
    await page.mouse.up()
    await expect(names.last).to_have_text(last)
    await expect(names.first).to_have_text(first)
    await expect(handles.first).to_be_visible()


async def _versions(council: Council) -> list[RuleSet]:
    def read(session: Session) -> list[RuleSet]:
        found = list(session.exec(select(RuleSet)))
        session.expunge_all()
        return found

    return await council.db.read(read)


async def test_what_cannot_be_used_is_refused_with_place_and_reason_and_nothing_is_lost(council: Council) -> None:
    lea = await council.person("lea")
    await lea.see("/rules")
    await lea.send("/rules/draft")
    await lea.see("/rules/draft/rules/0")
    place = "/rules/draft/rules/0"
    shown = await lea.send(place, name="Mine", words="", when='text_contians = "bin"', queue="waste")
    assert lea.status == 422
    assert "there is no such condition" in shown
    assert "text_contians" in shown
    shown = await lea.send(place, name="Mine", words="", when="open_cases = ", queue="waste")
    assert "Not TOML" in shown
    shown = await lea.send(place, name="Mine", words="", when='expression = "cases > 2"', queue="waste")
    assert "there is no &#34;cases&#34;" in shown
    shown = await lea.send(place, name="Mine", words="bin", when="", queue="")
    assert 'id="rule-queue-problem"' in shown
    await lea.see("/rules/draft")
    shown = await lea.send("/rules/draft/replay", minutes="half an hour")
    assert "Write a number of minutes, such as 12." in shown


async def test_conditions_are_added_and_tried_without_a_script_and_wrong_ones_are_told_where_they_stand(
    council: Council,
) -> None:
    lea = await council.person("lea")
    await lea.see("/rules")
    await lea.send("/rules/draft")
    place = "/rules/draft/rules/5"
    await lea.see(place)
    typed: dict[str, Any] = {"name": "Swings", "r0.f0.": "swing", "queue": "waste", "place": "1"}
    typed |= {"do": "add", "add": "open_cases", "add.part": "none.new"}
    shown = await lea.send(place, **typed)
    assert "And none of these may hold" in shown
    typed = {"do": "keep", "r1.f0.": "two"}
    shown = await lea.send(place, **typed)
    assert lea.status == 422
    assert '<a href="#r1">How many open cases the citizen has: must be a whole number' in shown
    assert lea.form(place).fields["r0.f0."] == "swing"
    typed = {"do": "try", "r1.f0.": "2", "try.text": "a missed bin", "try.inbox": "sms/main"}
    shown = await lea.send(place, **typed)
    assert "This rule doesn’t match. The message would go to Waste, by the rule “Missed bin”." in shown
    typed = {"do": "try", "try.text": "the swing", "r0.part": "any.40", "r1.part": "any.41"}
    shown = await lea.send(place, **typed)
    assert "This rule matches. The message would go to Waste, by this rule." in shown
    assert "And at least" not in shown
    assert "At least one of these" in shown
    shown = await lea.send(place, do="try", queue="")
    assert "Where the message would go can’t be said yet: name the queue that takes the case." in shown
    shown = await lea.send(place, do="keep")
    assert '<a href="#rule-queue">name the queue that takes the case</a>' in shown
    await lea.send(place, do="try", queue="waste")
    await _imagine_around_the_message(lea, place)
    await lea.send(place, do="remove.1")
    await lea.send(place, do="keep")
    assert lea.status == 200
    await lea.see("/rules/draft/rules/0")
    assert lea.form("/rules/draft/rules/0").fields["name"] == "Swings"


async def _imagine_around_the_message(lea: Person, place: str) -> None:
    """When it comes and from whom can be tried; what can't be read is told at its field."""
    typed: dict[str, Any] = {"do": "try", "try.text": "hello", "try.at": "noon", "try.open": "", "try.days": ""}
    for wrong, told in [
        ({}, "Give a day and a time, such as 2026-12-24 17:30."),
        ({"try.at": "2026-11-28T20:00", "try.open": "x"}, "Write a whole number, 0 to 999."),
        ({"try.open": "", "try.days": "-1"}, "Write a number of days, 0 to 9999."),
    ]:
        typed |= wrong
        shown = await lea.send(place, **typed)
        assert (lea.status, told in shown) == (422, True), told
    shown = await lea.send(place, **typed | {"try.days": "", "try.open": "4"})
    assert "4 open cases" in shown
    assert "This rule matches." in shown


async def test_a_message_is_tried_with_all_that_rules_look_at(council: Council) -> None:
    lea = await council.person("lea")
    await lea.see("/rules")
    await lea.send("/rules/draft")
    place = "/rules/draft/rules/5"
    await lea.see(place)
    await lea.send(place, do="remove.0", name="Everything", queue="waste", place="1")
    asked: list[tuple[str, str, dict[str, Any], str]] = [
        ("attachments", "2", {"try.files": "2"}, "it has 2 attachments"),
        ("contact_flag", "vulnerable", {"try.flags": "deaf, vulnerable"}, "“deaf” and “vulnerable”"),
        ("verification", "verified", {"try.sure": "verified"}, "the sender’s address is verified"),
        ("automatic", "true", {"try.machine": "on"}, "a machine wrote it"),
        ("language", "Polish", {"try.text": "Dzień dobry, mój kosz nie został odebrany"}, "it is in Polish"),
    ]
    for number, (name, said, tried, seen) in enumerate(asked):
        adding: dict[str, Any] = {"do": "add", "add": name, "add.part": "all"}
        await lea.send(place, **adding)
        typed: dict[str, Any] = {"do": "try", "add": "", f"r{number}.f0.": said, "try.text": "hello"}
        shown = await lea.send(place, **typed | {"try.inbox": "sms/main"})
        assert "This rule doesn’t match." in shown
        shown = await lea.send(place, do="try", **tried)
        assert (name, seen in shown) == (name, True)
    assert "This rule matches. The message would go to Waste, by this rule." in shown
    wrong: dict[str, Any] = {"do": "try", "try.files": "many"}
    shown = await lea.send(place, **wrong)
    assert '<a href="#try-files">Write a whole number, 0 to 999.</a>' in shown


async def test_a_replay_that_runs_shows_how_far_it_is_may_be_left_and_is_cancelled(council: Council) -> None:
    lea = await council.person("lea")
    await lea.see("/rules")
    await lea.send("/rules/draft")

    def begun(session: Session) -> int:
        draft, agent = session.exec(select(RuleDraft)).one(), session.exec(select(Agent)).first()
        assert agent is not None
        run_id = begin_replay(session, draft.id or 0, agent.id or 0, "30", 12.0)
        assert note_progress(session, run_id, 450, 1000, utcnow())
        return run_id

    run_id = await council.db.write(begun)
    shown = await lea.see("/rules/draft/replay")
    assert '<progress class="replay-progress" max="1000" value="450"' in shown
    assert "450 of 1,000 cases, 45%" in shown
    await lea.see("/rules/draft")
    assert "A replay is running" in await lea.send("/rules/draft/replay")
    await lea.see("/rules/draft/replay")
    assert "This replay was cancelled" in await lea.send("/rules/draft/cancel-replay")

    assert not await council.db.write(note_progress, run_id, 500, 1000, utcnow())
    await lea.see("/rules/draft")
    assert "0 past cases" in await lea.send("/rules/draft/replay", days="", minutes="12")


async def test_a_new_rule_stands_where_it_gets_its_turn_unless_it_is_put_elsewhere(council: Council) -> None:
    lea = await council.person("lea")
    await lea.see("/rules")
    await lea.send("/rules/draft")
    added: list[tuple[str, dict[str, Any], str]] = [
        ("Whatever is left", {"when": "attachments = false", "place": "9"}, "6 of 6"),
        ("Bins in Elm Road", {"r0.f0.": "missed bin", "when": 'channel = "sms"'}, "1 of 7"),
        ("Swings", {"r0.f0.": "swing"}, "5 of 8"),
    ]
    for number, (name, typed, stands) in enumerate(added, 5):
        place = f"/rules/draft/rules/{number}"
        assert "Empty: as far down as it still gets its turn." in await lea.see(place)
        if "r0.f0." not in typed:
            await lea.send(place, do="remove.0")
        shown = await lea.send(place, do="keep", name=name, queue="waste", **typed)
        assert f"“{name}” is number {stands} now." in shown
    shown = unescape(words(await lea.see("/rules/draft/review")))
    assert "is never reached" not in shown
    assert "After" not in shown


async def test_a_name_turns_the_direction_of_nothing_on_the_pages_of_rules(council: Council) -> None:
    lea = await council.person("lea")
    await lea.see("/rules")
    await lea.send("/rules/draft")
    await lea.see("/rules/draft/rules/0")
    name, plain = "Swings \u202esgniws", "Swings sgniws"
    assert f"“{plain}” is number 1 of" in await lea.send("/rules/draft/rules/0", name=name)
    for page in ("/rules/draft", "/rules/draft/review"):
        shown = await lea.see(page)
        assert (page, plain in shown, f'rule-name">{name}' in shown) == (page, True, False)
    await lea.send("/rules/draft/publish", note=name)
    assert f"1. {plain}</span>" in await lea.see("/rules")


async def test_only_leaders_and_administrators_write_rules(council: Council, ann: Person) -> None:
    shown = await ann.see("/rules")
    assert "Change the rules" not in shown
    await ann.see("/rules/draft")
    assert ann.status == 403


async def test_two_who_write_at_once_hear_of_each_other(council: Council) -> None:
    lea, other = await council.person("lea"), await council.person("lea")
    await lea.see("/rules")
    await lea.send("/rules/draft")
    await other.see("/rules/draft/rules/0")
    await lea.see("/rules/draft/rules/0")
    place = "/rules/draft/rules/0"
    await lea.send(place, name="First", words="swing", when="", queue="waste")
    shown = await other.send(place, name="Second", words="swing", when="", queue="waste")
    assert other.status == 409
    assert "Somebody else changed the draft meanwhile" in shown
    assert "is gone or has another name: kept now, this is added as a new rule." in shown


async def test_wrong_queue_moves_the_case_and_is_remembered(council: Council, ann: Person) -> None:
    case = await council.case("a missed bin in Elm Road")
    await ann.see(case)
    await ann.send(f"{case}/wrong-queue", queue="triage")

    def examples(session: Session) -> list[tuple[int, int]]:
        return [(row.queue_id, row.before_id) for row in session.exec(select(TrainingExample))]

    ((right, before),) = await council.db.read(examples)
    assert right != before
    assert "transferred it" in await ann.see(case)


async def test_a_draft_and_its_review_say_what_waits_for_what_nobody_gives(council: Council) -> None:
    lea = await council.person("lea")
    text = await lea.see("/rules/1.toml")
    await lea.see("/rules")
    await lea.send("/rules/draft")
    await lea.see("/rules/draft/import")
    named = 'any = [{ tag = "busines" }, { menu = "wate" }, { topic = ["waste", "bins"] }]'
    more = f'\n[[rule]]\nname = "Last"\nwhen = {{ {named} }}\nthen = {{ queue = "waste" }}\n'
    await lea.send("/rules/draft/import", text=text + more)
    for page in ("/rules/draft", "/rules/draft/review"):
        shown = unescape(words(await lea.see(page)))
        for told in (
            'no rule gives the tag "busines"',
            'no menu of a telephone line has the tag "wate"',
            'there is no queue "bins": only a topic that is learned from a file of your own can be called so',
        ):
            assert told in shown, page
        assert 'there is no queue "waste"' not in shown


async def test_rules_are_exported_imported_grouped_and_reviewed(council: Council) -> None:
    lea = await council.person("lea")
    text = await lea.see("/rules/1.toml")
    (version,) = await _versions(council)
    assert tomllib.loads(text)["rule"] == version.rules
    await lea.see("/rules")
    await lea.send("/rules/draft")

    await lea.see("/rules/draft/import")
    place = "/rules/draft/import"
    for wrong, told in [
        (
            text + '[[rule]]\nname = "New"\n[rule.when]\ntext_contains = []\n',
            "rule.when.text_contains: the list is empty",
        ),
        ("[[rule", "Line 1"),
        ("", "There is nothing to import."),
        ('[council]\nname = "A"\n', "there is none: write [[rule]] tables"),
    ]:
        shown = await lea.send(place, text=wrong)
        assert (lea.status, told in shown) == (422, True), told
    more = '[[group]]\nname = "labels"\nmode = "collect"\n\n' + text.replace(version.rules[0]["name"], "Brand new")
    more += '\n[[rule]]\nname = "Text"\ngroup = "labels"\nwhen = { channel = "sms" }\nthen = { tags = ["text"] }\n'
    form = lea.form(place)
    files = {"file": ("rules.toml", more.encode(), "application/toml")}
    lea.page = await lea.http.post(place, data=form.fields, files=files, follow_redirects=True)
    shown = words(lea.page.text)
    assert "Added Text" in shown
    assert f"Before: {version.rules[0]['name']} After: Brand new" in shown
    assert "Added group labels" in shown
    assert "Who changed what When Who What" in shown

    await lea.see("/rules/draft/groups/0")
    await lea.send("/rules/draft/groups/0", name="marks", mode="first")
    assert "1. Group marks" in words(lea.page.text)
    await lea.see("/rules/draft/groups/1")
    assert "Another group has this name." in await lea.send("/rules/draft/groups/1", name="marks")
    await lea.send("/rules/draft/groups/1", name="empty", mode="collect")
    shown = await lea.send("/rules/draft/move-group", place="1", way="up")
    assert "Group “empty” has turn 1 of 2 now." in shown
    shown = await lea.send("/rules/draft/move", place="1", way="group", group="empty")
    assert "is number 1 of 1 in group “empty” now." in shown
    shown = await lea.send("/rules/draft/move", place="0", way="group", group="")
    assert f"is number {len(version.rules)} of {len(version.rules)} now." in shown
    shown = await lea.send("/rules/draft/move", place="0", way="group", group="")
    assert (lea.status, "queue: name the queue that takes the case" in shown) == (422, True)
    await lea.send("/rules/draft/move", place="0", way="group", group="nowhere")
    assert lea.status == 404
    await lea.see("/rules/draft/groups/0")
    await lea.send("/rules/draft/groups/0/remove")
    assert "empty" not in words(lea.page.text).partition("Rules, in their order")[2]
