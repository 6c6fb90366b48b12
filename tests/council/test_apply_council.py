"""The hub becomes what the file says, says what changed, and deletes nothing."""

from typing import Any

import pytest
from sqlmodel import Session, col, select

from channels.contract import Address, InboundMessage
from hub.actions.casework.cases import claim, resolve
from hub.actions.council.apply_council import apply_council
from hub.actions.council.people import set_password
from hub.actions.intake.arrivals import Arrival
from hub.actions.intake.receive import Intake
from hub.council_file import parse
from hub.db.database import Database
from hub.errors import Invalid
from hub.models import Agent, Council, Department, Inbox, Membership, Queue, RuleSet
from hub.queries.directory import load_directory
from hub.queries.people import agent_for_password
from hub.reference import case_id_of

HUB = "https://hub.smallham.example"


async def apply(db: Database, text: str) -> list[str]:
    return await db.write(apply_council, parse(text))


async def text_arrives(db: Database, words: str) -> int:
    """A citizen's text through the intake; the case's id."""
    directory = await db.read(load_directory, HUB)
    inbox = directory.inbox_by_name["sms", "main"]
    message = InboundMessage(
        channel="sms", inbox="main", external_id=words, sender=Address("tel", "+447700900123"), text=words
    )
    arrival = Arrival(message=message, inbox=inbox, uri="tel:+447700900123")
    receipts = await db.write(Intake(directory, "hub.smallham.example").receive, [[arrival]])
    case_id = case_id_of(receipts[0][0].reference)
    assert case_id is not None
    return case_id


def without(text: str, start: str, end: str) -> str:
    """The text without what stands from `start` up to `end`."""
    before, found, rest = text.partition(start)
    assert found
    return before + end + rest.partition(end)[2]


def active(session: Session, model: Any) -> dict[str, bool]:
    rows = session.exec(select(model)).all()
    return {getattr(row, "slug", None) or getattr(row, "email", None) or row.name: row.active for row in rows}


def revision(session: Session) -> int:
    return session.get_one(Council, 1).revision


async def test_a_first_file_adds_everything_and_says_so(db: Database, small: str) -> None:
    assert await apply(db, small) == [
        "council Smallham Council: added",
        "department waste: added",
        "queue triage: added",
        "queue waste: added",
        "inbox sms/main: added",
        "inbox webchat/site: added",
        "agent ann@smallham.example: added",
        "agent bob@smallham.example: added",
        "rules: version 1 (1 rule)",
    ]


async def test_what_was_applied_is_what_the_hub_works_with(db: Database, small: str) -> None:
    await apply(db, small)
    directory = await db.read(load_directory, HUB)
    assert directory.council == "Smallham Council"
    assert directory.inbox_by_address["sms", "+441632960100"].port.queue == "triage"
    assert directory.queue_by_slug["waste"].first_response == "4h"
    assert directory.rules.version == 1
    found = await db.read(agent_for_password, "ANN@smallham.example")
    assert found is not None
    assert found[0].queue_ids == {directory.queue_by_slug["triage"].id, directory.queue_by_slug["waste"].id}
    assert found[1] == ""


async def test_the_same_file_again_changes_nothing(db: Database, small: str) -> None:
    await apply(db, small)
    before = await db.read(revision)
    assert await apply(db, small) == []
    assert await db.read(revision) == before


async def test_every_change_is_noticed_by_running_hubs(db: Database, small: str) -> None:
    await apply(db, small)
    before = await db.read(revision)
    with db.signals.listen("council") as listening:
        await apply(db, small.replace('"4h"', '"8h"'))
        assert await listening.wait(5)
    assert await db.read(revision) == before + 1


