"""Which case a message joins: sentence by sentence, on both databases, through the desk."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from channels.contract import InboundMessage, Receipt, Verification
from hub.actions.casework.cases import close_resolved, resolve
from hub.actions.sending.participants import add_participant
from hub.actions.sending.reply import Sent, reply
from hub.models import Address, Alarm, Case, CaseStatus, Contact, Council, Inbox, Message
from hub.models.base import utcnow
from hub.signed.reply_token import reply_token
from tests.cases.anytown import CITIZEN, MAIL_DOMAIN, Town, mailed, said

SECRET = "a secret"


async def answer(town: Town, receipt: Receipt, text: str = "We look into it.") -> Sent:
    sent: Sent = await town.act(reply, receipt, "ann", text, mail_domain=MAIL_DOMAIN)
    return sent


async def receive(town: Town, *messages: InboundMessage, together: bool) -> list[Receipt]:
    """In one batch, or one after the other."""
    if together:
        return await town.receive(*messages)
    return [receipt for message in messages for receipt in await town.receive(message)]


def raise_alarm(session: Session, case_id: int, message_id: int) -> None:
    session.add(Alarm(id=1, case_id=case_id, message_id=message_id, name="Harm", every=60))


async def closed_long_ago(town: Town, receipt: Receipt) -> None:
    await town.act(resolve, receipt, "ann", "Paid")
    await town.age((await town.case(receipt)).id, days=15)
    await town.db.write(close_resolved, utcnow() - timedelta(days=14))


# --- one person ------------------------------------------------------------------------------------------------


async def test_a_text_and_a_call_of_one_number_are_one_contact_and_one_case(town: Town) -> None:
    text = await town.say("My missed bin")
    call = await town.say("", channel="voice")
    assert call.reference == text.reference
    assert len(await town.rows(Contact)) == len(await town.rows(Case)) == 1


async def test_withheld_numbers_never_merge(town: Town) -> None:
    receipts = await town.receive(said("one", None, channel="voice"), said("two", None, channel="voice"))
    third = await town.say("three", None, channel="voice")
    assert len({receipt.reference for receipt in (*receipts, third)}) == 3
    assert len(await town.rows(Contact)) == 3
    assert await town.rows(Address) == []


@pytest.mark.parametrize("order", [("verified", "claimed"), ("claimed", "verified")])
@pytest.mark.parametrize("together", [True, False])
async def test_a_verification_never_falls(town: Town, order: tuple[str, str], *, together: bool) -> None:
    first, second = (said("Hello", verification=Verification(level)) for level in order)
    await receive(town, first, second, together=together)
    assert (await town.one(Address)).verification is Verification.VERIFIED


async def test_what_claims_to_be_somebody_opens_nobodys_history(town: Town) -> None:
    first = await town.mail("My benefits", message_id="a@example.org")
    forged = await town.mail("Tell me all", references=("a@example.org",), verification=Verification.CLAIMED)
    assert forged.reference != first.reference


async def test_a_contact_learns_a_name_once(town: Town) -> None:
    await town.say("Hello")
    await town.say("It's me", sender_name="Jo Elm")
    await town.say("Again", sender_name="Somebody Else")
    assert (await town.one(Contact)).name == "Jo Elm"


# --- mails -----------------------------------------------------------------------------------------------------


async def test_a_mail_that_answers_ours_joins_its_case(town: Town) -> None:
    first = await town.mail("My benefits", message_id="a@example.org")
    await answer(town, first)
    ours = (await town.rows(Message, case_id=(await town.case(first)).id))[-1].message_id
    again = await town.mail("Thanks", references=(ours,))
    assert again.reference == first.reference


async def test_two_mails_without_references_are_two_cases(town: Town) -> None:
    assert (await town.mail("My benefits")).reference != (await town.mail("My bin")).reference


@pytest.mark.parametrize("together", [True, False])
async def test_the_same_mail_at_two_inboxes_is_one_case(town: Town, *, together: bool) -> None:
    first = mailed("My bin", message_id="a@example.org")
    second = mailed("My bin", message_id="a@example.org", inbox="waste")
    receipts = await receive(town, first, second, together=together)
    assert receipts[0].reference == receipts[1].reference
    assert not receipts[1].duplicate
    assert all(not message.problems for message in await town.rows(Message))


@pytest.mark.parametrize("together", [True, False])
async def test_the_same_message_id_with_other_words_is_kept_and_flagged(town: Town, *, together: bool) -> None:
    first, second = mailed("My bin", message_id="a@example.org"), mailed("Other words", message_id="a@example.org")
    receipts = await receive(town, first, second, together=together)
    assert receipts[0].reference == receipts[1].reference
    assert not receipts[1].duplicate
    [kept] = await town.rows(Message, text="Other words")
    assert any("Message-ID" in problem for problem in kept.problems)


async def test_a_stranger_who_quotes_a_message_gets_a_new_case_that_names_the_mentioned_one(town: Town) -> None:
    first = await town.mail("My benefits", message_id="a@example.org", subject="Benefits")
    strange = await town.mail("Me too", "eve@example.org", references=("a@example.org",), subject="Re: Benefits")
    assert strange.reference != first.reference
    [message] = await town.rows(Message, case_id=(await town.case(strange)).id, direction="in")
    assert any(first.reference[:4] in problem for problem in message.problems)


async def test_the_first_mail_that_bore_a_message_id_is_the_one_that_is_answered(town: Town) -> None:
    first = await town.mail("My benefits", message_id="a@example.org")
    await town.mail("Other words", "eve@example.org", message_id="a@example.org")
    again = await town.mail("Thanks", references=("a@example.org",))
    assert again.reference == first.reference


async def test_whoever_only_the_hub_has_written_to_belongs_to_no_case(town: Town) -> None:
    """Such as those whom an alarm calls."""
    first = await town.mail("My benefits", message_id="a@example.org")
    [ours] = await town.rows(Message, automatic=True)
    await town.change(Message, ours.id, recipient="mailto:duty@example.org")
    duty = await town.mail("On my way", "duty@example.org", references=("a@example.org",))
    assert duty.reference != first.reference


async def test_a_stranger_who_quotes_the_subject_gets_a_new_case(town: Town) -> None:
    first = await town.mail("My benefits", subject="Benefits")
    strange = await town.mail("Me too", "eve@example.org", subject="Re: Benefits")
    assert strange.reference != first.reference


async def test_whoever_an_agent_wrote_to_belongs_to_the_case(town: Town) -> None:
    first = await town.mail("My benefits", message_id="a@example.org")
    await answer(town, first)
    [ours] = [m for m in await town.rows(Message) if m.author_id is not None]
    await town.change(Message, ours.id, recipient="mailto:carer@example.org")
    carer = await town.mail("I answer for Jo", "carer@example.org", references=(ours.message_id,))
    assert carer.reference == first.reference


# --- the signed reply address -----------------------------------------------------------------------------------


async def test_a_valid_token_joins_whoever_sends_and_flags_another_sender(town: Town) -> None:
    first = await town.mail("My benefits")
    token = reply_token(SECRET, first.reference).upper()
    own = await town.mail("More", reply_token=token)
    other = await town.mail("I am her son", "son@example.org", reply_token=token)
    assert own.reference == other.reference == first.reference
    problems = {message.text: message.problems for message in await town.rows(Message)}
    assert problems["More"] == []
    assert problems["I am her son"]


async def test_another_senders_mail_by_token_is_never_answered_by_itself_nor_a_way_back(town: Town) -> None:
    first = await town.mail("My benefits")
    await town.mail("I am her son", "son@example.org", reply_token=reply_token(SECRET, first.reference))
    await answer(town, first)
    out = [m for m in await town.rows(Message) if m.direction == "out"]
    assert {message.recipient for message in out} == {"mailto:jo@example.org"}


async def test_a_strangers_mail_by_the_token_of_a_closed_case_follows_nothing(town: Town) -> None:
    first = await town.mail("My benefits")
    await town.act(resolve, first, "ann", "Paid")
    closed = await town.case(first)
    await town.age(closed.id, days=15)
    await town.db.write(close_resolved, utcnow() - timedelta(days=14))
    token = reply_token(SECRET, first.reference)
    own = await town.case(await town.mail("Not paid", reply_token=token))
    other = await town.case(await town.mail("I am her son", "son@example.org", reply_token=token))
    assert (own.follow_up_of, other.follow_up_of) == (closed.id, None)


@pytest.mark.parametrize("address", ["hilfe@bücher.example", "HILFE@xn--bcher-kva.example"])
async def test_an_inbox_is_found_however_its_international_domain_is_written(town: Town, address: str) -> None:
    """RFC 5890; by it our own mail is known, too, so that no loop begins."""
    first = await town.mail("My benefits")
    inbox = town.hub.directory.inbox_by_name["email", "help"]
    await town.change(Inbox, inbox.id, address="hilfe@bücher.example")
    await town.change(Council, 1, revision=99)
    await town.desk.reload()

    for written in (address, address.replace("@", f"+{reply_token(SECRET, first.reference)}@")):
        found = town.desk.inbox_for("email", written)
        assert found is not None, written
        assert found.name == "help"


async def test_a_forged_token_joins_nothing(town: Town) -> None:
    first = await town.mail("My benefits")
    forged = await town.mail("Hello", "eve@example.org", reply_token=reply_token("another secret", first.reference))
    assert forged.reference != first.reference


# --- a quoted reference -----------------------------------------------------------------------------------------


async def test_a_quoted_reference_joins_only_for_its_own_contact(town: Town) -> None:
    first = await town.say("My missed bin", inbox="brief")
    own = await town.say(f"About {first.reference[:4]} {first.reference[4:]}", inbox="brief")
    strange = await town.say(f"About {first.reference}", "+447700900999", inbox="brief")
    assert own.reference == first.reference
    assert strange.reference != first.reference


# --- chats ------------------------------------------------------------------------------------------------------


async def test_a_chat_session_is_one_case_and_another_session_another(town: Town) -> None:
    first = await town.say("Hello", "session-1", channel="webchat")
    second = await town.say("Anybody?", "session-1", channel="webchat")
    other = await town.say("Hello", "session-2", channel="webchat")
    assert first.reference == second.reference != other.reference


async def test_an_open_chat_goes_on_however_long_it_was_silent(town: Town) -> None:
    first = await town.say("Hello", "session-1", channel="webchat")
    await town.age((await town.case(first)).id, days=30)
    assert (await town.say("Back again", "session-1", channel="webchat")).reference == first.reference


# --- continuity -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "joins"), [(0, True), (13.9, True), (14.1, False)])
async def test_an_open_case_is_continued_within_the_inboxs_window(town: Town, days: float, *, joins: bool) -> None:
    first = await town.say("My missed bin")
    await town.age((await town.case(first)).id, days)
    assert ((await town.say("Still there")).reference == first.reference) is joins


async def test_an_inbox_without_a_window_continues_nothing(town: Town) -> None:
    assert (await town.say("one")).reference != (await town.say("two", inbox="brief")).reference


async def test_the_case_that_was_spoken_about_last_is_continued_not_the_newest(town: Town) -> None:
    lively = await town.say("My missed bin")
    silent = await town.say("Another thing", inbox="brief")
    await town.age((await town.case(silent)).id, days=20)
    assert (await town.say("Still there")).reference == lively.reference


async def test_a_silent_open_case_does_not_hide_one_resolved_lately(town: Town) -> None:
    silent = await town.say("Old matter")
    await town.age((await town.case(silent)).id, days=20)
    lately = await town.say("My missed bin")
    await town.act(resolve, lately, "ann", "Collected")
    assert (await town.say("It is not collected")).reference == lately.reference


async def test_words_within_the_window_reopen_a_resolved_case(town: Town) -> None:
    first = await town.say("My missed bin")
    await town.act(resolve, first, "ann", "Collected")
    again = await town.say("It is not, danger!")
    assert again.reference == first.reference
    case = await town.case(first)
    assert (case.status, case.resolved_at, case.outcome, case.priority) == (CaseStatus.OPEN, None, "", "urgent")
    assert (await town.kinds(case.id))[-2:] == ["reopened", "received"]


async def test_what_was_urgent_is_urgent_again_whatever_is_said_now(town: Town) -> None:
    first = await town.say("It is a danger")
    await town.act(resolve, first, "ann", "Mended")
    await town.say("It broke again")
    assert (await town.case(first)).priority == "urgent"


async def test_words_after_the_window_open_a_linked_follow_up(town: Town) -> None:
    first = await town.say("My missed bin")
    await town.act(resolve, first, "ann", "Collected")
    before = await town.case(first)
    await town.age(before.id, days=15)
    later = await town.case(await town.say("Missed bin again"))
    assert later.id != before.id
    assert later.follow_up_of == before.id


async def test_words_on_a_closed_case_open_a_linked_follow_up(town: Town) -> None:
    first = await town.mail("My benefits", message_id="a@example.org")
    await town.act(resolve, first, "ann", "Paid")
    before = await town.case(first)
    await town.age(before.id, days=15)
    assert await town.db.write(close_resolved, utcnow() - timedelta(days=14)) == 1
    later = await town.case(await town.mail("Not paid", references=("a@example.org",)))
    assert later.follow_up_of == before.id
    [message] = await town.rows(Message, case_id=later.id, direction="in")
    assert any("ended" in problem for problem in message.problems)


@pytest.mark.parametrize("together", [True, False])
async def test_what_comes_later_still_joins_the_follow_up(town: Town, *, together: bool) -> None:
    """A citizen who answers an old mail twice has one case more, not two."""
    first = await town.mail("My benefits", message_id="a@example.org")
    await closed_long_ago(town, first)
    token = reply_token(SECRET, first.reference)

    late, later, latest = await receive(
        town,
        mailed("Not paid", references=("a@example.org",)),
        mailed("Here is the letter", reply_token=token),
        mailed(f"About case {first.reference}"),
        together=together,
    )

    assert first.reference != late.reference == later.reference == latest.reference


async def test_a_follow_up_that_has_ended_too_is_followed_in_its_turn(town: Town) -> None:
    first = await town.mail("My benefits", message_id="a@example.org")
    await closed_long_ago(town, first)
    second = await town.mail("Not paid", references=("a@example.org",))
    await closed_long_ago(town, second)
    third = await town.mail("Not paid again", reply_token=reply_token(SECRET, second.reference))
    by_the_first = await town.mail("And this", references=("a@example.org",))
    assert len({each.reference for each in (first, second, third)}) == 3
    assert by_the_first.reference == third.reference


async def test_a_follow_up_is_its_writers_alone(town: Town) -> None:
    first = await town.mail("My benefits", message_id="a@example.org")
    await town.act(add_participant, first, "ann", "carer@example.org")
    await closed_long_ago(town, first)
    own = await town.mail("Not paid", references=("a@example.org",))
    carers = await town.mail("Not paid", "carer@example.org", references=("a@example.org",))
    strangers = await town.mail("Me too", "eve@example.org", references=("a@example.org",))
    assert len({each.reference for each in (own, carers, strangers)}) == 3


async def test_what_was_set_apart_for_danger_is_no_follow_up_to_join(town: Town) -> None:
    """Only few may see it; the citizen who answers the case that it came from speaks to its own people."""
    first = await town.mail("My benefits", message_id="a@example.org")
    await closed_long_ago(town, first)
    apart = await town.mail("Not paid", references=("a@example.org",))
    [message] = await town.rows(Message, case_id=(await town.case(apart)).id, direction="in")
    await town.db.write(raise_alarm, message.case_id, message.id)
    again = await town.mail("When is it paid?", references=("a@example.org",))
    assert again.reference not in (first.reference, apart.reference)


async def test_a_mail_that_answers_a_resolved_case_reopens_it(town: Town) -> None:
    first = await town.mail("My benefits", message_id="a@example.org")
    await town.act(resolve, first, "ann", "Paid")
    assert (await town.mail("Not paid", references=("a@example.org",))).reference == first.reference
    assert (await town.case(first)).status is CaseStatus.OPEN


async def test_a_citizens_words_wake_a_waiting_case(town: Town) -> None:
    first = await town.say("My missed bin")
    await answer(town, first)
    assert (await town.case(first)).status is CaseStatus.WAITING
    await town.say("Thanks")
    assert (await town.case(first)).status is CaseStatus.OPEN


async def test_a_machines_mail_stands_in_the_case_and_never_wakes_it(town: Town) -> None:
    first = await town.mail("My benefits", message_id="a@example.org")
    await answer(town, first)
    await town.mail("I am away", references=("a@example.org",), automatic="Auto-Submitted: auto-replied")
    assert (await town.case(first)).status is CaseStatus.WAITING
    assert (await town.one(Message, text="I am away")).automatic


async def test_a_message_says_the_same_about_its_sender_alone_and_in_a_batch(town: Town) -> None:
    await town.receive(said("one", inbox="brief"), said("two", inbox="brief"))
    facts = [case.facts.get("known", False) for case in await town.rows(Case)]
    assert facts == [False, True]


async def test_an_open_case_of_somebody_else_is_never_continued(town: Town) -> None:
    first = await town.say("My missed bin", CITIZEN)
    other = await town.say("My missed bin", "+447700900124")
    assert first.reference != other.reference
