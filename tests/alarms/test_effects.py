"""What rules do beyond queue, priority and tags: labels collect, people are told, citizens are asked."""

from datetime import timedelta
from typing import Any

import pytest

from hub.actions.casework.cases import claim, reopen, resolve, transfer
from hub.actions.casework.flags import flag_contact
from hub.actions.council.apply_council import apply_council
from hub.actions.sending.fates import record_failure
from hub.actions.sending.outbox import claim_due
from hub.actions.sending.reply import reply
from hub.actions.time.firing import due_timers, fire_timer
from hub.actions.time.snoozing import snooze
from hub.calendars import Calendars
from hub.council_file import parse
from hub.models import Case, CaseClock, CaseEvent, CaseStatus, Contact, Message, Restriction, Timer
from hub.models.base import utcnow
from hub.queries.decisions import derive_decision
from hub.queries.queues import queue_views
from routing.time.bank_holidays import Holidays, WorkingDays
from routing.time.calendars import Hours
from tests.cases.anytown import COUNCIL, MAIL_DOMAIN, Town


async def outgoing(town: Town, case: Case) -> list[tuple[str, str]]:
    return [
        (row.automatic_why, row.text) for row in await town.rows(Message, case_id=case.id) if row.direction == "out"
    ]


async def test_labels_collect_and_the_queue_comes_from_the_rules_after_them(town: Town) -> None:
    case = await town.case(await town.say("missed bin at my shop"))
    decision = await town.db.read(derive_decision, case.id)
    assert (case.rule, case.tags) == ("Missed bin", ["business", "missed-collection"])
    assert decision["matched"] == ["A business", "Needs an address", "Missed bin"]
    assert decision["effects"] == {
        "language": "cy",
        "restricted": True,
        "notify": ["trade@anytown.example", "+447700900002"],
        "ask": {"en": "What is the address?", "cy": "Beth yw’r cyfeiriad?"},
    }
    assert [trial["group"] for trial in decision["explanation"]][:3] == ["danger", "danger", "labels"]


async def test_the_citizen_is_asked_in_their_language_and_waited_for(town: Town) -> None:
    case = await town.case(await town.say("missed bin at my shop"))
    sent = dict(await outgoing(town, case))
    assert sent["acknowledgement"].endswith(f"{case.reference}.\n\nBeth yw’r cyfeiriad?")
    assert case.status is CaseStatus.WAITING
    assert (await town.one(Contact, id=case.contact_id)).language == "cy"

    assert case.due_at is None
    await town.age(case.id, days=5)
    answered = await town.case(await town.say("Elm Road 7"))
    assert (answered.id, answered.status) == (case.id, CaseStatus.OPEN)
    assert answered.due_at == answered.updated_at + timedelta(hours=4)  # its first answer, none of the time of waiting


async def test_a_template_acknowledges_unless_it_has_a_gap(town: Town) -> None:
    """It was written for agents, who see a gap before the citizen does."""
    named = await town.case(await town.mail("a skip", sender_name="Jo Birch"))
    nameless = await town.case(await town.mail("a skip", "cat@home.example"))
    [(_, first)], [(_, second)] = await outgoing(town, named), await outgoing(town, nameless)
    assert first == f"Dear Jo Birch, a skip needs a permit. Your reference is {named.reference}."
    assert second.startswith("Thank you.")
    assert nameless.reference in second


async def test_who_was_never_asked_is_not_waited_for(town: Town) -> None:
    case = await town.case(await town.say("missed bin at my shop"))
    [question] = await town.rows(Message, case_id=case.id, automatic_why="acknowledgement")
    await town.db.write(claim_due, utcnow(), dict.fromkeys(town.hub.directory.inboxes, 9), "a secret")
    await town.db.write(record_failure, question.id, "failed", "No such number.", "21211", None, 0.0)
    assert (await town.one(Case, id=case.id)).status is CaseStatus.OPEN


async def test_people_are_told_without_the_citizens_words(town: Town) -> None:
    case = await town.case(await town.say("missed bin at my shop"))
    told = [row for row in await town.rows(Message, case_id=case.id) if row.automatic_why == "alert"]
    assert [(row.channel, row.recipient) for row in told] == [
        ("email", "mailto:trade@anytown.example"),
        ("sms", "tel:+447700900002"),
    ]
    assert all("shop" not in row.text and case.reference in row.text for row in told)


async def test_a_held_case_comes_back_later(town: Town) -> None:
    case = await town.case(await town.say("a skip, next month"))
    assert case.status is CaseStatus.SNOOZED
    assert [timer.kind for timer in await town.rows(Timer, case_id=case.id)] == ["wake"]


async def test_a_plain_message_owes_nothing(town: Town) -> None:
    case = await town.case(await town.say("a missed bin"))
    assert await town.rows(Restriction) == []
    assert await town.rows(Timer) == []
    assert case.facts.keys() == {"message", "at", "hours"}


async def test_flags_and_repeated_contact_are_looked_up_when_rules_ask(town: Town) -> None:
    first = await town.case(await town.mail("a missed bin"))
    await town.db.write(flag_contact, first.contact_id, "Vulnerable", town.agents["ann"])
    second = await town.case(await town.mail("another thing"))
    assert (second.contact_id, second.tags) == (first.contact_id, ["chased"])
    assert second.facts["flags"] == ["vulnerable"]
    await town.age(first.id, 8)
    await town.age(second.id, 8)
    third = await town.case(await town.mail("a third thing"))
    assert third.tags == []
    decision = await town.db.read(derive_decision, third.id)
    chased = next(trial for trial in decision["explanation"] if trial["rule"] == "Chased")
    assert chased["why"] == "missed: something last happened in the citizen’s cases 8 days ago, more than 7 days"


