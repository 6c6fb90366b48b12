"""Texts that are orders: what they do, what the hub answers, and to whom."""

from dataclasses import replace
from typing import Any

import pytest

from channels.contract import Address as PortAddress
from channels.contract import InboundMessage
from hub.actions.casework.cases import resolve
from hub.models import Address, Case, CaseStatus, Consent, Contact, Message
from hub.reference import spoken
from tests.cases.anytown import CITIZEN, Town, said

WHATSAPP = f"whatsapp:{CITIZEN}"


async def answers(town: Town) -> list[tuple[str, str]]:
    return [(message.automatic_why, message.text) for message in await town.rows(Message, direction="out")]


def by(scheme: str, text: str) -> InboundMessage:
    return replace(said(text), sender=PortAddress(scheme, CITIZEN))


async def address(town: Town, uri: str = f"tel:{CITIZEN}") -> Address:
    return await town.one(Address, uri=uri)


# --- consent -----------------------------------------------------------------------------------------------------


async def test_the_ledger_keeps_who_when_where_and_by_which_words(town: Town) -> None:
    receipt = await town.say(" Stop ", keyword="stop")
    rows = await town.rows(Consent)
    assert [(row.uri, row.given, row.purpose) for row in rows] == [
        (f"tel:{CITIZEN}", False, "all"),
        (f"whatsapp:{CITIZEN}", False, "all"),
    ]
    assert (rows[0].said, rows[0].channel, rows[0].source) == (" Stop ", "sms", "citizen")
    assert rows[0].message_id == receipt.message_id
    assert (await address(town)).opted_out_at is not None


async def test_stop_is_confirmed_once_and_start_opens_again(town: Town) -> None:
    for words, keyword in [("STOP", "stop"), ("stop", "stop"), ("YES", "start"), ("YES", "start")]:
        await town.say(words, keyword=keyword)
    assert [why for why, _ in await answers(town)] == [
        "stop",
        "start",
        "acknowledgement",
    ]  # the second YES is an answer
    assert [row.given for row in await town.rows(Consent, uri=f"tel:{CITIZEN}")] == [False, True]
    assert (await address(town)).opted_out_at is None


async def test_what_the_provider_confirmed_the_hub_does_not(town: Town) -> None:
    await town.say("STOP", keyword="stop", keyword_settled=True)
    assert await answers(town) == []
    assert (await address(town)).opted_out_at is not None


async def test_a_word_about_bulk_messages_leaves_the_number_open(town: Town) -> None:
    words: dict[str, Any] = {"keyword": "stop", "purpose": "bulk", "keyword_answers": (("", "No more news."),)}
    await town.say("no news", **words)
    assert await answers(town) == [("stop", "No more news.")]
    assert [(row.given, row.purpose) for row in await town.rows(Consent)] == [(False, "bulk")]
    assert (await address(town)).opted_out_at is None


# --- STATUS ------------------------------------------------------------------------------------------------------


async def test_status_tells_the_owner_of_a_case_and_nobody_else(town: Town) -> None:
    mine = await town.say("My missed bin", inbox="brief")
    await town.say(f"STATUS {mine.reference}", keyword="status", inbox="brief")
    await town.say(f"STATUS {mine.reference}", "+447700900999", keyword="status", inbox="brief")
    [(_, told), (_, refused)] = await answers(town)
    assert told == f"Case {spoken(mine.reference)}: we have it, and nobody has begun on it yet. It is with Waste."
    assert refused.startswith("We find no such case for this number.")


async def test_status_alone_is_about_the_latest_case_and_wakes_nothing(town: Town) -> None:
    mine = await town.say("My missed bin")
    await town.act(resolve, mine, "ann", "Collected")
    asked = await town.say("Status", keyword="status")
    assert asked.reference == mine.reference
    assert (await town.case(mine)).status is CaseStatus.RESOLVED
    assert "it is finished" in (await answers(town))[-1][1]


async def test_status_from_a_stranger_is_no_work_for_a_caseworker(town: Town) -> None:
    await town.say("STATUS", keyword="status")
    case = await town.one(Case)
    assert (case.status, case.outcome, case.tags) == (CaseStatus.CLOSED, "keyword", ["keyword"])
    later = await town.say("My missed bin")
    assert later.reference != case.reference
    assert (await town.case(later)).follow_up_of is None


async def test_an_answer_is_in_the_citizens_language(town: Town) -> None:
    await town.say("My missed bin", inbox="brief")
    contact = await town.one(Contact)
    await town.change(Contact, contact.id, language="cy-GB")
    bins = (("en", "Tuesdays, says {council}."), ("cy", "Dydd Mawrth, medd {council}."))
    await town.say("BINS", keyword="own", keyword_answers=bins, inbox="brief")
    await town.say("STATUS", keyword="status", inbox="brief")
    [(why, own), (_, status)] = await answers(town)
    assert (why, own) == ("own", "Dydd Mawrth, medd Anytown Council.")
    assert "Mae gyda Waste" in status


# --- numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["tel", "whatsapp"])
async def test_a_numbers_whatsapp_and_texts_are_one_person(town: Town, first: str) -> None:
    schemes = [first, *({"tel", "whatsapp"} - {first})]
    for scheme in schemes:
        await town.receive(by(scheme, "My missed bin"))
    [contact] = await town.rows(Contact)
    assert {row.contact_id for row in await town.rows(Address)} == {contact.id}
    assert len(await town.rows(Case)) == 1
    [one, *_] = await town.rows(Message, direction="in")
    assert one.sender == f"{first}:{CITIZEN}"


async def test_stop_by_text_holds_for_whatsapp_seen_later(town: Town) -> None:
    await town.say("STOP", keyword="stop")
    await town.receive(by("whatsapp", "Hello"))
    assert (await address(town, WHATSAPP)).opted_out_at is not None


async def test_senders_that_many_share_are_shown_and_never_merged(town: Town) -> None:
    receipts = [await town.say("Your code is 1", "60006", shared_sender=True) for _ in range(2)]
    assert receipts[0].reference != receipts[1].reference
    assert await town.rows(Address) == []
    assert await answers(town) == []
    assert {message.sender for message in await town.rows(Message)} == {"tel:60006"}
