"""Words of danger: an urgent, restricted case at once, people called until one answers, the citizen told what to do."""

from datetime import timedelta

import pytest

from hub.actions.casework.alarms import acknowledge_alarms, record_false_alarm
from hub.actions.casework.cases import claim, close_resolved, resolve
from hub.actions.sending.outbox import claim_due
from hub.actions.sending.reply import reply
from hub.actions.time.firing import fire_timer
from hub.errors import Conflict
from hub.models import Alarm, CalledAgent, Case, CaseStatus, Inbox, Message, Notice, Priority, Queue, Restriction, Timer
from hub.models.base import utcnow
from tests.cases.anytown import CITIZEN, MAIL_DOMAIN, Town

DANGER = "I can't go on and will kill myself"


async def alerts(town: Town, case_id: int) -> list[str]:
    """To whom alerts went, in order."""
    return [row.recipient for row in await town.rows(Message, case_id=case_id) if row.automatic_why == "alarm"]


async def fire(town: Town, minutes: float) -> None:
    """What the worker does once so much time has passed."""
    now = utcnow() + timedelta(minutes=minutes)
    for timer in await town.rows(Timer):
        if timer.due_at <= now:
            await town.db.write(fire_timer, timer.id, now)


async def test_words_of_danger_raise_an_urgent_restricted_case_whatever_the_rules_say(town: Town) -> None:
    case = await town.case(await town.say(f"My missed bin. {DANGER}"))

    queue = await town.one(Queue, id=case.queue_id)
    assert (queue.slug, case.priority, case.rule, case.tags) == ("care", Priority.URGENT, "Self-harm", [])
    assert (await town.one(Restriction, case_id=case.id)).why == "Self-harm"
    assert await alerts(town, case.id) == ["mailto:cat@anytown.example", "tel:+447700900001"]
    assert [notice.agent_id for notice in await town.rows(Notice, case_id=case.id)] == [town.agents["cat"]]
    assert await town.kinds(case.id) == ["opened", "acknowledged", "alarm", "alarm_called"]
    for message in await town.rows(Message, case_id=case.id):
        assert message.automatic_why != "alarm" or "kill" not in message.text + message.subject


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (DANGER, "Call 999 now. Your reference is {reference}."),
        ("I think of hanging myself", "Call 999 now. Your reference is {reference}."),
        ("Dw i eisiau lladd fy hun", "Ffoniwch 999 nawr."),
    ],
)
async def test_the_citizen_is_answered_with_the_emergency_text_in_the_language_of_the_words(
    town: Town, text: str, answer: str
) -> None:
    receipt = await town.say(text, sender="+447700900321")
    case = await town.case(receipt)
    (said,) = [row for row in await town.rows(Message, case_id=case.id) if row.automatic_why == "emergency"]
    assert said.text == answer.replace("{reference}", case.reference)


async def test_innocent_words_raise_nothing(town: Town) -> None:
    case = await town.case(await town.say("I nearly had to kill myself laughing at your missed bin poster"))
    assert (await town.one(Queue, id=case.queue_id)).slug == "waste"
    assert await town.rows(Alarm) == []


async def test_danger_in_a_case_about_something_else_gets_a_case_of_its_own(town: Town) -> None:
    bins = await town.case(await town.say("a missed bin"))
    care = await town.case(await town.say(DANGER))
    more = await town.case(await town.say("please, I want to end my life"))
    assert bins.id != care.id == more.id
    assert care.follow_up_of == bins.id
    assert len(await town.rows(Alarm)) == 1
    first = (await town.rows(Message, case_id=care.id))[0]
    assert "set apart" in first.problems[0]


async def test_the_next_step_is_called_until_somebody_acknowledges(town: Town) -> None:
    receipt = await town.say(DANGER)
    case = await town.case(receipt)
    await fire(town, 14)
    assert len(await alerts(town, case.id)) == 2
    await fire(town, 16)
    await fire(town, 32)  # the last step again
    assert (await alerts(town, case.id))[2:] == ["mailto:lea@anytown.example"] * 2

    await town.act(acknowledge_alarms, receipt, "cat")
    await fire(town, 60)

    assert len(await alerts(town, case.id)) == 4
    with pytest.raises(Conflict, match="has acknowledged"):
        await town.act(acknowledge_alarms, receipt, "lea")
    await town.say(DANGER)  # again: people are called again, in the same case
    assert len(await alerts(town, case.id)) == 6


