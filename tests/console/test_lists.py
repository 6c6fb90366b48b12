"""The desk, queues, search, and taking the next case."""

import asyncio
from datetime import timedelta

from hub.actions.sending.reply import reply
from hub.models.base import utcnow
from hub.queries.desk import DeskCounts, colleagues, desk_counts
from hub.queries.queues import over_time, queue_views
from hub.reference import case_id_of, spoken
from tests.console.forms import actions, words
from tests.console.people import Council, Person


def reference_in(path: str) -> str:
    return path.removeprefix("/cases/")


async def test_the_desk_shows_what_i_hold_and_what_nobody_holds_in_my_queues(council: Council, ann: Person) -> None:
    mine = await council.case("missed bin, mine", "+447700900001")
    await council.case("missed bin, free", "+447700900002")
    await council.case("gas in the road", "+447700900003")  # highways: not hers
    await ann.see(mine)
    await ann.send(f"{mine}/claim")
    html = await ann.see("/desk")
    held, free = html.split("Unassigned in your queues")
    assert "missed bin, mine" in held
    assert "missed bin, free" in free
    assert "missed bin, free" not in held
    assert "gas in the road" not in html


async def test_an_empty_desk_says_what_to_do(council: Council, ann: Person, bob: Person) -> None:
    assert "Every case in your queues has somebody who holds it. Well done." in words(await ann.see("/desk"))
    aud = await council.person("aud")
    read = words(await aud.see("/desk"))
    assert "You work in no queue yet." in read
    assert "/desk/next" not in actions(await aud.see("/desk"))


async def test_a_queue_lists_the_most_urgent_first(council: Council, bob: Person) -> None:
    await council.case("menu", "+447700900001", channel="voice", menu=("roads",), subject="Roads, by phone")
    await council.case("smell of gas", "+447700900002")
    html = await bob.see("/queues/highways")
    assert html.index("smell of gas") < html.index("Roads, by phone")
    assert "Urgent" in html
    assert "2 open · 2 unassigned" in words(html)


async def test_a_queue_has_ready_made_filters(council: Council, ann: Person) -> None:
    one = await council.case("missed bin one", "+447700900001")
    await council.case("missed bin two", "+447700900002")
    three = await council.case("missed bin three", "+447700900003")
    await ann.see(one)
    await ann.send(f"{one}/claim")
    await ann.see(three)
    await ann.send(f"{three}/resolve", outcome="done")
    wanted: dict[str, set[str]] = {
        "open": {"one", "two"}, "unassigned": {"two"}, "mine": {"one"}, "waiting": set(), "resolved": {"three"}
    }  # fmt: skip
    pages = {show: await ann.see(f"/queues/waste?show={show}") for show in wanted}
    found = {show: {n for n in ("one", "two", "three") if f"missed bin {n}" in html} for show, html in pages.items()}
    assert found == wanted
    assert "No citizen is being waited for." in pages["waiting"]


async def test_a_queue_is_narrowed_to_a_channel_and_put_in_another_order(council: Council, bob: Person) -> None:
    await council.case("menu", "+447700900001", channel="voice", menu=("roads",), subject="Roads, by phone")
    await council.case("smell of gas", "+447700900002")
    await council.case("menu", "+447700900003", channel="voice", menu=("roads",), subject="Roads, once more")
    calls = await bob.see("/queues/highways?show=unassigned&channel=voice")
    assert "smell of gas" not in calls
    assert 'value="voice" selected' in calls
    assert "show=mine&amp;channel=voice" in calls  # the other lists stay narrowed
    assert calls.index("Roads, by phone") < calls.index("Roads, once more")
    newest = await bob.see("/queues/highways?sort=newest")
    assert newest.index("Roads, once more") < newest.index("smell of gas") < newest.index("Roads, by phone")
    none = words(await bob.see("/queues/highways?channel=email"))
    assert "Nothing here came by mail. Show whatever way it came" in none
    assert "smell of gas" in await bob.see("/queues/highways?channel=pigeon&sort=x")  # nothing that is offered


async def test_a_long_queue_comes_in_pages(council: Council, ann: Person) -> None:
    for number in range(52):
        await council.case(f"missed bin <{number}>", f"+4477009{number:05}")
    html = await ann.see("/queues/waste")
    assert html.count('class="case-link"') == 50
    following = html.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    rest = await ann.see(f"/queues/waste{following}")
    assert rest.count('class="case-link"') == 2
    assert "Back to the first page" in rest


async def test_what_is_not_there_is_told_with_what_to_do(ann: Person) -> None:
    for path in ("/queues/nowhere", "/queues/waste?show=all", "/cases/11111111", "/cases/abc"):
        read = words(await ann.see(path))
        assert ann.status == 404, path
        assert "Nothing is here" in read, path
        assert "Go to my desk" in read, path


async def test_a_broken_cursor_is_told(ann: Person) -> None:
    read = words(await ann.see("/queues/waste?after=x"))
    assert ann.status == 422
    assert "This cursor belongs to no page." in read


