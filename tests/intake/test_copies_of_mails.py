"""Whom a citizen's mail went to beside us: kept with it, and nobody takes part by that alone."""

import pytest

from channels.contract import Address, InboundMessage
from channels.email.intake import Delivery, event_of
from channels.email.understanding.parsing import understand
from hub.actions.sending.reply import Enclosed, reply
from hub.models import Envelope, Participant
from hub.queries.case_page import case_page
from tests.cases.anytown import MAIL_DOMAIN, Town
from tests.channels.email.mail_server import HELP


@pytest.mark.parametrize(
    ("header", "cc"),
    [
        ("To: help@anytown.example", ()),
        ("To: help@anytown.example, Cllr Green <GREEN@Town.example>", ("green@town.example",)),
        ("To: help@anytown.example\nCc: son@x.example, help+abc@anytown.example, jo@x.example", ("son@x.example",)),
        ("To: a@x.example\nCc: a@x.example,\n b@x.example", ("a@x.example", "b@x.example")),
        ("To: undisclosed-recipients:;\nCc: not an address, son@x.example", ("son@x.example",)),
        ("To: " + ", ".join(f"p{n}@x.example" for n in range(500)), tuple(f"p{n}@x.example" for n in range(100))),
    ],
)
def test_who_else_was_addressed(header: str, cc: tuple[str, ...]) -> None:
    raw = f"From: Jo <jo@x.example>\n{header}\nSubject: Hi\n\nHello".encode()
    delivery = Delivery(HELP, None, lambda address: address.startswith("help"))

    event = event_of(understand(raw), raw, delivery)

    assert tuple(address.value for address in event.cc) == cc  # type: ignore[union-attr]


def test_where_answers_are_asked_to_go_is_offered_with_a_warning() -> None:
    """Forms on websites write from an address of their own, and name the citizen in Reply-To; so do frauds."""
    delivery = Delivery(HELP, None, lambda address: address.startswith("help"))

    def named(*lines: str) -> tuple[list[str], bool]:
        raw = "\n".join(["From: Form <no-reply@form.example>", *lines, "", "Hello"]).encode()
        event = event_of(understand(raw), raw, delivery)
        assert isinstance(event, InboundMessage)
        assert event.sender == Address("mailto", "no-reply@form.example")
        return [each.value for each in event.cc], any("Reply-To" in each for each in event.problems)

    assert named("Reply-To: Jane <Jane@x.example>", "Cc: son@x.example, jane@x.example") == (
        ["jane@x.example", "son@x.example"],
        True,
    )
    for reply_to in ("No-Reply@Form.example", "help+abc@anytown.example", "nobody"):
        assert named(f"Reply-To: {reply_to}") == ([], False), reply_to
    tagged = "no-reply+case7@form.example"  # the same mailbox
    assert named(f"Reply-To: {tagged}") == ([tagged], False)


async def test_it_is_kept_and_whoever_an_agent_chooses_takes_part_and_the_others_do_not(town: Town) -> None:
    son, aunt = (Address("mailto", f"{name}@example.org") for name in ("son", "aunt"))
    first = await town.mail("My benefits", message_id="a@example.org", cc=(son, aunt))
    page = await town.db.read(case_page, (await town.case(first)).id)
    assert page.messages[0].cc == ("son@example.org", "aunt@example.org")
    assert await town.rows(Participant) == []

    await town.act(reply, first, "ann", "Yes", mail_domain=MAIL_DOMAIN, enclosed=Enclosed(cc="son@example.org"))
    ours = (await town.db.read(case_page, (await town.case(first)).id)).messages[-1]
    [kept] = await town.rows(Envelope, message_id=ours.id)
    assert kept.cc == [str(son)]
    named = ("a@example.org",)
    assert (await town.mail("I agree", "son@example.org", references=named)).reference == first.reference
    assert (await town.mail("I don't", "aunt@example.org", references=named)).reference != first.reference
