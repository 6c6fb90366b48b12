"""One mail to two departments' mailboxes is one case, which both see, work on, and may say isn't theirs."""

import pytest

from hub.actions.casework.cases import assign, claim, close_resolved, reopen, resolve, transfer
from hub.actions.casework.merging import merge, unmerge
from hub.actions.casework.next_case import Wanted, take_next
from hub.actions.casework.shares import share, unshare
from hub.actions.sending.reply import reply
from hub.errors import Conflict, Invalid
from hub.models import Case, CaseEvent, Message, Restriction, Share
from hub.models.base import utcnow
from hub.queries.case_page import case_page
from hub.queries.cases import CaseFilter, list_cases
from hub.queries.queues import queue_views
from hub.queries.views import AgentView
from tests.cases.anytown import MAIL_DOMAIN, Town, mailed


async def both(town: Town, text: str = "Rats in the alley", *, together: bool = False) -> Case:
    """A mail to help@ (triage) and waste@ (waste)."""
    mails = [mailed(text, message_id="two@example.org", inbox=inbox) for inbox in ("help", "waste")]
    receipts = await town.receive(*mails) if together else [(await town.receive(mail))[0] for mail in mails]
    assert len({receipt.reference for receipt in receipts}) == 1
    return await town.case(receipts[0])


async def listed(town: Town, queue: str, **more: object) -> list[str]:
    found = await town.db.read(list_cases, CaseFilter(queue=queue, **more))  # type: ignore[arg-type]
    return [case.reference for case in found.items]


@pytest.mark.parametrize("together", [True, False])
async def test_both_departments_lists_and_counts_have_it(town: Town, *, together: bool) -> None:
    older = await town.mail("Another thing", "al@example.org", inbox="waste")
    case = await both(town, together=together)

    assert await town.kinds(case.id) == ["opened", "acknowledged", "copied", "shared"]
    for more in ({}, {"open_only": True, "sort": "urgent"}, {"status": "new", "limit": 1}):
        assert (await listed(town, "triage", **more))[0] == case.reference
        assert case.reference in await listed(town, "waste", **more)
    page = await town.db.read(list_cases, CaseFilter(queue="waste", limit=1))
    rest = await town.db.read(list_cases, CaseFilter(queue="waste", limit=1, after=page.next))
    assert [page.items[0].reference, rest.items[0].reference, rest.next] == [case.reference, older.reference, None]
    assert page.items[0].queue == "triage"
    assert [queue.name for queue in page.items[0].also_in] == ["Waste"]
    counts = {queue.slug: (queue.open_cases, queue.unassigned) for queue in await town.db.read(queue_views, utcnow())}
    assert counts == {"triage": (1, 1), "waste": (2, 2), "roads": (0, 0)}
    copied = await town.one(CaseEvent, kind="copied")
    assert copied.detail == {"inbox": "waste"}


async def test_where_a_rule_says_whose_it_is_nobody_else_gets_it(town: Town) -> None:
    case = await both(town, "missed bin")

    assert await town.rows(Share) == []
    assert await listed(town, "triage") == []
    assert await listed(town, "waste") == [case.reference]


async def test_a_copy_says_nothing_new_and_wakes_nothing(town: Town) -> None:
    first = await town.mail("Rats", message_id="two@example.org")
    await town.act(reply, first, "ann", "We come.", mail_domain=MAIL_DOMAIN)

    await town.mail("Rats", message_id="two@example.org", inbox="waste")

    assert (await town.case(first)).status == "waiting"
    assert await listed(town, "waste", open_only=True, sort="urgent") == [first.reference]


async def test_a_copy_for_a_department_that_has_not_seen_the_case_reopens_it(town: Town) -> None:
    first = await town.mail("Rats", message_id="two@example.org")
    await town.act(resolve, first, "ann", "no")

    await town.mail("Rats", message_id="two@example.org", inbox="waste")

    case = await town.case(first)
    assert (case.status, case.resolved_at) == ("open", None)
    assert (await town.kinds(case.id))[-2:] == ["reopened", "shared"]


async def test_an_answer_to_two_departments_is_shared_whichever_copy_came_first(town: Town) -> None:
    first = await town.mail("My benefits", message_id="a@example.org")
    for inbox in ("waste", "help"):
        await town.mail("And rats", message_id="b@example.org", references=("a@example.org",), inbox=inbox)

    assert await listed(town, "waste") == [first.reference]
    assert [row.queue_id for row in await town.rows(Share)] == [
        queue.id for queue in town.hub.directory.queues.values() if queue.slug == "waste"
    ]


async def test_a_forged_looking_mail_to_both_is_one_case_too(town: Town) -> None:
    mails = [mailed("Hi", message_id="f@x.example", inbox=box, verification="claimed") for box in ("help", "waste")]

    receipts = [(await town.receive(mail))[0] for mail in mails]

    assert receipts[0].reference == receipts[1].reference
    again = await town.receive(mailed("Hi", "eve@x.example", message_id="f@x.example", inbox="waste"))
    assert again[0].reference != receipts[0].reference


