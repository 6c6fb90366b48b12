"""An agent reads danger that the hub has not heard, and raises the alarm by hand."""

from datetime import timedelta
from typing import Any

import pytest

from channels.contract import Receipt
from hub.actions.casework.alarms import acknowledge_alarms, record_false_alarm
from hub.actions.casework.cases import close_resolved, resolve
from hub.actions.casework.raising import emergency_unsent, raise_by_hand
from hub.actions.sending.outbox import claim_due
from hub.actions.sending.reply import reply
from hub.actions.time.snoozing import snooze
from hub.errors import Conflict, Invalid
from hub.models import (
    Address,
    Alarm,
    CalledAgent,
    Case,
    CaseEvent,
    CaseStatus,
    Inbox,
    Message,
    Notice,
    Priority,
    Queue,
    Restriction,
    Timer,
)
from hub.models.base import utcnow
from tests.alarms.test_alarms import DANGER, alerts, fire
from tests.cases.anytown import MAIL_DOMAIN, Town

OTHER_WORDS = "They would all be better off without me"


async def raise_it(town: Town, receipt: Receipt, who: str = "ann", name: str = "Self-harm", **more: Any) -> Any:
    return await town.act(
        raise_by_hand,
        receipt,
        who,
        name,
        more.pop("reason", ""),
        directory=town.hub.directory,
        public_url=town.hub.settings.base_url,
        mail_domain=MAIL_DOMAIN,
        **more,
    )


async def traces(town: Town, case: Case) -> dict[str, Any]:
    """What an alarm leaves behind, but for who raised it and when."""
    alarm = await town.one(Alarm, case_id=case.id)
    restriction = [row.why for row in await town.rows(Restriction, case_id=case.id)]
    notices = [row.agent_id for row in await town.rows(Notice, case_id=case.id)]
    return {
        "queue": (await town.one(Queue, id=case.queue_id)).slug,
        "priority": (case.priority, case.priority_rank),
        "alarm": (alarm.name, alarm.calls, alarm.every, alarm.step, alarm.acknowledged_at, alarm.is_false),
        "restriction": restriction,
        "notices": notices,
        "alerts": await alerts(town, case.id),
        "timers": [row.kind for row in await town.rows(Timer, case_id=case.id)],
    }


@pytest.mark.parametrize(("heard", "name"), [(DANGER, "Self-harm"), ("I smell gas", "Gas leak")])
async def test_an_alarm_raised_by_hand_does_all_that_a_heard_one_does(town: Town, heard: str, name: str) -> None:
    receipt = await town.say(OTHER_WORDS, sender="+447700900222")
    assert await town.rows(Alarm) == []
    await raise_it(town, receipt, name=name, reason="They say goodbye.")
    by_hand, spoken = await town.case(receipt), await town.case(await town.say(heard))

    assert await traces(town, by_hand) == await traces(town, spoken)
    events = {event.kind: event for event in await town.rows(CaseEvent, case_id=by_hand.id)}
    assert (events["alarm"].agent_id, events["alarm"].detail["reason"]) == (town.agents["ann"], "They say goodbye.")
    alarm = await town.one(Alarm, case_id=by_hand.id)
    assert (alarm.raised_by, alarm.reason) == (town.agents["ann"], "They say goodbye.")
    assert (await town.one(Alarm, case_id=spoken.id)).raised_by is None
    assert await emergency_texts(town, by_hand) == []  # a person reads it, and answers


async def emergency_texts(town: Town, case: Case) -> list[str]:
    return [row.text for row in await town.rows(Message, case_id=case.id) if row.automatic_why == "emergency"]


async def test_people_are_called_until_one_acknowledges_and_the_hub_never_closes_the_case(town: Town) -> None:
    receipt = await town.say(OTHER_WORDS)
    await raise_it(town, receipt)
    case = await town.case(receipt)
    await fire(town, 16)
    assert (await alerts(town, case.id))[2:] == ["mailto:lea@anytown.example"]
    with pytest.raises(Conflict, match="Acknowledge it"):
        await town.act(resolve, receipt, "cat", "done")
    await town.act(acknowledge_alarms, receipt, "cat")
    await fire(town, 60)
    assert len(await alerts(town, case.id)) == 3

    await town.act(resolve, receipt, "cat", "done")
    assert await town.db.write(close_resolved, utcnow() + timedelta(days=1)) == 0


