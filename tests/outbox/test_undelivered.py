"""An answer that didn't arrive: whoever wrote it and holds the case hear of it, and write it again with its files; the
case waits for nobody, and owes what it owed before."""

from datetime import timedelta
from typing import Any

import pytest

from channels.contract import DeliveryStatus, DeliveryUpdate, FileLimits, Receipt, SendResult
from hub.actions.casework.cases import claim, resolve
from hub.actions.files.uploads import keep_upload
from hub.actions.intake.arrivals import StoredFile
from hub.actions.intake.updates import apply_delivery
from hub.actions.sending.fates import record_failure, record_sent
from hub.actions.sending.outbox import claim_due
from hub.actions.sending.reply import Enclosed, reply
from hub.actions.sending.undelivered import begin_again
from hub.actions.time.case_types import set_type
from hub.errors import NotFound
from hub.models import CaseClock, CaseEvent, CaseType, Message, Notice, Queue, Upload
from hub.models.base import utcnow
from tests.cases.anytown import MAIL_DOMAIN, Town

WHY = "This mail address doesn't exist (550 5.1.1): check it with the citizen, or use another channel."


async def answered(town: Town, receipt: Receipt, **enclosed: Any) -> int:
    """The id of an answer that is being sent."""
    limits = Enclosed(limits=lambda inbox_id: FileLimits(count=2, bytes_each=99, bytes_together=99), **enclosed)
    sent = await town.act(reply, receipt, "ann", "We come", mail_domain=MAIL_DOMAIN, enclosed=limits)
    await town.db.write(claim_due, utcnow(), dict.fromkeys(town.hub.directory.inboxes, 9), "a secret")
    return int(sent.message_id)


async def fails(town: Town, message_id: int, outcome: str = "failed") -> None:
    await town.db.write(record_failure, message_id, outcome, WHY, "5.1.1", None, 0.0)


async def test_whoever_wrote_it_and_whoever_holds_the_case_are_told(town: Town) -> None:
    receipt = await town.mail("My missed bin")
    await town.act(claim, receipt, "bob")
    await fails(town, await answered(town, receipt))

    notices = await town.rows(Notice)
    assert {notice.agent_id for notice in notices} == {town.agents["ann"], town.agents["bob"]}
    assert {notice.text for notice in notices} == {f"An answer didn't arrive. {WHY}"}


async def test_what_the_provider_says_later_is_told_once(town: Town) -> None:
    message_id = await answered(town, await town.say("My missed bin"))
    await town.db.write(record_sent, message_id, SendResult(external_id="SM1"))
    inbox = town.hub.directory.inbox_by_name["sms", "main"].id
    update = DeliveryUpdate(channel="sms", inbox="main", external_id="SM1", status=DeliveryStatus.FAILED, error=WHY)

    for _ in range(2):
        await town.db.write(apply_delivery, inbox, update)

    assert [notice.agent_id for notice in await town.rows(Notice)] == [town.agents["ann"]]


async def test_of_what_was_sent_to_many_nobody_is_told(town: Town) -> None:
    """Hundreds of addresses may be wrong; each case says so."""
    message_id = await answered(town, await town.mail("My missed bin"))
    await town.change(Message, message_id, automatic_why="bulk")
    await fails(town, message_id)
    assert await town.rows(Notice) == []


@pytest.mark.parametrize("outcome", ["retry", "unknown"])
async def test_what_may_still_arrive_is_told_to_nobody(town: Town, outcome: str) -> None:
    await fails(town, await answered(town, await town.mail("My missed bin")), outcome)
    assert await town.rows(Notice) == []


async def test_it_is_written_again_with_its_copies_and_files_and_stays_as_it_is(town: Town) -> None:
    receipt = await town.mail("My missed bin")
    case = await town.case(receipt)
    file = StoredFile(filename="plan.pdf", media_type="application/pdf", size=10, sha256="0" * 64)
    kept = await town.db.write(keep_upload, town.agents["ann"], case.id, file)
    message_id = await answered(town, receipt, cc="son@example.org", uploads=(kept.id,))
    await fails(town, message_id)

    for _ in range(2):  # whoever begins twice has each file once
        back = await town.act(begin_again, receipt, "ann", message_id)

    assert (back.text, back.channel, back.cc) == ("We come", "email", ("son@example.org",))
    [upload] = await town.rows(Upload)
    assert (upload.filename, upload.sha256, upload.case_id) == ("plan.pdf", "0" * 64, case.id)
    assert (await town.one(Message, id=message_id)).status == "failed"