async def test_next_case_takes_the_most_urgent_one_and_opens_it(council: Council, bob: Person) -> None:
    await council.case("menu", "+447700900001", channel="voice", menu=("roads",))
    urgent = await council.case("smell of gas", "+447700900002")
    await bob.see("/queues/highways")
    read = words(await bob.send("/queues/highways/next"))
    assert bob.page is not None
    assert bob.page.url.path == urgent
    assert "You hold this case now." in read
    assert "You hold it" in read


async def test_those_who_ask_at_the_same_moment_get_different_cases(council: Council, ann: Person, bob: Person) -> None:
    cases = {await council.case(f"missed bin {number}", f"+44770090000{number}") for number in range(3)}
    people = [ann, bob, await council.person("lea")]
    for person in people:
        await person.see("/queues/waste")
    await asyncio.gather(*(person.send("/queues/waste/next") for person in people))
    assert {person.page.url.path for person in people if person.page} == cases


async def test_next_case_of_an_empty_queue_says_so(ann: Person) -> None:
    await ann.see("/queues/waste")
    assert "Nothing waits here" in words(await ann.send("/queues/waste/next"))


async def test_search_finds_words_and_says_when_there_is_nothing(council: Council, ann: Person) -> None:
    await council.case("missed bin in Elm Road", "+447700900001")
    await council.case("smell of gas", "+447700900002")
    html = await ann.see("/cases", params={"q": "elm road"})
    assert "missed bin in Elm Road" in html
    assert "smell of gas" not in html
    nothing = await ann.see("/cases", params={"q": "<b>zebra</b>"})
    assert "No case has all these words." in nothing
    assert "<b>zebra" not in nothing


async def test_a_search_is_narrowed_by_status_queue_channel_and_holder(council: Council, ann: Person) -> None:
    mine = await council.case("missed bin, mine", "+447700900001")
    await council.case("missed bin, free", "+447700900002")
    await council.case("missed bin, by mail", "joe@example.org", channel="email", subject="by mail")
    await council.case("smell of gas near a bin", "+447700900003")
    await ann.see(mine)
    await ann.send(f"{mine}/claim")
    wanted: dict[str, set[str]] = {
        "status=open": {"mine"}, "queue=highways": {"gas"}, "channel=email": {"by mail"}, "agent=me": {"mine"},
        "agent=none&queue=waste&channel=sms": {"free"}, "status=closed": set(),
        "status=x": {"mine", "free", "by mail", "gas"},
    }  # fmt: skip
    pages = {asked: await ann.see(f"/cases?q=bin&{asked}") for asked in wanted}
    rows = {asked: html.partition("data-list")[2] for asked, html in pages.items()}
    found = {asked: {word for word in ("mine", "free", "by mail", "gas") if word in rows[asked]} for asked in wanted}
    assert found == wanted
    assert "No such case. Look among all cases" in words(pages["status=closed"])
    assert 'href="?q=bin">Clear' in pages["agent=me"]


async def test_searching_a_reference_opens_the_case(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see("/cases", params={"q": spoken(reference_in(case))})
    assert ann.page is not None
    assert ann.page.url.path == case


async def test_all_cases_of_a_fresh_hub_say_what_will_be_here(ann: Person) -> None:
    assert "No case has arrived yet." in await ann.see("/cases")


async def test_the_desk_counts_what_is_over_time_unless_it_is_the_citizens_turn(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    await ann.send(f"{case}/claim")
    case_id, agent_id = case_id_of(reference_in(case)), council.town.agent_ids["ann@anytown.example"]
    later = utcnow() + timedelta(days=1)
    assert await council.db.read(desk_counts, agent_id, utcnow()) == DeskCounts(mine=1, due=0)
    assert await council.db.read(desk_counts, agent_id, later) == DeskCounts(mine=1, due=1)
    assert case_id is not None
    await council.db.write(reply, case_id, agent_id, "Done.", mail_domain="hub.example")
    assert await council.db.read(desk_counts, agent_id, later) == DeskCounts(mine=1, due=0)
    assert await council.db.read(desk_counts, agent_id + 1, later) == DeskCounts(mine=0, due=0)


async def test_all_queues_stand_in_a_table_mine_first_then_those_over_time(council: Council, bob: Person) -> None:
    await council.case("missed bin", "+447700900001")
    await council.case("missed bin", "+447700900002")
    await council.case("hello", "+447700900003")
    assert await council.db.read(over_time, utcnow()) == {}
    waste = next(queue.id for queue in await council.db.read(queue_views, utcnow()) if queue.slug == "waste")
    assert (await council.db.read(over_time, utcnow() + timedelta(days=2)))[waste] == 2
    html = await bob.see("/queues")
    rows = [words(row.partition("</tr>")[0]) for row in html.partition("<tbody>")[2].split("<tr>")[1:]]
    assert rows[0].startswith("Highways mine")
    assert any("2 2 unassigned in Waste 0" in row for row in rows)
    assert 'href="/queues/waste?show=unassigned"' in html


async def test_a_case_may_be_given_to_members_of_its_queue_and_to_leaders(council: Council) -> None:
    found = await council.db.read(colleagues, ["waste"])
    assert [colleague.name for colleague in found] == ["Ann Ash", "Lea Lime"]