async def test_where_an_alarm_is_waiting_raising_one_changes_nothing(town: Town) -> None:
    receipt = await town.say(DANGER)
    before = (await town.case(receipt)).seq
    assert await raise_it(town, receipt, "cat", "Gas leak", seq=1) == before
    assert len(await town.rows(Alarm)) == 1
    await town.act(acknowledge_alarms, receipt, "cat")
    with pytest.raises(Conflict, match="changed this case meanwhile"):
        await raise_it(town, receipt, "cat", seq=before)
    await raise_it(town, receipt, "cat")  # danger again: people are called again
    assert len(await town.rows(Alarm)) == 2


async def test_who_raised_it_sees_the_case_wherever_it_stands_now(town: Town) -> None:
    receipt = await town.say(OTHER_WORDS)
    await raise_it(town, receipt)
    called = {row.agent_id for row in await town.rows(CalledAgent)}
    assert called == {town.agents["ann"], town.agents["cat"]}


async def test_a_case_that_was_put_off_or_waits_is_work_again(town: Town) -> None:
    put_off = await town.say(OTHER_WORDS, sender="+447700900301")
    await town.act(snooze, put_off, "ann", utcnow() + timedelta(days=2))
    waits = await town.say(OTHER_WORDS, sender="+447700900302")
    await town.act(reply, waits, "ann", "And?", mail_domain=MAIL_DOMAIN)
    for receipt in (put_off, waits):
        await raise_it(town, receipt)
        case = await town.case(receipt)
        assert (case.status, case.snoozed_until, case.priority) == (CaseStatus.OPEN, None, Priority.URGENT)


@pytest.mark.parametrize(
    ("language", "text"),
    [("cy", "Ffoniwch 999 nawr."), ("", "Call 999 now. Your reference is {reference}.")],
)
async def test_the_citizen_gets_the_emergency_text_first_of_all_where_the_agent_says_so(
    town: Town, language: str, text: str
) -> None:
    receipt = await town.say(OTHER_WORDS, language=language)
    await town.act(reply, receipt, "ann", "We read it.", mail_domain=MAIL_DOMAIN)
    await raise_it(town, receipt, answers=True)
    case = await town.case(receipt)

    assert await emergency_texts(town, case) == [text.replace("{reference}", case.reference)]
    assert case.status is CaseStatus.OPEN  # it answers nothing
    [main] = [inbox.id or 0 for inbox in await town.rows(Inbox, channel="sms", name="main")]
    first = await town.db.write(claim_due, utcnow() + timedelta(minutes=1), {main: 2}, "secret")
    assert {(await town.one(Message, id=each.message.id)).automatic_why for each in first} == {"alarm", "emergency"}


async def test_nothing_is_raised_where_something_is_wrong(town: Town) -> None:
    receipt = await town.say(OTHER_WORDS)
    resolved = await town.say(OTHER_WORDS, sender="+447700900334")
    await town.act(resolve, resolved, "ann", "done")
    for case, more, error, field in (
        (receipt, {"name": ""}, Invalid, "danger"),
        (receipt, {"name": "Dragons"}, Invalid, "danger"),
        (resolved, {}, Conflict, None),
        (receipt, {"seq": 1}, Conflict, None),
    ):
        with pytest.raises(error) as refused:
            await raise_it(town, case, **more)
        assert field is None or field in refused.value.fields
    assert await town.rows(Alarm) == []
    assert await town.rows(Restriction) == []


@pytest.mark.parametrize(
    ("name", "more", "why"),
    [
        ("Self-harm", {}, "The citizen has opted out of texts."),
        ("Self-harm", {"longest": lambda inbox_id: 5}, "The citizen has opted out of texts."),
        ("Gas leak", {}, "This danger has none."),
    ],
)
async def test_where_the_emergency_text_cannot_be_sent_people_are_called_all_the_same_and_the_record_says_why(
    town: Town, name: str, more: dict[str, Any], why: str
) -> None:
    receipt = await town.say(OTHER_WORDS, sender="+447700900333")
    [address] = await town.rows(Address, uri="tel:+447700900333")
    await town.change(Address, address.id, opted_out_at=utcnow())
    await raise_it(town, receipt, name=name, answers=True, **more)
    case = await town.case(receipt)

    assert (await town.one(Alarm, case_id=case.id)).step == 1
    assert await emergency_texts(town, case) == []
    [unsent] = await town.rows(CaseEvent, case_id=case.id, kind="emergency_unsent")
    assert str(unsent.detail["why"]).startswith(why)
    assert await town.db.read(emergency_unsent, case.id) == unsent.detail["why"]


async def test_a_false_alarm_raised_by_hand_leaves_an_ordinary_case(town: Town) -> None:
    receipt = await town.say(OTHER_WORDS)
    await raise_it(town, receipt)
    await town.act(record_false_alarm, receipt, "cat", "About a club")
    assert (await town.case(receipt)).priority is Priority.NORMAL
    assert await town.rows(Restriction) == []