async def test_a_false_alarm_is_recorded_and_leaves_an_ordinary_case(town: Town) -> None:
    receipt = await town.say(DANGER)
    with pytest.raises(Conflict, match="Acknowledge it"):
        await town.act(resolve, receipt, "cat", "done")
    await town.act(record_false_alarm, receipt, "cat", "A line of a song")
    alarm, case = await town.one(Alarm), await town.case(receipt)
    assert (alarm.is_false, alarm.note, alarm.agent_id) == (True, "A line of a song", town.agents["cat"])
    assert case.priority is Priority.NORMAL
    assert await town.rows(Restriction) == []
    assert await town.rows(Timer) == []


async def test_the_hub_never_closes_a_case_in_which_there_was_danger(town: Town) -> None:
    receipt, other = await town.say(DANGER), await town.say("hello", sender="+447700900555")
    await town.act(claim, receipt, "cat")
    await town.act(acknowledge_alarms, receipt, "cat")
    for each in (receipt, other):
        await town.act(resolve, each, "cat" if each is receipt else "ann", "done")

    assert await town.db.write(close_resolved, utcnow() + timedelta(days=1)) == 1
    assert [case.status for case in await town.rows(Case)] == [CaseStatus.RESOLVED, CaseStatus.CLOSED]


async def test_a_danger_without_an_answer_leaves_the_acknowledgement_alone(town: Town) -> None:
    case = await town.case(await town.say("I smell gas"))
    (said,) = [row for row in await town.rows(Message, case_id=case.id) if row.direction == "out"]
    assert said.automatic_why == "acknowledgement"
    assert await town.rows(Restriction) == []
    assert (await town.one(Alarm)).name == "Gas leak"


async def test_a_machines_words_of_danger_are_seen_and_not_answered(town: Town) -> None:
    case = await town.case(await town.mail(DANGER, automatic="list"))
    assert len(await town.rows(Alarm, case_id=case.id)) == 1
    assert [row.automatic_why for row in await town.rows(Message, case_id=case.id) if row.direction == "out"] == [
        "alarm",
        "alarm",
    ]


async def test_alarms_and_the_emergency_text_leave_before_agents_replies(town: Town) -> None:
    ordinary = await town.say("a missed bin", sender="+447700900777")
    await town.act(reply, ordinary, "ann", "We come tomorrow.", mail_domain=MAIL_DOMAIN)
    await town.say(DANGER)
    [main] = [inbox.id or 0 for inbox in await town.rows(Inbox, channel="sms", name="main")]

    one = await town.db.write(claim_due, utcnow() + timedelta(minutes=1), {main: 1}, "secret")
    rest = await town.db.write(claim_due, utcnow() + timedelta(minutes=1), {main: 9}, "secret")

    left = [await town.one(Message, id=each.message.id) for each in (*one, *rest)]
    assert [row.automatic_why for row in left] == ["emergency", "alarm", "", "acknowledgement"]


async def test_whom_an_alarm_calls_sees_its_case(town: Town) -> None:
    case = await town.case(await town.say(DANGER))
    assert [row.agent_id for row in await town.rows(CalledAgent, case_id=case.id)] == [town.agents["cat"]]
    await fire(town, 16)
    await fire(town, 32)
    assert {row.agent_id for row in await town.rows(CalledAgent)} == {town.agents["cat"], town.agents["lea"]}


async def test_one_batch_with_danger_twice_raises_one_alarm(town: Town) -> None:
    from tests.cases.anytown import said

    await town.receive(said(DANGER, CITIZEN), said("end my life", CITIZEN), said("a missed bin", "+447700900777"))
    assert len(await town.rows(Alarm)) == 1
