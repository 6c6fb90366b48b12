"""What caseworkers do to a case: who wins, what is refused, what is written down."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.actions.casework.cases import assign, claim, close_resolved, note, release, reopen, resolve, transfer
from hub.actions.sending.reply import reply
from hub.errors import Conflict, Invalid, NotFound
from hub.models import Assignment, CaseEvent, CaseStatus, Membership, Message
from hub.models.base import utcnow
from tests.cases.anytown import MAIL_DOMAIN, Town, living

DOMAIN = {"mail_domain": MAIL_DOMAIN}


async def test_of_two_who_claim_at_the_same_time_one_wins(database_url: str, tmp_path: Path) -> None:
    async with living(database_url, tmp_path) as one, living(database_url, tmp_path) as two:
        for n in range(5):
            receipt = await one.say("My missed bin", f"+44770090020{n}")
            results = await asyncio.gather(
                one.act(claim, receipt, "ann"), two.act(claim, receipt, "bob"), return_exceptions=True
            )
            assert sorted(type(result).__name__ for result in results) == ["Conflict", "int"]
            [held] = await one.rows(Assignment, case_id=(await one.case(receipt)).id)
            assert held.agent_id == (await one.case(receipt)).agent_id


async def test_claiming_begins_the_case_and_claiming_again_changes_nothing(town: Town) -> None:
    receipt = await town.say("My missed bin")
    seq = await town.act(claim, receipt, "ann")
    assert await town.act(claim, receipt, "ann") == seq
    case = await town.case(receipt)
    assert (case.status, case.agent_id) == (CaseStatus.OPEN, town.agents["ann"])
    with pytest.raises(Conflict, match="Ann Ash"):
        await town.act(claim, receipt, "bob")


VERBS: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = [
    (claim, (), {}),
    (assign, ("ann@anytown.example",), {}),
    (note, ("Hm.",), {}),
    (transfer, ("roads", "A pothole"), {}),
    (resolve, ("Done",), {}),
    (reply, ("Hello",), DOMAIN),
]


@pytest.mark.parametrize(("verb", "arguments", "more"), VERBS, ids=lambda each: getattr(each, "__name__", ""))
async def test_whoever_saw_an_older_case_is_told_so(
    town: Town, verb: Callable[..., Any], arguments: tuple[Any, ...], more: dict[str, Any]
) -> None:
    receipt = await town.say("My missed bin", inbox="brief")
    with pytest.raises(Conflict, match="changed this case"):
        await town.act(verb, receipt, "ann", *arguments, seq=99, **more)
    assert await town.kinds((await town.case(receipt)).id) == ["opened"]
    await town.act(verb, receipt, "ann", *arguments, seq=1, **more)


async def test_a_case_that_is_not_there_is_not_found(town: Town) -> None:
    with pytest.raises(NotFound):
        await town.db.write(claim, 999, town.agents["ann"])


async def test_only_who_works_in_its_queue_is_assigned_a_case(town: Town) -> None:
    receipt = await town.say("My missed bin")
    for email in ("bob@anytown.example", "aud@anytown.example", "nobody@anytown.example"):
        with pytest.raises(Invalid):
            await town.act(assign, receipt, "lea", email)
    await town.act(assign, receipt, "lea", " Ann@Anytown.example ")
    await town.act(assign, receipt, "lea", "lea@anytown.example")
    case = await town.case(receipt)
    assert (case.agent_id, case.status) == (town.agents["lea"], CaseStatus.OPEN)


async def test_a_reply_answers_what_the_citizen_wrote_not_their_machine(town: Town) -> None:
    receipt = await town.mail("My missed bin", subject="Bins", message_id="a@example.org")
    machine = "Auto-Submitted: auto-replied"
    await town.mail("I am away", subject="Away", references=("a@example.org",), automatic=machine)
    await town.act(reply, receipt, "ann", "Tomorrow.", mail_domain=MAIL_DOMAIN)
    assert [message.subject for message in await town.rows(Message, text="Tomorrow.")] == ["Bins"]


async def test_an_auditor_holds_nothing_not_even_as_a_member_of_the_queue(town: Town) -> None:
    receipt = await town.say("My missed bin")
    queue_id = (await town.case(receipt)).queue_id
    await town.db.write(lambda session: session.add(Membership(agent_id=town.agents["aud"], queue_id=queue_id)))
    with pytest.raises(Invalid, match="don't work in this queue"):
        await town.act(assign, receipt, "lea", "aud@anytown.example")


async def test_assignments_tell_who_held_a_case_when(town: Town) -> None:
    receipt = await town.say("My missed bin")
    await town.act(claim, receipt, "ann")
    await town.act(assign, receipt, "lea", "lea@anytown.example")
    await town.act(release, receipt, "lea")
    first, second = await town.rows(Assignment)
    assert (first.agent_id, second.agent_id) == (town.agents["ann"], town.agents["lea"])
    assert first.until is not None
    assert first.since <= first.until <= second.since <= (second.until or first.since)
    with pytest.raises(Conflict):
        await town.act(release, receipt, "lea")


async def test_a_transfer_takes_the_case_from_who_does_not_work_there(town: Town) -> None:
    receipt = await town.say("My missed bin")
    await town.act(claim, receipt, "ann")
    await town.act(transfer, receipt, "ann", "triage", "Not sure")
    assert (await town.case(receipt)).agent_id == town.agents["ann"]
    await town.act(transfer, receipt, "ann", "roads", "A pothole")
    case = await town.case(receipt)
    assert (case.agent_id, case.queue_id) == (None, town.hub.directory.queue_by_slug["roads"].id)


@pytest.mark.parametrize(
    ("queue", "reason", "error"), [("nowhere", "x", Invalid), ("roads", "  ", Invalid), ("waste", "x", Conflict)]
)
async def test_a_transfer_needs_another_queue_and_a_reason(
    town: Town, queue: str, reason: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await town.act(transfer, await town.say("My missed bin"), "ann", queue, reason)


async def test_a_note_opens_a_new_case_and_reaches_nobody(town: Town) -> None:
    receipt = await town.say("My missed bin", inbox="brief")
    await town.act(note, receipt, "ann", "Whole road missed")
    assert (await town.case(receipt)).status is CaseStatus.OPEN
    assert await town.send_all() == []


async def test_a_reply_waits_for_the_citizen_and_remembers_the_first(town: Town) -> None:
    receipt = await town.say("My missed bin")
    await town.act(reply, receipt, "ann", "one", **DOMAIN)
    first = (await town.case(receipt)).first_reply_at
    await town.act(reply, receipt, "ann", "two", **DOMAIN)
    case = await town.case(receipt)
    assert (case.status, case.first_reply_at) == (CaseStatus.WAITING, first)


async def test_a_call_is_answered_by_a_text_from_the_same_number(town: Town) -> None:
    receipt = await town.say("", channel="voice")
    sent = await town.act(reply, receipt, "ann", "Hello", **DOMAIN)
    message = await town.one(Message, id=sent.message_id)
    assert (message.channel, message.sender, message.recipient) == ("sms", "+441632960100", "tel:+447700900123")


async def test_who_can_not_be_reached_is_said(town: Town) -> None:
    withheld = await town.say("", None, channel="voice")
    with pytest.raises(Invalid, match="can't be reached by sms"):
        await town.act(reply, withheld, "ann", "Hello", **DOMAIN)
    texted = await town.say("My missed bin")
    with pytest.raises(Invalid, match="can't be reached by email"):
        await town.act(reply, texted, "ann", "Hello", channel="email", **DOMAIN)
    with pytest.raises(Invalid, match="no such channel"):
        await town.act(reply, texted, "ann", "Hello", channel="pigeon", **DOMAIN)


async def test_a_reply_after_an_opt_out_is_refused(town: Town) -> None:
    receipt = await town.say("My missed bin")
    await town.say("STOP", keyword="stop")
    with pytest.raises(Invalid, match="opted out"):
        await town.act(reply, receipt, "ann", "Hello", **DOMAIN)


async def test_a_reply_by_mail_names_what_it_answers(town: Town) -> None:
    receipt = await town.mail("My benefits", message_id="a@example.org", subject="Benefits")
    first = await town.act(reply, receipt, "ann", "one", **DOMAIN)
    await town.mail(
        "More", message_id="b@example.org", references=((await town.one(Message, id=first.message_id)).message_id,)
    )
    second = await town.act(reply, receipt, "ann", "two", **DOMAIN)
    message = await town.one(Message, id=second.message_id)
    assert message.references[-1] == "b@example.org"
    assert "a@example.org" in message.references
    assert (message.subject, message.recipient) == ("Benefits", "mailto:jo@example.org")


async def test_a_chat_is_answered_without_an_outbox(town: Town) -> None:
    receipt = await town.say("Hello", "session-1", channel="webchat")
    sent = await town.act(reply, receipt, "ann", "Hello", **DOMAIN)
    assert (await town.one(Message, id=sent.message_id)).status == "sent"
    assert await town.send_all() == []


@pytest.mark.parametrize("text", ["", "  ", "\x00", "x" * 20_001])
async def test_nothing_and_too_much_are_refused(town: Town, text: str) -> None:
    receipt = await town.say("My missed bin")
    for verb, more in ((note, {}), (reply, DOMAIN)):
        with pytest.raises(Invalid):
            await town.act(verb, receipt, "ann", text, **more)


@pytest.mark.parametrize("odd", ["a NUL \x00 here", "half \ud83d a smile"])
async def test_no_text_of_a_caseworker_is_too_odd_to_store(town: Town, odd: str) -> None:
    receipt = await town.say("My missed bin")
    await town.act(note, receipt, "ann", odd)
    await town.act(reply, receipt, "ann", odd, **DOMAIN)
    await town.act(transfer, receipt, "ann", "roads", odd)
    await town.act(resolve, receipt, "ann", odd)
    assert "\x00" not in (await town.case(receipt)).outcome


async def test_a_resolved_case_is_worked_on_only_after_reopening(town: Town) -> None:
    receipt = await town.say("My missed bin")
    await town.act(resolve, receipt, "ann", "Collected")
    for verb, arguments in (
        (resolve, ("x",)),
        (claim, ()),
        (assign, ("ann@anytown.example",)),
        (transfer, ("roads", "x")),
    ):
        with pytest.raises(Conflict):
            await town.act(verb, receipt, "ann", *arguments)
    await town.act(reopen, receipt, "ann")
    case = await town.case(receipt)
    assert (case.status, case.resolved_at, case.outcome) == (CaseStatus.OPEN, None, "")
    with pytest.raises(Conflict):
        await town.act(reopen, receipt, "ann")


async def test_a_reply_to_a_resolved_case_reopens_it_whole(town: Town) -> None:
    receipt = await town.say("My missed bin")
    await town.act(resolve, receipt, "ann", "Collected")
    await town.act(reply, receipt, "ann", "One more thing", **DOMAIN)
    case = await town.case(receipt)
    assert (case.status, case.resolved_at, case.outcome) == (CaseStatus.WAITING, None, "")


@pytest.mark.parametrize(("days", "closed"), [(13.9, 0), (14.1, 1)])
async def test_resolved_cases_close_after_two_weeks(town: Town, days: float, closed: int) -> None:
    receipt = await town.say("My missed bin")
    await town.act(resolve, receipt, "ann", "Collected")
    await town.age((await town.case(receipt)).id, days)
    assert await town.db.write(close_resolved, utcnow() - timedelta(days=14)) == closed
    case = await town.case(receipt)
    assert (case.status is CaseStatus.CLOSED, case.closed_at is not None) == (bool(closed), bool(closed))


async def test_every_action_writes_exactly_its_events(town: Town) -> None:
    receipt = await town.say("My missed bin", inbox="brief")
    steps: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = [
        (claim, (), {}),
        (note, ("Hm.",), {}),
        (reply, ("Hello",), DOMAIN),
        (assign, ("lea@anytown.example",), {}),
        (release, (), {}),
        (transfer, ("roads", "A pothole"), {}),
        (resolve, ("Done",), {}),
        (reopen, (), {}),
    ]
    told = [await town.act(verb, receipt, "ann", *arguments, **more) for verb, arguments, more in steps]
    case = await town.case(receipt)
    assert await town.kinds(case.id) == [
        "opened", "claimed", "noted", "replied", "assigned", "released", "transferred", "resolved", "reopened",
    ]  # fmt: skip
    assert [getattr(each, "seq", each) for each in told] == list(range(2, 10))
    events = await town.rows(CaseEvent, case_id=case.id)
    assert [event.seq for event in events] == list(range(1, case.seq + 1))
    assert {event.agent_id for event in events[1:]} == {town.agents["ann"]}
