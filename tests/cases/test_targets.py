"""When a case is due. In Anytown only Waste has a target: the first answer within four hours, round the clock."""

from datetime import datetime, time, timedelta

import pytest

from hub.actions.casework.cases import reopen, resolve, transfer
from hub.actions.casework.merging import merge
from hub.actions.sending.begin import Beginning, begin
from hub.actions.sending.reply import reply
from hub.actions.time.snoozing import snooze, unsnooze
from hub.models import CaseTargets, Council, Queue
from hub.models.base import utcnow
from tests.cases.anytown import MAIL_DOMAIN, Town


async def with_targets(town: Town, **targets: str) -> None:
    """Gives Waste other targets."""
    [waste] = [queue for queue in await town.rows(Queue) if queue.slug == "waste"]
    await town.change(Queue, waste.id, **targets)
    await town.desk.reload()


async def test_a_case_is_due_by_its_queues_target_for_the_first_answer(town: Town) -> None:
    case = await town.case(await town.say("My missed bin"))
    assert case.due_at == case.opened_at + timedelta(hours=4)


async def test_the_targets_stand_still_while_the_citizen_is_waited_for(town: Town) -> None:
    await with_targets(town, resolution="2d")
    receipt = await town.say("My missed bin")
    await town.act(reply, receipt, "ann", "Which street?", mail_domain=MAIL_DOMAIN)
    assert (await town.case(receipt)).due_at is None
    kept = await town.one(CaseTargets)
    assert kept.resolution_left == pytest.approx(2 * 24 * 3600, abs=60)
    await town.change(CaseTargets, kept.case_id, resolution_left=3600)  # as after a long time

    await town.say("Elm Road")

    case = await town.case(receipt)
    assert case.due_at == case.updated_at + timedelta(hours=1)


async def test_whoever_writes_again_is_owed_the_next_answer_in_time(town: Town) -> None:
    await with_targets(town, resolution="2d", next_response="30m")
    receipt = await town.say("My missed bin")
    await town.act(reply, receipt, "ann", "Which street?", mail_domain=MAIL_DOMAIN)
    await town.say("Elm Road")
    first = await town.case(receipt)
    assert first.due_at == first.updated_at + timedelta(minutes=30)

    await town.say("Number 4, that is")
    assert (await town.case(receipt)).due_at == first.due_at
    await town.act(reply, receipt, "ann", "Thank you.", mail_domain=MAIL_DOMAIN)
    assert (await town.case(receipt)).due_at is None


async def test_what_is_put_off_while_the_citizen_is_waited_for_goes_on_where_it_stood(town: Town) -> None:
    await with_targets(town, resolution="2d")
    receipt = await town.say("My missed bin")
    await town.act(reply, receipt, "ann", "Which street?", mail_domain=MAIL_DOMAIN)
    kept = await town.one(CaseTargets)
    await town.change(CaseTargets, kept.case_id, resolution_due=utcnow() - timedelta(days=9), resolution_left=3600)

    await town.act(snooze, receipt, "ann", utcnow() + timedelta(days=7))
    assert (await town.case(receipt)).due_at is None
    await town.act(unsnooze, receipt, "ann")

    due_at = (await town.case(receipt)).due_at
    assert due_at == pytest.approx(utcnow() + timedelta(hours=1), abs=timedelta(minutes=1))


async def test_whoever_writes_while_their_answered_case_is_put_off_is_owed_the_next_answer(town: Town) -> None:
    await with_targets(town, resolution="2d", next_response="30m")
    receipt = await town.say("My missed bin")
    await town.act(reply, receipt, "ann", "Which street?", mail_domain=MAIL_DOMAIN)
    await town.act(snooze, receipt, "ann", utcnow() + timedelta(days=7))

    await town.say("Elm Road")

    case = await town.case(receipt)
    assert case.due_at == case.updated_at + timedelta(minutes=30)
    await town.act(snooze, receipt, "ann", utcnow() + timedelta(days=7))
    await town.say("Number 4, that is")
    assert (await town.case(receipt)).due_at == case.due_at


async def test_a_case_that_an_agent_began_is_due_only_once_the_citizen_has_answered(town: Town) -> None:
    await with_targets(town, resolution="2d", next_response="30m")
    wanted = Beginning(channel="sms", to="+447700900123", text="Your bin is late", queue="waste")
    begun = await town.db.write(begin, town.agents["ann"], wanted, mail_domain=MAIL_DOMAIN)
    await town.age(begun.case_id, days=5)

    case = await town.case(await town.say("Thank you. When?"))

    assert (case.id, case.due_at) == (begun.case_id, case.updated_at + timedelta(minutes=30))