async def test_a_change_is_made_and_told_in_plain_words(db: Database, small: str) -> None:
    rows = [
        ('"Smallham Council"', '"Smallham"', "council: name Smallham Council → Smallham"),
        (
            '"Smallham Council"',
            '"Smallham Council"\nlanguages = ["en", "cy"]',
            "council: languages en → en, cy",
        ),
        ('name = "Waste"', 'name = "Bins"', "department waste: name Waste → Bins"),
        ('"4h"', '"8h"', "queue waste: first response 4h → 8h"),
        ('resolution = "5d"\n', "", "queue waste: resolution 5d → none"),
        ("09:00-17:00", "08:00-16:00", "queue waste: hours mon-fri 09:00-17:00 → mon-fri 08:00-16:00"),
        ('queue = "triage"\n[', 'queue = "waste"\n[', "inbox sms/main: queue triage → waste"),
        ("01632 960100", "01632 960101", "inbox sms/main: address +441632960100 → +441632960101"),
        ('queue = "triage"\n[', 'queue = "triage"\nrate = 2\n[', "inbox sms/main: rate 1 → 2"),
        ('queue = "triage"\n[', 'queue = "triage"\ncontinuity = 7\n[', "inbox sms/main: continuity days 14 → 7"),
        ('queue = "triage"\n[', 'queue = "triage"\nacknowledge = ""\n[', "inbox sms/main: acknowledgement off"),
        (
            'queue = "triage"\n[',
            'queue = "triage"\nacknowledge = { en = "Thank you", cy = "Diolch" }\n[',
            "inbox sms/main: acknowledgement changed",
        ),
        ("very-secret-token", "another-secret", "inbox sms/main: config changed: auth_token"),
        ('"Bob"', '"Robert"', "agent bob@smallham.example: name Bob → Robert"),
        ('"leader"', '"admin"', "agent bob@smallham.example: role leader → admin"),
        ('["triage", "waste"]', '["waste"]', "agent ann@smallham.example: leaves triage"),
        ('role = "leader"', 'role = "leader"\nqueues = ["waste"]', "agent bob@smallham.example: joins waste"),
        ('tags = ["missed"]', 'tags = ["bin"]', "rules: version 2 (1 rule)"),
    ]
    for before, after, change in rows:
        await apply(db, small)
        assert before in small
        assert await apply(db, small.replace(before, after, 1)) == [change]
        assert await apply(db, small.replace(before, after, 1)) == []


async def test_no_secret_is_in_what_changed(db: Database, small: str) -> None:
    told = await apply(db, small) + await apply(db, small.replace("very-secret-token", "another-secret"))
    assert "secret" not in "\n".join(told)


async def test_what_the_file_no_longer_names_is_disabled_and_comes_back(db: Database, small: str) -> None:
    await apply(db, small)
    less = without(small, '[[queue]]\nslug = "waste"', "[[inbox]]")
    less = without(less, '[[inbox]]\nchannel = "webchat"', "[[rule]]")
    less = without(less, "[[rule]]", "[[agent]]").replace(', "waste"]', "]")
    less = less.partition('[[agent]]\nemail = "bob')[0]
    assert await apply(db, less) == [
        "queue waste: disabled",
        "inbox webchat/site: disabled",
        "agent ann@smallham.example: leaves waste",
        "agent bob@smallham.example: disabled",
        "rules: version 2 (0 rules)",
    ]
    assert await db.read(active, Queue) == {"triage": True, "waste": False}
    assert await db.read(active, Inbox) == {"main": True, "site": False}
    assert await db.read(active, Agent) == {"ann@smallham.example": True, "bob@smallham.example": False}
    assert await db.read(agent_for_password, "bob@smallham.example") is None
    assert await apply(db, small) == [
        "queue waste: enabled",
        "inbox webchat/site: enabled",
        "agent ann@smallham.example: joins waste",
        "agent bob@smallham.example: enabled",
        "rules: version 3 (1 rule)",
    ]


async def test_a_department_without_queues_can_go(db: Database, small: str) -> None:
    await apply(db, small.replace("[[queue]]", '[[department]]\nslug = "parks"\nname = "Parks"\n\n[[queue]]', 1))
    assert await apply(db, small) == ["department parks: disabled"]
    assert await db.read(active, Department) == {"waste": True, "parks": False}


