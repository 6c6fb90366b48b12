"""When a case is due. In Anytown only Waste has a target: the first answer within four hours, round the clock."""

from datetime import timedelta

from hub.actions.cases import reopen, resolve, transfer
from hub.actions.reply import reply
from hub.models import Queue
from tests.cases.anytown import MAIL_DOMAIN, Town


async def test_a_case_is_due_by_its_queues_target_for_the_first_answer(town: Town) -> None:
    case = await town.case(await town.say("My missed bin"))
    assert case.due_at == case.opened_at + timedelta(hours=4)


async def test_once_answered_a_case_is_due_by_the_target_for_its_resolution(town: Town) -> None:
    [waste] = [queue for queue in await town.rows(Queue) if queue.slug == "waste"]
    await town.change(Queue, waste.id, resolution="2d")
    receipt = await town.say("My missed bin")

    await town.act(reply, receipt, "ann", "A crew comes back tomorrow.", mail_domain=MAIL_DOMAIN)

    case = await town.case(receipt)
    assert case.due_at == case.opened_at + timedelta(days=2)


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