@pytest.mark.parametrize("text", ["a missed bin", "missed bin at my shop", "kill myself", "nothing of it"])
async def test_the_derived_decision_is_the_one_that_was_applied(town: Town, text: str) -> None:
    case = await town.case(await town.say(text))
    decision = await town.db.read(derive_decision, case.id)
    assert (decision["rule"], decision["tags"]) == (case.rule, case.tags)


async def test_a_calendar_that_cannot_be_read_stops_no_message(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    hours = type(town.hub.directory.queue_by_slug["triage"].hours)

    def broken(*_: object) -> bool:
        raise ZoneFailureError

    monkeypatch.setattr(hours, "is_open", broken)
    case = await town.case(await town.say("hello"))
    decision = await town.db.read(derive_decision, case.id)
    told = next(trial for trial in decision["explanation"] if trial["rule"] == "Closed now")
    assert told["why"] == "missed: the hours of “triage” are not known"


NEVER = '{ sun = "03:00-03:01" }'  # but for a minute of the night
WITH_LAW = (
    COUNCIL.replace('first_response = "4h"', 'first_response = "4h"\nnext_response = "4h"')
    + """
[[type]]
slug = "complaint"
name = "Complaint"
clock = [{ name = "answer", within = "20 working days" }]

[[rule]]
name = "Complaint"
when = { text_contains = "I complain" }
then = { queue = "roads", type = "complaint" }

[[escalation]]
name = "Late"
then = { notify = ["queue"] }
"""
)


async def test_targets_and_clocks_that_cannot_be_reckoned_are_made_up_for(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a new case, of one that is reopened, and of one that a rule gives a type."""
    await town.db.write(apply_council, parse(WITH_LAW))
    await town.desk.reload()
    resolved = await town.say("My missed bin", "+447700900001")
    await town.act(resolve, resolved, "ann", "Done")

    with monkeypatch.context() as broken:
        broken.setattr(Hours, "spans_on", raising)
        broken.setattr(WorkingDays, "is_working", raising)
        new = await town.case(await town.say("My missed bin", "+447700900002"))
        await town.say("It is missed again", "+447700900001")
        typed = await town.case(await town.say("I complain", "+447700900003"))
        assert town.hub.directory.queues[new.queue_id].slug == "waste"
        assert new.due_at is None
        assert (await town.rows(CaseEvent, case_id=new.id))[0].detail["undated"]
        assert (await town.case(resolved)).status == "open"
        assert await town.rows(CaseClock) == []
        [due, *_] = await town.db.read(due_timers, utcnow())
        with pytest.raises(ZoneFailureError):
            await town.db.write(fire_timer, due, utcnow())

    for timer in await town.db.read(due_timers, utcnow()):
        await town.db.write(fire_timer, timer, utcnow())
    assert (await town.one(Case, id=new.id)).due_at is not None
    assert (await town.case(resolved)).due_at is not None
    assert [clock.case_id for clock in await town.rows(CaseClock)] == [typed.id]
    assert {timer.kind for timer in await town.rows(Timer)} <= {"escalation"}


async def test_where_holidays_cannot_be_read_a_line_and_the_pages_go_by_the_usual_week(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.db.write(apply_council, parse(COUNCIL.replace('name = "Roads"', f'name = "Roads"\nhours = {NEVER}', 1)))
    await town.desk.reload()
    monkeypatch.setattr(Holidays, "spans_on", raising)
    assert not await town.desk.is_open("roads")
    assert await town.desk.is_open("waste")
    assert [view.is_open for view in await town.db.read(queue_views, utcnow()) if view.slug == "roads"] == [False]
    monkeypatch.setattr(Calendars, "hours", raising)
    assert [view.is_open for view in await town.db.read(queue_views, utcnow()) if view.slug == "roads"] == [True]


async def test_people_go_on_working_while_a_calendar_cannot_be_read(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they do is done; its dates are made up for, from the moment at which it was done."""
    after = '[{ name = "receipt", within = "5 days", until = "replied" }, { name = "answer", after = "receipt",'
    await town.db.write(apply_council, parse(WITH_LAW.replace('[{ name = "answer",', after)))
    await town.desk.reload()
    complained = await town.say("I complain", "+447700900001")
    resolved = await town.say("My missed bin", "+447700900002")
    moved = await town.say("My missed bin", "+447700900003")
    with monkeypatch.context() as broken:
        broken.setattr(Hours, "spans_on", raising)
        broken.setattr(WorkingDays, "is_working", raising)
        await town.act(claim, complained, "bob")
        await town.act(reply, complained, "bob", "We look into it.", mail_domain=MAIL_DOMAIN)
        await town.act(resolve, resolved, "ann", "Done")
        await town.act(reopen, resolved, "ann")
        await town.act(transfer, moved, "ann", "triage", "Not ours")
        await town.act(snooze, moved, "ann", utcnow() + timedelta(days=1))
        assert await town.rows(CaseEvent, kind="clock_met") == []
    assert [(await town.case(each)).status for each in (complained, resolved, moved)] == ["waiting", "open", "snoozed"]

    for timer in await town.db.read(due_timers, utcnow()):
        await town.db.write(fire_timer, timer, utcnow())
    [met] = await town.rows(CaseEvent, kind="clock_met")
    receipt, answer = await town.rows(CaseClock)
    case = await town.case(complained)
    assert (met.case_id, receipt.met_at) == (case.id, case.first_reply_at)
    assert answer.due_at is not None
    assert case.due_at == answer.due_at
    assert (await town.case(resolved)).due_at is not None
    assert {timer.kind for timer in await town.rows(Timer)} <= {"escalation", "wake"}


def raising(*_: object) -> Any:
    raise ZoneFailureError


class ZoneFailureError(Exception):
    pass
