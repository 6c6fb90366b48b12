"""What a provider's word brings about: another try, another inbox, a notice to administrators, a closed number."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.contract import Address as PortAddress
from channels.contract import DeliveryStatus, DeliveryUpdate, Receipt, SendResult
from hub.actions.sending.begin import Beginning, begin
from hub.actions.sending.fates import record_failure, record_sent
from hub.actions.sending.outbox import claim_due
from hub.actions.sending.reply import Sent, reply
from hub.errors import OptedOut
from hub.models import Address, Agent, Case, CaseEvent, Consent, Inbox, Message, MessageStatus, Notice, Role, Textless
from hub.models.base import utcnow
from hub.queries.case_page import case_page
from hub.quiet import ends_at
from routing.time.calendars import Hours
from tests.cases.anytown import CITIZEN, MAIL_DOMAIN, Town, living, said

FAILED, QUEUED = MessageStatus.FAILED, MessageStatus.QUEUED


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with living(database_url, tmp_path) as town:
        yield town


async def answered(town: Town, **case: Any) -> tuple[Receipt, Sent]:
    """A case of sms/brief, which acknowledges nothing, with a reply in the outbox."""
    receipt = await town.say("My missed bin", inbox="brief", **case)
    sent: Sent = await town.act(reply, receipt, "ann", "Tomorrow.", mail_domain=MAIL_DOMAIN)
    return receipt, sent


async def claimed(town: Town, at: datetime | None = None, **more: Any) -> list[int]:
    free = dict.fromkeys(town.hub.directory.inboxes, 100)
    out = await town.db.write(claim_due, at or utcnow() + timedelta(seconds=1), free, "s", **more)
    return [outgoing.message.id for outgoing in out]


async def message(town: Town, sent: Sent) -> Message:
    return await town.one(Message, id=sent.message_id)


def undelivered(external_id: str, status: DeliveryStatus = DeliveryStatus.FAILED, **more: Any) -> DeliveryUpdate:
    return DeliveryUpdate(channel="sms", inbox="brief", external_id=external_id, status=status, **more)


OUT_OF_REACH: dict[str, Any] = {
    "error": "The phone was out of reach.",
    "error_code": "30003",
    "again_after": 1800.0,
    "tries": 2,
}


# --- another try -------------------------------------------------------------------------------------------------


async def test_a_phone_out_of_reach_is_tried_again_later_and_then_failed(town: Town) -> None:
    receipt, sent = await answered(town)
    await town.send_all()
    first = (await message(town, sent)).external_id
    for _ in range(2):  # providers repeat themselves
        await town.receive(undelivered(first, **OUT_OF_REACH))
    row = await message(town, sent)
    assert (row.status, row.error) == (QUEUED, "The phone was out of reach. It is sent again by itself.")
    assert row.due_at is not None
    assert row.due_at > utcnow() + timedelta(minutes=29)
    await town.change(Message, sent.message_id, due_at=utcnow())
    assert await claimed(town) == [sent.message_id]
    await town.receive(undelivered(first, **OUT_OF_REACH))
    assert (await message(town, sent)).status is MessageStatus.SENDING  # that word was about the first try
    kinds = await town.kinds((await town.case(receipt)).id)
    assert kinds == ["opened", "replied", "sent", "delayed"]


async def test_the_last_try_that_fails_is_a_failure(town: Town) -> None:
    _, sent = await answered(town)
    await town.send_all()
    row = await message(town, sent)
    await town.receive(undelivered(row.external_id, **{**OUT_OF_REACH, "tries": 1}))
    row = await message(town, sent)
    assert (row.status, row.error, row.error_code) == (FAILED, "The phone was out of reach.", "30003")


async def test_a_late_word_that_it_arrived_after_all_spares_the_second_text(town: Town) -> None:
    _, sent = await answered(town)
    await town.send_all()
    first = (await message(town, sent)).external_id
    await town.receive(undelivered(first, **OUT_OF_REACH))
    await town.receive(undelivered(first, DeliveryStatus.DELIVERED))
    assert (await message(town, sent)).status is MessageStatus.DELIVERED
    assert await claimed(town, utcnow() + timedelta(hours=1)) == []


# --- another inbox -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("outcome", "code", "alert"), [("retry", "503", False), ("failed", "20003", True)])
async def test_a_second_inbox_sends_what_the_first_refuses_for_too_long(
    town: Town, outcome: str, code: str, alert: bool
) -> None:
    brief = await town.one(Inbox, channel="sms", name="brief")
    main = await town.one(Inbox, channel="sms", name="main")
    await town.change(Inbox, brief.id, failover="sms/main", failover_minutes=5)
    receipt, sent = await answered(town)
    assert await claimed(town) == [sent.message_id]
    await town.db.write(record_failure, sent.message_id, "retry", "Too much to do.", "20429", None, 2.0)
    row = await message(town, sent)
    assert (row.inbox_id, row.status) == (brief.id, QUEUED)  # only just
    await town.change(Inbox, brief.id, refusing_since=utcnow() - timedelta(minutes=6))
    await town.change(Message, sent.message_id, due_at=utcnow())
    await claimed(town)
    await town.db.write(record_failure, sent.message_id, outcome, "Refused.", code, None, 2.0, alert)
    row = await message(town, sent)
    assert (row.inbox_id, row.sender, row.status, row.error) == (main.id, main.address, QUEUED, "")
    [event] = await town.rows(CaseEvent, case_id=(await town.case(receipt)).id, kind="rerouted")
    assert event.detail == {"inbox": "sms/main"}


async def test_whatsapp_waits_for_its_own_number(town: Town) -> None:
    brief = await town.one(Inbox, channel="sms", name="brief")
    gone = utcnow() - timedelta(hours=1)
    await town.change(Inbox, brief.id, failover="sms/main", failover_minutes=5, refusing_since=gone)
    [receipt] = await town.receive(replace(said("Hello", inbox="brief"), sender=PortAddress("whatsapp", CITIZEN)))
    sent: Sent = await town.act(reply, receipt, "ann", "Hello", mail_domain=MAIL_DOMAIN)
    await claimed(town)
    await town.db.write(record_failure, sent.message_id, "retry", "Too much to do.", "20429", None, 2.0)
    assert (await message(town, sent)).inbox_id == brief.id


async def test_a_provider_that_takes_texts_again_is_trusted_again(town: Town) -> None:
    brief = await town.one(Inbox, channel="sms", name="brief")
    await town.change(Inbox, brief.id, failover="sms/main", refusing_since=utcnow() - timedelta(hours=1))
    await answered(town)
    await town.send_all()
    assert (await town.one(Inbox, id=brief.id)).refusing_since is None


# --- administrators ----------------------------------------------------------------------------------------------


async def test_what_is_wrong_with_the_account_is_told_to_administrators_once(town: Town) -> None:
    await town.change(Agent, town.agents["lea"], role=Role.ADMIN)
    for number in ("+447700900001", "+447700900002"):
        _, sent = await answered(town, sender=number)
        await town.send_all()
        row = await message(town, sent)
        await town.receive(undelivered(row.external_id, error="Filtered out as spam.", error_code="30007", alert=True))
    [notice] = await town.rows(Notice, agent_id=town.agents["lea"])
    assert notice.text == "Filtered out as spam."


# --- consent -----------------------------------------------------------------------------------------------------


async def test_a_provider_that_knows_of_a_stop_closes_the_number_everywhere(town: Town) -> None:
    _, sent = await answered(town)
    other = await town.say("Another thing", inbox="main")
    assert sent.message_id in await claimed(town)
    await town.db.write(record_failure, sent.message_id, "failed", "Opted out.", "21610", "opted_out", 0.0)
    ledger = await town.rows(Consent, uri=f"tel:{CITIZEN}")
    assert [(row.given, row.source, row.said) for row in ledger] == [(False, "provider", "21610")]
    with pytest.raises(OptedOut):
        await town.act(reply, other, "ann", "Hello", mail_domain=MAIL_DOMAIN, inbox="main")


async def test_a_refused_confirmation_of_stop_is_no_failure(town: Town) -> None:
    await town.say("STOP", inbox="brief", keyword="stop")
    [message_id] = await claimed(town)
    await town.db.write(record_failure, message_id, "failed", "Opted out.", "21610", "opted_out", 0.0)
    row = await town.one(Message, id=message_id)
    assert (row.status, row.error) == (MessageStatus.SENT, "")
    assert "confirmed the opt-out itself" in row.problems[0]


async def test_stop_holds_for_what_is_queued_in_every_inbox_until_start(town: Town) -> None:
    receipt, sent = await answered(town)
    await town.say("STOP", keyword="stop", keyword_settled=True)
    assert await claimed(town) == []
    row = await message(town, sent)
    assert (row.status, row.error_code) == (FAILED, "opted_out")
    assert "failed" in await town.kinds((await town.case(receipt)).id)
    await town.say("START", keyword="start", keyword_settled=True)
    again: Sent = await town.act(reply, receipt, "ann", "Hello again", mail_domain=MAIL_DOMAIN)
    assert await claimed(town) == [again.message_id]


async def test_a_bulk_message_in_the_outbox_honours_a_later_no(town: Town) -> None:
    wanted = Beginning(channel="sms", to=CITIZEN, text="Road works", purpose="bulk", inbox="brief")
    begun = await town.db.write(begin, town.agents["ann"], wanted, mail_domain=MAIL_DOMAIN)
    await town.say("no news", keyword="stop", purpose="bulk", keyword_settled=True, inbox="brief")
    assert await claimed(town) == []
    row = await town.one(Message, id=begun.message_id)
    assert (row.status, row.error_code) == (FAILED, "no_bulk")
    assert (await town.one(Address, uri=f"tel:{CITIZEN}")).opted_out_at is None


# --- quiet hours -------------------------------------------------------------------------------------------------


async def test_in_quiet_hours_only_the_hub_is_quiet(town: Town) -> None:
    main = await town.one(Inbox, channel="sms", name="main")
    receipt = await town.say("My missed bin")
    danger = await town.say("danger at the bridge", "+447700900001")
    await town.say("HELP", "+447700900002", keyword="help")
    sent: Sent = await town.act(reply, receipt, "ann", "Tomorrow.", mail_domain=MAIL_DOMAIN)
    morning = utcnow() + timedelta(hours=8)
    left = await claimed(town, quiet_until={main.id: morning})
    texts = {row.id: row for row in await town.rows(Message, direction="out")}
    assert sent.message_id in left
    acknowledged = {row.case_id: row for row in texts.values() if row.automatic_why == "acknowledgement"}
    urgent, usual = await town.case(danger), await town.case(receipt)
    assert acknowledged[urgent.id].id in left
    assert acknowledged[usual.id].id not in left
    assert {row.automatic_why for row in texts.values() if row.id in left} == {"", "help", "acknowledgement"}
    assert await claimed(town) == []
    assert acknowledged[usual.id].id in await claimed(town, morning)


@pytest.mark.parametrize(
    ("quiet", "at", "end"),
    [
        ({"mon-sun": "21:00-08:00"}, "2026-03-02T20:59", None),
        ({"mon-sun": "21:00-08:00"}, "2026-03-02T21:00", "2026-03-03T08:00"),
        ({"mon-sun": "21:00-08:00"}, "2026-03-03T07:59", "2026-03-03T08:00"),
        ({"sat-sun": "00:00-24:00"}, "2026-03-07T12:00", "2026-03-09T00:00"),
        ({"mon": "21:00-23:00"}, "2026-03-02T22:00", "2026-03-02T23:00"),
    ],
)
def test_quiet_hours_end_when_they_say(quiet: dict[str, str], at: str, end: str | None) -> None:
    found = ends_at(Hours.parse(quiet), datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert found == (datetime.fromisoformat(end).replace(tzinfo=UTC) if end else None)


# --- the way back ------------------------------------------------------------------------------------------------


async def test_whatsapp_is_answered_by_whatsapp_unless_an_agent_says_otherwise(town: Town) -> None:
    [receipt] = await town.receive(replace(said("Hello", inbox="brief"), sender=PortAddress("whatsapp", CITIZEN)))
    by_whatsapp: Sent = await town.act(reply, receipt, "ann", "Hello", mail_domain=MAIL_DOMAIN)
    by_text: Sent = await town.act(reply, receipt, "ann", "Hello", mail_domain=MAIL_DOMAIN, channel="sms")
    assert (await message(town, by_whatsapp)).recipient == f"whatsapp:{CITIZEN}"
    assert (await message(town, by_text)).recipient == f"tel:{CITIZEN}"
    assert {(await message(town, sent)).channel for sent in (by_whatsapp, by_text)} == {"sms"}
    assert len(await town.rows(Case)) == 1


# --- numbers that take no texts -----------------------------------------------------------------------------------


async def test_a_number_without_texts_is_known_as_such_until_one_arrives(town: Town) -> None:
    """It isn't unreachable: it can be called, and a call has the same address."""
    for external_id, status, known in (("SM1", "failed", 1), ("SM2", "failed", 1), ("SM3", "delivered", 0)):
        receipt, sent = await answered(town)
        await town.change(Message, sent.message_id, status=MessageStatus.SENDING)
        await town.db.write(record_sent, sent.message_id, SendResult(external_id=external_id))
        flag = {"flag": "no_texts", "error_code": "30006"} if status == "failed" else {}
        await town.receive(undelivered(external_id, DeliveryStatus(status), **flag))
        assert len(await town.rows(Textless)) == known
        page = await town.db.read(case_page, (await town.case(receipt)).id)
        [address] = page.case.contact.addresses
        assert (address.no_texts, address.unreachable) == (bool(known), False)
