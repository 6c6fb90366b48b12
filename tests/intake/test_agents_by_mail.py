"""A caseworker who answers from Outlook is an agent, when it is proven, and no citizen in any case."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from channels.contract import Address, Authentication, File, Receipt, Verification
from hub.actions.casework.cases import close_resolved, resolve
from hub.actions.casework.merging import merge
from hub.actions.sending.outbox import claim_due
from hub.actions.sending.reply import reply
from hub.files.contents import content_of
from hub.models import Attachment, Contact, Direction, Message, Notice, Restriction
from hub.models.base import utcnow
from hub.reference import case_id_of
from hub.signed.reply_token import reply_token
from tests.cases.anytown import MAIL_DOMAIN, Town

ANN = "ann@anytown.example"
PROVEN: dict[str, Any] = {
    "verification": Verification.VERIFIED,
    "authentication": Authentication(by="mx.anytown.example", dmarc="pass"),
}


@pytest.fixture
async def asked(town: Town) -> Receipt:
    return await town.mail("My benefits", message_id="a@example.org", subject="Benefits")


async def from_ann(town: Town, asked: Receipt, text: str = "Which ones?", **more: Any) -> Receipt:
    more.setdefault("reply_token", reply_token("a secret", asked.reference))
    return await town.mail(text, ANN, **more)


async def test_a_proven_answer_goes_on_to_the_citizen_in_the_agents_name(town: Town, asked: Receipt) -> None:
    plan = File(filename="plan.pdf", media_type="application/pdf", content=b"%PDF")

    receipt = await from_ann(town, asked, raw=b"the original", files=(plan,), **PROVEN)

    sent = await town.one(Message, id=receipt.message_id)
    assert (sent.direction, sent.status, sent.recipient) == (Direction.OUT, "queued", "mailto:jo@example.org")
    assert (sent.text, sent.author_id, sent.automatic) == ("Which ones?", town.agents["ann"], False)
    assert receipt.reference == asked.reference
    case = await town.case(asked)
    assert (case.status, case.first_reply_at is not None) == ("waiting", True)
    file, original = await town.rows(Attachment, message_id=sent.id)
    assert (file.disposition, original.disposition) == ("attachment", "raw")
    assert await content_of(town.hub, original.id, original.sha256) == b"the original"
    assert len(await town.rows(Contact)) == 1


async def test_the_original_of_such_an_answer_does_not_go_along(town: Town, asked: Receipt) -> None:
    plan = File(filename="plan.pdf", media_type="application/pdf", content=b"%PDF")
    await from_ann(town, asked, raw=b"the original", files=(plan,), **PROVEN)

    free = dict.fromkeys(town.hub.directory.inboxes, 9)
    claimed = await town.db.write(claim_due, utcnow(), free, "a secret")

    assert [[file.filename for file in outgoing.files] for outgoing in claimed] == [["plan.pdf"], []]


async def test_an_answer_is_known_by_what_it_answers(town: Town, asked: Receipt) -> None:
    receipt = await from_ann(town, asked, reply_token=None, references=("a@example.org",), **PROVEN)

    assert (await town.one(Message, id=receipt.message_id)).direction is Direction.OUT


async def test_what_the_citizen_has_from_the_agent_already_is_not_sent_again(town: Town, asked: Receipt) -> None:
    """From Outlook to the citizen, with the council's address in copy; their answers find the case."""
    jo, partner = Address("mailto", "jo@example.org"), Address("mailto", "partner@example.org")
    direct: dict[str, Any] = {"message_id": "out@anytown.example", "cc": (jo, partner), **PROVEN}

    receipt = await from_ann(town, asked, reply_token=None, references=("a@example.org",), **direct)

    sent = await town.one(Message, id=receipt.message_id)
    assert (sent.direction, sent.status, sent.recipient) == (Direction.OUT, "sent", "mailto:jo@example.org")
    assert (sent.sender, sent.author_id) == ("mailto:ann@anytown.example", town.agents["ann"])
    free = dict.fromkeys(town.hub.directory.inboxes, 9)
    claimed = await town.db.write(claim_due, utcnow(), free, "a secret")
    assert [outgoing.message.automatic for outgoing in claimed] == [True]  # the acknowledgement alone
    for sender in ("jo@example.org", "partner@example.org"):
        answered = await town.mail("The first", sender, references=("out@anytown.example",))
        assert answered.reference == asked.reference


async def test_an_answer_with_two_inboxes_in_copy_is_one(town: Town, asked: Receipt) -> None:
    first = await from_ann(town, asked, external_id="once", message_id="x@anytown.example", **PROVEN)
    second = await from_ann(
        town, asked, external_id="once", message_id="x@anytown.example", inbox="waste", reply_token=None,
        references=("a@example.org",), **PROVEN,
    )  # fmt: skip

    assert (second.message_id, second.duplicate) == (first.message_id, True)


