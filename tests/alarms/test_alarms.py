"""Words of danger: an urgent, restricted case at once, people called until one answers, the citizen told what to do."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, select

from channels.contract import MessageUpdate
from hub.actions.casework.alarms import acknowledge_alarms, record_false_alarm
from hub.actions.casework.cases import claim, close_resolved, reopen, resolve
from hub.actions.casework.merging import merge, unmerge
from hub.actions.casework.raising import raise_by_hand
from hub.actions.sending.outbox import claim_due
from hub.actions.sending.reply import reply
from hub.actions.time.firing import fire_timer
from hub.errors import Conflict
from hub.models import (
    Alarm,
    CalledAgent,
    Case,
    CaseStatus,
    Council,
    Inbox,
    Message,
    Notice,
    Priority,
    Queue,
    Restriction,
    Timer,
)
from hub.models.base import utcnow
from tests.cases.anytown import CITIZEN, MAIL_DOMAIN, Town, said

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


async def test_the_second_call_says_since_when_by_the_clocks_of_the_council(town: Town) -> None:
    await town.db.write(_move_to_tokyo)
    case = await town.case(await town.say(DANGER))
    await fire(town, 16)
    raised = (await town.one(Alarm, case_id=case.id)).raised_at.astimezone(ZoneInfo("Asia/Tokyo"))
    again = [row.text for row in await town.rows(Message, case_id=case.id) if "Nobody has" in row.text]
    assert again
    assert all(f"Nobody has acknowledged it since {raised:%H:%M}. " in text for text in again)


def _move_to_tokyo(session: Session) -> None:
    session.exec(select(Council)).one().timezone = "Asia/Tokyo"


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
    await town.receive(said(DANGER, CITIZEN), said("end my life", CITIZEN), said("a missed bin", "+447700900777"))
    assert len(await town.rows(Alarm)) == 1


async def test_danger_in_the_same_batch_as_words_that_a_rule_has_an_effect_for_raises_its_alarm(town: Town) -> None:
    shop, care = await town.receive(said("The missed bin of our shop, 4 Elm Road"), said(DANGER))

    assert shop.reference != care.reference
    assert (await town.one(Alarm)).case_id == (await town.case(care)).id
    assert await town.rows(Restriction, case_id=(await town.case(care)).id)


async def test_another_danger_calls_those_whom_it_concerns_while_the_first_waits(town: Town) -> None:
    gas = await town.case(await town.say("I smell gas"))
    care = await town.case(await town.say(f"and {DANGER}"))

    assert [alarm.name for alarm in await town.rows(Alarm)] == ["Gas leak", "Self-harm"]
    assert (care.follow_up_of, (await town.one(Restriction)).case_id) == (gas.id, care.id)
    assert "mailto:cat@anytown.example" in await alerts(town, care.id)


async def test_one_batch_with_two_dangers_in_its_second_message_raises_both_alarms(town: Town) -> None:
    first, second = await town.receive(said(DANGER), said(f"I smell gas. {DANGER}"))

    assert first.reference == second.reference
    assert [alarm.name for alarm in await town.rows(Alarm)] == ["Self-harm", "Gas leak"]


async def test_a_false_alarm_leaves_restricted_what_a_rule_would_have_restricted(town: Town) -> None:
    message = await town.say("I smell gas in our shop, 4 Elm Road, and will kill myself laughing")
    case = await town.case(message)
    assert case.rule == "Gas leak"  # which restricts nothing; the rule behind it does
    await town.act(record_false_alarm, message, "cat", "It was paint")
    assert (await town.one(Restriction, case_id=case.id)).why == "A business"


async def test_a_false_alarm_leaves_restricted_what_a_rule_restricts(town: Town) -> None:
    receipt = await town.say("The missed bin of our shop, 4 Elm Road")
    known = {"directory": town.hub.directory, "public_url": "", "mail_domain": MAIL_DOMAIN}
    await town.act(raise_by_hand, receipt, "lea", "Self-harm", "", **known)

    await town.act(record_false_alarm, receipt, "lea", "A line of a song")

    assert (await town.one(Restriction)).why == "A business"


async def test_a_false_alarm_takes_nothing_back_of_an_earlier_one_that_was_right(town: Town) -> None:
    receipt = await town.say(DANGER)
    await town.act(acknowledge_alarms, receipt, "cat")
    await town.say(DANGER)

    await town.act(record_false_alarm, receipt, "lea", "She quotes her own words")

    right, false = await town.rows(Alarm)
    assert (right.is_false, right.agent_id, false.is_false) == (False, town.agents["cat"], True)
    assert (await town.one(Restriction)).why == "Self-harm"
    assert (await town.case(receipt)).priority is Priority.URGENT


async def test_nobody_is_left_alone_with_an_alarm_however_long_nobody_heeds_it(town: Town) -> None:
    case = await town.case(await town.say(DANGER))
    await town.change(Alarm, (await town.one(Alarm)).id, step=200)  # as after two days and a night

    await fire(town, 16)

    assert len(await alerts(town, case.id)) == 3
    again = (await town.one(Timer, kind="alarm")).due_at - utcnow()
    assert again == pytest.approx(timedelta(minutes=16 + 60), abs=timedelta(minutes=1))


async def test_a_case_whose_alarm_waits_is_not_joined_away_from_those_whom_it_calls(town: Town) -> None:
    first, second = await town.say(DANGER), await town.say(DANGER, sender="+447700900555")

    with pytest.raises(Conflict, match="There is an alarm in this case"):
        await town.act(merge, second, "cat", first.reference)


async def test_the_hub_never_closes_a_case_that_one_with_danger_was_joined_to(town: Town) -> None:
    shop = await town.say("The missed bin of our shop, 4 Elm Road", sender="+447700900555")  # which a rule restricts
    care = await town.say(DANGER)
    await town.act(acknowledge_alarms, care, "lea")

    await town.act(merge, care, "adm", shop.reference)
    assert (await town.one(Alarm)).case_id == (await town.case(shop)).id
    await town.act(resolve, shop, "lea", "done")
    assert await town.db.write(close_resolved, utcnow() + timedelta(days=1)) == 0

    await town.act(reopen, shop, "lea")
    await town.act(unmerge, care, "adm")
    assert (await town.one(Alarm)).case_id == (await town.case(care)).id


# --- recordings ------------------------------------------------------------------------------------------------


def drafted(words: str, call: str = "CA1") -> MessageUpdate:
    """What a machine has understood of a voicemail."""
    return MessageUpdate(channel="voice", inbox="main", external_id=call, transcript=words)


async def test_danger_in_a_voicemail_raises_an_alarm_once_it_is_written_down(town: Town) -> None:
    call = await town.say("", channel="voice", external_id="CA1")
    case = await town.case(call)
    assert case.priority is Priority.NORMAL

    for _ in range(2):
        await town.receive(drafted("dw i eisiau lladd fy hun"))

    case = await town.case(call)
    queue = await town.one(Queue, id=case.queue_id)
    assert (queue.slug, case.priority, case.priority_rank) == ("care", Priority.URGENT, -Priority.URGENT.rank)
    assert (await town.one(Restriction, case_id=case.id)).why == "Self-harm"
    assert await alerts(town, case.id) == ["mailto:cat@anytown.example", "tel:+447700900001"]
    [said] = await town.rows(Message, case_id=case.id, automatic_why="emergency")
    assert (said.channel, said.text) == ("sms", "Ffoniwch 999 nawr.")
    [alarm] = await town.rows(Alarm)
    assert (alarm.message_id, alarm.raised_by) == (call.message_id, None)


async def test_a_choice_in_a_phone_menu_raises_an_alarm(town: Town) -> None:
    case = await town.case(await town.say("", channel="voice", external_id="CA1", menu=("crisis",)))
    queue = await town.one(Queue, id=case.queue_id)
    assert (queue.slug, case.priority, case.rule) == ("care", Priority.URGENT, "Self-harm")
    [said] = await town.rows(Message, case_id=case.id, automatic_why="emergency")
    assert said.channel == "sms"


async def test_a_false_alarm_of_a_voicemail_is_not_raised_again_by_a_better_draft(town: Town) -> None:
    call = await town.say("", channel="voice", external_id="CA1")
    await town.receive(drafted("I will kill myself if the bins"))
    await town.act(record_false_alarm, call, "cat", "A way of speaking")
    await town.receive(drafted("I will kill myself if the bins aren't emptied"))
    assert len(await town.rows(Alarm)) == 1


async def test_danger_in_a_voicemail_reopens_a_case_that_was_resolved_meanwhile(town: Town) -> None:
    call = await town.say("", channel="voice", external_id="CA1")
    await town.act(resolve, call, "ann", "Nobody there")
    await town.receive(drafted("I want to end my life"))
    case = await town.case(call)
    assert (case.status, case.priority) == (CaseStatus.OPEN, Priority.URGENT)


async def test_a_voicemail_that_speaks_of_no_danger_changes_nothing(town: Town) -> None:
    call = await town.say("", channel="voice", external_id="CA1")
    await town.receive(drafted("my bin was missed, kill myself laughing"))
    assert await town.rows(Alarm) == []
    assert await town.kinds((await town.case(call)).id) == ["opened", "updated"]


async def test_an_alarm_that_has_nobody_to_call_calls_nobody_again_and_again(town: Town) -> None:
    case = await town.case(await town.say("I smell gas"))
    await fire(town, 16)
    assert (await town.kinds(case.id)).count("alarm_called") == 1
    assert await town.rows(Timer, kind="alarm") == []
