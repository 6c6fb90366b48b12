"""A mail whose sender's own domain disowns it: kept and shown, but nobody's history opens, and nobody is written to."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from channels.contract import Authentication, InboundMessage, Verification
from hub.models import Address, Case, Contact, Message
from hub.models import Authentication as AuthenticationRow
from hub.queries._case_views import contact_views
from hub.queries.case_page import case_page
from hub.signed.reply_token import reply_token
from hub.web.api.answers import message_json
from tests.cases.anytown import Town, living, mailed
from tests.intake.test_threading import SECRET, answer

FAILED = Authentication(by="mx.anytown.example", spf="fail", dkim="none", dmarc="fail")
VICTIM = "jo@example.org"


@pytest.fixture
async def small_town(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """For what no database does differently."""
    async with living(sqlite_url, tmp_path) as town:
        yield town


def forged(text: str, sender: str = VICTIM, **more: object) -> InboundMessage:
    words = {"verification": Verification.CLAIMED, "authentication": FAILED, **more}
    return mailed(text, sender, **words)  # type: ignore[arg-type]


async def automatic(town: Town) -> list[str]:
    """To whom the hub itself has written."""
    return [message.recipient for message in await town.rows(Message, automatic=True)]


@pytest.mark.parametrize("together", [True, False])
async def test_it_joins_nothing_of_theirs_and_hears_nothing(town: Town, *, together: bool) -> None:
    own, false = (
        mailed("My benefits", VICTIM, message_id="a@example.org"),
        forged("And?", references=("a@example.org",)),
    )
    receipts = await town.receive(own, false) if together else [*await town.receive(own), *await town.receive(false)]

    case, other = [await town.case(receipt) for receipt in receipts]
    assert case.id != other.id
    assert case.contact_id != other.contact_id
    assert await automatic(town) == [f"mailto:{VICTIM}"]
    assert len(await town.rows(Address)) == 1


async def test_it_goes_on_in_none_of_its_own_cases_either(small_town: Town) -> None:
    town = small_town
    [first] = await town.receive(forged("One", message_id="f1@example.org"))
    [second] = await town.receive(forged("Two", references=("f1@example.org",)))

    assert first.reference != second.reference
    assert await automatic(town) == []


async def test_it_does_not_join_where_an_agent_has_written_to_that_address(small_town: Town) -> None:
    town = small_town
    [doubtful] = await town.receive(forged("It is me", message_id="f1@example.org"))
    await answer(town, doubtful)
    [next_one] = await town.receive(forged("And my account?", references=("f1@example.org",)))

    assert next_one.reference != doubtful.reference


async def test_a_signed_reply_address_lets_it_in_and_says_so(small_town: Town) -> None:
    town = small_town
    own = await town.mail("My bin", VICTIM)
    problem = "The sender's address may be forged."
    [joined] = await town.receive(forged("Thanks", reply_token=reply_token(SECRET, own.reference), problems=(problem,)))

    assert joined.reference == own.reference
    assert (await town.rows(Message, text="Thanks"))[0].problems == [problem]


async def test_a_caseworker_can_answer_after_a_look(small_town: Town) -> None:
    """Forwarding breaks DMARC: the sender may well be who they say."""
    town = small_town
    await town.mail("My bin", VICTIM)
    [doubtful] = await town.receive(forged("It is me"))

    await answer(town, doubtful)

    sent = (await town.rows(Message, text="We look into it."))[0]
    assert sent.recipient == f"mailto:{VICTIM}"
    assert sent.case_id == (await town.case(doubtful)).id


async def test_whoever_comes_with_proof_later_is_somebody_else(town: Town) -> None:
    """The forger was first: the citizen's own page shows nothing of that."""
    [false] = await town.receive(forged("Please change my bank account"))
    own = await town.mail("My bin", VICTIM, verification=Verification.VERIFIED)

    case, other = await town.case(false), await town.case(own)
    assert case.contact_id != other.contact_id
    [claimed] = (await town.db.read(contact_views, [case.contact_id]))[case.contact_id].addresses
    assert (claimed.uri, claimed.verification) == (f"mailto:{VICTIM}", "claimed")
    assert (await town.one(Address)).contact_id == other.contact_id


async def test_a_caseworker_can_answer_whom_nobody_knows_yet(small_town: Town) -> None:
    town = small_town
    [doubtful] = await town.receive(forged("It is me"))

    await answer(town, doubtful)

    assert (await town.rows(Message, text="We look into it."))[0].recipient == f"mailto:{VICTIM}"
    assert (await town.one(Address)).verification is Verification.CLAIMED


async def test_what_was_found_is_told_to_programs(small_town: Town) -> None:
    town = small_town
    [receipt] = await town.receive(forged("One", "a@example.org"))
    proven = replace(FAILED, spf="pass", dmarc="pass")
    known = await town.mail("Two", "b@example.org", authentication=proven, verification=Verification.VERIFIED)
    plain = await town.mail("Three", "c@example.org")

    told = []
    for each in (receipt, known, plain):
        page = await town.db.read(case_page, (await town.case(each)).id)
        told.append(message_json(page.messages[0])["authentication"])

    assert told == [
        {"by": "mx.anytown.example", "spf": "fail", "dkim": "none", "dmarc": "fail"},
        {"by": "mx.anytown.example", "spf": "pass", "dkim": "none", "dmarc": "pass"},
        None,
    ]
    assert len(await town.rows(AuthenticationRow)) == 2


# --- how often a sender is acknowledged --------------------------------------------------------------------


@pytest.mark.parametrize("together", [True, False])
async def test_a_sender_is_acknowledged_a_few_times_a_day_and_no_more(town: Town, *, together: bool) -> None:
    mails = [mailed(f"No {number}", VICTIM) for number in range(8)]
    if together:
        await town.receive(*mails)
    else:
        for each in mails:
            await town.receive(each)
    await town.mail("Another", "somebody@example.org")

    assert await automatic(town) == [f"mailto:{VICTIM}"] * 5 + ["mailto:somebody@example.org"]
    quiet = [message.problems for message in await town.rows(Message, automatic=False)]
    assert quiet == [[]] * 5 + [["No acknowledgement was sent: this sender has had 5 within 24 hours."]] * 3 + [[]]
    assert len(await town.rows(Contact)) == 2


async def test_the_next_day_they_are_acknowledged_again(small_town: Town) -> None:
    town = small_town
    for number in range(6):
        await town.mail(f"No {number}", VICTIM)
    for case in await town.rows(Case):
        await town.age(case.id, 1.01)
    await town.mail("The next day", VICTIM)

    assert len(await automatic(town)) == 6


async def test_mail_from_before_the_hub_earns_no_acknowledgement(small_town: Town) -> None:
    town = small_town
    await town.mail("Weeks ago", VICTIM, is_belated=True)

    assert await automatic(town) == []