async def test_two_cases_that_become_one_owe_the_next_answer_to_what_came_with_the_other(town: Town) -> None:
    await with_targets(town, next_response="30m")
    receipt = await town.say("My missed bin")
    await town.act(reply, receipt, "ann", "Which street?", mail_domain=MAIL_DOMAIN)
    more = await town.say("It is Elm Road", "+447700900302")

    await town.act(merge, more, "ann", receipt.reference)

    due_at = (await town.case(receipt)).due_at
    assert due_at == pytest.approx(utcnow() + timedelta(minutes=30), abs=timedelta(minutes=1))


async def test_what_is_over_its_time_stays_so_when_the_citizen_answers(town: Town) -> None:
    await with_targets(town, resolution="1d")
    receipt = await town.say("My missed bin")
    case = await town.case(receipt)
    await town.age(case.id, days=3)
    await town.act(reply, receipt, "ann", "Which street?", mail_domain=MAIL_DOMAIN)
    await town.say("Elm Road")
    assert (await town.case(receipt)).due_at == case.opened_at - timedelta(days=2)


async def test_a_queue_with_only_a_resolution_target_is_due_by_that(town: Town) -> None:
    await with_targets(town, first_response="", resolution="2d")
    case = await town.case(await town.say("My missed bin"))
    assert case.due_at == case.opened_at + timedelta(days=2)


async def test_a_holiday_of_the_council_puts_a_target_off(town: Town) -> None:
    await town.change(Council, 1, holidays=[{"date": f"{utcnow():%m-%d}", "name": "Fair", "queues": ["waste"]}])
    await town.desk.reload()
    case = await town.case(await town.say("My missed bin"))
    tomorrow = town.hub.directory.local(utcnow()).date() + timedelta(days=1)
    assert case.due_at == datetime.combine(tomorrow, time(4), town.hub.directory.zone)
    assert not await town.desk.is_open("waste")
    assert await town.desk.is_open("roads")


async def test_once_answered_a_case_without_a_further_target_is_not_due(town: Town) -> None:
    receipt = await town.say("My missed bin")
    await town.act(reply, receipt, "ann", "A crew comes back tomorrow.", mail_domain=MAIL_DOMAIN)
    assert (await town.case(receipt)).due_at is None


async def test_a_transfer_brings_the_targets_of_the_other_queue(town: Town) -> None:
    receipt = await town.say("Hello")
    assert (await town.case(receipt)).due_at is None
    await town.act(transfer, receipt, "ann", "waste", "It is about bins")
    case = await town.case(receipt)
    assert case.due_at == case.opened_at + timedelta(hours=4)


async def test_a_reopened_case_does_not_carry_the_targets_of_its_first_round(town: Town) -> None:
    by_caseworker, by_citizen = await town.say("My missed bin"), await town.say("missed bin here", "+447700900999")
    for receipt in (by_caseworker, by_citizen):
        await town.act(resolve, receipt, "ann", "Done")

    await town.act(reopen, by_caseworker, "ann")
    await town.say("It is still there", "+447700900999")

    assert (await town.case(by_caseworker)).due_at is None
    assert (await town.case(by_citizen)).due_at is None


async def test_a_reopened_case_owes_the_next_answer_where_the_queue_promises_one(town: Town) -> None:
    await with_targets(town, next_response="1h")
    receipt = await town.say("My missed bin")
    await town.act(resolve, receipt, "ann", "Done")
    assert (await town.case(receipt)).due_at is None
    await town.say("It is still there")
    case = await town.case(receipt)
    assert case.due_at == case.updated_at + timedelta(hours=1)


async def test_a_case_that_moves_to_a_queue_with_targets_owes_the_answer_that_the_citizen_waits_for(town: Town) -> None:
    await with_targets(town, next_response="30m")
    receipt = await town.say("Hello")
    await town.act(reply, receipt, "ann", "What is it?", mail_domain=MAIL_DOMAIN)
    await town.say("A bin")
    before = utcnow()

    await town.act(transfer, receipt, "ann", "waste", "A bin")

    due_at = (await town.case(receipt)).due_at
    assert due_at is not None
    assert before <= due_at - timedelta(minutes=30) <= utcnow()
