"""What is written to a case that was merged arrives in the case that goes on; put off, it comes back in time."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from hub.actions.casework.cases import note, reopen
from hub.actions.casework.merging import merge, unmerge
from hub.actions.sending.reply import reply
from hub.actions.time.firing import due_timers, fire_timer
from hub.actions.time.snoozing import snooze
from hub.errors import Conflict
from hub.models import CaseStatus, Message, Participant
from hub.models.base import utcnow
from hub.reference import spoken
from hub.signed.reply_token import reply_token
from tests.cases.anytown import MAIL_DOMAIN, Town


async def test_answers_to_a_merged_case_arrive_where_it_goes_on(town: Town) -> None:
    first = await town.mail("My missed bin", message_id="1@example.org")
    second = await town.mail("The same bin", "sue@example.org", message_id="2@example.org")
    third = await town.mail("And mine", "tom@example.org")
    await town.act(merge, second, "ann", first.reference)
    await town.act(merge, first, "ann", third.reference)
    token = reply_token("a secret", second.reference)
    by_token = await town.mail("Thank you", "sue@example.org", reply_token=token)
    by_header = await town.mail("Thanks", "sue@example.org", references=("2@example.org",))
    by_reference = await town.mail(f"About {second.reference}", "sue@example.org")
    assert {each.reference for each in (by_token, by_header, by_reference)} == {third.reference}
    stored = await town.one(Message, id=by_token.message_id)
    assert stored.problems == []  # an agent joined them: she is no stranger there
    with pytest.raises(Conflict, match="changed this case"):
        await town.act(unmerge, first, "ann", seq=1)
    await town.act(unmerge, first, "ann")
    again = await town.mail("Hello?", "sue@example.org", reply_token=token)
    assert again.reference == first.reference


@pytest.mark.parametrize("verb", ["reply", "note", "reopen"])
async def test_nothing_is_said_in_a_case_that_goes_on_in_another(town: Town, verb: str) -> None:
    """The answer to it would arrive in the other one, and this one would wait for ever."""
    joined, other = await town.mail("The same bin", "sue@example.org"), await town.mail("My missed bin")
    await town.act(merge, joined, "ann", other.reference)

    said: dict[str, Callable[[], Awaitable[Any]]] = {
        "reply": lambda: town.act(reply, joined, "ann", "We come", mail_domain=MAIL_DOMAIN),
        "note": lambda: town.act(note, joined, "ann", "Both say so"),
        "reopen": lambda: town.act(reopen, joined, "ann"),
    }
    with pytest.raises(Conflict, match=f"joined to {spoken(other.reference)}, where it goes on"):
        await said[verb]()

    await town.act(unmerge, joined, "ann")
    await town.act(reply, joined, "ann", "We come", mail_domain=MAIL_DOMAIN)


async def test_people_take_part_in_the_case_that_goes_on_and_machines_do_not(town: Town) -> None:
    first = await town.mail("The same bin", "sue@example.org", message_id="1@example.org")
    token = reply_token("a secret", first.reference)
    await town.mail("I am away", "robot@example.org", reply_token=token, automatic="Auto-Submitted: auto-replied")
    goes_on = await town.mail("My missed bin")
    await town.act(merge, first, "ann", goes_on.reference)
    assert [row.uri for row in await town.rows(Participant)] == ["mailto:sue@example.org"]


async def test_a_snoozed_case_comes_back_by_itself_and_earlier_when_the_citizen_writes(town: Town) -> None:
    receipt, other = await town.say("My missed bin"), await town.say("A pothole", "+447700900321")
    until = utcnow() + timedelta(hours=1)
    for each in (receipt, other):
        await town.act(snooze, each, "ann", until)
    await town.say("It stinks now", "+447700900321")
    assert (await town.case(other)).status is CaseStatus.OPEN
    assert (await town.case(receipt)).status is CaseStatus.SNOOZED
    assert await town.db.read(due_timers, utcnow()) == []
    later = until + timedelta(seconds=1)
    for timer in await town.db.read(due_timers, later):
        await town.db.write(fire_timer, timer, later)
    assert (await town.case(receipt)).status is CaseStatus.OPEN
    assert (await town.kinds((await town.case(receipt)).id))[-1] == "woken"
    assert (await town.kinds((await town.case(other)).id)).count("woken") == 0