async def test_a_queue_with_open_cases_stays_and_the_whole_file_is_refused(db: Database, small: str) -> None:
    await apply(db, small)
    case_id = await text_arrives(db, "my missed bin")
    less = without(small, '[[queue]]\nslug = "waste"', "[[inbox]]").replace(', "waste"]', "]")
    less = without(less, "[[rule]]", "[[agent]]").replace('"Bob"', '"Robert"')
    with pytest.raises(Invalid, match=r"queue waste has 1 open case\. Transfer or resolve"):
        await apply(db, less)
    assert await apply(db, small) == []
    found = await db.read(agent_for_password, "ann@smallham.example")
    assert found is not None
    await db.write(resolve, case_id, found[0].id, "done")
    assert "queue waste: disabled" in await apply(db, less)


async def test_who_leaves_with_work_in_hand_is_told_about(db: Database, small: str) -> None:
    await apply(db, small)
    case_id = await text_arrives(db, "my missed bin")
    found = await db.read(agent_for_password, "bob@smallham.example")
    assert found is not None
    await db.write(claim, case_id, found[0].id)
    less = small.partition('[[agent]]\nemail = "bob')[0]
    assert await apply(db, less) == ["agent bob@smallham.example: disabled; still holds 1 open case"]


async def test_passwords_survive(db: Database, small: str) -> None:
    await apply(db, small)
    await db.write(set_password, "ann@smallham.example", "a hash")
    await apply(db, small.replace('name = "Ann"', 'name = "Anne"'))
    found = await db.read(agent_for_password, "ann@smallham.example")
    assert found is not None
    assert (found[0].name, found[1]) == ("Anne", "a hash")


async def test_two_inboxes_may_exchange_their_numbers(db: Database, small: str) -> None:
    second = (
        '[[inbox]]\nchannel = "sms"\nname = "second"\naddress = "+441632960101"\nqueue = "triage"\n'
        'config = { provider = "twilio", account_sid = "a", auth_token = "b" }\n\n[[rule]]'
    )
    text = small.replace("[[rule]]", second).replace("01632 960100", "+441632960100")
    await apply(db, text)
    exchanged = text.replace("960100", "960102").replace("960101", "960100").replace("960102", "960101")
    assert await apply(db, exchanged) == [
        "inbox sms/main: address +441632960100 → +441632960101",
        "inbox sms/second: address +441632960101 → +441632960100",
    ]
    assert await apply(db, exchanged) == []


async def test_a_renamed_inbox_takes_its_number_along(db: Database, small: str) -> None:
    await apply(db, small)
    renamed = small.replace('name = "main"', 'name = "front"')
    assert await apply(db, renamed) == ["inbox sms/front: added", "inbox sms/main: disabled"]
    directory = await db.read(load_directory, HUB)
    assert directory.inbox_by_address["sms", "+441632960100"].port.name == "front"
    assert await apply(db, small) == [
        "inbox sms/main: enabled",
        "inbox sms/main: address none → +441632960100",
        "inbox sms/front: disabled",
    ]


async def test_every_version_of_the_rules_is_kept(db: Database, small: str) -> None:
    await apply(db, small)
    await apply(db, small.replace('tags = ["missed"]', 'tags = ["bin"]'))
    await apply(db, small)

    def tags(session: Session) -> list[list[str]]:
        kept = session.exec(select(RuleSet).order_by(col(RuleSet.version))).all()
        return [version.rules[0]["then"]["tags"] for version in kept]

    assert await db.read(tags) == [["missed"], ["bin"], ["missed"]]


async def test_the_demo_council_is_applied_whole(db: Database) -> None:
    from importlib.resources import files

    text = files("hub.demo").joinpath("council.toml").read_text(encoding="utf-8")
    changes = await apply(db, text)
    others = [change for change in changes if not change.endswith(": added")]
    assert [change for change in others if not change.startswith(("rules:", "agent "))] == []
    assert await apply(db, text) == []

    def memberships(session: Session) -> int:
        return len(session.exec(select(Membership)).all())

    assert await db.read(memberships) > 20