async def test_what_did_not_fail_is_not_written_again(town: Town) -> None:
    receipt, other = await town.mail("My missed bin"), await town.mail("Another", "sue@example.org")
    message_id = await answered(town, receipt)
    with pytest.raises(NotFound):
        await town.act(begin_again, receipt, "ann", message_id)
    await fails(town, message_id)
    with pytest.raises(NotFound):
        await town.act(begin_again, other, "ann", message_id)


async def test_its_case_is_open_again_and_owes_the_first_answer_as_before(town: Town) -> None:
    receipt = await town.say("My missed bin")
    message_id = await answered(town, receipt)
    assert ((case := await town.case(receipt)).status, case.due_at) == ("waiting", None)

    await fails(town, message_id)

    case = await town.case(receipt)
    assert (case.status, case.first_reply_at) == ("open", None)
    assert case.due_at == case.opened_at + timedelta(hours=4)
    assert (await town.kinds(case.id))[-2:] == ["failed", "undelivered"]


async def test_of_several_answers_the_latest_says_whether_the_citizen_is_waited_for(town: Town) -> None:
    receipt = await town.say("My missed bin")
    first, second = await answered(town, receipt), await answered(town, receipt)

    await fails(town, first)
    case = await town.case(receipt)
    assert (case.status, case.first_reply_at) == ("waiting", (await town.one(Message, id=second)).at)

    await fails(town, second)
    case = await town.case(receipt)
    assert (case.status, case.first_reply_at) == ("open", None)


async def test_after_an_answer_that_stands_the_next_one_is_owed_anew(town: Town) -> None:
    [waste] = await town.rows(Queue, slug="waste")
    await town.change(Queue, waste.id, next_response="30m", resolution="2d")
    await town.desk.reload()
    receipt = await town.say("My missed bin")
    await answered(town, receipt)
    await fails(town, await answered(town, receipt))

    case = await town.case(receipt)
    [event] = await town.rows(CaseEvent, case_id=case.id, kind="undelivered")
    assert (case.status, case.first_reply_at is None) == ("open", False)
    assert case.due_at == pytest.approx(event.at + timedelta(minutes=30), abs=timedelta(seconds=5))


async def test_clocks_that_it_met_run_again_and_the_next_waits_again(town: Town) -> None:
    clocks = [
        {"name": "acknowledge", "within": "5 working days", "until": "replied"},
        {"name": "answer", "within": "10 working days", "after": "acknowledge"},
    ]
    await town.db.write(lambda session: session.add(CaseType(slug="complaint", name="Complaint", clocks=clocks)))
    receipt = await town.say("My missed bin")
    case = await town.case(receipt)
    await town.act(set_type, receipt, "ann", "complaint")
    before = {clock.name: (clock.state, clock.due_at) for clock in await town.rows(CaseClock)}
    message_id = await answered(town, receipt)
    assert [clock.state for clock in await town.rows(CaseClock)] == ["met", "running"]

    await fails(town, message_id)

    assert {clock.name: (clock.state, clock.due_at) for clock in await town.rows(CaseClock)} == before
    [event] = await town.rows(CaseEvent, case_id=case.id, kind="undelivered")
    assert event.detail == {"back": True, "clocks": ["Acknowledge"]}


@pytest.mark.parametrize("outcome", ["retry", "unknown"])
async def test_what_may_still_arrive_is_waited_for(town: Town, outcome: str) -> None:
    receipt = await town.mail("My missed bin")
    await fails(town, await answered(town, receipt), outcome)
    assert (await town.case(receipt)).status == "waiting"


async def test_a_resolved_case_stays_resolved(town: Town) -> None:
    receipt = await town.mail("My missed bin")
    message_id = await answered(town, receipt)
    await town.act(resolve, receipt, "ann", "done")
    await fails(town, message_id)
    assert (await town.case(receipt)).status == "resolved"
