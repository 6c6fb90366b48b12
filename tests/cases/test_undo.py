"""A reply that hasn't left is taken back: the words return, and the case is as it was."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from channels.contract import FileLimits
from hub.actions.casework.cases import claim, resolve
from hub.actions.files.uploads import drop_old_uploads, keep_upload
from hub.actions.intake.arrivals import StoredFile
from hub.actions.sending.outbox import claim_due
from hub.actions.sending.participants import remove_participant
from hub.actions.sending.reply import Enclosed, Sent, reply
from hub.actions.sending.undo import undo_reply
from hub.errors import Conflict, NotFound
from hub.models import Attachment, Case, CaseStatus, CaseTargets, Message, Participant, Upload
from hub.models.base import utcnow
from tests.cases.anytown import MAIL_DOMAIN, Town

LIMITS = {"limits": lambda inbox_id: FileLimits(count=2, bytes_each=100, bytes_together=150)}


async def waits(town: Town, receipt: Any, text: str = "We come.", **enclosed: Any) -> Sent:
    """A reply by mail that waits ten seconds."""
    given = Enclosed(undo_for=timedelta(seconds=10), **{**LIMITS, **enclosed})
    sent: Sent = await town.act(reply, receipt, "ann", text, mail_domain=MAIL_DOMAIN, enclosed=given)
    return sent


async def test_it_waits_and_then_leaves(town: Town) -> None:
    receipt = await town.mail("My missed bin")
    await town.send_all()  # the acknowledgement
    sent = await waits(town, receipt)
    free = dict.fromkeys(town.hub.directory.inboxes, 100)
    assert await town.db.write(claim_due, utcnow(), free, "a secret", {}) == []
    later = utcnow() + timedelta(seconds=11)
    claimed = await town.db.write(claim_due, later, free, "a secret", {})
    assert [outgoing.message.id for outgoing in claimed] == [sent.message_id]


async def test_taken_back_the_case_is_as_it_was_and_the_words_are_there_again(town: Town) -> None:
    receipt = await town.mail("My missed bin")
    await town.act(claim, receipt, "ann")
    before = await town.case(receipt)
    file = StoredFile(filename="plan.pdf", media_type="application/pdf", size=10, sha256="0" * 64)
    kept = await town.db.write(keep_upload, town.agents["ann"], before.id, file)
    sent = await waits(town, receipt, cc="son@example.org", bcc="boss@example.org", uploads=(kept.id,), quotes=True)
    assert (await town.case(receipt)).status is CaseStatus.WAITING
    assert (await town.one(Attachment, message_id=sent.message_id)).id == kept.id
    back = await town.act(undo_reply, receipt, "ann", sent.message_id)
    assert (back.text, back.channel, back.cc, back.bcc, back.quotes) == (
        "We come.", "email", ("son@example.org",), ("boss@example.org",), True,
    )  # fmt: skip
    after = await town.case(receipt)
    names = ("status", "due_at", "first_reply_at", "resolved_at", "outcome", "agent_id")
    assert [getattr(after, name) for name in names] == [getattr(before, name) for name in names]
    assert await town.rows(Message, id=sent.message_id) == []
    assert await town.rows(CaseTargets, case_id=after.id) == []
    assert await town.rows(Participant, case_id=after.id) == []
    assert (await town.one(Upload)).id == kept.id
    assert (await town.kinds(after.id))[-2:] == ["replied", "unsent"]


async def test_a_resolution_that_went_with_it_is_taken_back_too(town: Town) -> None:
    receipt = await town.mail("My missed bin")
    sent = await waits(town, receipt)
    await town.act(resolve, receipt, "ann", "Answered")
    await town.act(undo_reply, receipt, "ann", sent.message_id)
    case = await town.case(receipt)
    assert (case.status, case.outcome, case.resolved_at) == (CaseStatus.NEW, "", None)


async def test_what_has_left_or_is_another_agents_isnt_taken_back(town: Town) -> None:
    receipt = await town.mail("My missed bin")
    sent = await waits(town, receipt)
    with pytest.raises(Conflict, match="Only who wrote"):
        await town.act(undo_reply, receipt, "bob", sent.message_id)
    await town.send_all()
    with pytest.raises(Conflict, match="left already"):
        await town.act(undo_reply, receipt, "ann", sent.message_id)
    other = await town.mail("Another", "sue@example.org")
    with pytest.raises(NotFound):
        await town.act(undo_reply, other, "ann", sent.message_id)
    at_once = await town.act(reply, other, "ann", "Hello", mail_domain=MAIL_DOMAIN)
    with pytest.raises(NotFound):
        await town.act(undo_reply, other, "ann", at_once.message_id)


async def test_worker_and_undo_never_both_get_it(town: Town) -> None:
    for number in range(5):
        receipt = await town.mail(f"Bin {number}", f"jo{number}@example.org")
        await town.send_all()
        sent = await waits(town, receipt)
        claim_ = town.db.write(
            claim_due, utcnow() + timedelta(seconds=11), dict.fromkeys(town.hub.directory.inboxes, 100), "a secret", {}
        )
        undone = town.act(undo_reply, receipt, "ann", sent.message_id)
        results: tuple[Any, Any] = await asyncio.gather(claim_, undone, return_exceptions=True)
        claimed, back = results
        assert not isinstance(claimed, BaseException)
        assert (len(claimed) == 1) == isinstance(back, Conflict)


async def test_a_text_leaves_at_once(town: Town) -> None:
    receipt = await town.say("My missed bin")
    sent = await waits(town, receipt)
    assert (await town.one(Message, id=sent.message_id)).due_at <= utcnow()  # type: ignore[operator]  # it is queued


async def test_uploads_that_nobody_sent_are_dropped_after_a_day(town: Town) -> None:
    file = StoredFile(filename="a", media_type="text/plain", size=1, sha256="0" * 64)
    await town.db.write(keep_upload, town.agents["ann"], None, file)
    await town.db.write(drop_old_uploads, utcnow() - timedelta(days=1))
    assert len(await town.rows(Upload)) == 1
    await town.db.write(drop_old_uploads, utcnow() + timedelta(seconds=1))
    assert await town.rows(Upload) == []


async def test_a_participants_answer_joins_the_case_until_they_are_removed(town: Town) -> None:
    receipt = await town.mail("My missed bin", message_id="first@example.org")
    await town.act(reply, receipt, "ann", "Hello", mail_domain=MAIL_DOMAIN, enclosed=Enclosed(cc="son@example.org"))
    answer = await town.mail("I am her son", "son@example.org", references=("first@example.org",))
    assert answer.reference == receipt.reference
    case: Case = await town.case(receipt)
    await town.act(remove_participant, receipt, "ann", "son@example.org")
    later = await town.mail("And another thing", "son@example.org", references=("first@example.org",))
    assert later.reference != case.reference