async def test_an_answer_to_a_case_that_has_ended_opens_it_again(town: Town, asked: Receipt) -> None:
    await town.act(resolve, asked, "ann", "Paid")
    await town.age((await town.case(asked)).id, days=15)
    await town.db.write(close_resolved, utcnow() - timedelta(days=14))

    receipt = await from_ann(town, asked, "One thing more", **PROVEN)

    assert (await town.one(Message, id=receipt.message_id)).direction is Direction.OUT
    assert (receipt.reference, (await town.case(asked)).status) == (asked.reference, "waiting")


async def test_an_answer_to_a_joined_case_goes_out_where_that_goes_on(town: Town, asked: Receipt) -> None:
    other = await town.mail("My benefits again")
    await town.act(merge, asked, "ann", other.reference)

    receipt = await from_ann(town, asked, **PROVEN)

    assert receipt.reference == other.reference
    assert (await town.one(Message, id=receipt.message_id)).direction is Direction.OUT


async def test_the_scanner_that_has_not_seen_the_original_yet_keeps_no_answer_back(town: Town, asked: Receipt) -> None:
    """It goes to nobody; a file of theirs would go along, and isn't seen yet."""
    town.hub.desk._settings = town.hub.settings.model_copy(update={"clamd": "127.0.0.1:1"})
    plan = File(filename="plan.pdf", media_type="application/pdf", content=b"%PDF")

    plain = await from_ann(town, asked, "Which ones?", raw=b"the original", **PROVEN)
    filed = await from_ann(town, asked, "These?", raw=b"another original", files=(plan,), **PROVEN)

    assert (await town.one(Message, id=plain.message_id)).direction is Direction.OUT
    note = await town.one(Message, id=filed.message_id)
    assert note.direction is Direction.NOTE
    assert "virus scanner" in note.problems[0]


async def test_whose_answer_was_not_sent_is_told(town: Town, asked: Receipt) -> None:
    """They would think that the citizen has it."""
    await from_ann(town, asked)

    [notice] = await town.rows(Notice)
    assert (notice.agent_id, notice.case_id) == (town.agents["ann"], case_id_of(asked.reference))
    assert "not sent on" in notice.text


async def test_an_unproven_answer_is_a_note_that_says_so(town: Town, asked: Receipt) -> None:
    receipt = await from_ann(town, asked)

    note = await town.one(Message, id=receipt.message_id)
    assert (note.direction, note.author_id, note.text) == (Direction.NOTE, None, "Which ones?")
    assert note.problems == [
        "Written from Ann Ash's address, but nobody has proven that it was them. "
        "If it is meant for the citizen, send it from here."
    ]
    assert (await town.case(asked)).status == "new"


async def test_an_answer_that_cannot_be_sent_is_a_note_that_says_why(town: Town, asked: Receipt) -> None:
    receipt = await from_ann(town, asked, "  ", **PROVEN)

    note = await town.one(Message, id=receipt.message_id)
    assert note.direction is Direction.NOTE
    assert "not sent" in note.problems[0]


async def test_whoever_may_not_see_a_restricted_case_does_not_answer_it(town: Town, asked: Receipt) -> None:
    def restrict(session: Session) -> None:
        session.add(Restriction(case_id=case_id_of(asked.reference) or 0, why="Care"))

    await town.db.write(restrict)
    allowed = await from_ann(town, asked, **PROVEN)
    refused = await town.mail(
        "Me, too", "bob@anytown.example", reply_token=reply_token("a secret", asked.reference), **PROVEN
    )

    assert (await town.one(Message, id=allowed.message_id)).direction is Direction.OUT
    note = await town.one(Message, id=refused.message_id)
    assert (note.direction, note.text) == (Direction.NOTE, "Me, too")
    assert "this case is restricted, and they don't see it." in note.problems[0]


async def test_a_forged_answer_is_a_strangers(town: Town, asked: Receipt) -> None:
    receipt = await from_ann(town, asked, verification=Verification.CLAIMED)

    assert (await town.one(Message, id=receipt.message_id)).direction is Direction.IN


async def test_the_same_answer_twice_is_one(town: Town, asked: Receipt) -> None:
    first = await from_ann(town, asked, external_id="once", message_id="x@anytown.example", **PROVEN)
    second = await from_ann(town, asked, external_id="once", message_id="x@anytown.example", **PROVEN)

    assert (second.message_id, second.duplicate) == (first.message_id, True)
    assert len(await town.rows(Message, direction="out", automatic=False)) == 1


async def test_an_agent_who_writes_of_their_own_accord_is_a_citizen(town: Town) -> None:
    receipt = await town.mail("My own bin", ANN, message_id="own@anytown.example", **PROVEN)
    await town.act(reply, receipt, "bob", "Which one?", mail_domain=MAIL_DOMAIN)

    again = await town.mail("Green", ANN, references=("own@anytown.example",), **PROVEN)

    assert again.reference == receipt.reference
    assert (await town.one(Message, id=again.message_id)).direction is Direction.IN


async def test_an_auditors_mail_is_no_answer(town: Town, asked: Receipt) -> None:
    token = reply_token("a secret", asked.reference)

    receipt = await town.mail("Hm", "aud@anytown.example", reply_token=token, **PROVEN)

    assert (await town.one(Message, id=receipt.message_id)).direction is Direction.IN
