"""What the hub says by itself: acknowledgements and the answers to keywords; and the queue that a case gets."""

import pytest

from channels.contract import MessageUpdate, RemoteFile
from hub.actions.casework.cases import resolve
from hub.models import Address, Attachment, AttachmentState, Case, CaseStatus, Message
from tests.cases.anytown import Town, said


async def automatic(town: Town) -> list[str]:
    return [message.automatic_why for message in await town.rows(Message, direction="out")]


# --- acknowledgements ------------------------------------------------------------------------------------------


async def test_a_new_case_is_acknowledged_once_with_its_reference(town: Town) -> None:
    first = await town.say("My missed bin")
    await town.say("And another thing")
    [answer] = await town.rows(Message, direction="out")
    assert answer.text == f"Thank you. Anytown Council has it as {first.reference}."
    assert (answer.recipient, answer.status, answer.automatic) == ("tel:+447700900123", "queued", True)
    case = await town.case(first)
    assert case.acknowledged_at is not None
    assert await town.kinds(case.id) == ["opened", "acknowledged", "received"]


async def test_several_texts_in_one_batch_earn_one_acknowledgement(town: Town) -> None:
    await town.receive(*(said(f"text {n}") for n in range(5)))
    assert await automatic(town) == ["acknowledgement"]


async def test_a_reopened_case_is_not_acknowledged_again(town: Town) -> None:
    first = await town.say("My missed bin")
    await town.act(resolve, first, "ann", "Collected")
    await town.say("It is not")
    assert await automatic(town) == ["acknowledgement"]


async def test_machines_and_withheld_senders_are_not_acknowledged(town: Town) -> None:
    await town.mail("I am away", automatic="Auto-Submitted: auto-replied")
    await town.say("Hello", None)
    assert await automatic(town) == []


async def test_an_acknowledgement_by_mail_answers_the_mail(town: Town) -> None:
    await town.mail("My benefits", message_id="a@example.org", subject="Benefits")
    [answer] = await town.rows(Message, direction="out")
    assert answer.references == ["a@example.org"]
    assert answer.message_id
    assert answer.subject == "Benefits"


async def test_a_call_is_acknowledged_by_a_text_from_the_same_number(town: Town) -> None:
    voice = town.hub.directory.inbox_by_name["voice", "main"]
    from hub.models import Council, Inbox

    await town.change(Inbox, voice.id, acknowledgements={"": "We have it as {reference}."})
    await town.change(Council, 1, revision=99)
    await town.desk.reload()
    await town.say("", channel="voice")
    [answer] = await town.rows(Message, direction="out")
    assert answer.channel == "sms"
    assert answer.inbox_id == town.hub.directory.inbox_by_name["sms", "main"].id


# --- keywords --------------------------------------------------------------------------------------------------


async def test_stop_is_answered_once_and_kept_as_consent(town: Town) -> None:
    await town.say("STOP", keyword="stop")
    assert (await town.one(Address)).opted_out_at is not None
    await town.say("STOP", keyword="stop")
    assert await automatic(town) == ["stop"]


async def test_start_takes_a_stop_back(town: Town) -> None:
    await town.say("STOP", keyword="stop")
    await town.say("START", keyword="start")
    assert (await town.one(Address)).opted_out_at is None


@pytest.mark.parametrize("together", [True, False])
async def test_words_after_a_keyword_are_a_case_of_their_own(town: Town, *, together: bool) -> None:
    """Consent is nobody's work: what follows must be routed and acknowledged like any first words."""
    stop, start, words = said("STOP", keyword="stop"), said("START", keyword="start"), said("My missed bin")
    for batch in ([stop, start, words],) if together else ([stop], [start], [words]):
        receipts = await town.receive(*batch)
    case = await town.case(receipts[-1])
    assert (case.subject, case.rule, case.status, case.follow_up_of) == (
        "My missed bin",
        "Missed bin",
        CaseStatus.NEW,
        None,
    )
    assert case.acknowledged_at is not None
    assert (await town.rows(Case))[0].status is CaseStatus.CLOSED


async def test_a_keyword_within_a_case_stands_in_it_and_wakes_nothing(town: Town) -> None:
    first = await town.say("My missed bin")
    await town.act(resolve, first, "ann", "Collected")
    stop = await town.say("STOP", keyword="stop")
    assert stop.reference == first.reference
    assert (await town.case(first)).status is CaseStatus.RESOLVED


async def test_whoever_opted_out_gets_no_acknowledgement_by_text(town: Town) -> None:
    await town.say("STOP", keyword="stop")
    await town.say("My missed bin")
    assert await automatic(town) == ["stop"]


# --- routing ---------------------------------------------------------------------------------------------------


async def test_a_case_stands_in_the_queue_of_its_rule_with_the_reason(town: Town) -> None:
    case = await town.case(await town.say("My missed bin"))
    assert case.queue_id == town.hub.directory.queue_by_slug["waste"].id
    assert (case.rule, case.tags) == ("Missed bin", ["missed-collection"])
    assert case.due_at is not None


async def test_without_a_match_it_stands_in_the_inboxs_queue(town: Town) -> None:
    case = await town.case(await town.mail("Hello", inbox="waste"))
    assert (case.queue_id, case.rule) == (town.hub.directory.queue_by_slug["waste"].id, None)


# --- recordings ------------------------------------------------------------------------------------------------


async def test_a_recording_and_its_transcript_join_the_call_once(town: Town) -> None:
    call = await town.say("", channel="voice", external_id="CA1")
    file = RemoteFile(ref="https://provider.example/RE1", filename="voicemail.wav", media_type="audio/wav")
    update = MessageUpdate(channel="voice", inbox="main", external_id="CA1", remote_files=(file,), transcript="my bin")
    [first] = await town.receive(update)
    [second] = await town.receive(update)
    assert (first.duplicate, second.duplicate) == (False, True)
    assert first.reference == call.reference
    assert (await town.one(Attachment)).state is AttachmentState.PENDING
    assert await town.kinds((await town.case(call)).id) == ["opened", "updated"]