async def test_each_department_takes_it_and_whoever_is_first_has_it(town: Town) -> None:
    case = await both(town)
    receipt = (await town.receive(mailed("Rats in the alley", message_id="two@example.org")))[0]
    await town.act(transfer, receipt, "lea", "roads", "a road")
    await town.act(share, receipt, "lea", "triage", "and ours")

    [taken] = await town.db.write(take_next, [Wanted(town.agents["ann"], "waste")])
    [nothing] = await town.db.write(take_next, [Wanted(town.agents["bob"], "roads")])

    assert (taken.case_id, nothing.case_id) == (case.id, None)
    await town.act(assign, receipt, "lea", "ann@anytown.example")
    with pytest.raises(Conflict):
        await town.act(claim, receipt, "bob")


async def test_a_department_says_that_it_is_not_theirs(town: Town) -> None:
    case = await both(town)
    receipt = (await town.receive(mailed("Rats in the alley", message_id="two@example.org")))[0]
    await town.act(transfer, receipt, "lea", "roads", "a road")
    await town.act(claim, receipt, "ann")

    await town.act(unshare, receipt, "ann", "waste")

    assert await listed(town, "waste") == []
    assert (await town.case(receipt)).agent_id is None  # she works in none of its queues any more
    with pytest.raises(Conflict):
        await town.act(unshare, receipt, "ann", "waste")
    assert (await town.kinds(case.id))[-1] == "unshared"


@pytest.mark.parametrize(
    ("queue", "reason", "error"),
    [("moon", "x", Invalid), ("waste", " ", Invalid), ("triage", "x", Conflict)],
)
async def test_what_cannot_be_shared_is_told(town: Town, queue: str, reason: str, error: type[Exception]) -> None:
    receipt = await town.mail("Rats")
    with pytest.raises(error):
        await town.act(share, receipt, "ann", queue, reason)


async def test_a_restricted_case_is_shared_with_nobody(town: Town) -> None:
    first = await town.mail("Rats", message_id="two@example.org")
    case = await town.case(first)
    await town.db.write(lambda session: session.add(Restriction(case_id=case.id, why="private")))

    await town.mail("Rats", message_id="two@example.org", inbox="waste")
    with pytest.raises(Conflict):
        await town.act(share, first, "ann", "waste", "x")

    assert await town.rows(Share) == []


async def test_a_case_that_is_restricted_later_is_hidden_from_those_it_was_shared_with(town: Town) -> None:
    case = await both(town)
    await town.db.write(lambda session: session.add(Restriction(case_id=case.id, why="private")))
    [waste] = [queue.id for queue in town.hub.directory.queues.values() if queue.slug == "waste"]
    carl = AgentView(id=999, email="c@x.example", name="Carl", role="agent", queue_ids=frozenset({waste}))

    assert await listed(town, "waste", viewer=carl) == []
    counts = {queue.slug: queue.open_cases for queue in await town.db.read(queue_views, utcnow())}
    assert counts["waste"] == 0
    [nothing] = await town.db.write(take_next, [Wanted(town.agents["ann"], "waste")])
    assert nothing.case_id is None


async def test_shares_go_with_a_joined_case_and_come_back(town: Town) -> None:
    case = await both(town)
    receipt = (await town.receive(mailed("Rats in the alley", message_id="two@example.org")))[0]
    other = await town.mail("A road", "al@example.org")

    await town.act(merge, receipt, "ann", other.reference)
    assert await listed(town, "waste") == [other.reference]
    await town.act(unmerge, receipt, "ann")
    assert await listed(town, "waste") == [case.reference]


async def test_a_closed_case_is_out_of_the_second_queues_lists_and_its_history_tells(town: Town) -> None:
    case = await both(town)
    receipt = (await town.receive(mailed("Rats in the alley", message_id="two@example.org")))[0]
    await town.act(resolve, receipt, "ann", "")
    assert await listed(town, "waste", status="resolved") == [case.reference]
    await town.age(case.id, 15)

    await town.db.write(close_resolved, utcnow())

    assert await town.rows(Share) == []
    page = await town.db.read(case_page, case.id)
    assert [event.kind for event in page.events if event.kind in ("copied", "shared")] == ["copied", "shared"]
    assert len(await town.rows(Message, direction="in")) == 2


async def test_who_held_it_for_a_department_that_shared_it_holds_it_no_more_once_it_is_closed(town: Town) -> None:
    receipt = await town.mail("Rats")
    await town.act(share, receipt, "ann", "roads", "In the gully, too")
    await town.act(claim, receipt, "bob")
    await town.act(resolve, receipt, "bob", "gone")

    await town.db.write(close_resolved, utcnow())
    await town.act(reopen, receipt, "ann")

    case = await town.case(receipt)
    assert (case.status, case.agent_id) == ("open", None)
