"""A citizen's mailbox: real SMTP to the hub, and a sink where the hub's mail arrives."""

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from channels.simulator.mailbox import Mailbox, MailError
from channels.simulator.town import Town
from tests.channels.simulator.hub_double import World

ASHA = "asha.patel@example.org"
HELP = "help@anytown.example"
TOKENED = "help+a1b2c3@anytown.example"


def from_the_hub(*, automatic: bool = False) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f"Anytown Council <{HELP}>"
    message["To"] = ASHA
    message["Reply-To"] = TOKENED
    message["Subject"] = "Re: Missed bin [48210937]"
    message["Message-ID"] = "<answer@anytown.example>"
    message["References"] = "<first@example.org>"
    if automatic:
        message["Auto-Submitted"] = "auto-replied"
    message.set_content("We come tomorrow – promise.")
    message.add_alternative("<p>We come tomorrow – promise.</p>", subtype="html")
    return message


def arrived(world: World) -> EmailMessage:
    message = message_from_bytes(world.hub.mails[-1][2], policy=default)
    assert isinstance(message, EmailMessage)
    return message


async def test_a_mail_reaches_the_hub_by_smtp(world: World) -> None:
    shown = await world.act("mail", **{"from": ASHA, "to": HELP, "subject": "Missed bin – again", "text": "Elm Road ñ"})
    [(sender, recipients, _)] = world.hub.mails
    assert (sender, recipients) == (ASHA, [HELP])
    message = arrived(world)
    assert (message["From"], message["Subject"]) == ("Asha Patel <asha.patel@example.org>", "Missed bin – again")
    assert message["Message-ID"] == shown["message_id"]
    assert message["In-Reply-To"] is None
    assert message.get_content().strip() == "Elm Road ñ"


async def test_the_hubs_mail_is_shown_in_the_citizens_mailbox(world: World) -> None:
    await world.arrive(from_the_hub(automatic=True), ASHA)
    [mail] = (await world.http.get("/simulator/api/state")).json()["mails"]
    assert (mail["owner"], mail["direction"], mail["subject"]) == (ASHA, "received", "Re: Missed bin [48210937]")
    assert (mail["text"], mail["reply_to"], mail["automatic"]) == ("We come tomorrow – promise.", TOKENED, True)


async def test_an_answer_goes_to_the_reply_address_and_keeps_the_thread(world: World) -> None:
    await world.arrive(from_the_hub(), ASHA)
    await world.act("mail", **{"from": ASHA, "text": "Thank you", "in_reply_to": "<answer@anytown.example>"})
    assert world.hub.mails[-1][1] == [TOKENED]
    message = arrived(world)
    assert message["In-Reply-To"] == "<answer@anytown.example>"
    assert message["References"].split() == ["<first@example.org>", "<answer@anytown.example>"]
    assert message["Subject"] == "Re: Missed bin [48210937]"


async def test_a_stranger_may_quote_a_mail_they_never_got(world: World) -> None:
    order = {"from": "stranger@example.org", "to": HELP, "text": "Hello", "in_reply_to": "<theirs@anytown.example>"}
    await world.act("mail", **order)
    assert arrived(world)["In-Reply-To"] == "<theirs@anytown.example>"


async def test_a_refused_mail_says_what_the_hub_answered_and_is_not_shown_as_sent(world: World) -> None:
    answer = await world.post("mail", **{"from": ASHA, "to": "nobody@anytown.example", "text": "Hello"})
    assert answer.status_code == 502
    assert "550 5.1.1 No such mailbox here" in answer.json()["error"]
    assert not world.simulator.town.mails


async def test_a_hub_that_does_not_listen_is_said_so(world: World) -> None:
    mailbox = Mailbox(replace(world.simulator.settings, smtp_hub=("127.0.0.1", 1)), Town())
    with pytest.raises(MailError, match="can't be reached"):
        await mailbox.send(ASHA, HELP, "", "Hello", "")


@pytest.mark.parametrize(
    ("order", "wrong"),
    [
        ({"from": "asha", "to": HELP, "text": ""}, "from"),
        ({"from": ASHA, "to": "help@anytown.example\r\nBcc: x@example.org", "text": ""}, "to"),
        ({"from": ASHA, "to": HELP, "subject": "a\nBcc: x@example.org", "text": ""}, "subject"),
        ({"from": ASHA, "to": HELP, "text": "", "in_reply_to": "<a>\n<b>"}, "in_reply_to"),
    ],
)
async def test_an_order_that_makes_no_sense_says_which_field(world: World, order: dict[str, str], wrong: str) -> None:
    answer = await world.post("mail", **order)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(f"{wrong}")
    assert world.hub.mails == []


async def test_a_mail_to_nobody_is_not_sent(world: World) -> None:
    assert (await world.post("mail", **{"from": ASHA, "text": "Hello"})).status_code == 502
    assert world.hub.mails == []
