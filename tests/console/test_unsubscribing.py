"""Who gets a mail to many says no to more by its link; agents see it, and write down what they were told."""

import pytest
from sqlmodel import Session, select

from hub.actions.sending.begin import Beginning, Begun, begin
from hub.errors import OptedOut
from hub.models import CaseEvent, Consent
from hub.signed.unsubscribe_link import message_of_link, unsubscribe_link
from tests.cases.anytown import MAIL_DOMAIN
from tests.console.forms import words
from tests.console.people import Council, Person

NEWS = Beginning(channel="email", to="Jo@example.org", text="The library opens again.", purpose="bulk")


def test_only_a_whole_link_of_ours_names_its_message() -> None:
    token = unsubscribe_link("https://hub.example", "s", 77).removeprefix("https://hub.example/unsubscribe/")
    assert message_of_link("s", token) == 77
    for secret, changed in [
        ("other", token),
        ("s", token.replace("77-", "78-")),
        ("s", token[:-1]),
        ("s", "77"),
        ("s", ""),
    ]:
        assert message_of_link(secret, changed) is None


async def news(council: Council) -> tuple[Begun, str]:
    """The bulk mail, and the link in it."""
    begun: Begun = await council.db.write(
        begin, council.town.agent_ids["ann@anytown.example"], NEWS, mail_domain=MAIL_DOMAIN
    )
    return begun, unsubscribe_link("", council.settings.secret, begun.message_id)


def ledger(session: Session) -> list[tuple[bool, str, str]]:
    return [(row.given, row.source, row.said) for row in session.exec(select(Consent).order_by(Consent.id))]  # type: ignore[arg-type]


def kinds(session: Session) -> list[str]:
    return [row.kind for row in session.exec(select(CaseEvent)) if "subscribed" in row.kind]


async def test_a_reader_says_no_without_signing_in_and_takes_it_back(council: Council) -> None:
    _, link = await news(council)
    reader = await council.visitor()
    assert "Do you want no more of these messages?" in words(await reader.see(link))
    assert "jo@example.org" in words(await reader.see(link))
    assert await council.db.read(ledger) == []  # looking changes nothing
    assert "You get no more of these messages" in words(await reader.send("", at=link, wanted="no"))
    with pytest.raises(OptedOut):
        await news(council)
    assert "You get these messages again" in words(await reader.send("", at=link, wanted="yes"))
    assert await council.db.read(ledger) == [
        (False, "citizen", "The link in a mail"),
        (True, "citizen", "The link in a mail"),
    ]
    await news(council)
    broken = await reader.http.get(link + "x", headers={"accept": "text/html"})
    assert (broken.status_code, "a person reads it" in broken.text, "/desk" in broken.text) == (404, True, False)


async def test_a_mail_program_says_no_by_one_post(council: Council, ann: Person) -> None:
    """RFC 8058: no cookie, no page before it, a form of either kind, from a site of somebody else's, no redirection."""
    begun, link = await news(council)
    program = (await council.visitor()).http
    for _ in range(2):
        answer = await program.post(
            link, files={"List-Unsubscribe": (None, "One-Click")}, headers={"origin": "https://mail.example"}
        )
        assert (answer.status_code, answer.history) == (200, [])
    assert await council.db.read(kinds) == ["unsubscribed"]
    shown = words(await ann.see(f"/cases/{begun.reference}"))
    assert "Wants no messages sent to many" in shown
    assert "jo@example.org wants no more messages that are sent to many, by the link in a mail" in shown


async def test_an_agent_writes_down_what_they_were_told(council: Council, ann: Person) -> None:
    begun, _ = await news(council)
    case = f"/cases/{begun.reference}"
    await ann.see(case)
    shown = words(await ann.send(f"{case}/no-bulk", uri="mailto:jo@example.org", reason="Told by phone"))
    assert "Ann Ash noted that jo@example.org wants no more messages that are sent to many: Told by phone" in shown
    assert "Wants no messages sent to many" in shown
    assert "How you know" in words(await ann.send(f"{case}/no-bulk", at=f"{case}/bulk", reason=" "))
    assert "Nothing was noted" in words(ann.page.text if ann.page else "")
    shown = words(await ann.send(f"{case}/no-bulk", at=f"{case}/bulk", reason="Wants news again"))
    assert "Wants no messages sent to many" not in shown
    assert await council.db.read(ledger) == [(False, "agent", "Told by phone"), (True, "agent", "Wants news again")]
